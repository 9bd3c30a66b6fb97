import type { AssertionFacts } from '../judge/facts.js'
import { listed, thousands } from '../judge/phrases.js'
import { type Culprit, failureCount } from '../judge/suspects.js'

/** What the Fixer proposes for one culprit. Drafts: nothing here has been executed. */
export interface Remedy {
  readonly dataset: string
  readonly datasetName: string
  readonly assertion: string
  readonly title: string
  readonly description: string
  readonly priority: 'CRITICAL' | 'HIGH' | 'MEDIUM'
  /** SQL that keeps the bad rows away from readers, or says why none can. */
  readonly quarantine: string
  readonly repair: string
  /** Who owns the dataset. */
  readonly owners: readonly string[]
}

/** `affected` are names, nearest first. */
export function proposeRemedy(
  culprit: Culprit,
  about: {
    readonly sentence: string
    readonly affected: readonly string[]
    readonly owners: readonly string[]
  },
): Remedy {
  const { affected, sentence, owners } = about
  const { assertion } = culprit.failure
  const table = culprit.suspect.name
  const where = assertion.column ? `${table}.${assertion.column}` : table
  return {
    dataset: culprit.suspect.urn,
    datasetName: table,
    assertion: assertion.urn,
    title: `${assertion.name} fails on ${table}: ${failureCount(assertion)}`,
    description: [
      `${where}: ${meaning(assertion)}. The reference instance passes the same check.`,
      affected.length > 0 ? `Feeds ${listed(affected)}.` : '',
      `Found while looking into "${sentence}": ${culprit.suspect.why}.`,
    ]
      .filter(Boolean)
      .join(' '),
    priority:
      assertion.severity === 'critical' ? 'CRITICAL' : assertion.severity === 'warning' ? 'MEDIUM' : 'HIGH',
    quarantine: quarantine(assertion, table),
    repair: repair(assertion, table),
    owners,
  }
}

/** What a failure of this kind of check means, in words. */
export function meaning(assertion: AssertionFacts): string {
  const { check, column, failed } = assertion
  const rows = `${thousands(failed)} rows`
  switch (check) {
    case 'row_count': {
      const expected = parameter(assertion, 'equals')
      return typeof expected === 'number'
        ? `${failureCount(assertion)}`
        : `the row count is ${thousands(failed)} rows away from what is expected`
    }
    case 'length': {
      const expected = parameter(assertion, 'equals')
      return `${rows} have a ${column} of another length${typeof expected === 'number' ? ` than ${expected}` : ''}`
    }
    case 'not_null':
      return `${rows} have no ${column}`
    case 'unique':
      return `${rows} share their ${column} with another`
    case 'accepted_values':
      return `${rows} have a ${column} outside the accepted values`
    case 'relationship':
      return `${rows} have a ${column} that exists nowhere in the table it refers to`
    case 'range':
      return `${rows} have a ${column} outside its range`
    case 'freshness':
      return `the newest ${column ?? 'row'} is older than allowed`
    default:
      return `${rows} break ${assertion.name}`
  }
}

function quarantine(assertion: AssertionFacts, table: string): string {
  const good = goodRows(assertion)
  if (good === undefined) {
    return `-- ${assertion.name}: no row of ${table} can be singled out as bad.\n-- Hold the refresh of what reads ${table} until it is restored.`
  }
  return `CREATE VIEW ${quoted(`${table}_quarantined`)} AS\nSELECT * FROM ${quoted(table)} WHERE NOT (${good});`
}

/** SQL condition of the rows that pass; nothing when the check is not about single rows. */
function goodRows(assertion: AssertionFacts): string | undefined {
  const { check, column } = assertion
  if (column === null) return undefined
  const c = quoted(column)
  switch (check) {
    case 'not_null':
      return `${c} IS NOT NULL`
    case 'length': {
      const parts = [
        bound(assertion, 'equals', `length(${c}) =`),
        bound(assertion, 'min', `length(${c}) >=`),
        bound(assertion, 'max', `length(${c}) <=`),
      ].filter(Boolean)
      return parts.length > 0 ? parts.join(' AND ') : undefined
    }
    case 'range': {
      const parts = [bound(assertion, 'min', `${c} >=`), bound(assertion, 'max', `${c} <=`)].filter(Boolean)
      return parts.length > 0 ? parts.join(' AND ') : undefined
    }
    case 'accepted_values': {
      const values = parameter(assertion, 'values')
      return Array.isArray(values) ? `${c} IN (${values.map(literal).join(', ')})` : undefined
    }
    default:
      return undefined
  }
}

function repair(assertion: AssertionFacts, table: string): string {
  switch (assertion.check) {
    case 'row_count':
      return `Restore the missing rows of ${table} from the last good load; rows that point at them show which keys are gone.`
    case 'length':
      return `Load ${assertion.column} of ${table} again from its source system, then rebuild what joins on it.`
    case 'not_null':
      return `Backfill ${assertion.column} of ${table} from the last good load, then rebuild what groups by it.`
    case 'unique':
      return `Find the load that ran twice and remove its second copy from ${table}.`
    case 'relationship':
      return `Restore the rows ${assertion.column} of ${table} refers to; do not delete the orphans.`
    default:
      return `Find the load that brought the failing rows into ${table}, and run it again once its source is right.`
  }
}

function bound(assertion: AssertionFacts, name: string, prefix: string): string {
  const value = parameter(assertion, name)
  return typeof value === 'number' ? `${prefix} ${value}` : ''
}

/** A parameter of the check. Recorded definitions keep numbers and lists as text. */
function parameter({ definition }: AssertionFacts, name: string): unknown {
  const value = definition[name]
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/i.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}

function literal(value: unknown): string {
  return typeof value === 'number' ? String(value) : `'${String(value).replaceAll("'", "''")}'`
}
