import { GraphError } from '../error.js'
import type { Db } from './database.js'

/** Refuses a commit whose data a cleanup has removed. Its record stays and can be listed. */
export function checkNotRemoved(db: Db, commit: { readonly seq: number; readonly id: string }): void {
  if (!isRemoved(db, commit.seq)) return
  throw new GraphError(
    'gone',
    'commit_removed',
    `The data of commit ${commit.id} was removed by a cleanup.`,
    {
      remedy: 'Read at a commit that was kept; a newer one of the branch may do.',
      details: { commit: commit.id },
    },
  )
}

export function isRemoved(db: Db, seq: number): boolean {
  try {
    return db.prepare('SELECT 1 FROM removed_commits WHERE seq = ?').get(seq) !== undefined
  } catch (error) {
    // Graphs from before cleanups existed get the table with their first one.
    if ((error as Error).message.includes('no such table')) return false
    throw error
  }
}
