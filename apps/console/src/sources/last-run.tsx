import type { Schedule } from '@groundplane/client'
import { AffectedIcon, CulpritIcon, HealthyIcon, UnwatchedIcon } from '../shell/icons'
import { formatAge, formatDuration, plural, shortId } from '../text/format'

const OUTCOMES = {
  succeeded: { words: 'Succeeded', look: 'healthy', Icon: HealthyIcon },
  failed: { words: 'Failed', look: 'failing', Icon: CulpritIcon },
  skipped: { words: 'Skipped', look: 'error', Icon: AffectedIcon },
} as const

/** What is going on, and what came of the run before: pictogram, words, the reason and what to do. */
export function LastRun({ schedule, now }: { schedule: Schedule; now: number }) {
  const { state, running, last, problem, due, missed } = schedule
  return (
    <>
      {running ? (
        <p className="job-now" title={`${running.host}, process ${running.pid}`}>
          <span className="dot" aria-hidden="true" />
          Running for {runningFor(now - Date.parse(running.started))}
          {running.actor ? <span className="faint"> as {running.actor}</span> : null}
          {running.asked_by ? <span className="faint">, asked for by {running.asked_by}</span> : null}
          {running.interrupted > 0 ? (
            <span className="faint">, begun again after {plural(running.interrupted, 'broken attempt')}</span>
          ) : null}
        </p>
      ) : null}
      {state === 'due' ? (
        <p className="health-state health-error">
          Due{due ? ` ${formatAge(due, now)}` : ''}, waits for a runner
          {missed > 0 ? `, with ${plural(missed, 'earlier time')}` : ''}
        </p>
      ) : null}
      {problem ? <Reason look="failing" words="Its record cannot be read" {...problem} /> : null}
      {last ? (
        <Ended schedule={schedule} last={last} now={now} />
      ) : running || problem ? null : (
        <p className="health-state health-unwatched">
          <UnwatchedIcon size={14} />
          Has not run yet
        </p>
      )}
    </>
  )
}

/** In whole seconds: the record is read again every second or two. */
function runningFor(ms: number): string {
  return ms < 60_000 ? `${Math.max(0, Math.floor(ms / 1000))} s` : formatDuration(ms)
}

function Ended({
  schedule,
  last,
  now,
}: {
  schedule: Schedule
  last: NonNullable<Schedule['last']>
  now: number
}) {
  const { words, look, Icon } = OUTCOMES[last.outcome]
  const before = schedule.last_succeeded
  return (
    <>
      <p className="job-ended">
        <span className={`health-state health-${look}`}>
          <Icon size={14} />
          {words}
        </span>
        <time className="faint" dateTime={last.finished} title={last.finished}>
          {formatAge(last.finished, now)}
        </time>
        {last.commit ? (
          <code className="faint" title={`Wrote commit ${last.commit}`}>
            {shortId(last.commit)}
          </code>
        ) : last.outcome === 'succeeded' ? (
          <span className="faint">nothing new</span>
        ) : null}
        {last.asked_by ? <span className="faint">asked for by {last.asked_by}</span> : null}
        {last.missed > 0 ? (
          <span className="faint">made up for {plural(last.missed, 'missed time')}</span>
        ) : null}
      </p>
      {last.message ? (
        <Reason look={look} message={last.message} remedy={last.remedy} code={last.code} />
      ) : null}
      {last.outcome === 'succeeded' ? null : (
        <p className="faint">
          {before ? (
            <>
              Last succeeded <time dateTime={before}>{formatAge(before, now)}</time>
            </>
          ) : (
            'Has never succeeded'
          )}
        </p>
      )}
    </>
  )
}

function Reason({
  look,
  words,
  message,
  remedy,
  code,
}: {
  look: string
  words?: string
  message: string
  remedy?: string | undefined
  code?: string | undefined
}) {
  return (
    <div className={`job-reason job-reason-${look}`}>
      {words ? <p className="health-failing">{words}</p> : null}
      <p>{message}</p>
      {remedy ? <p>{remedy}</p> : null}
      {code ? <code className="faint">{code}</code> : null}
    </div>
  )
}
