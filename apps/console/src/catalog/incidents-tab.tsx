import { useQuery } from '@tanstack/react-query'
import { fragmentOfRun } from '../run/run-route'
import { FlagIcon, HealthyIcon } from '../shell/icons'
import { Problem } from '../shell/problem'
import { useNow } from '../shell/use-now'
import { formatAge, formatCount } from '../text/format'
import type { GroundplaneClient } from '../wire/types'
import { ask, type Incident } from './answers'

const MOST = 100

/** Incidents raised on the dataset, open and closed, newest first. */
export function IncidentsTab({ client, urn }: { client: GroundplaneClient; urn: string }) {
  const now = useNow(30_000)
  const answer = useQuery({
    queryKey: ['catalog', 'incidents', urn],
    queryFn: ({ signal }) => ask(client, 'list_incidents', { urn, count: MOST }, signal),
  })
  if (answer.isPending) return <span className="skeleton tab-skeleton" aria-hidden="true" />
  if (!answer.data) return <Problem error={answer.error} onRetry={() => void answer.refetch()} />
  const { incidents, total } = answer.data
  if (incidents.length === 0) return <p className="absent">No incident was ever raised on it.</p>
  return (
    <>
      <ul className="cards">
        {incidents.map((incident) => (
          <IncidentCard key={incident.urn} incident={incident} now={now} />
        ))}
      </ul>
      {total > incidents.length ? (
        <p className="faint">
          The newest {formatCount(incidents.length)} of {formatCount(total)} are shown.
        </p>
      ) : null}
    </>
  )
}

function IncidentCard({ incident, now }: { incident: Incident; now: number }) {
  const open = incident.state === 'ACTIVE'
  const { raisedAt, runId, priority, description, message } = incident
  return (
    <li className="card">
      <div className="card-head">
        <h3>{incident.title}</h3>
        <span className={`health-state health-${open ? 'failing' : 'healthy'}`}>
          {open ? <FlagIcon /> : <HealthyIcon size={14} />}
          {open ? 'Open' : 'Resolved'}
        </span>
        {priority ? <span className="faint">{priority.toLowerCase()} priority</span> : null}
        {raisedAt ? (
          <time className="faint" dateTime={raisedAt} title={raisedAt}>
            raised {formatAge(raisedAt, now)}
          </time>
        ) : null}
        {runId && /^[A-Za-z0-9_-]+$/.test(runId) ? (
          <a href={fragmentOfRun(runId)}>The run that found it</a>
        ) : null}
      </div>
      {description ? <p className="prose">{description}</p> : null}
      {message ? <p className="faint">{message}</p> : null}
      <p className="urn">{incident.urn}</p>
    </li>
  )
}
