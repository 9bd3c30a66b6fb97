import type { CheckedAssertion } from '../assertion/assertion-definition.js'
import { quoteName } from '../quote-name.js'
import { sqlName } from './count-rows.js'
import type { ObservedColumn, ObservedTable } from './observe-schema.js'
import { OWN_STATEMENT } from './postgres-session.js'

/** A row-wise claim: rows of the table for which `failing` is true break it. `$n` counts from 1 over `parameters`. */
export interface CompiledPredicate {
  readonly failing: (firstParameter: number) => string
  readonly parameters: readonly string[]
}

export interface CompiledStatement {
  readonly sql: string
  readonly parameters: readonly string[]
}

/**
 * The condition of a failing row for the claims that one scan can judge together; undefined for those
 * that stand alone. Names come from the observed schema and are quoted; values are bound, never written
 * into the text. A bound takes the type of the column, so that a column of times is compared as times;
 * one that cannot be read as that type is an error of the assertion.
 */
export function compilePredicate(
  assertion: CheckedAssertion,
  column: ObservedColumn,
): CompiledPredicate | undefined {
  const name = quoteName(column.name)
  switch (assertion.type) {
    case 'not_null':
      return { failing: () => `${name} IS NULL`, parameters: [] }
    case 'accepted_values':
      return acceptedValues(column, assertion.parameters.values)
    case 'length': {
      const { equals, min, max } = assertion.parameters
      return outside(`length(${name}::text)`, 'integer', equals ?? min, equals ?? max)
    }
    case 'range':
      // Against numbers of every kind: a whole number may have a bound that is none.
      return outside(
        name,
        column.category === 'N' ? 'numeric' : undefined,
        assertion.parameters.min,
        assertion.parameters.max,
      )
    default:
      return undefined
  }
}

/** Numbers are compared as numbers (1 is 1.00), truth values as such, all else as the text the server prints. */
function acceptedValues(
  column: ObservedColumn,
  values: readonly (string | number | boolean)[],
): CompiledPredicate {
  const name = quoteName(column.name)
  if (column.category === 'N') {
    const numbers = values.map(String).filter((v) => v.trim() !== '' && Number.isFinite(Number(v)))
    return noneOf(`${name}::numeric`, 'numeric', numbers)
  }
  if (column.category === 'B') {
    const truths = values.map(String).filter((v) => /^(true|false|t|f|yes|no|on|off|1|0)$/i.test(v))
    return noneOf(name, 'boolean', truths)
  }
  return noneOf(`${name}::text`, 'text', values.map(String))
}

function noneOf(value: string, type: string, values: readonly string[]): CompiledPredicate {
  // `<> ALL` of nothing is true of a null as well.
  return {
    failing: (n) =>
      `(${value} IS NOT NULL AND ${value} <> ALL (ARRAY[${values.map((_, i) => `$${n + i}`).join(', ')}]::${type}[]))`,
    parameters: values,
  }
}

function outside(
  value: string,
  type: string | undefined,
  min: number | string | undefined,
  max: number | string | undefined,
): CompiledPredicate {
  const cast = type === undefined ? '' : `::${type}`
  const bounds = [
    ...(min === undefined ? [] : [{ operator: '<', bound: String(min) }]),
    ...(max === undefined ? [] : [{ operator: '>', bound: String(max) }]),
  ]
  return {
    failing: (n) => `(${bounds.map((b, i) => `${value} ${b.operator} $${n + i}${cast}`).join(' OR ')})`,
    parameters: bounds.map((b) => b.bound),
  }
}

/** The condition of rows whose value no row of the parent has: an anti-join where it is the only condition. */
export function compileOrphans(
  table: ObservedTable,
  column: string,
  parent: ObservedTable,
  parentColumn: string,
): CompiledPredicate {
  const child = `${sqlName(table)}.${quoteName(column)}`
  const failing = `${child} IS NOT NULL AND NOT EXISTS (SELECT FROM ${sqlName(parent)} AS gp_parent WHERE gp_parent.${quoteName(parentColumn)} = ${child})`
  return { failing: () => failing, parameters: [] }
}

/** One scan for all row-wise claims of a table: the row count, then one count of failing rows each. */
export function compileScan(
  table: ObservedTable,
  predicates: readonly CompiledPredicate[],
): CompiledStatement {
  const parameters: string[] = []
  const counts = predicates.map((p) => {
    const first = parameters.length + 1
    parameters.push(...p.parameters)
    return `count(*) FILTER (WHERE ${p.failing(first)})`
  })
  const sql = `SELECT ${OWN_STATEMENT} ${['count(*)', ...counts].join(', ')} FROM ${sqlName(table)}`
  return { sql, parameters }
}

/** Rows for which the condition is true, counted. */
export function compileCount(table: ObservedTable, predicate: CompiledPredicate): CompiledStatement {
  const sql = `SELECT ${OWN_STATEMENT} count(*) FROM ${sqlName(table)} WHERE ${predicate.failing(1)}`
  return { sql, parameters: predicate.parameters }
}

/** Columns of rows for which the condition is true, as the server prints them. */
export function compileSample(
  table: ObservedTable,
  columns: readonly string[],
  predicate: CompiledPredicate,
  limit: number,
): CompiledStatement {
  const shown = columns.map((c) => `${c}::text`).join(', ')
  const sql = `SELECT ${OWN_STATEMENT} ${shown} FROM ${sqlName(table)} WHERE ${predicate.failing(1)} LIMIT ${limit}`
  return { sql, parameters: predicate.parameters }
}

/** Rows without a null among the columns, and rows beyond the first of each group of equal ones. */
export function compileUnique(table: ObservedTable, columns: readonly string[]): CompiledStatement {
  const names = columns.map(quoteName)
  const present = names.map((n) => `${n} IS NOT NULL`).join(' AND ')
  const groups = `SELECT count(*) AS n FROM ${sqlName(table)} WHERE ${present} GROUP BY ${names.join(', ')}`
  const sql = `SELECT ${OWN_STATEMENT} coalesce(sum(n), 0), coalesce(sum(n - 1), 0) FROM (${groups}) AS gp_groups`
  return { sql, parameters: [] }
}

/** The condition of rows that share their key with another row. */
export function compileDuplicates(table: ObservedTable, columns: readonly string[]): CompiledPredicate {
  const names = columns.map(quoteName).join(', ')
  const groups = `SELECT ${names} FROM ${sqlName(table)} GROUP BY ${names} HAVING count(*) > 1`
  return { failing: () => `(${names}) IN (${groups})`, parameters: [] }
}

const ISO_TIME = String.raw`^\s*\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|[+-]\d{2}(:?\d{2})?)?)?\s*$`

/**
 * How many values a column has, and its newest in seconds since 1970; null when none can be read as a
 * time. Times without a zone are UTC; texts count when they are written as ISO 8601, numbers are seconds
 * since 1970.
 */
export function compileNewest(table: ObservedTable, column: ObservedColumn): CompiledStatement {
  const name = quoteName(column.name)
  const from = `FROM ${sqlName(table)}`
  const select = `SELECT ${OWN_STATEMENT} count(${name}),`
  switch (column.category) {
    case 'D':
      return {
        sql: `${select} extract(epoch FROM max(${name}) FILTER (WHERE isfinite(${name}))) ${from}`,
        parameters: [],
      }
    case 'N':
      return { sql: `${select} max(${name}) ${from}`, parameters: [] }
    default: {
      const time = `CASE WHEN ${name}::text ~ $1 THEN ${name}::text::timestamptz END`
      return { sql: `${select} extract(epoch FROM max(${time})) ${from}`, parameters: [ISO_TIME] }
    }
  }
}
