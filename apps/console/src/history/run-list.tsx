import { type KeyboardEvent, useRef } from 'react'
import { fragmentOfRun, goToRun } from '../run/run-route'
import { useNow } from '../shell/use-now'
import { useWide } from '../shell/use-wide'
import { formatAge } from '../text/format'
import type { RunSummary } from '../wire/types'
import { neighbour } from './use-run-keys'

const STATUS_WORDS: Record<RunSummary['status'], string> = {
  running: 'running',
  finished: 'finished',
  failed: 'failed',
  interrupted: 'interrupted',
}

interface RunListProps {
  runs: RunSummary[] | undefined
  current: string | null
  /** Whether the key that begins a run is told. */
  mayStart: boolean
}

/** Past runs, newest first. On a narrow screen it folds away. */
export function RunList({ runs, current, mayStart }: RunListProps) {
  const wide = useWide(1040)
  const list = <Runs runs={runs} current={current} />
  if (!wide) {
    return (
      <details className="history history-folded">
        <summary>
          Runs <span className="faint">{runs?.length ?? '…'}</span>
        </summary>
        {list}
      </details>
    )
  }
  return (
    <nav className="history" aria-labelledby="history-title">
      <h2 id="history-title">Runs</h2>
      {list}
      <p className="keys">
        {mayStart ? (
          <>
            <kbd>/</kbd> new{' '}
          </>
        ) : null}
        <kbd>j</kbd> <kbd>k</kbd> older, newer
      </p>
    </nav>
  )
}

function Runs({ runs, current }: { runs: RunSummary[] | undefined; current: string | null }) {
  const now = useNow(30_000)
  const list = useRef<HTMLUListElement>(null)
  if (!runs) {
    return (
      <div className="history-skeleton" aria-hidden="true">
        <span className="skeleton" />
        <span className="skeleton" />
        <span className="skeleton" />
      </div>
    )
  }
  if (runs.length === 0) return <p className="history-empty">None yet. The first sentence starts one.</p>

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
    const next = neighbour(runs ?? [], current, event.key === 'ArrowDown' ? 1 : -1)
    if (!next) return
    event.preventDefault()
    goToRun(next, 'replace')
    list.current?.querySelector<HTMLElement>(`[href="${fragmentOfRun(next)}"]`)?.focus()
  }

  return (
    <ul className="runs" ref={list}>
      {runs.map((run) => (
        <li key={run.runId}>
          <a
            href={fragmentOfRun(run.runId)}
            onKeyDown={onKeyDown}
            aria-current={run.runId === current ? 'true' : undefined}
            className={`run-link run-${run.status}`}
          >
            <span className="run-sentence">{run.sentence}</span>
            <span className="run-meta">
              <span className="dot" aria-hidden="true" />
              {STATUS_WORDS[run.status]} ·{' '}
              <time dateTime={run.startedAt}>{formatAge(run.startedAt, now)}</time>
            </span>
          </a>
        </li>
      ))}
    </ul>
  )
}
