import { RolePane } from './role-pane'
import { overlap, ROLE_LABELS, ROLES, type RunView } from './run-view'
import { Timeline } from './timeline'

/** The four roles: their traces on one axis, then a pane each, those that work in parallel side by side. */
export function RolePanes({ view, nowMs }: { view: RunView; nowMs: number }) {
  const { detective, 'reality-checker': checker } = view.roles
  const parallel = overlap(detective, checker, nowMs)
  return (
    <section className="section" aria-labelledby="crew-title">
      <h3 className="section-title" id="crew-title">
        The crew
      </h3>
      <Timeline view={view} nowMs={nowMs} />
      <div className="panes">
        {ROLES.map((role) => (
          <RolePane
            key={role}
            view={view.roles[role]}
            loading={view.status === 'pending'}
            runStartedAt={view.startedAt}
            nowMs={nowMs}
            parallelWith={parallelPartner(role, parallel)}
          />
        ))}
      </div>
    </section>
  )
}

function parallelPartner(role: string, parallel: boolean): string | null {
  if (!parallel) return null
  if (role === 'detective') return ROLE_LABELS['reality-checker']
  if (role === 'reality-checker') return ROLE_LABELS.detective
  return null
}
