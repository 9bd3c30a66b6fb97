import type { CheckedAssertion } from '../assertion/assertion-definition.js'
import { quoteName } from '../quote-name.js'
import type { ObservedTable } from './observe-schema.js'

export type SqlParameter = string | number

/** A row-wise claim: rows for which `failing` is true break it. Parameters are bound in order. */
export interface CompiledPredicate {
  readonly failing: string
  readonly parameters: readonly SqlParameter[]
}

/**
 * The condition of a failing row for the claims that can be judged row by row;
 * undefined for those that cannot. Names come from the observed schema and are
 * quoted; values are bound, never written into the text.
 */
export function compilePredicate(assertion: CheckedAssertion, column: string): CompiledPredicate | undefined {
  const name = quoteName(column)
  switch (assertion.type) {
    case 'not_null':
      return { failing: `${name} IS NULL`, parameters: [] }
    case 'accepted_values': {
      const values = assertion.parameters.values.map((v) => (typeof v === 'boolean' ? Number(v) : v))
      return { failing: `${name} NOT IN (${values.map(() => '?').join(', ')})`, parameters: values }
    }
    case 'relationship':
      return undefined // compiled with the parent: `compileRelationship`
    case 'length': {
      const { equals, min, max } = assertion.parameters
      return outside(`length(${name})`, equals ?? min, equals ?? max)
    }
    case 'range':
      return outside(name, assertion.parameters.min, assertion.parameters.max)
    default:
      return undefined
  }
}

/** SQLite orders every number before every text, so a text in a numeric range fails its `max`. */
function outside(
  value: string,
  min: SqlParameter | undefined,
  max: SqlParameter | undefined,
): CompiledPredicate {
  const parts: string[] = []
  const parameters: SqlParameter[] = []
  if (min !== undefined) {
    parts.push(`${value} < ?`)
    parameters.push(min)
  }
  if (max !== undefined) {
    parts.push(`${value} > ?`)
    parameters.push(max)
  }
  return { failing: `(${parts.join(' OR ')})`, parameters }
}

/** `NOT IN` over the parent's keys: SQLite reads them once, from an index when there is one. */
export function compileRelationship(
  column: string,
  parent: ObservedTable,
  parentColumn: string,
): CompiledPredicate {
  const key = quoteName(parentColumn)
  const keys = `SELECT ${key} FROM main.${quoteName(parent.name)} WHERE ${key} IS NOT NULL`
  return {
    failing: `(${quoteName(column)} IS NOT NULL AND ${quoteName(column)} NOT IN (${keys}))`,
    parameters: [],
  }
}

/** One scan for all row-wise claims of a table: the row count, then one count of failing rows each. */
export function compileScan(
  table: ObservedTable,
  predicates: readonly CompiledPredicate[],
): { sql: string; parameters: SqlParameter[] } {
  const counts = predicates.map((p, i) => `count(CASE WHEN ${p.failing} THEN 1 END) AS f${i}`)
  const sql = `SELECT ${['count(*) AS total', ...counts].join(', ')} FROM main.${quoteName(table.name)}`
  return { sql, parameters: predicates.flatMap((p) => [...p.parameters]) }
}

/** Rows beyond the first of each group of equal keys. */
export function compileUnique(table: ObservedTable, columns: readonly string[]): string {
  const names = columns.map(quoteName)
  const present = names.map((n) => `${n} IS NOT NULL`).join(' AND ')
  const groups = `SELECT count(*) AS n FROM main.${quoteName(table.name)} WHERE ${present} GROUP BY ${names.join(', ')}`
  return `SELECT coalesce(sum(n), 0) AS compared, coalesce(sum(n - 1), 0) AS failed FROM (${groups})`
}

/** The condition of rows that share their key with another row. */
export function compileDuplicates(table: ObservedTable, columns: readonly string[]): string {
  const names = columns.map(quoteName).join(', ')
  const groups = `SELECT ${names} FROM main.${quoteName(table.name)} GROUP BY ${names} HAVING count(*) > 1`
  return `(${names}) IN (${groups})`
}

/** A statement without its closing semicolon and blanks, to stand in parentheses. */
export function asSubquery(query: string): string {
  // A line break before `)` keeps a trailing line comment from swallowing it.
  return `(${query.trim().replace(/(?:;\s*)+$/, '')}\n)`
}
