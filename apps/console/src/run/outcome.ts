/** The one sentence a person on call reads first, as parts so that its figures can be set apart. Pure. */
import { tableName } from '../text/dataset-urn'
import { formatDuration, joinWords, plural } from '../text/format'
import type { IncidentReport } from '../wire/types'

export interface Outcome {
  kind: 'culprits' | 'clean' | 'nothing-found'
  headline: string
  detail: string
}

/** What the report comes to. A report without a dataset found says so and guesses nothing. */
export function outcomeOf(report: IncidentReport): Outcome {
  const inTime = `Took ${formatDuration(report.wallMs)}, ${modelWords(report)}.`
  if (report.affected.length === 0 && report.suspects.length === 0) {
    return {
      kind: 'nothing-found',
      headline: 'Nothing in the catalog matches this sentence.',
      detail: `No dataset was named, so nothing was concluded and no incident was raised. ${inTime}`,
    }
  }
  const faults = report.checks.filter((check) => check.verdict === 'production-only')
  const tables = [...new Set(faults.map((check) => tableName(check.dataset)))]
  if (tables.length === 0) {
    return {
      kind: 'clean',
      headline: 'Production agrees with the reference on every assertion.',
      detail: `${plural(report.affected.length, 'dataset')} looked at, ${plural(report.checks.length, 'assertion')} compared. ${inTime}`,
    }
  }
  return {
    kind: 'culprits',
    headline: `${joinWords(tables)} ${tables.length === 1 ? 'is' : 'are'} wrong in production.`,
    detail: `${plural(faults.length, 'assertion')} of ${report.checks.length} ${faults.length === 1 ? 'fails' : 'fail'} there and not in the reference; ${plural(report.affected.length, 'dataset')} affected, ${plural(report.incidents.length, 'incident')} raised. ${inTime}`,
  }
}

function modelWords(report: IncidentReport): string {
  const models = report.roles.filter((role) => role.mode === 'model').length
  if (models === 0) return 'by rules alone'
  return models === report.roles.length
    ? 'with a model in every role'
    : `with a model in ${plural(models, 'role')}`
}
