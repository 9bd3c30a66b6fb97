import type { Db } from './database.js'

/** Entities changed by one commit, from which on its log is folded back at once. */
const LARGE_COMMIT = 10_000

/**
 * After a commit: folds the log into the file when the commit was a large one. Its
 * pages then are read in place, and the small commits after it are written over
 * the log that is there, where a log that grows costs each of them a change of the
 * file's size beside its pages. Waits for nobody: what a reader still needs stays.
 */
export function foldLargeCommit(db: Db, changed: number): void {
  if (changed < LARGE_COMMIT) return
  try {
    db.pragma('wal_checkpoint(PASSIVE)')
  } catch {
    // The commit is made and durable; what this fold could not do the next one does.
  }
}
