import type { Judgement } from '../assertion/judgement.js'
import { openSqliteSource } from './open-source.js'
import { QueryProcess } from './query-process.js'

/** Asks a SQLite file whether it may be read, in a process of its own. Throws `SourceError` when it cannot be opened. */
export async function querySqliteHealth(path: string, health: string, queryMs: number): Promise<Judgement> {
  // Over there it would be a sentence without a code.
  openSqliteSource(path).close()
  const queries = new QueryProcess(path)
  try {
    return await queries.evaluate({ health }, queryMs)
  } finally {
    await queries.close()
  }
}
