import { AffectedIcon, CulpritIcon, FlagIcon, HealthyIcon, UnwatchedIcon } from '../shell/icons'
import { plural } from '../text/format'
import type { Health } from './answers'
import { healthState, healthWords } from './health-state'

export const HEALTH_ICONS = {
  failing: CulpritIcon,
  error: AffectedIcon,
  healthy: HealthyIcon,
  unwatched: UnwatchedIcon,
}

/** Pictogram and words: colour alone never says it. Open incidents stand beside. */
export function HealthBadge({ health }: { health: Health | undefined }) {
  const state = healthState(health)
  const Icon = HEALTH_ICONS[state]
  const incidents = health?.activeIncidents?.length ?? 0
  return (
    <span className="health">
      <span className={`health-state health-${state}`}>
        <Icon size={14} />
        {healthWords(health)}
      </span>
      {incidents > 0 ? (
        <span className="health-state health-failing">
          <FlagIcon />
          {plural(incidents, 'open incident')}
        </span>
      ) : null}
    </span>
  )
}
