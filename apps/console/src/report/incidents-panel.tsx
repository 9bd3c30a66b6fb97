import { CopyButton } from '../shell/copy-button'
import { FlagIcon } from '../shell/icons'
import { Identifier } from '../text/identifier'
import type { StandingIncident } from './incident-list'

/** The incidents that stand for this run's causes. */
export function IncidentsPanel({ incidents }: { incidents: readonly StandingIncident[] }) {
  return (
    <section className="section incidents" aria-labelledby="incidents-title">
      <h3 className="section-title" id="incidents-title">
        Incidents
      </h3>
      <ul>
        {incidents.map(({ urn, table, title, fresh }) => (
          <li key={urn}>
            <FlagIcon />
            <div>
              <p className="incident-head">
                {table ? <Identifier name={table} /> : null}
                <span className="incident-when">{fresh ? 'raised by this run' : 'open already'}</span>
              </p>
              {title ? <p>{title}</p> : null}
              <p className="urn">
                <span>{urn}</span>
                <CopyButton text={urn} label="Copy incident URN" quiet />
              </p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}
