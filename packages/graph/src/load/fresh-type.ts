import type { Statement } from 'better-sqlite3'
import { quoteIdent } from '../compile/sql.js'
import { violationError } from '../error.js'
import type { BoundType } from '../storage/bound-schema.js'
import { indexesOf } from '../storage/format.js'
import { layoutKey, type TypeLayout } from '../storage/layout.js'
import { MAIN } from '../storage/view.js'
import type { SqlValue } from '../value/codec.js'
import { type Changeset, keyConflict, type Put } from '../write/changeset.js'
import { type RowContext, sameValue } from '../write/row.js'
import type { EncodedRow } from '../write/row-rules.js'

/** Rows from which a load builds its indexes once, at the end, instead of row by row. */
const MANY_ROWS = 5000
/** Ids held in memory at most: about 100 bytes each. */
const MAX_IDS = 1_000_000
/** Bound values per insert statement at most, and rows. */
const MAX_VALUES = 400
const MAX_ROWS = 32

/**
 * Rows of one type whose table was empty when the load began: ids that exist are
 * those of the load itself, so they are looked up in memory, rows are written
 * many at a time, and indexes are built after them, sorted. All inside the
 * load's transaction. `finish` hands the rows over to the changeset; until then
 * nothing else may read the type's table by anything but version number.
 */
export class FreshType {
  readonly #changes: Changeset
  readonly #type: BoundType
  readonly #eids = new Map<string, number>()
  readonly #firstEid: number
  readonly #width: number
  readonly #rowsPerInsert: number
  readonly #insertSql: (rows: number) => string
  readonly #insertMany: Statement
  #pending: SqlValue[] = []
  #pendingRows = 0
  #count = 0
  #indexed = true

  /** Null when the table has rows, or the load goes to another branch than main. */
  static begin(changes: Changeset, type: BoundType): FreshType | null {
    if (changes.br !== MAIN) return null
    const any = changes.db.prepare(`SELECT 1 FROM ${quoteIdent(type.table)} LIMIT 1`).get()
    return any === undefined ? new FreshType(changes, type) : null
  }

  private constructor(changes: Changeset, type: BoundType) {
    this.#changes = changes
    this.#type = type
    this.#firstEid = changes.nextEid(type)
    const ends = type.kind === 'edge' ? ['src', 'dst'] : []
    const columns = type.properties.map((p) => quoteIdent(p.column))
    const names = ['vid', 'eid', 'id', 'br', 'born', ...ends, ...columns]
    this.#width = names.length
    this.#rowsPerInsert = Math.max(1, Math.min(MAX_ROWS, Math.floor(MAX_VALUES / this.#width)))
    const tuple = `(${names.map(() => '?').join(', ')})`
    const into = `INSERT INTO ${quoteIdent(type.table)} (${names.join(', ')}) VALUES `
    this.#insertSql = (rows) => into + new Array(rows).fill(tuple).join(', ')
    this.#insertMany = changes.db.prepare(this.#insertSql(this.#rowsPerInsert))
  }

  /** The number of an entity of this load. */
  eidOf(id: string): number | undefined {
    return this.#eids.get(id)
  }

  /** Whether so many ids are held that the load had better go on without this. */
  get full(): boolean {
    return this.#eids.size >= MAX_IDS
  }

  /** As `Changeset.putNode` and `insertEdge`: a known id is replaced, or with `strict` a violation. */
  put(row: EncodedRow, src: number, dst: number, strict: boolean, ctx: RowContext): Put {
    const known = row.id === undefined ? undefined : this.#eids.get(row.id)
    if (known === undefined) return this.#insert(row, src, dst)
    const id = row.id as string
    if (strict) throw violationError([keyConflict(this.#type, id, ctx)])
    return { id, eid: known, effect: this.#replace(known, src, dst, row.values) }
  }

  #insert(row: EncodedRow, src: number, dst: number): Put {
    const id = row.id ?? this.#changes.nextId()
    const eid = this.#firstEid + this.#count++
    if (row.id !== undefined) this.#eids.set(id, eid)
    const pending = this.#pending
    pending.push(this.#vidOf(eid), eid, id, MAIN, this.#changes.seq)
    if (this.#type.kind === 'edge') pending.push(src, dst)
    for (const value of row.values) pending.push(value)
    if (++this.#pendingRows === this.#rowsPerInsert) {
      this.#insertMany.run(pending)
      this.#pending = []
      this.#pendingRows = 0
    }
    if (this.#count === MANY_ROWS) this.#dropIndexes()
    return { id, eid, effect: 'inserted' }
  }

  #replace(eid: number, src: number, dst: number, values: readonly SqlValue[]): 'updated' | 'unchanged' {
    this.#flush()
    const writer = this.#changes.writer(this.#type)
    const current = writer.byVid(this.#vidOf(eid))
    if (current === null) throw new Error(`assertion failed: entity ${eid} of this load is not stored`)
    const same =
      current.src === src &&
      current.dst === dst &&
      current.values.every((v, i) => sameValue(v, values[i] as SqlValue))
    if (!same) writer.rewrite(current.vid, src, dst, values)
    return same ? 'unchanged' : 'updated'
  }

  /** Versions and entities of an empty table are numbered in step. */
  #vidOf(eid: number): number {
    return eid - this.#firstEid + 1
  }

  #flush(): void {
    if (this.#pendingRows === 0) return
    this.#changes.db.prepare(this.#insertSql(this.#pendingRows)).run(this.#pending)
    this.#pending = []
    this.#pendingRows = 0
  }

  #dropIndexes(): void {
    this.#flush()
    for (const { name } of this.#indexes()) this.#changes.db.exec(`DROP INDEX IF EXISTS ${quoteIdent(name)}`)
    this.#indexed = false
  }

  #indexes(): ReturnType<typeof indexesOf> {
    const { kind, name, model } = this.#type
    return indexesOf(model, this.#changes.schema.layout.types[layoutKey(kind, name)] as TypeLayout)
  }

  /** Writes what is pending, builds the indexes, and makes the rows the changeset's own. */
  finish(): void {
    this.#flush()
    if (!this.#indexed) for (const { sql } of this.#indexes()) this.#changes.db.exec(sql)
    this.#indexed = true
    this.#eids.clear()
    if (this.#count > 0) this.#changes.adopt(this.#type, 1, this.#firstEid + this.#count, this.#count)
  }
}
