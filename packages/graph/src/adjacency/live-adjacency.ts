import type { AdjacencyArrays } from './arrays.js'

/** Which way a walk follows edges. The numbers stand in generated SQL. */
export const OUT = 1
export const IN = 2
export const BOTH = 3

interface Overlay {
  readonly out: ReadonlyMap<number, readonly number[]>
  readonly in: ReadonlyMap<number, readonly number[]>
  /** Whether an entity whose edges changed has a self-loop. */
  readonly loops: ReadonlyMap<number, boolean>
}

const NO_OVERLAY: Overlay = { out: new Map(), in: new Map(), loops: new Map() }

/** Steps between two looks at whether the walk is still wanted. */
const CHECK_EVERY = 4096

/**
 * The adjacency of one edge type at one commit: shared arrays, and over them the
 * rows of entities whose edges have changed since. Walks allocate nothing.
 */
export class LiveAdjacency {
  readonly arrays: AdjacencyArrays
  readonly seq: number
  readonly #overlay: Overlay
  readonly #seen: Int32Array
  readonly #queue: Int32Array
  #stamp = 0
  /** Of the last walk: `#queue[#from .. #to)` are the entities within the bounds. */
  #from = 0
  #to = 0

  constructor(arrays: AdjacencyArrays, seq: number, size: number, overlay: Overlay = NO_OVERLAY) {
    this.arrays = arrays
    this.seq = seq
    this.#overlay = overlay
    this.#seen = new Int32Array(size)
    this.#queue = new Int32Array(size)
  }

  /** How many entities have rows of their own over the arrays. */
  get overlaid(): number {
    return this.#overlay.loops.size
  }

  overlay(): Overlay {
    return this.#overlay
  }

  /** How many entities have a shortest distance from `start` within the bounds; a self-loop is one hop. */
  count(start: number, direction: number, min: number, max: number, check: () => void): number {
    this.#walk(start, direction, min, max, check)
    return this.#to - this.#from + (min <= 1 && this.#hasLoop(start) ? 1 : 0)
  }

  /** Their numbers as a JSON array. */
  list(start: number, direction: number, min: number, max: number, check: () => void): string {
    this.#walk(start, direction, min, max, check)
    const reached = this.#queue.subarray(this.#from, this.#to).join(',')
    if (min > 1 || !this.#hasLoop(start)) return `[${reached}]`
    return reached === '' ? `[${start}]` : `[${reached},${start}]`
  }

  /** Breadth first: the queue holds entities by distance, so those within bounds are one stretch of it. */
  #walk(start: number, direction: number, min: number, max: number, check: () => void): void {
    const stamp = ++this.#stamp
    this.#seen[start] = stamp
    this.#queue[0] = start
    let head = 0
    let tail = 1
    let checkAt = CHECK_EVERY
    this.#from = 0
    for (let distance = 1; distance <= max && head < tail; distance++) {
      const levelEnd = tail
      if (distance === min) this.#from = tail
      for (; head < levelEnd; head++) {
        const n = this.#queue[head] as number
        if ((direction & OUT) !== 0) tail = this.#step(n, this.#overlay.out, this.arrays.out, stamp, tail)
        if ((direction & IN) !== 0) tail = this.#step(n, this.#overlay.in, this.arrays.in, stamp, tail)
        if (head >= checkAt) {
          check()
          checkAt = head + CHECK_EVERY
        }
      }
      if (distance < min && head === tail) this.#from = tail
    }
    this.#to = tail
  }

  #step(
    n: number,
    changed: ReadonlyMap<number, readonly number[]>,
    rows: AdjacencyArrays['out'],
    stamp: number,
    tail: number,
  ): number {
    const seen = this.#seen
    const queue = this.#queue
    const own = changed.size > 0 ? changed.get(n) : undefined
    let end = tail
    if (own !== undefined) {
      for (const m of own) {
        if (seen[m] === stamp) continue
        seen[m] = stamp
        queue[end++] = m
      }
      return end
    }
    if (n >= this.arrays.size) return end
    const to = rows.starts[n + 1] as number
    for (let i = rows.starts[n] as number; i < to; i++) {
      const m = rows.ends[i] as number
      if (seen[m] === stamp) continue
      seen[m] = stamp
      queue[end++] = m
    }
    return end
  }

  #hasLoop(n: number): boolean {
    const changed = this.#overlay.loops.get(n)
    if (changed !== undefined) return changed
    return n < this.arrays.size && ((this.arrays.loops[n >> 3] as number) & (1 << (n & 7))) !== 0
  }
}

/** Rows to lay over the arrays. */
export type { Overlay }
