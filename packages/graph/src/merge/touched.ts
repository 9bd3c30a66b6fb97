import { quoteIdent } from '../compile/sql.js'
import type { Db } from '../storage/database.js'

export interface Touched {
  readonly eid: number
  readonly id: string
}

/**
 * The entities some commits bore or ended a version of, from `all_births` and `all_ends`
 * and what cleanups left of them: the cost is what those commits wrote. Every entity that differs between two
 * states is touched by a commit that only one of them has behind it.
 */
export class TouchedEntities {
  readonly #db: Db
  readonly #seqs: string
  readonly #cleaned: boolean

  constructor(db: Db, seqs: readonly number[]) {
    this.#db = db
    this.#seqs = JSON.stringify(seqs)
    const table = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'removed_deletions'"
    // Graphs from before get the table with their next cleanup.
    this.#cleaned = db.prepare(table).get() !== undefined
  }

  /** Numbers of the types touched, smallest first. */
  types(): number[] {
    return this.#db
      .prepare(
        `SELECT tid FROM all_births WHERE seq IN (SELECT value FROM json_each(?1))
         UNION SELECT tid FROM all_ends WHERE seq IN (SELECT value FROM json_each(?1))
         ${this.#cleaned ? 'UNION SELECT tid FROM removed_deletions WHERE seq IN (SELECT value FROM json_each(?1))' : ''} ORDER BY tid`,
      )
      .pluck()
      .all({ 1: this.#seqs }) as number[]
  }

  /** By id, after one of them when given. */
  of(tid: number, after = ''): Touched[] {
    const table = quoteIdent(tableOf(this.#db, tid))
    return this.#db
      .prepare(
        `SELECT t.eid, t.id FROM json_each(@seqs) s CROSS JOIN all_births b ON b.seq = s.value AND b.tid = @tid
           CROSS JOIN ${table} t ON t.vid BETWEEN b.first_vid AND b.last_vid WHERE t.born = b.seq AND t.id > @after
         UNION
         SELECT t.eid, t.id FROM json_each(@seqs) s CROSS JOIN all_ends e ON e.seq = s.value AND e.tid = @tid
           CROSS JOIN ${table} t ON t.vid = e.vid WHERE t.id > @after
         ${this.#cleaned ? removedDeletions(table) : ''}
         ORDER BY 2`,
      )
      .all({ seqs: this.#seqs, tid, after }) as Touched[]
  }
}

/** By way of the versions that other branches have of them; one look per partial index. */
function removedDeletions(table: string): string {
  return ['t.br = 1 AND t.ended IS NULL', '(t.br <> 1 OR t.ended IS NOT NULL)']
    .map(
      (half) =>
        `UNION SELECT t.eid, t.id FROM json_each(@seqs) s CROSS JOIN removed_deletions r ON r.tid = @tid AND r.seq = s.value
           CROSS JOIN ${table} t ON t.eid = r.eid WHERE ${half} AND t.id > @after`,
    )
    .join('\n')
}

export function tableOf(db: Db, tid: number): string {
  return db.prepare('SELECT physical FROM types WHERE tid = ?').pluck().get(tid) as string
}
