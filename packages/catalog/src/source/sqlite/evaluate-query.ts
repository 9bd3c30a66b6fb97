import { isoTime } from '@groundplane/core'
import { parseDurationMs } from '../assertion/assertion-definition.js'
import { printKey } from '../assertion/failing-key.js'
import { type Judgement, unjudged } from '../assertion/judgement.js'
import { HEALTH_ROWS, judgeHealth } from '../health.js'
import { quoteName } from '../quote-name.js'
import { asSubquery } from './compile-assertion.js'
import type { ObservedTable } from './observe-schema.js'
import type { SqliteDatabase } from './open-source.js'

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
  if (newest === null) return unjudged(`no value of ${table.name}.${column} can be read as a time`)
  const allowedMs = parseDurationMs(maxAge) as number
  const ageMs = nowMs - newest * 1_000
  if (ageMs <= allowedMs) return { failed: 0, total: 1, sampleKeys: [] }
  const message = `the newest ${column} of ${table.name} is ${isoTime(newest * 1_000)}, older than ${maxAge}`
  return { failed: 1, total: 1, sampleKeys: [], message }
}

/** A query of people to be judged. */
export interface QueryQuestion {
  /** The table or view the assertion is about. */
  readonly table: string
  readonly query: string
  /** Key columns of the table whose values may be shown. */
  readonly shownKeys: readonly string[]
  /** Highest number of sample keys. */
  readonly limit: number
}

/**
 * Counts the rows a query returns; each is one failure. Only a single reading statement is run. Nothing
 * here ends a query that goes on for ever: run it where it can be killed (`QueryProcess`).
 */
export function evaluateQuery(db: SqliteDatabase, question: QueryQuestion): Judgement {
  const { table, query } = question
  const inner = db.prepare(query.trim().replace(/(?:;\s*)+$/, ''))
  if (!inner.reader || !inner.readonly)
    return unjudged('the query is not a SELECT: only a statement that reads may be an assertion')
  const count = (from: string): number => db.prepare(`SELECT count(*) FROM ${from}`).pluck().get() as number
  const failed = count(asSubquery(query))
  const total = count(`main.${quoteName(table)}`)
  if (failed === 0) return { failed, total, sampleKeys: [] }
  return {
    failed,
    total: Math.max(total, failed),
    sampleKeys: keysOf(db, question, inner.columns()),
    message: `the query returns ${failed} rows, expected none`,
  }
}

/** Whether the source may be read now. */
export interface HealthQuestion {
  readonly health: string
}

/** As `judgeHealth` says of what the query gives. Like `evaluateQuery`, nothing here ends it. */
export function evaluateHealth(db: SqliteDatabase, { health }: HealthQuestion): Judgement {
  const query = db.prepare(health.trim().replace(/(?:;\s*)+$/, ''))
  if (!query.reader || !query.readonly) return unjudged('it is not a SELECT')
  const rows: unknown[][] = []
  for (const row of query.raw().iterate()) if (rows.push(row as unknown[]) === HEALTH_ROWS) break
  return judgeHealth(rows)
}

interface ResultColumn {
  readonly name: string
  readonly table: string | null
  readonly column: string | null
}

/**
 * Samples show only columns that are, by SQLite's own account, unchanged key
 * columns of the dataset that may be shown; an expression could hide anything.
 */
function keysOf(
  db: SqliteDatabase,
  { table, query, shownKeys, limit }: QueryQuestion,
  columns: readonly ResultColumn[],
): string[] {
  const shown = columns.flatMap((c, i) =>
    c.table?.toLowerCase() === table.toLowerCase() && c.column !== null && shownKeys.includes(c.column)
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
