import { quoteIdent } from '../compile/sql.js'
import { mergeTextIndexes, rebuildTextIndexes } from '../search/text-index.js'
import { type Db, translated } from '../storage/database.js'
import { SYSTEM_TABLE_NAMES } from '../storage/format.js'
import type { WriteEnvironment } from '../write/commit-writer.js'
import { fileBytes } from './cleanup.js'
import { liveSchemas, storedIndexes, wantedIndexes } from './indexes.js'

export interface OptimizeReport {
  /** Tables whose statistics are fresh. */
  readonly analyzed: number
  /** Indexes that no live branch's schema asks for any more. */
  readonly droppedIndexes: readonly string[]
  /** Full-text indexes that were missing or behind, as `Type.property`. */
  readonly builtTextIndexes: readonly string[]
  /** Whether the write-ahead log is folded into the file; a reader at work can be in the way. */
  readonly checkpointed: boolean
  readonly fileBytes: { readonly before: number; readonly after: number }
}

/** Rows looked at per index: enough for the planner, and the time does not grow with the graph. */
const ANALYSIS_LIMIT = 2000

/**
 * Makes reads cheaper and changes no answer: statistics for the planner, indexes
 * nobody asks for dropped, the log folded into the file. Readers go on meanwhile;
 * killed at any instant, some of it is done and the rest is not.
 */
export function optimize(env: WriteEnvironment, root: string): OptimizeReport {
  const { db } = env
  const before = fileBytes(root)
  try {
    const dropped = dropUnwantedIndexes(env)
    const builtTextIndexes = optimizeTextIndexes(env)
    const analyzed = analyze(db)
    const [checkpoint] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
    return {
      analyzed,
      droppedIndexes: dropped,
      builtTextIndexes,
      checkpointed: checkpoint?.busy === 0,
      fileBytes: { before, after: fileBytes(root) },
    }
  } catch (error) {
    throw translated(error)
  }
}

/**
 * Of the versions only: of what grows with every commit the figures would be wrong the moment after, and
 * the planner would go by them. In one transaction, so that nobody does meanwhile. Returns how many tables.
 */
function analyze(db: Db): number {
  db.pragma(`analysis_limit = ${ANALYSIS_LIMIT}`)
  const places = SYSTEM_TABLE_NAMES.map(() => '?').join(', ')
  return db
    .transaction(() => {
      db.exec('ANALYZE')
      db.prepare(`DELETE FROM sqlite_stat1 WHERE tbl IN (${places})`).run(SYSTEM_TABLE_NAMES)
      db.exec('ANALYZE sqlite_schema')
      return db.prepare('SELECT COUNT(DISTINCT tbl) FROM sqlite_stat1').pluck().get() as number
    })
    .immediate()
}

/** One transaction: an index that a migration elsewhere wants from now on cannot come in between. */
function dropUnwantedIndexes(env: WriteEnvironment): string[] {
  const { db } = env
  return db
    .transaction(() => {
      const wanted = new Set(wantedIndexes(env).map((index) => index.name))
      const dropped = storedIndexes(db)
        .map((index) => index.name)
        .filter((name) => name.startsWith('ix:') && !wanted.has(name))
      for (const name of dropped) db.exec(`DROP INDEX ${quoteIdent(name)}`)
      return dropped
    })
    .immediate()
}

/** Builds what is missing, drops what nobody wants, merges the rest; one transaction. */
function optimizeTextIndexes(env: WriteEnvironment): string[] {
  return env.db
    .transaction(() => {
      const reports = rebuildTextIndexes(env.db, liveSchemas(env), 'extent')
      mergeTextIndexes(env.db)
      return reports.filter((r) => r.reason !== null).map((r) => `${r.type}.${r.property}`)
    })
    .immediate()
}
