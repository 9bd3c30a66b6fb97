import { isoTime } from '@groundplane/core'
import type { SourceMetadata } from '../metadata/source-metadata.js'
import { type ObservedTable, quoteName } from '../sqlite/observe-schema.js'
import type { SqliteDatabase } from '../sqlite/open-source.js'
import { parseDurationMs } from './assertion-definition.js'
import { asSubquery } from './compile-assertion.js'
import type { Judgement } from './judgement.js'
import { isPiiColumn, printKey } from './sample-keys.js'

/**
 * The newest value of a column against the age it may have. Texts are read as
 * SQLite reads dates (ISO 8601, UTC when no zone is given), numbers as seconds
 * since 1970 or Julian days.
 */
export function evaluateFreshness(
  db: SqliteDatabase,
  table: ObservedTable,
  column: string,
  maxAge: string,
  nowMs: number,
): Judgement {
  const name = quoteName(column)
  const sql = `SELECT count(${name}) AS present, max(unixepoch(${name}, 'auto')) AS newest FROM main.${quoteName(table.name)}`
  const { present, newest } = db.prepare(sql).get() as { present: number; newest: number | null }
  if (present === 0)
    return { failed: 1, total: 1, sampleKeys: [], message: `${table.name}.${column} has no value at all` }
  if (newest === null) {
    return {
      failed: 0,
      total: 0,
      sampleKeys: [],
      error: true,
      message: `no value of ${table.name}.${column} can be read as a time`,
    }
  }
  const allowedMs = parseDurationMs(maxAge) as number
  const ageMs = nowMs - newest * 1_000
  if (ageMs <= allowedMs) return { failed: 0, total: 1, sampleKeys: [] }
  const message = `the newest ${column} of ${table.name} is ${isoTime(newest * 1_000)}, older than ${maxAge}`
  return { failed: 1, total: 1, sampleKeys: [], message }
}

/**
 * Counts the rows a query returns; each is one failure. Only a single reading statement is run. A query
 * that goes on returning rows is stopped after `queryMs` milliseconds; one that computes without end
 * before its first row is not, because SQLite then never asks.
 */
export function evaluateQuery(
  db: SqliteDatabase,
  table: ObservedTable,
  query: string,
  metadata: SourceMetadata,
  limit: number,
  queryMs: number,
): Judgement {
  const inner = db.prepare(query.trim().replace(/(?:;\s*)+$/, ''))
  if (!inner.reader || !inner.readonly) {
    return {
      failed: 0,
      total: 0,
      sampleKeys: [],
      error: true,
      message: 'the query is not a SELECT: only a statement that reads may be an assertion',
    }
  }
  const endsAt = performance.now() + queryMs
  db.function('groundplane_in_time', { directOnly: true }, () => {
    if (performance.now() <= endsAt) return 1
    throw new Error(`the query did not finish within ${queryMs} ms`)
  })
  const failed = db
    .prepare(`SELECT count(*) FROM ${asSubquery(query)} WHERE groundplane_in_time()`)
    .pluck()
    .get() as number
  const total = db
    .prepare(`SELECT count(*) FROM main.${quoteName(table.name)}`)
    .pluck()
    .get() as number
  if (failed === 0) return { failed, total, sampleKeys: [] }
  const message = `the query returns ${failed} rows, expected none`
  return {
    failed,
    total: Math.max(total, failed),
    sampleKeys: keysOf(db, table, query, inner.columns(), metadata, limit),
    message,
  }
}

interface ResultColumn {
  readonly name: string
  readonly table: string | null
  readonly column: string | null
}

/**
 * Samples show only columns that are, by SQLite's own account, unchanged key
 * columns of the dataset and not tagged `pii`; an expression could hide anything.
 */
function keysOf(
  db: SqliteDatabase,
  table: ObservedTable,
  query: string,
  columns: readonly ResultColumn[],
  metadata: SourceMetadata,
  limit: number,
): string[] {
  const shown = columns.flatMap((c, i) =>
    c.table?.toLowerCase() === table.name.toLowerCase() &&
    c.column !== null &&
    table.primaryKey.includes(c.column) &&
    !isPiiColumn(metadata, table.name, c.column)
      ? [{ name: c.column, at: i }]
      : [],
  )
  if (shown.length === 0 || limit <= 0) return []
  const rows = db
    .prepare(`SELECT * FROM ${asSubquery(query)} LIMIT ?`)
    .raw()
    .all(limit) as unknown[][]
  return rows.map((row) =>
    printKey(
      shown.map((s) => s.name),
      shown.map((s) => row[s.at]),
    ),
  )
}
