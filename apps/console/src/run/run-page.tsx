import { useMutation } from '@tanstack/react-query'
import { useEffect } from 'react'
import { LineageSection } from '../lineage/lineage-section'
import type { StandingIncident } from '../report/incident-list'
import { IncidentsPanel } from '../report/incidents-panel'
import { ReportPanel } from '../report/report-panel'
import { useStandingIncidents } from '../report/use-standing-incidents'
import { CopyButton } from '../shell/copy-button'
import { GroundMark } from '../shell/icons'
import { Problem } from '../shell/problem'
import type { Connection } from '../shell/use-connection'
import { useNow } from '../shell/use-now'
import { shortId } from '../text/format'
import { VerdictTable } from '../verdict/verdict-table'
import { isUnauthorized } from '../wire/failure'
import type { GroundplaneClient, IncidentReport, RunSummary } from '../wire/types'
import type { StreamState } from './follow-run'
import { outcomeOf } from './outcome'
import { RolePanes } from './role-panes'
import { goToRun } from './run-route'
import type { RunView } from './run-view'
import { useRun } from './use-run'

export interface RunPageProps {
  client: GroundplaneClient
  runId: string
  summary: RunSummary | undefined
  /** Whether running it again may be offered. */
  mayStart: boolean
  onStreaming: (state: Connection | null) => void
  onUnauthorized: () => void
  onEnded: () => void
}

/** One run from its sentence to its receipt, as it happens or as it happened. */
export function RunPage(props: RunPageProps) {
  const { client, runId, summary, mayStart, onStreaming, onUnauthorized, onEnded } = props
  const { view, stream, clockAheadMs } = useRun(client, runId)
  const moving = view.status === 'running' && stream.kind !== 'interrupted'
  const now = useNow(moving ? 100 : null)
  const nowMs = Number.isFinite(clockAheadMs) ? now - clockAheadMs : now
  const { report } = view
  const incidents = useStandingIncidents(client, report, view.raised)

  useEffect(() => {
    onStreaming(stream.kind === 'retrying' ? 'reconnecting' : stream.kind === 'live' ? 'streaming' : null)
    return () => onStreaming(null)
  }, [stream.kind, onStreaming])

  const ended = stream.kind === 'ended'
  useEffect(() => {
    if (ended) onEnded()
  }, [ended, onEnded])

  const refusal = stream.kind === 'refused' ? stream.error : null
  useEffect(() => {
    if (refusal && isUnauthorized(refusal)) onUnauthorized()
  }, [refusal, onUnauthorized])

  const sentence = view.sentence ?? summary?.sentence
  useEffect(() => {
    document.title = sentence ? `${sentence} · Groundplane` : 'Groundplane console'
  }, [sentence])

  if (refusal && view.status === 'pending') {
    return <Problem error={refusal} title="This run cannot be shown." />
  }
  return (
    <div className="run" data-status={view.status}>
      <RunHead view={view} sentence={sentence} stream={stream} incidents={incidents} />
      <p className="visually-hidden" aria-live="polite" role="status">
        {view.announcement}
      </p>
      {stream.kind === 'interrupted' ? (
        <Notice
          client={client}
          title="This run was interrupted"
          text="The server stopped while it ran, so it can never finish. What it did until then is below."
          sentence={mayStart ? sentence : undefined}
        />
      ) : null}
      {view.error ? (
        <Notice
          client={client}
          title="This run failed"
          text={`${view.error.message}${view.error.remedy ? ` ${view.error.remedy}` : ''}`}
          code={view.error.code}
          sentence={mayStart ? sentence : undefined}
        />
      ) : null}
      <RolePanes view={view} nowMs={nowMs} />
      {report ? <Findings client={client} report={report} incidents={incidents} /> : null}
    </div>
  )
}

interface RunHeadProps {
  view: RunView
  sentence: string | undefined
  stream: StreamState
  incidents: StandingIncident[]
}

function RunHead({ view, sentence, stream, incidents }: RunHeadProps) {
  const outcome = view.report ? outcomeOf(view.report, incidents) : null
  const status = stream.kind === 'interrupted' ? 'interrupted' : view.status
  return (
    <header className="run-head">
      <p className="eyebrow">
        <span className={`status-word status-word-${status}`}>
          {status === 'pending' ? 'loading' : status}
        </span>
        {view.startedAt ? <time dateTime={view.startedAt}>{formatMoment(view.startedAt)}</time> : null}
        <code title={view.runId}>{shortId(view.runId)}</code>
      </p>
      <h2>{sentence ? <>“{sentence}”</> : <span className="skeleton skeleton-title" />}</h2>
      {outcome ? (
        <div className={`outcome outcome-${outcome.kind}`}>
          <p className="outcome-headline">{outcome.headline}</p>
          <p className="outcome-detail">{outcome.detail}</p>
        </div>
      ) : null}
    </header>
  )
}

interface FindingsProps {
  client: GroundplaneClient
  report: IncidentReport
  incidents: StandingIncident[]
}

function Findings({ client, report, incidents }: FindingsProps) {
  const found = report.affected.length > 0 || report.suspects.length > 0
  return (
    <>
      {found ? <LineageSection client={client} report={report} incidents={incidents} /> : null}
      {report.checks.length > 0 ? <VerdictTable checks={report.checks} /> : null}
      {incidents.length > 0 ? <IncidentsPanel incidents={incidents} /> : null}
      <ReportPanel markdown={report.report} />
      <Receipt receipt={report.receipt} />
    </>
  )
}

/** What every statement above was read from; anyone can ask the same commit again. */
function Receipt({ receipt }: { receipt: IncidentReport['receipt'] }) {
  return (
    <footer className="receipt">
      <span className="ground">
        <GroundMark size={30} />
      </span>
      <h3 className="visually-hidden">Receipt</h3>
      <dl>
        <div>
          <dt>Receipt</dt>
          <dd>
            graph <code>{receipt.graph}</code>
          </dd>
        </div>
        <div>
          <dt className="visually-hidden">Commit</dt>
          <dd>
            commit <code>{receipt.commit}</code>
            <CopyButton text={receipt.commit} label="Copy commit" quiet />
          </dd>
        </div>
        <div>
          <dt className="visually-hidden">Time</dt>
          <dd>
            <time dateTime={receipt.at}>{formatMoment(receipt.at)}</time>
          </dd>
        </div>
      </dl>
      <p className="faint">
        Every statement above was read from this commit; the same question there gives the same answer.
      </p>
    </footer>
  )
}

interface NoticeProps {
  client: GroundplaneClient
  title: string
  text: string
  code?: string | undefined
  /** To be run again; undefined when that is not to be offered. */
  sentence: string | undefined
}

function Notice({ client, title, text, code, sentence }: NoticeProps) {
  const again = useMutation({
    mutationFn: (words: string) => client.incidents.start(words),
    onSuccess: ({ runId }) => goToRun(runId),
  })
  return (
    <div className="problem" role="alert">
      <p className="problem-title">{title}</p>
      <p>{text}</p>
      <p className="problem-foot">
        {sentence ? (
          <button
            type="button"
            className="button"
            onClick={() => again.mutate(sentence)}
            disabled={again.isPending}
          >
            Run it again
          </button>
        ) : null}
        {code ? <code>{code}</code> : null}
      </p>
      {again.error ? <p>{again.error.message}</p> : null}
    </div>
  )
}

/** "21 Nov 2026, 09:14:03", in the reader's time zone. */
function formatMoment(at: string): string {
  return new Date(at).toLocaleString('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
}
