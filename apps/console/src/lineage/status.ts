/**
 * A dataset's status in words and as a pictogram; colour alone never says it. Failing is a
 * dataset with failing checks that the run does not hold to be the cause; unwatched is one no
 * assertion vouches for, which says nothing about its health.
 */
import { AffectedIcon, CulpritIcon, HealthyIcon, UnwatchedIcon } from '../shell/icons'
import type { LineageNode } from '../wire/types'

export const STATUS_LABELS: Record<LineageNode['status'], string> = {
  culprit: 'Culprit',
  affected: 'Affected',
  failing: 'Also failing',
  healthy: 'Healthy',
  unwatched: 'Unwatched',
}

export const STATUS_ICONS = {
  culprit: CulpritIcon,
  affected: AffectedIcon,
  failing: CulpritIcon,
  healthy: HealthyIcon,
  unwatched: UnwatchedIcon,
}

/** In the order a reader wants them. */
export const STATUSES: readonly LineageNode['status'][] = [
  'culprit',
  'affected',
  'failing',
  'healthy',
  'unwatched',
]
