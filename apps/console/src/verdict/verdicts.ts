/** The order, the words and the counts of the verdict table. Pure. */
import { tableName } from '../text/dataset-urn'
import type { Check, Verdict } from '../wire/types'

/** What needs a person first. */
export const VERDICT_ORDER: readonly Verdict[] = [
  'production-only',
  'reference-only',
  'both-fail',
  'missing',
  'both-pass',
]

export const VERDICT_LABELS: Record<Verdict, string> = {
  'production-only': 'Production only',
  'reference-only': 'Reference only',
  'both-fail': 'Both fail',
  missing: 'Missing',
  'both-pass': 'Both pass',
}

export const VERDICT_MEANING: Record<Verdict, string> = {
  'production-only': 'Fails in production, passes in the reference: this is the incident.',
  'reference-only': 'Fails in the reference only: production has moved on, or the reference is stale.',
  'both-fail': 'Fails in both: known, not what changed.',
  missing: 'A side has no result, or its check could not be run: nothing can be concluded.',
  'both-pass': 'Passes in both.',
}

const worst = (check: Check) => Math.max(check.production.failed ?? 0, check.reference.failed ?? 0)

/** By verdict, then the most failing rows first, then by name, so that the order never depends on arrival. */
export function orderChecks(checks: readonly Check[]): Check[] {
  return [...checks].sort(
    (a, b) =>
      VERDICT_ORDER.indexOf(a.verdict) - VERDICT_ORDER.indexOf(b.verdict) ||
      worst(b) - worst(a) ||
      tableName(a.dataset).localeCompare(tableName(b.dataset)) ||
      a.assertion.localeCompare(b.assertion),
  )
}

/** How many checks carry each verdict, in the table's order; verdicts nobody has are left out. */
export function countVerdicts(checks: readonly Check[]): { verdict: Verdict; count: number }[] {
  return VERDICT_ORDER.map((verdict) => ({
    verdict,
    count: checks.filter((check) => check.verdict === verdict).length,
  })).filter(({ count }) => count > 0)
}

/** The checks about the dataset with this URN or name. Instances share table names, so a table stands for all of them. */
export function checksOf(checks: readonly Check[], dataset: string): Check[] {
  const table = tableName(dataset)
  return orderChecks(checks.filter((check) => tableName(check.dataset) === table))
}
