import type { Statement } from 'better-sqlite3'
import { quoteIdent, type Sql } from '../compile/sql.js'
import type { BoundType } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import { prepared } from '../storage/statements.js'
import { COLD, HOT, MAIN_HEAD, type View, visible } from '../storage/view.js'
import type { SqlValue } from '../value/codec.js'
import type { ChosenRows } from './chosen-rows.js'

/** A version as the writer sees it. `src` and `dst` are 0 for a node. */
export interface StoredRow {
  readonly vid: number
  readonly eid: number
  readonly id: string
  readonly br: number
  readonly born: number
  readonly src: number
  readonly dst: number
  readonly values: SqlValue[]
}

const writers = new WeakMap<Db, WeakMap<BoundType, TypeWriter>>()

/** The prepared statements that read and write the versions of one type through one view. */
export class TypeWriter {
  readonly type: BoundType
  /** The statement of `byId`; its parameter is the id. */
  readonly idText: string
  readonly #visibleById: Statement
  readonly #visibleByVid: Statement
  readonly #hotEid: Statement
  readonly #coldEid: Statement
  readonly #insert: Statement
  readonly #rewrite: Statement
  readonly #setEnded: Statement
  readonly #delete: Statement
  readonly #predecessor: Statement
  readonly #db: Db
  readonly #view: View
  readonly #select: string
  readonly #onMain: boolean
  #hasCold = false
  #coldChecked = false
  #eidOf: Statement | undefined
  #between: Statement | undefined
  #byEid: Statement | undefined
  #idOf: Statement | undefined
  readonly #incident: { src?: Statement; dst?: Statement } = {}

  /** The writer of a type for one transaction; for the head of main the one made before, as its statements repeat. */
  static of(db: Db, type: BoundType, view: View): TypeWriter {
    if (view !== MAIN_HEAD) return new TypeWriter(db, type, view)
    let known = writers.get(db)
    if (!known) {
      known = new WeakMap()
      writers.set(db, known)
    }
    let writer = known.get(type)
    if (writer) {
      // What another transaction found out about the table may not hold in this one.
      writer.#hasCold = false
      writer.#coldChecked = false
    } else {
      writer = new TypeWriter(db, type, view)
      known.set(type, writer)
    }
    return writer
  }

  private constructor(db: Db, type: BoundType, view: View) {
    this.type = type
    this.#db = db
    this.#view = view
    this.#onMain = view === MAIN_HEAD
    const table = quoteIdent(type.table)
    const isEdge = type.kind === 'edge'
    const columns = type.properties.map((p) => quoteIdent(p.column))
    const exact = type.properties.map((p) => p.codec.select(`t.${quoteIdent(p.column)}`))
    const ends = isEdge ? ['t.src', 't.dst'] : ['0', '0']
    const select = ['t.vid', 't.eid', 't.id', 't.br', 't.born', ...ends, ...exact].join(', ')
    this.#select = `SELECT ${select} FROM ${table} t`
    const seen = this.#seen('t')
    this.idText = `${this.#select} WHERE t.id = ? AND ${seen}`
    this.#visibleById = this.#raw(this.idText)
    this.#visibleByVid = this.#raw(`${this.#select} WHERE t.vid = ?`)
    this.#hotEid = prepared(db, `SELECT eid FROM ${table} WHERE id = ? AND ${HOT} LIMIT 1`, 'pluck')
    this.#coldEid = prepared(db, `SELECT eid FROM ${table} WHERE id = ? AND (${COLD}) LIMIT 1`, 'pluck')
    const names = ['eid', 'id', ...(isEdge ? ['src', 'dst'] : []), 'br', 'born', ...columns]
    this.#insert = prepared(
      db,
      `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
    )
    const sets = [...(isEdge ? ['src', 'dst'] : []), ...columns].map((c) => `${c} = ?`)
    this.#rewrite = prepared(
      db,
      `UPDATE ${table} SET ${sets.length > 0 ? sets.join(', ') : 'vid = vid'} WHERE vid = ?`,
    )
    this.#setEnded = prepared(db, `UPDATE ${table} SET ended = ? WHERE vid = ?`)
    this.#delete = prepared(db, `DELETE FROM ${table} WHERE vid = ?`)
    const endedHere = `EXISTS (SELECT 1 FROM all_ends e WHERE e.seq = ? AND e.tid = ${type.tid} AND e.vid = t.vid)`
    this.#predecessor = this.#raw(
      `${this.#select} WHERE t.id = ?1 AND t.br = 1 AND t.ended IS NULL AND ${endedHere.replace('?', '?2')}
       UNION ALL ${this.#select} WHERE t.id = ?1 AND (t.br <> 1 OR t.ended IS NOT NULL) AND ${endedHere.replace('?', '?2')}`,
    )
  }

  #raw(text: string): Statement {
    return prepared(this.#db, text, 'raw')
  }

  /** Views of writers are heads, so the predicate has no parameters. */
  #seen(alias: string): string {
    return inline(visible(this.#view, alias, this.type.tid))
  }

  byId(id: string): StoredRow | null {
    return toRow(this.#visibleById.get(id))
  }

  byVid(vid: number): StoredRow | null {
    return toRow(this.#visibleByVid.get(vid))
  }

  byEid(eid: number): StoredRow | null {
    this.#byEid ??= this.#raw(`${this.#select} WHERE t.eid = ? AND ${this.#seen('t')}`)
    return toRow(this.#byEid.get(eid))
  }

  idOf(eid: number): string {
    this.#idOf ??= prepared(
      this.#db,
      `SELECT t.id FROM ${quoteIdent(this.type.table)} t WHERE t.eid = ? AND ${this.#seen('t')}`,
      'pluck',
    )
    return this.#idOf.get(eid) as string
  }

  /** The number of a visible entity. */
  eidOf(id: string): number | undefined {
    this.#eidOf ??= prepared(
      this.#db,
      `SELECT t.eid FROM ${quoteIdent(this.type.table)} t WHERE t.id = ? AND ${this.#seen('t')}`,
      'pluck',
    )
    return this.#eidOf.get(id) as number | undefined
  }

  /** The number an id that is not visible had at any time on any branch. */
  knownEid(id: string): number | undefined {
    const hot = this.#onMain ? undefined : this.#hotEid.get(id)
    return (hot ?? (this.#anyCold() ? this.#coldEid.get(id) : undefined)) as number | undefined
  }

  /** Whether the type has any history at all; most fresh loads do not. */
  #anyCold(): boolean {
    if (!this.#hasCold && !this.#coldChecked) {
      const index = quoteIdent(`ix:${this.type.table}:id:cold`)
      const table = quoteIdent(this.type.table)
      this.#hasCold = this.#probe(`${table} INDEXED BY ${index}`) ?? this.#probe(table) ?? true
      this.#coldChecked = true
    }
    return this.#hasCold
  }

  /** Null when the index is not there: then the table answers, slower. */
  #probe(from: string): boolean | null {
    try {
      return prepared(this.#db, `SELECT 1 FROM ${from} WHERE ${COLD} LIMIT 1`).get() !== undefined
    } catch (error) {
      if ((error as Error).message.startsWith('no such index')) return null
      throw error
    }
  }

  /** Visible edges from one node to another. Only for edges. */
  between(src: number, dst: number): StoredRow[] {
    this.#between ??= this.#raw(
      `${this.#select} WHERE t.src = ? AND t.dst = ? AND ${this.#seen('t')} ORDER BY t.vid`,
    )
    return this.#between.all(src, dst).map((row) => toRow(row) as StoredRow)
  }

  /** Visible edges at a node, by version number. Only for edges. */
  incident(end: 'src' | 'dst', eid: number): StoredRow[] {
    this.#incident[end] ??= this.#raw(
      `${this.#select} WHERE t.${end} = ? AND ${this.#seen('t')} ORDER BY t.vid`,
    )
    return (this.#incident[end] as Statement).all(eid).map((row) => toRow(row) as StoredRow)
  }

  /** Visible rows after a version number, in order: for walking a type while writing to it. */
  page(afterVid: number, where: Sql | null, params: readonly SqlValue[], limit: number): StoredRow[] {
    const condition = where === null ? '' : ` AND (${where.text})`
    const text = `${this.#select} WHERE t.vid > ? AND ${this.#seen('t')}${condition} ORDER BY t.vid LIMIT ?`
    return this.#raw(text)
      .all(afterVid, ...params, limit)
      .map((row) => toRow(row) as StoredRow)
  }

  /** The version numbers of the visible rows that are chosen, in order. */
  chosen(rows: ChosenRows, params: readonly SqlValue[]): number[] {
    return prepared(this.#db, this.chosenText(rows), 'pluck').all(...params) as number[]
  }

  /** The statement of `chosen`; its parameters are those of `rows`. */
  chosenText({ beside, condition, indexed }: ChosenRows): string {
    // The plus: SQLite takes order by number for a reason to go through the whole table.
    const order = indexed ? '+t.vid' : 't.vid'
    return `SELECT t.vid FROM ${beside.text}${quoteIdent(this.type.table)} t WHERE ${this.#seen('t')} AND (${condition.text}) ORDER BY ${order}`
  }

  insert(
    row: { eid: number; id: string; src: number; dst: number; values: readonly SqlValue[] },
    br: number,
    born: number,
  ): number {
    const { eid, id, values } = row
    const done =
      this.type.kind === 'edge'
        ? this.#insert.run(eid, id, row.src, row.dst, br, born, ...values)
        : this.#insert.run(eid, id, br, born, ...values)
    return Number(done.lastInsertRowid)
  }

  /** Changes a version in place: only one born in the running transaction. */
  rewrite(vid: number, src: number, dst: number, values: readonly SqlValue[]): void {
    const ends = this.type.kind === 'edge' ? [src, dst] : []
    this.#rewrite.run(...ends, ...values, vid)
  }

  setEnded(vid: number, seq: number | null): void {
    this.#setEnded.run(seq, vid)
    this.#hasCold = true
  }

  delete(vid: number): void {
    this.#delete.run(vid)
  }

  /** The version of an entity that the running transaction ended, if it did. */
  predecessor(id: string, seq: number): StoredRow | null {
    return toRow(this.#predecessor.get({ 1: id, 2: seq }))
  }
}

function inline(predicate: Sql): string {
  if (predicate.slots.length > 0) throw new Error('assertion failed: a view predicate takes no parameters')
  return predicate.text
}

function toRow(row: unknown): StoredRow | null {
  if (row === undefined) return null
  const [vid, eid, id, br, born, src, dst, ...values] = row as [
    number,
    number,
    string,
    number,
    number,
    number,
    number,
    ...SqlValue[],
  ]
  return { vid, eid, id, br, born, src, dst, values }
}
