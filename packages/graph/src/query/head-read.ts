import type { Row } from '../api.js'
import type { Db } from '../storage/database.js'
import type { HeldReadLock } from '../storage/held-read-lock.js'
import { prepared } from '../storage/statements.js'
import type { QueryParams, RunnableQuery } from './prepared.js'

/**
 * A query of at most one row, run at the head of a branch again and again. To ask
 * each time whether another process has moved the schema costs as much as the
 * read; here the statement itself tells which head it read, in the same snapshot
 * as the row. Commits never change, so a head whose schema is known vouches for
 * the row; a newer one is looked up once.
 */
export class HeadRead {
  readonly #readLock: HeldReadLock
  readonly #runnable: RunnableQuery
  readonly #schemaVersion: number
  readonly #br: number
  readonly #headCommit
  readonly #headOf
  /** A commit known to have that schema version, and its id. */
  #seq = -1
  #commit = ''

  /** `runnable` has been compiled for that branch and the schema of that version; its `isSingle` is true. */
  constructor(db: Db, readLock: HeldReadLock, runnable: RunnableQuery, br: number, schemaVersion: number) {
    this.#readLock = readLock
    this.#runnable = runnable
    this.#br = br
    this.#schemaVersion = schemaVersion
    this.#headOf = prepared(db, 'SELECT head_seq FROM heads WHERE br = ? AND deleted_at IS NULL', 'pluck')
    this.#headCommit = prepared(db, 'SELECT schema_version, id FROM commits WHERE seq = ?', 'raw')
  }

  /** The id of the commit that the last run read, when it gave rows. */
  get commit(): string {
    return this.#commit
  }

  /**
   * The rows, or null when nothing vouches for them: the schema moved, the branch
   * is gone, or the run failed. The caller then finds out what holds and reads again.
   */
  run(params: QueryParams, nowMs: number): Row[] | null {
    this.#readLock.beforeRead()
    try {
      const { rows, head } = this.#runnable.single(params, nowMs)
      // No row tells no head. Heads only move on: one that is still where it was has been there all the time.
      if (head === undefined) return this.#headOf.get(this.#br) === this.#seq ? rows : null
      if (head === null) return null
      if (head !== this.#seq) {
        const found = this.#headCommit.get(head) as [number, string] | undefined
        if (found === undefined || found[0] !== this.#schemaVersion) return null
        this.#seq = head
        this.#commit = found[1]
      }
      return rows
    } catch {
      return null
    }
  }
}
