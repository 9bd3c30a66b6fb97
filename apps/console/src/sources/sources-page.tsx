import type { Schedule } from '@groundplane/client'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { fragmentOfSearch } from '../catalog/catalog-route'
import { CopyButton } from '../shell/copy-button'
import { Problem } from '../shell/problem'
import { useNow } from '../shell/use-now'
import { formatUntil, plural } from '../text/format'
import type { GroundplaneClient } from '../wire/types'
import { LastRun } from './last-run'
import { RunNow } from './run-now'
import { type Job, type SourceGroup, sourceGroups, tally } from './source-groups'

/** How often the records are looked at: while something runs or was just asked for, and else. */
const SOON_MS = 1500
const LATER_MS = 10_000
/** How long after a run was asked for its record is looked at often. */
const WATCHED_MS = 60_000

/** What is harvested and checked, when, what came of it, and what comes next; the records of the runners, as they stand now. */
export default function SourcesPage({ client }: { client: GroundplaneClient }) {
  const [watchedUntil, setWatchedUntil] = useState(0)
  const sources = useQuery({
    queryKey: ['sources'],
    queryFn: ({ signal }) => client.sources({ signal }),
    refetchInterval: 60_000,
  })
  const schedules = useQuery({
    queryKey: ['schedules'],
    queryFn: ({ signal }) => client.schedules({ signal }),
    refetchInterval: (query) =>
      query.state.data?.schedules.some(({ state }) => state === 'running') || Date.now() < watchedUntil
        ? SOON_MS
        : LATER_MS,
  })
  const now = useNow(1000)
  useEffect(() => {
    document.title = 'Sources · Groundplane'
  }, [])

  const failure = schedules.error ?? sources.error
  const retry = () => void Promise.all([sources.refetch(), schedules.refetch()])
  return (
    <article>
      <h1 className="page-title">Sources and schedules</h1>
      <p className="page-lead">What the catalog is harvested from, what is asserted of it, and when.</p>
      {failure && !(sources.data && schedules.data) ? (
        <Problem error={failure} title="The sources cannot be shown." onRetry={retry} />
      ) : sources.data && schedules.data ? (
        <>
          <Summary sources={sources.data.sources.length} schedules={schedules.data.schedules} now={now} />
          {schedules.data.schedules.length > 0 && !schedules.data.runs_here ? (
            <p className="hint">
              This server runs no schedules itself: what is due waits for another runner.
            </p>
          ) : null}
          <SourceTable
            client={client}
            groups={sourceGroups(sources.data.sources, schedules.data.schedules)}
            now={now}
            onAsked={() => {
              setWatchedUntil(Date.now() + WATCHED_MS)
              void schedules.refetch()
            }}
          />
        </>
      ) : (
        <div className="results-skeleton" aria-hidden="true">
          <span className="skeleton" />
          <span className="skeleton" />
        </div>
      )}
    </article>
  )
}

function Summary({
  sources,
  schedules,
  now,
}: {
  sources: number
  schedules: readonly Schedule[]
  now: number
}) {
  const { running, failed, skipped, next } = tally(schedules)
  return (
    <p className="page-status">
      <span role="status">
        {plural(sources, 'source')}, {plural(schedules.length, 'schedule')}
        {running > 0 ? `, ${running} running` : ''}
        {failed > 0 ? (
          <>
            , <strong className="health-failing">{failed} failed</strong>
          </>
        ) : null}
        {skipped > 0 ? (
          <>
            , <strong className="health-error">{skipped} skipped</strong>
          </>
        ) : null}
      </span>
      {next ? <span className="faint">Next run {formatUntil(next, now)}</span> : null}
    </p>
  )
}

interface TableProps {
  client: GroundplaneClient
  groups: readonly SourceGroup[]
  now: number
  onAsked: () => void
}

function SourceTable({ client, groups, now, onAsked }: TableProps) {
  if (groups.length === 0) {
    return (
      <p className="absent">
        No source is applied. Declare one under <code>sources:</code> in <code>cluster.yaml</code>, and apply.
      </p>
    )
  }
  return (
    <div className="sources">
      {groups.map((group) => (
        <section
          key={`${group.source ? 'source' : 'other'} ${group.name}`}
          className="source"
          aria-label={group.name}
        >
          <SourceHead group={group} />
          <ul className="jobs">
            {group.jobs.map((job) => (
              <JobRow key={job.label} client={client} group={group} job={job} now={now} onAsked={onAsked} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  )
}

function SourceHead({ group: { name, source } }: { group: SourceGroup }) {
  return (
    <header className="source-head">
      <h2>
        <code>{name}</code>
      </h2>
      {source ? (
        <>
          <p className="entity-kind">
            <span>{source.kind}</span>
            {source.platform_instance === name ? null : <span>instance {source.platform_instance}</span>}
            <span>{source.env}</span>
            {source.health ? <span>asked for its health before it is read</span> : null}
          </p>
          <a
            href={fragmentOfSearch({
              selected: [{ field: 'platformInstance', value: source.platform_instance }],
            })}
          >
            What it holds
          </a>
        </>
      ) : null}
    </header>
  )
}

function JobRow({
  client,
  group,
  job: { label, schedule },
  now,
  onAsked,
}: Omit<TableProps, 'groups'> & { group: SourceGroup; job: Job }) {
  const command = `groundplane ${label === 'Harvest' ? 'harvest' : 'check'} ${group.name}`
  return (
    <li className="job">
      <div className="job-what">
        <h3>{label}</h3>
        {schedule ? (
          <p className="faint">
            <code>{schedule.cron}</code> {schedule.timezone}
          </p>
        ) : (
          <p className="faint">by hand</p>
        )}
      </div>
      <div className="job-last">
        {schedule ? (
          <LastRun schedule={schedule} now={now} />
        ) : (
          <p className="job-command">
            <code>{command}</code>
            <CopyButton text={command} label="Copy the command" quiet />
          </p>
        )}
      </div>
      <p className="job-next">
        {schedule?.next ? (
          <>
            <span className="faint">Next </span>
            <time dateTime={schedule.next} title={schedule.next}>
              {formatUntil(schedule.next, now)}
            </time>
          </>
        ) : null}
      </p>
      <div className="job-run">
        {schedule?.may_run ? (
          <RunNow client={client} schedule={schedule} label={`${label} ${group.name}`} onAsked={onAsked} />
        ) : null}
      </div>
    </li>
  )
}
