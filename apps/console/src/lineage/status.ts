/** A dataset's status in words and as a pictogram; colour alone never says it. */
import { AffectedIcon, CulpritIcon, HealthyIcon } from '../shell/icons'
import type { LineageNode } from '../wire/types'

export const STATUS_LABELS: Record<LineageNode['status'], string> = {
  culprit: 'Culprit',
  affected: 'Affected',
  healthy: 'Healthy',
}

export const STATUS_ICONS = { culprit: CulpritIcon, affected: AffectedIcon, healthy: HealthyIcon }
