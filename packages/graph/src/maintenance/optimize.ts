import { quoteIdent } from '../compile/sql.js'
import { mergeTextIndexes, rebuildTextIndexes } from '../search/text-index.js'
import { translated } from '../storage/database.js'
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
    db.pragma(`analysis_limit = ${ANALYSIS_LIMIT}`)
    db.exec('ANALYZE')
    const analyzed = db.prepare('SELECT COUNT(DISTINCT tbl) FROM sqlite_stat1').pluck().get() as number
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
