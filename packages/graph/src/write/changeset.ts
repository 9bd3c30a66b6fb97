import type { Diagnostic, UlidSource } from '@groundplane/core'
import type { Effect, EntityData } from '../api.js'
import { quoteIdent } from '../compile/sql.js'
import { withoutStaleVectors } from '../embedding/stale-vectors.js'
import { GraphError, violationError } from '../error.js'
import type { GraphDiagnosticCode } from '../error-codes.js'
import type { BoundEdge, BoundNode, BoundSchema, BoundType } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import { prepared } from '../storage/statements.js'
import type { View } from '../storage/view.js'
import { widenCache } from '../storage/write-cache.js'
import type { SqlValue } from '../value/codec.js'
import { MatchingTime } from '../value/matching-time.js'
import { RememberedNodes } from './remembered-nodes.js'
import { encodePatch, encodeRow, type RowContext, sameValue } from './row.js'
import { type StoredRow, TypeWriter } from './type-writer.js'

/** Versions from which on a write is a large one. */
const MANY_BIRTHS = 5000

/** What a put did, and to which entity. */
export interface Put {
  readonly id: string
  readonly eid: number
  readonly effect: Effect
}

export interface ChangeCounts {
  inserted: number
  updated: number
  deleted: number
}

/** A version that a write ended. */
export interface SoleEnd {
  readonly tid: number
  readonly vid: number
}

/**
 * The one place that changes entities: every write path (transact, mutate, load)
 * goes through it, inside one `BEGIN IMMEDIATE` transaction. Changes are written
 * as they are made, so every read of the transaction sees them; a version born
 * here is changed in place, and one that ends up as it was is put back, so that
 * what is left is exactly the net change. Values are checked at once; what only
 * the final state decides (unique, cardinality) is checked by `final-checks.ts`.
 */
export class Changeset {
  readonly db: Db
  readonly schema: BoundSchema
  readonly view: View
  readonly br: number
  readonly seq: number
  readonly counts: ChangeCounts = { inserted: 0, updated: 0, deleted: 0 }
  readonly filled = new Map<string, { table: string; column: string; name: string; model: string }>()
  readonly #ids: UlidSource
  readonly #writers = new Map<number, TypeWriter>()
  readonly #nextEid = new Map<number, number>()
  readonly #firstBorn = new Map<number, number>()
  /** Highest version number born here by type; null when one was taken back and the table has to tell. */
  readonly #lastBorn = new Map<number, number | null>()
  readonly #endedTypes = new Set<number>()
  readonly #nodes = new RememberedNodes()
  /** The first version ended, until there is a second: the commit's own row has room for one. */
  #soleEnd: SoleEnd | null = null
  #endsWritten = false
  #births = 0
  /** How long this write has matched patterns. */
  readonly matching: MatchingTime
  readonly #addEnd
  readonly #removeEnd
  readonly #hide
  readonly #unhide

  constructor(options: {
    db: Db
    schema: BoundSchema
    view: View
    br: number
    seq: number
    ids: UlidSource
    matching?: MatchingTime
  }) {
    this.db = options.db
    this.schema = options.schema
    this.view = options.view
    this.br = options.br
    this.seq = options.seq
    this.#ids = options.ids
    this.matching = options.matching ?? new MatchingTime()
    this.#addEnd = prepared(this.db, 'INSERT INTO ends(seq, tid, vid, br) VALUES (?, ?, ?, ?)')
    this.#removeEnd = prepared(this.db, 'DELETE FROM ends WHERE seq = ? AND tid = ? AND vid = ?')
    this.#hide = prepared(this.db, 'INSERT INTO hidden(br, tid, vid, seq) VALUES (?, ?, ?, ?)')
    this.#unhide = prepared(this.db, 'DELETE FROM hidden WHERE br = ? AND tid = ? AND vid = ?')
  }

  /** The same write under the schema that a migration inside it puts in force. Only before any change. */
  withSchema(schema: BoundSchema): Changeset {
    const { db, view, br, seq, matching } = this
    return new Changeset({ db, schema, view, br, seq, matching, ids: this.#ids })
  }

  nodeType(name: string): BoundNode {
    const type = this.schema.nodes.get(name)
    if (!type) throw unknownType('node', name, [...this.schema.nodes.keys()])
    return type
  }

  edgeType(name: string): BoundEdge {
    const type = this.schema.edges.get(name)
    if (!type) throw unknownType('edge', name, [...this.schema.edges.keys()])
    return type
  }

  writer(type: BoundType): TypeWriter {
    let writer = this.#writers.get(type.tid)
    if (!writer) {
      writer = TypeWriter.of(this.db, type, this.view)
      this.#writers.set(type.tid, writer)
    }
    return writer
  }

  /** First version number born here in a type, or undefined. */
  firstBorn(tid: number): number | undefined {
    return this.#firstBorn.get(tid)
  }

  bornTypes(): number[] {
    return [...this.#firstBorn.keys()]
  }

  /** Last version number born here in a type that is still there, or null. Only for `bornTypes`. */
  lastBorn(tid: number): number | null {
    const last = this.#lastBorn.get(tid)
    if (typeof last === 'number') return last
    const { table } = this.schema.byTid.get(tid) as BoundType
    return prepared(this.db, `SELECT MAX(vid) FROM ${quoteIdent(table)}`, 'pluck').get() as number | null
  }

  /** The one version ended here, when `ends` has none. */
  soleEnd(): SoleEnd | null {
    return this.#soleEnd
  }

  /** So that `all_ends` has every version ended here. */
  writeEnds(): void {
    this.#endsWritten = true
    if (this.#soleEnd === null) return
    this.#addEnd.run(this.seq, this.#soleEnd.tid, this.#soleEnd.vid, this.br)
    this.#soleEnd = null
  }

  endedTypes(): number[] {
    return [...this.#endedTypes]
  }

  nextEids(): ReadonlyMap<number, number> {
    return this.#nextEid
  }

  nextId(): string {
    return this.#ids.next()
  }

  /** The number that the next new entity of a type would get. */
  nextEid(type: BoundType): number {
    return (
      this.#nextEid.get(type.tid) ??
      (prepared(this.db, 'SELECT next_eid FROM types WHERE tid = ?', 'pluck').get(type.tid) as number)
    )
  }

  /** Takes over rows that were inserted past this class, all of them new entities (see load/fresh-type.ts). */
  adopt(type: BoundType, firstVid: number, nextEid: number, inserted: number): void {
    this.#nodes.changed()
    this.#firstBorn.set(type.tid, Math.min(firstVid, this.#firstBorn.get(type.tid) ?? firstVid))
    this.#lastBorn.set(type.tid, null)
    this.#nextEid.set(type.tid, nextEid)
    this.counts.inserted += inserted
  }

  /** A visible node. A put that follows at once does not look again for one that is not there. */
  lookUp(type: BoundNode, id: string): StoredRow | null {
    const row = this.writer(type).byId(id)
    if (row) this.#seen(type, id, row.eid)
    else this.#nodes.missed(type, id)
    return row
  }

  /** Only of nodes that edges can name. */
  #seen(type: BoundNode, id: string, eid: number): void {
    if (type.incident.length > 0) this.#nodes.seen(type, id, eid)
  }

  /** Inserts or replaces by id. `strict`: an existing id is a violation (`key_conflict`). */
  putNode(type: BoundNode, data: EntityData, strict: boolean, ctx?: RowContext): Put {
    const violations: Diagnostic[] = []
    const row = encodeRow(type, data, ctx ?? this, violations)
    if (!row) throw violationError(violations)
    const writer = this.writer(type)
    const current = row.id === undefined || this.#nodes.isMissing(type, row.id) ? null : writer.byId(row.id)
    if (current && strict) throw violationError([keyConflict(type, current.id, ctx)])
    if (current) return this.#put(current, this.#replace(type, current, current.src, current.dst, row.values))
    const id = row.id ?? this.#ids.next()
    const eid = this.#insert(type, id, row.id === undefined, 0, 0, row.values)
    this.#seen(type, id, eid)
    return { id, eid, effect: 'inserted' }
  }

  /** Notes that a model made vectors of this property; `finishWrite` records it. */
  recordFilled(at: { readonly type: string; readonly property: string }, model: string): void {
    const type = this.nodeType(at.type)
    const column = type.byName.get(at.property)?.column
    if (column === undefined) throw new Error(`assertion failed: ${at.type} has no property ${at.property}`)
    const name = `${at.type}.${at.property}`
    this.filled.set(name, { table: type.table, column, name, model })
  }

  patch(type: BoundType, current: StoredRow, given: EntityData): Effect {
    const violations: Diagnostic[] = []
    const data = withoutStaleVectors(type, current.values, given, violations)
    const values = encodePatch(type, current.values, data, this, violations)
    if (!values || violations.length > 0)
      throw violationError(violations.map((v) => ({ ...v, details: { id: current.id } })))
    return this.#replace(type, current, current.src, current.dst, values)
  }

  /** The number of an endpoint; a violation when there is no such node. */
  endpoint(type: BoundNode, id: string, edge: BoundEdge, role: 'from' | 'to', ctx?: RowContext): number {
    const known = this.#nodes.eid(type, id)
    if (known !== undefined) return known
    const node = this.lookUp(type, id)
    if (!node) throw violationError([endpointMissing(type, id, edge, role, ctx)])
    return node.eid
  }

  insertEdge(
    type: BoundEdge,
    src: number,
    dst: number,
    data: EntityData,
    mode: 'insert' | 'merge' = 'insert',
    ctx?: RowContext,
  ): Put {
    const violations: Diagnostic[] = []
    const row = encodeRow(type, data, ctx ?? this, violations)
    if (!row) throw violationError(violations)
    const current = row.id === undefined ? null : this.writer(type).byId(row.id)
    if (current && mode === 'insert') throw violationError([keyConflict(type, current.id, ctx)])
    if (current) return this.#put(current, this.#replace(type, current, src, dst, row.values))
    const id = row.id ?? this.#ids.next()
    return { id, eid: this.#insert(type, id, row.id === undefined, src, dst, row.values), effect: 'inserted' }
  }

  /** Ends a node and every edge at it. Returns how many edges went with it. */
  deleteNode(type: BoundNode, current: StoredRow): number {
    let edges = 0
    for (const { edge, end } of type.incident) {
      for (const row of this.writer(edge).incident(end, current.eid)) {
        this.delete(edge, row)
        edges++
      }
    }
    this.delete(type, current)
    return edges
  }

  /**
   * Makes an entity be exactly `image`, under the number it has elsewhere in the
   * graph. For merges: the values were checked where they were first written, and
   * each entity is settled at most once in a commit.
   */
  settle(
    type: BoundType,
    current: StoredRow | null,
    image: { eid: number; id: string; src: number; dst: number; values: readonly SqlValue[] },
  ): void {
    if (current) this.#replace(type, current, image.src, image.dst, image.values)
    else {
      this.#bear(type, image)
      this.counts.inserted++
    }
  }

  /** Ends one entity, nothing else. */
  delete(type: BoundType, current: StoredRow): void {
    this.#nodes.forget(type, current.id)
    if (current.born === this.seq) {
      const before = this.#predecessor(type, current.id)
      this.#takeBack(type, current.vid)
      if (before) {
        this.counts.updated--
        this.counts.deleted++
      } else this.counts.inserted--
    } else {
      this.#end(type, current)
      this.counts.deleted++
    }
  }

  #put(current: StoredRow, effect: Effect): Put {
    return { id: current.id, eid: current.eid, effect }
  }

  #insert(
    type: BoundType,
    id: string,
    fresh: boolean,
    src: number,
    dst: number,
    values: readonly SqlValue[],
  ): number {
    const writer = this.writer(type)
    if (!fresh && this.#endedTypes.has(type.tid)) {
      const before = this.#predecessor(type, id)
      if (before) {
        // Deleted and inserted again in one commit: an update, or nothing at all.
        this.counts.deleted--
        if (isSame(before, src, dst, values)) this.#restore(type, before)
        else {
          this.#bear(type, { eid: before.eid, id, src, dst, values })
          this.counts.updated++
        }
        return before.eid
      }
    }
    const eid = (fresh ? undefined : writer.knownEid(id)) ?? this.#newEid(type)
    this.#bear(type, { eid, id, src, dst, values })
    this.counts.inserted++
    return eid
  }

  #replace(
    type: BoundType,
    current: StoredRow,
    src: number,
    dst: number,
    values: readonly SqlValue[],
  ): Effect {
    if (isSame(current, src, dst, values)) return 'unchanged'
    const writer = this.writer(type)
    if (current.born === this.seq) {
      const before = this.#predecessor(type, current.id)
      if (before && isSame(before, src, dst, values)) {
        this.#takeBack(type, current.vid)
        this.#restore(type, before)
        this.counts.updated--
      } else writer.rewrite(current.vid, src, dst, values)
    } else {
      this.#end(type, current)
      this.#bear(type, { eid: current.eid, id: current.id, src, dst, values })
      this.counts.updated++
    }
    return 'updated'
  }

  #bear(
    type: BoundType,
    row: { eid: number; id: string; src: number; dst: number; values: readonly SqlValue[] },
  ): void {
    this.#nodes.changed()
    if (++this.#births === MANY_BIRTHS) widenCache(this.db)
    const vid = this.writer(type).insert(row, this.br, this.seq)
    const first = this.#firstBorn.get(type.tid)
    if (first === undefined || vid < first) this.#firstBorn.set(type.tid, vid)
    const last = this.#lastBorn.get(type.tid)
    if (last === undefined || (last !== null && vid > last)) this.#lastBorn.set(type.tid, vid)
  }

  /** Deletes a version born here. */
  #takeBack(type: BoundType, vid: number): void {
    this.writer(type).delete(vid)
    this.#lastBorn.set(type.tid, null)
  }

  /** The version of an entity that this write ended, if it did. */
  #predecessor(type: BoundType, id: string): StoredRow | null {
    if (!this.#endedTypes.has(type.tid)) return null
    this.writeEnds()
    return this.writer(type).predecessor(id, this.seq)
  }

  #end(type: BoundType, row: StoredRow): void {
    if (row.br === this.br) this.writer(type).setEnded(row.vid, this.seq)
    else this.#hide.run(this.br, type.tid, row.vid, this.seq)
    if (!this.#endsWritten && this.#endedTypes.size === 0) this.#soleEnd = { tid: type.tid, vid: row.vid }
    else {
      this.writeEnds()
      this.#addEnd.run(this.seq, type.tid, row.vid, this.br)
    }
    this.#endedTypes.add(type.tid)
  }

  #restore(type: BoundType, row: StoredRow): void {
    this.#nodes.changed()
    if (row.br === this.br) this.writer(type).setEnded(row.vid, null)
    else this.#unhide.run(this.br, type.tid, row.vid)
    this.#removeEnd.run(this.seq, type.tid, row.vid)
  }

  #newEid(type: BoundType): number {
    const next = this.nextEid(type)
    this.#nextEid.set(type.tid, next + 1)
    return next
  }
}

function isSame(row: StoredRow, src: number, dst: number, values: readonly SqlValue[]): boolean {
  return row.src === src && row.dst === dst && row.values.every((v, i) => sameValue(v, values[i] as SqlValue))
}

function place(ctx: RowContext | undefined): Pick<Diagnostic, 'file' | 'range'> {
  return {
    ...(ctx?.file !== undefined && { file: ctx.file }),
    ...(ctx?.range !== undefined && { range: ctx.range }),
  }
}

export function keyConflict(type: BoundType, id: string, ctx?: RowContext): Diagnostic {
  return {
    code: 'key_conflict' satisfies GraphDiagnosticCode,
    severity: 'error',
    message: `${type.name} ${JSON.stringify(id)} already exists.`,
    remedy: 'Use another id, or upsert (load with mode merge) to change the existing one.',
    path: type.name,
    details: { kind: type.kind, type: type.name, id },
    ...place(ctx),
  }
}

export function endpointMissing(
  type: BoundNode,
  id: string,
  edge: BoundEdge,
  role: 'from' | 'to',
  ctx?: RowContext,
): Diagnostic {
  return {
    code: 'endpoint_not_found' satisfies GraphDiagnosticCode,
    severity: 'error',
    message: `${edge.name} ${role} ${JSON.stringify(id)}: there is no such ${type.name}.`,
    remedy: `Insert the ${type.name} first, or correct the id.`,
    path: `${edge.name}.${role}`,
    details: { type: edge.name, endpoint: role, id },
    ...place(ctx),
  }
}

export function unknownType(kind: 'node' | 'edge', name: string, known: readonly string[]): GraphError {
  const list = known.slice(0, 20).join(', ')
  return new GraphError(
    'invalid',
    'unknown_type',
    `The schema has no ${kind} type ${JSON.stringify(name)}.`,
    {
      remedy: known.length > 0 ? `Use one of: ${list}.` : `Declare it in the schema first.`,
    },
  )
}
