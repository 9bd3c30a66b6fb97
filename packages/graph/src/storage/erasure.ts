import { GraphError } from '../error.js'
import type { Db } from './database.js'

/**
 * What hard drops have erased, for good and in every commit. Kept in `meta`:
 * `erased/<tid>` for a whole type, `erased/<tid>/<column>` for one property; the
 * value is the seq of the commit that did it.
 */
export interface Erasures {
  type(tid: number): number | undefined
  column(tid: number, column: string): number | undefined
}

export const NOTHING_ERASED: Erasures = { type: () => undefined, column: () => undefined }

const ERASED = "key >= 'erased/' AND key < 'erased0'"

export function readErasures(db: Db): Erasures {
  const rows = db.prepare(`SELECT key, value FROM meta WHERE ${ERASED}`).all() as {
    key: string
    value: number
  }[]
  const seqs = new Map(rows.map((r) => [r.key, r.value]))
  return {
    type: (tid) => seqs.get(`erased/${tid}`),
    column: (tid, column) => seqs.get(`erased/${tid}/${column}`),
  }
}

export const COUNT_ERASURES = `SELECT COUNT(*) FROM meta WHERE ${ERASED}`

/** In a write. */
export function recordErasure(db: Db, seq: number, tid: number, column?: string): void {
  const key = column === undefined ? `erased/${tid}` : `erased/${tid}/${column}`
  db.prepare('INSERT OR IGNORE INTO meta(key, value) VALUES (?, CAST(? AS INTEGER))').run(key, seq)
}

export function dataErased(what: string): GraphError {
  return new GraphError('not-found', 'data_erased', `The data of ${what} was erased by a hard drop.`, {
    remedy: 'Read only what was not erased; nothing brings this data back.',
    details: { erased: what },
  })
}
