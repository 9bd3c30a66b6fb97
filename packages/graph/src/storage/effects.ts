import type { Db } from './database.js'
import { prepared } from './statements.js'

/**
 * What a commit did, as it is stored: in its own row of `commits` when it bore
 * versions of one type only or ended one version only, else in `births` and `ends`
 * (see `format.ts`). Read by way of the views `all_births` and `all_ends`; these are
 * for whoever corrects what is stored. Inside a write transaction of the caller.
 */

/** The versions that commit `seq` bore in the table of type `tid`; null for none. */
export function setBirths(
  db: Db,
  seq: number,
  tid: number,
  range: { readonly first: number; readonly last: number } | null,
): void {
  prepared(db, CLEAR_BIRTH).run(seq, tid)
  if (range === null) prepared(db, 'DELETE FROM births WHERE seq = ? AND tid = ?').run(seq, tid)
  else
    prepared(db, 'INSERT OR REPLACE INTO births(seq, tid, first_vid, last_vid) VALUES (?, ?, ?, ?)').run(
      seq,
      tid,
      range.first,
      range.last,
    )
}

/** That commit `seq`, of branch `br`, ended a version. Only when nothing says so yet. */
export function addEnd(db: Db, end: { seq: number; tid: number; vid: number; br: number }): void {
  prepared(db, 'INSERT OR REPLACE INTO ends(seq, tid, vid, br) VALUES (?, ?, ?, ?)').run(
    end.seq,
    end.tid,
    end.vid,
    end.br,
  )
}

export function removeEnd(db: Db, seq: number, tid: number, vid: number): void {
  prepared(db, `${CLEAR_END} WHERE seq = ? AND ended_tid = ? AND ended_vid = ?`).run(seq, tid, vid)
  prepared(db, 'DELETE FROM ends WHERE seq = ? AND tid = ? AND vid = ?').run(seq, tid, vid)
}

/** Takes out the ends that a condition chooses, of those named `e`. */
export function removeEnds(db: Db, condition: string): void {
  db.exec(`DELETE FROM ends AS e WHERE ${condition};
    ${CLEAR_END} WHERE ended_tid IS NOT NULL AND EXISTS
      (SELECT 1 FROM (SELECT ended_tid AS tid, ended_vid AS vid, commits.br AS br) e WHERE ${condition})`)
}

/** Takes out all that any commit did to a type. */
export function forgetType(db: Db, tid: number): void {
  for (const table of ['births', 'ends', 'hidden']) db.prepare(`DELETE FROM ${table} WHERE tid = ?`).run(tid)
  db.prepare('UPDATE commits SET born_tid = NULL, first_vid = NULL, last_vid = NULL WHERE born_tid = ?').run(
    tid,
  )
  db.prepare(`${CLEAR_END} WHERE ended_tid = ?`).run(tid)
}

const CLEAR_BIRTH =
  'UPDATE commits SET born_tid = NULL, first_vid = NULL, last_vid = NULL WHERE seq = ? AND born_tid = ?'
const CLEAR_END = 'UPDATE commits SET ended_tid = NULL, ended_vid = NULL'
