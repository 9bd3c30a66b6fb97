/** What a person on call reads first: what is wrong, and what was done about it. Pure. */
import type { StandingIncident } from '../report/incident-list'
import { tableName } from '../text/dataset-urn'
import { formatDuration, joinWords, plural } from '../text/format'
import type { IncidentReport } from '../wire/types'

export interface Outcome {
  kind: 'culprits' | 'clean' | 'nothing-found'
  headline: string
  detail: string
}

/**
 * What the report comes to. The culprits are the datasets the crew holds to be the
 * cause. A report that found no dataset says so and guesses nothing.
 */
export function outcomeOf(report: IncidentReport, incidents: readonly StandingIncident[]): Outcome {
  const inTime = `Took ${formatDuration(report.wallMs)}, ${modelWords(report)}.`
  if (report.affected.length === 0 && report.suspects.length === 0) {
    return {
      kind: 'nothing-found',
      headline: 'Nothing in the catalog matches this sentence.',
      detail: `No dataset was named, so nothing was concluded and no incident was raised. ${inTime}`,
    }
  }
  const faults = report.checks.filter((check) => check.verdict === 'production-only')
  const culprits = [...new Set(report.causes.map(tableName))]
  const compared = `${plural(faults.length, 'assertion')} of ${report.checks.length} ${faults.length === 1 ? 'fails' : 'fail'} in production only`
  const affected = `${plural(report.affected.length, 'dataset')} affected`
  if (culprits.length === 0) {
    return {
      kind: 'clean',
      headline: 'No assertion that fails in production explains this.',
      detail: `${compared}; ${affected}. ${inTime}`,
    }
  }
  return {
    kind: 'culprits',
    headline: `${joinWords(culprits)} ${culprits.length === 1 ? 'is' : 'are'} wrong in production.`,
    detail: `${compared}; ${affected}; ${incidentWords(incidents)}. ${inTime}`,
  }
}

function incidentWords(incidents: readonly StandingIncident[]): string {
  const fresh = incidents.filter((incident) => incident.fresh).length
  const open = incidents.length - fresh
  if (open === 0) return `${plural(fresh, 'incident')} raised`
  const older = `${plural(open, 'incident')} open already`
  return fresh === 0 ? older : `${plural(fresh, 'incident')} raised, ${open} open already`
}

function modelWords(report: IncidentReport): string {
  const models = report.roles.filter((role) => role.mode === 'model').length
  if (models === 0) return 'by rules alone'
  return models === report.roles.length
    ? 'with a model in every role'
    : `with a model in ${plural(models, 'role')}`
}
