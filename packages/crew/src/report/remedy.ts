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
      return `${rows} share their ${column ?? 'key'} with another`
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
  const bad = badRows(assertion, table)
  if (bad !== undefined)
    return `CREATE VIEW ${quoted(`${table}_quarantined`)} AS\nSELECT * FROM ${quoted(table)} WHERE ${bad};`
  const query = parameter(assertion, 'query')
  if (assertion.check === 'sql' && typeof query === 'string')
    return `-- ${assertion.name}: the bad rows are those its own query returns:\n${query.trim().replace(/^/gm, '-- ')}`
  return `-- ${assertion.name}: no row of ${table} can be singled out as bad.\n-- Hold the refresh of what reads ${table} until it is restored.`
}

/** SQL condition of the rows that fail; nothing when the check is not about rows that are there. */
function badRows(assertion: AssertionFacts, table: string): string | undefined {
  const { check, column } = assertion
  if (check === 'unique') return duplicates(assertion, table)
  if (column === null) return undefined
  const c = quoted(column)
  switch (check) {
    case 'not_null':
      return `NOT (${c} IS NOT NULL)`
    case 'length':
      return outside([
        bound(assertion, 'equals', `length(${c}) =`),
        bound(assertion, 'min', `length(${c}) >=`),
        bound(assertion, 'max', `length(${c}) <=`),
      ])
    case 'range':
      return outside([bound(assertion, 'min', `${c} >=`), bound(assertion, 'max', `${c} <=`)])
    case 'accepted_values': {
      const values = parameter(assertion, 'values')
      return Array.isArray(values) ? `NOT (${c} IN (${values.map(literal).join(', ')}))` : undefined
    }
    case 'relationship':
      return orphans(assertion, c)
    default:
      return undefined
  }
}

function outside(conditions: readonly string[]): string | undefined {
  const given = conditions.filter(Boolean)
  return given.length > 0 ? `NOT (${given.join(' AND ')})` : undefined
}

/** Rows whose value the table it refers to does not have. */
function orphans(assertion: AssertionFacts, column: string): string | undefined {
  const to = parameter(assertion, 'to') as { dataset?: unknown; column?: unknown } | null | undefined
  if (typeof to?.dataset !== 'string' || typeof to.column !== 'string') return undefined
  const key = quoted(to.column)
  return `${column} IS NOT NULL AND ${column} NOT IN (SELECT ${key} FROM ${quoted(to.dataset)} WHERE ${key} IS NOT NULL)`
}

/** Rows that share their key with another. */
function duplicates(assertion: AssertionFacts, table: string): string | undefined {
  const given = parameter(assertion, 'columns') ?? (assertion.column === null ? [] : [assertion.column])
  if (!Array.isArray(given) || given.length === 0) return undefined
  const columns = given.map((name) => quoted(String(name))).join(', ')
  const key = given.length === 1 ? columns : `(${columns})`
  return `${key} IN (SELECT ${columns} FROM ${quoted(table)} GROUP BY ${columns} HAVING count(*) > 1)`
}

function repair(assertion: AssertionFacts, table: string): string {
  switch (assertion.check) {
    case 'row_count':
      if (assertion.total > Number(parameter(assertion, 'equals') ?? parameter(assertion, 'max')))
        return `Find the load that brought too many rows into ${table}, and take out what it should not have.`
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
  return typeof value === 'number' || typeof value === 'string' ? `${prefix} ${literal(value)}` : ''
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
