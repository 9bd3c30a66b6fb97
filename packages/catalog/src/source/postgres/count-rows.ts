import { type ReportProgress, stopWhenCancelled } from '../harvest.js'
import type { HarvestNote } from '../harvest-notes.js'
import { quoteName } from '../quote-name.js'
import { SourceError } from '../source-error.js'
import type { RowCount } from './describe-table.js'
import type { ObservedTable } from './observe-schema.js'
import { refusalOf } from './postgres-error.js'
import { OWN_STATEMENT, type PostgresSession } from './postgres-session.js'

/** Tables up to this many rows by the planner's estimate are counted. */
export const EXACT_ROWS = 1_000_000
/** So are tables that nobody has analysed, up to this size. */
const EXACT_BYTES = 128 * 1024 * 1024

/** `"schema"."table"`, for SQL text. */
export function sqlName({ schema, table }: Pick<ObservedTable, 'schema' | 'table'>): string {
  return `${quoteName(schema)}.${quoteName(table)}`
}

/**
 * Rows of tables and materialised views, by qualified name. Small ones are counted, of large ones the
 * planner's estimate is taken. Views are not counted: that would be to run them. Foreign tables are not:
 * another server would have to. What cannot be counted is noted.
 */
export async function countRows(
  session: PostgresSession,
  tables: readonly ObservedTable[],
  exactRows: number,
  notes: HarvestNote[],
  report: ReportProgress,
  signal: AbortSignal | undefined,
): Promise<Map<string, RowCount>> {
  const counts = new Map<string, RowCount>()
  for (const [i, table] of tables.entries()) {
    stopWhenCancelled(signal, session.where)
    const count = await countOf(session, table, exactRows, notes)
    if (count) counts.set(table.name, count)
    const rows = count && { rows: count.rows }
    report({ phase: 'rows', dataset: table.name, ...rows, done: i + 1, total: tables.length })
  }
  return counts
}

async function countOf(
  session: PostgresSession,
  table: ObservedTable,
  exactRows: number,
  notes: HarvestNote[],
): Promise<RowCount | undefined> {
  if (table.kind === 'view') return undefined
  const { estimatedRows } = table
  const estimated = estimatedRows === undefined ? undefined : { rows: estimatedRows, estimated: true }
  if (table.kind === 'foreign' || (estimated && estimated.rows > exactRows)) return estimated
  try {
    if (!estimated && (await bytesOf(session, table)) > EXACT_BYTES) return undefined
    const { rows } = await session.attempt(`SELECT ${OWN_STATEMENT} count(*) FROM ${sqlName(table)}`)
    return { rows: Number(rows[0]?.[0]), estimated: false }
  } catch (error) {
    if (error instanceof SourceError) throw error
    const instead = estimated ? '; the planner’s estimate is taken' : ''
    const message = `the rows of ${table.name} cannot be counted: ${refusalOf(error)}${instead}`
    notes.push({ code: 'rows_unreadable', dataset: table.name, message })
    return estimated
  }
}

/** Of its rows, over all partitions. */
async function bytesOf(session: PostgresSession, { oid }: ObservedTable): Promise<number> {
  const { rows } = await session.attempt(
    `SELECT coalesce(sum(pg_catalog.pg_relation_size(l.oid)), 0)
     FROM (SELECT $1::oid AS relid UNION SELECT relid FROM pg_catalog.pg_partition_tree($1::oid)) p
       JOIN pg_catalog.pg_class l ON l.oid = p.relid WHERE l.relkind IN ('r', 'm')`,
    [oid],
  )
  return Number(rows[0]?.[0])
}
