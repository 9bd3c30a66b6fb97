import { type ReactNode, useEffect, useRef } from 'react'
import {
  CheckerIcon,
  CheckIcon,
  CoordinatorIcon,
  DetectiveIcon,
  FixerIcon,
  FlagIcon,
  ToolIcon,
} from '../shell/icons'
import { describeArguments } from '../text/arguments'
import { tableName } from '../text/dataset-urn'
import { formatCost, formatDuration, formatOffset, plural } from '../text/format'
import type { RoleName } from '../wire/types'
import { groupEntries, type ToolGroup } from './group-entries'
import { ROLE_LABELS, type RoleEntry, type RoleState, type RoleView, type ToolEntry } from './run-view'

const ICONS: Record<RoleName, () => ReactNode> = {
  coordinator: CoordinatorIcon,
  detective: DetectiveIcon,
  'reality-checker': CheckerIcon,
  fixer: FixerIcon,
}

const DUTY: Record<RoleName, string> = {
  coordinator: 'Plans the run, then writes the report',
  detective: 'Finds the dataset and walks upstream',
  'reality-checker': 'Compares production with the reference',
  fixer: 'Drafts the postmortem, raises incidents',
}

const STATES: Record<RoleState, string> = {
  waiting: 'Waiting',
  running: 'Running',
  done: 'Done',
  stopped: 'Stopped',
  unused: 'Not needed',
}

/** One role's work as it happens. `runStartedAt` is what its timestamps count from; `nowMs` is the server's clock. */
export function RolePane({
  view,
  loading,
  runStartedAt,
  nowMs,
  parallelWith,
}: {
  view: RoleView
  /** No event of the run has arrived, so nothing is known of the role yet. */
  loading: boolean
  runStartedAt: string | undefined
  nowMs: number
  parallelWith: string | null
}) {
  const Icon = ICONS[view.role]
  const title = `pane-${view.role}`
  const log = useFollowingScroll(view.entries, view.state === 'running')
  return (
    <section className={`pane pane-${view.state}`} aria-labelledby={title} data-role={view.role}>
      <header className="pane-head">
        <span className="pane-icon">
          <Icon />
        </span>
        <div className="pane-name">
          <h4 id={title}>{ROLE_LABELS[view.role]}</h4>
          <p>{view.goal ?? DUTY[view.role]}</p>
        </div>
        <span className={`state state-${view.state}`}>{loading ? '' : STATES[view.state]}</span>
      </header>
      <section
        className="pane-log"
        ref={log}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling block without focus is closed to the keyboard
        tabIndex={0}
        aria-label={`${ROLE_LABELS[view.role]}, steps`}
      >
        {loading ? <LogSkeleton /> : null}
        {!loading && view.entries.length === 0 ? <EmptyLog state={view.state} /> : null}
        <ol>
          {groupEntries(view.entries).map((entry) => (
            <Entry key={entry.id} entry={entry} runStartedAt={runStartedAt} />
          ))}
        </ol>
        {view.summary ? (
          <p className="pane-summary">
            <CheckIcon />
            <span>{view.summary}</span>
          </p>
        ) : null}
      </section>
      <footer className="pane-foot">
        <RoleFigures view={view} nowMs={nowMs} />
        {parallelWith ? <span className="parallel">∥ with {parallelWith}</span> : null}
      </footer>
    </section>
  )
}

function LogSkeleton() {
  return (
    <div className="log-skeleton" aria-hidden="true">
      <span className="skeleton" />
      <span className="skeleton" />
      <span className="skeleton" />
    </div>
  )
}

function EmptyLog({ state }: { state: RoleState }) {
  if (state === 'waiting') return <p className="pane-empty">Has not started.</p>
  if (state === 'unused') return <p className="pane-empty">This run did not come to it.</p>
  return <p className="pane-empty">{state === 'running' ? 'At work…' : 'No steps recorded.'}</p>
}

function RoleFigures({ view, nowMs }: { view: RoleView; nowMs: number }) {
  if (!view.startedAt) return <span className="faint">–</span>
  const end = view.endedAt ? Date.parse(view.endedAt) : nowMs
  return (
    <dl className="figures">
      <div>
        <dt className="visually-hidden">Mode</dt>
        <dd
          className={`mode mode-${view.mode}`}
          title={
            view.mode === 'model'
              ? 'A language model, held to what the graph says'
              : 'Deterministic judgement, no model'
          }
        >
          {view.mode}
        </dd>
      </div>
      <div>
        <dt className="visually-hidden">Time</dt>
        <dd>{formatDuration(end - Date.parse(view.startedAt))}</dd>
      </div>
      {view.tokens === undefined ? null : (
        <div>
          <dt className="visually-hidden">Tokens</dt>
          <dd>{plural(view.tokens, 'token')}</dd>
        </div>
      )}
      {view.costUsd === undefined ? null : (
        <div>
          <dt className="visually-hidden">Cost</dt>
          <dd>{formatCost(view.costUsd)}</dd>
        </div>
      )}
    </dl>
  )
}

function Entry({ entry, runStartedAt }: { entry: RoleEntry | ToolGroup; runStartedAt: string | undefined }) {
  const offset = runStartedAt ? Date.parse(entry.at) - Date.parse(runStartedAt) : 0
  return (
    <li className={`entry entry-${entry.kind}`}>
      <time dateTime={entry.at} title={entry.at}>
        {formatOffset(offset)}
      </time>
      {entry.kind === 'thought' ? <p className={`thought thought-${entry.thought}`}>{entry.text}</p> : null}
      {entry.kind === 'tool' ? <ToolCall entry={entry} /> : null}
      {entry.kind === 'group' ? <ToolCalls group={entry} /> : null}
      {entry.kind === 'raised' ? (
        <p className="raised">
          <FlagIcon />
          <span>
            Incident raised on <code>{tableName(entry.dataset)}</code>
            <span className="raised-title">{entry.title}</span>
          </span>
        </p>
      ) : null}
    </li>
  )
}

function ToolCall({ entry }: { entry: ToolEntry }) {
  const { result } = entry
  const line = describeArguments(entry.arguments)
  return (
    <details className={`tool ${result && !result.ok ? 'tool-failed' : ''}`}>
      <summary>
        <span className="tool-call">
          <ToolIcon />
          <code>{entry.tool}</code>
        </span>
        {line ? <span className="tool-args">{line}</span> : null}
        <span className="tool-result">
          {result ? (
            <>
              <span>
                {result.ok ? '' : 'Failed: '}
                {result.summary}
              </span>
              <span className="tool-ms">{formatDuration(result.ms)}</span>
            </>
          ) : (
            <span className="tool-wait">waiting for the answer…</span>
          )}
        </span>
      </summary>
      <pre>{JSON.stringify(entry.arguments, null, 2)}</pre>
    </details>
  )
}

/** Many calls of one tool, as one line that unfolds. */
function ToolCalls({ group }: { group: ToolGroup }) {
  const last = group.calls[group.calls.length - 1]
  const failed = group.calls.filter((call) => call.result && !call.result.ok).length
  const ms = group.calls.reduce((sum, call) => sum + (call.result?.ms ?? 0), 0)
  return (
    <details className={`tool ${failed > 0 ? 'tool-failed' : ''}`}>
      <summary>
        <span className="tool-call">
          <ToolIcon />
          <code>{group.tool}</code>
          <span className="tool-count">× {group.calls.length}</span>
        </span>
        <span className="tool-result">
          {last?.result ? (
            <>
              <span>{failed > 0 ? `${failed} failed` : `Last: ${last.result.summary}`}</span>
              <span className="tool-ms">{formatDuration(ms)}</span>
            </>
          ) : (
            <span className="tool-wait">waiting for the answer…</span>
          )}
        </span>
      </summary>
      <ul className="tool-calls">
        {group.calls.map((call) => (
          <li key={call.id}>
            <span className="tool-args" title={describeArguments(call.arguments)}>
              {describeArguments(call.arguments)}
            </span>
            <span className="tool-result">{call.result?.summary ?? '…'}</span>
          </li>
        ))}
      </ul>
    </details>
  )
}

/** Keeps the newest entry in sight while the role works, its summary included, unless the reader has scrolled up to read. */
function useFollowingScroll(entries: RoleEntry[], working: boolean) {
  const ref = useRef<HTMLElement>(null)
  const pinned = useRef(true)
  const worked = useRef(false)

  useEffect(() => {
    const box = ref.current
    if (!box) return
    const note = () => {
      pinned.current = box.scrollHeight - box.scrollTop - box.clientHeight < 24
    }
    box.addEventListener('scroll', note, { passive: true })
    return () => box.removeEventListener('scroll', note)
  }, [])

  // biome-ignore lint/correctness/useExhaustiveDependencies(entries): an entry more is what makes the box taller
  useEffect(() => {
    const box = ref.current
    if (box && pinned.current && (working || worked.current)) box.scrollTop = box.scrollHeight
    worked.current = working
  }, [entries, working])

  return ref
}
