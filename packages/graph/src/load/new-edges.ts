import type { Statement } from 'better-sqlite3'
import { quoteIdent } from '../compile/sql.js'
import { violationError } from '../error.js'
import type { BoundEdge } from '../storage/bound-schema.js'
import { prepared } from '../storage/statements.js'
import type { SqlValue } from '../value/codec.js'
import type { Changeset, Put } from '../write/changeset.js'
import { encodeRow } from '../write/row.js'

/** Bound values per insert statement at most, and rows. */
const MAX_VALUES = 400
const MAX_ROWS = 32

/**
 * Edges of one type that come without an id, into a table that may have rows: each is new whatever is there, so
 * nothing is looked up, and rows are written many at a time. What is held back is written by `flush`, which has to
 * come before anything else reads or writes the type.
 */
export class NewEdges {
  readonly #changes: Changeset
  readonly #type: BoundEdge
  readonly #rowsPerInsert: number
  readonly #insertSql: (rows: number) => string
  readonly #insertMany: Statement
  #pending: SqlValue[] = []
  #rows = 0

  constructor(changes: Changeset, type: BoundEdge) {
    this.#changes = changes
    this.#type = type
    const names = [
      'eid',
      'id',
      'src',
      'dst',
      'br',
      'born',
      ...type.properties.map((p) => quoteIdent(p.column)),
    ]
    this.#rowsPerInsert = Math.max(1, Math.min(MAX_ROWS, Math.floor(MAX_VALUES / names.length)))
    const tuple = `(${names.map(() => '?').join(', ')})`
    const into = `INSERT INTO ${quoteIdent(type.table)} (${names.join(', ')}) VALUES `
    this.#insertSql = (rows) => into + new Array(rows).fill(tuple).join(', ')
    this.#insertMany = prepared(changes.db, this.#insertSql(this.#rowsPerInsert))
  }

  /** As `Changeset.insertEdge`, of data without an id. */
  put(src: number, dst: number, data: Readonly<Record<string, unknown>>): Put {
    const changes = this.#changes
    const violations: Parameters<typeof encodeRow>[3] = []
    const row = encodeRow(this.#type, data as never, changes, violations)
    if (!row) throw violationError(violations)
    const id = changes.nextId()
    const eid = changes.nextEid(this.#type) + this.#rows
    this.#pending.push(eid, id, src, dst, changes.br, changes.seq)
    for (const value of row.values) this.#pending.push(value)
    if (++this.#rows === this.#rowsPerInsert) this.#write(this.#insertMany)
    return { id, eid, effect: 'inserted' }
  }

  flush(): void {
    if (this.#rows > 0) this.#write(this.#changes.db.prepare(this.#insertSql(this.#rows)))
  }

  /** One statement numbers its rows in step, after the highest there is. */
  #write(insert: Statement): void {
    const rows = this.#rows
    const last = Number(insert.run(this.#pending).lastInsertRowid)
    this.#changes.adopt(this.#type, last - rows + 1, this.#changes.nextEid(this.#type) + rows, rows)
    this.#pending = []
    this.#rows = 0
  }
}
