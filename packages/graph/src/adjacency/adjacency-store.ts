import { quoteIdent } from '../compile/sql.js'
import type { Lifeline } from '../query/deadline.js'
import type { BoundEdge } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import { prepared } from '../storage/statements.js'
import { HOT, MAIN_SEQ } from '../storage/view.js'
import type { ArrayWalk } from './array-walk.js'
import { type AdjacencyArrays, EdgeList } from './arrays.js'
import { LiveAdjacency, type Overlay } from './live-adjacency.js'

/** `auto`: built once walks have cost as much as building would. The other two are for tests and repair. */
export type AdjacencyMode = 'auto' | 'always' | 'never'

/** Thrown inside a statement when the arrays are not of the commit it reads; the caller brings them up to date and runs it again. */
export class StaleAdjacency extends Error {}

/** Version numbers read at a time. */
const BLOCK = 5000
/** Reading one version into the arrays takes about so long. */
const BUILD_MS_PER_VERSION = 0.0005
/** Entities with changed edges beyond which building anew is cheaper than laying over. */
const MAX_OVERLAY = 20_000

/**
 * Adjacency of the head of main, per edge type, on one connection. Derived data:
 * it holds nothing that the versions do not, and every walk through it is checked
 * against the commit its statement reads. Other branches and past commits walk in SQL.
 */
export class AdjacencyStore {
  /** Told about arrays built here, so that other threads may use them. */
  onBuilt: ((arrays: AdjacencyArrays) => void) | undefined
  /** While a write is open on this connection, its own changes are in no arrays. */
  suspended = false
  readonly #db: Db
  readonly #lifeline: Lifeline
  readonly #mode: AdjacencyMode
  readonly #check: () => void
  readonly #live = new Map<number, LiveAdjacency>()
  readonly #offered = new Map<number, AdjacencyArrays>()
  /** Milliseconds that walks of a type have taken in SQL so far. */
  readonly #paidMs = new Map<number, number>()

  constructor(db: Db, lifeline: Lifeline, mode: AdjacencyMode) {
    this.#db = db
    this.#lifeline = lifeline
    this.#mode = mode
    const check = (): void => void lifeline.check()
    this.#check = check
    db.function(
      'gp_reach',
      { directOnly: true },
      (tid: number, direction: number, start: number | null, min: number, max: number, head: number) =>
        start === null ? null : this.#liveAt(tid, head).list(start, direction, min, max, check),
    )
  }

  /** How many entities a walk reaches, at the commit of that seq. Throws `StaleAdjacency`. */
  count(walk: ArrayWalk, start: number, head: number): number {
    return this.#liveAt(walk.tid, head).count(start, walk.direction, walk.min, walk.max, this.#check)
  }

  #liveAt(tid: number, head: number): LiveAdjacency {
    const live = this.#live.get(tid)
    if (live === undefined || live.seq !== head) throw new StaleAdjacency()
    return live
  }

  /** Arrays that another thread built. They are taken when they are needed and newer than what is here. */
  offer(arrays: AdjacencyArrays): void {
    const known = this.#offered.get(arrays.tid)
    if (known === undefined || known.seq < arrays.seq) this.#offered.set(arrays.tid, arrays)
  }

  /** Whether walks of all these types may run over arrays, of some commit. */
  has(edges: readonly BoundEdge[]): boolean {
    return !this.suspended && edges.every((edge) => this.#live.has(edge.tid))
  }

  /** Notes that walks took so long in SQL. */
  paid(edges: readonly BoundEdge[], ms: number): void {
    for (const { tid } of edges) this.#paidMs.set(tid, (this.#paidMs.get(tid) ?? 0) + ms)
  }

  /**
   * Brings the arrays of these types to the commit that the current read
   * transaction sees. False when a walk had better go through SQL this time.
   */
  makeCurrent(edges: readonly BoundEdge[]): boolean {
    if (this.suspended || this.#mode === 'never') return false
    const head = prepared(this.#db, MAIN_SEQ, 'pluck').get() as number
    return edges.every((edge) => this.#current(edge, head))
  }

  #current(edge: BoundEdge, head: number): boolean {
    const live = this.#live.get(edge.tid)
    if (live?.seq === head) return true
    const base = this.#newest(live, edge.tid, head)
    const next = base && this.#laidOver(edge, base, head)
    if (next) {
      this.#live.set(edge.tid, next)
      return true
    }
    this.#live.delete(edge.tid)
    const versions = this.#lastVersion(edge)
    if (this.#mode === 'auto' && (this.#paidMs.get(edge.tid) ?? 0) < versions * BUILD_MS_PER_VERSION)
      return false
    this.#paidMs.delete(edge.tid)
    const arrays = this.#build(edge, head, versions)
    this.#live.set(edge.tid, new LiveAdjacency(arrays, head, arrays.size))
    this.onBuilt?.(arrays)
    return true
  }

  #newest(live: LiveAdjacency | undefined, tid: number, head: number): LiveAdjacency | undefined {
    const offered = this.#offered.get(tid)
    if (offered === undefined || offered.seq > head) return live
    if (live !== undefined && live.arrays.seq >= offered.seq) return live
    return new LiveAdjacency(offered, offered.seq, 0)
  }

  #build(edge: BoundEdge, head: number, versions: number): AdjacencyArrays {
    const block = prepared(
      this.#db,
      `SELECT group_concat(src || ' ' || dst, ' ') FROM ${quoteIdent(edge.table)} NOT INDEXED
       WHERE vid BETWEEN ? AND ? AND ${HOT}`,
      'pluck',
    )
    const list = new EdgeList()
    for (let from = 1; from <= versions; from += BLOCK) {
      this.#lifeline.check()
      const text = block.get(from, from + BLOCK - 1) as string | null
      if (text !== null) list.addText(text)
    }
    return list.toArrays(edge.tid, head, this.#size(edge))
  }

  /** The rows of every entity whose edges a later commit changed, read anew; null when they are too many. */
  #laidOver(edge: BoundEdge, base: LiveAdjacency, head: number): LiveAdjacency | null {
    if (base.seq > head) return null
    const touched = this.#touched(edge, base.seq, head)
    if (touched === null || touched.size + base.overlaid > MAX_OVERLAY) return null
    const size = this.#size(edge)
    if (touched.size === 0 && base.overlaid === 0) return new LiveAdjacency(base.arrays, head, size)
    const before = base.overlay()
    const overlay = { out: new Map(before.out), in: new Map(before.in), loops: new Map(before.loops) }
    const rows = (near: string, far: string) =>
      prepared(this.#db, `SELECT ${far} FROM ${quoteIdent(edge.table)} WHERE ${near} = ? AND ${HOT}`, 'pluck')
    const [out, into] = [rows('src', 'dst'), rows('dst', 'src')]
    for (const n of touched) {
      const ends = out.all(n) as number[]
      overlay.loops.set(n, ends.includes(n))
      overlay.out.set(
        n,
        ends.filter((m) => m !== n),
      )
      overlay.in.set(
        n,
        (into.all(n) as number[]).filter((m) => m !== n),
      )
    }
    return new LiveAdjacency(base.arrays, head, size, overlay satisfies Overlay)
  }

  /** Both ends of every edge that a commit after `from` bore or ended, on any branch; null when they are too many. */
  #touched(edge: BoundEdge, from: number, head: number): Set<number> | null {
    const table = quoteIdent(edge.table)
    const births = prepared(
      this.#db,
      `SELECT t.src, t.dst FROM all_births b CROSS JOIN ${table} t ON t.vid BETWEEN b.first_vid AND b.last_vid
       WHERE b.seq > ? AND b.seq <= ? AND b.tid = ? LIMIT ${MAX_OVERLAY + 1}`,
      'raw',
    ).all(from, head, edge.tid) as [number, number][]
    const ends = prepared(
      this.#db,
      `SELECT t.src, t.dst FROM all_ends e CROSS JOIN ${table} t ON t.vid = e.vid
       WHERE e.seq > ? AND e.seq <= ? AND e.tid = ? LIMIT ${MAX_OVERLAY + 1}`,
      'raw',
    ).all(from, head, edge.tid) as [number, number][]
    if (births.length > MAX_OVERLAY || ends.length > MAX_OVERLAY) return null
    return new Set([...births, ...ends].flat())
  }

  #lastVersion(edge: BoundEdge): number {
    const last = prepared(this.#db, `SELECT MAX(vid) FROM ${quoteIdent(edge.table)}`, 'pluck').get()
    return (last as number | null) ?? 0
  }

  /** Entity numbers of the end points' type are below this. */
  #size(edge: BoundEdge): number {
    return prepared(this.#db, 'SELECT next_eid FROM types WHERE tid = ?', 'pluck').get(
      edge.from.tid,
    ) as number
  }
}
