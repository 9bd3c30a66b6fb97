/**
 * A dataset's status in words and as a pictogram; colour alone never says it. Failing is a
 * dataset with failing checks that the run does not hold to be the cause.
 */
import { AffectedIcon, CulpritIcon, HealthyIcon } from '../shell/icons'
import type { LineageNode } from '../wire/types'

export const STATUS_LABELS: Record<LineageNode['status'], string> = {
  culprit: 'Culprit',
  affected: 'Affected',
  failing: 'Also failing',
  healthy: 'Healthy',
}

export const STATUS_ICONS = {
  culprit: CulpritIcon,
  affected: AffectedIcon,
  failing: CulpritIcon,
  healthy: HealthyIcon,
}

/** In the order a reader wants them. */
export const STATUSES: readonly LineageNode['status'][] = ['culprit', 'affected', 'failing', 'healthy']
