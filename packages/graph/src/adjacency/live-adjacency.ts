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
  /** One bit per entity, all zero between walks: small enough to stay in the processor's cache. */
  readonly #seen: Uint32Array
  readonly #queue: Int32Array
  /** Of the last walk: `#queue[#from .. #to)` are the entities within the bounds. */
  #from = 0
  #to = 0

  constructor(arrays: AdjacencyArrays, seq: number, size: number, overlay: Overlay = NO_OVERLAY) {
    this.arrays = arrays
    this.seq = seq
    this.#overlay = overlay
    this.#seen = new Uint32Array((size >>> 5) + 1)
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
    this.#from = 0
    this.#to = 0
    try {
      this.#spread(start, direction, min, max, check)
    } catch (error) {
      this.#seen.fill(0)
      throw error
    }
    const queue = this.#queue
    const seen = this.#seen
    for (let i = 0; i < this.#to; i++) seen[(queue[i] as number) >>> 5] = 0
  }

  #spread(start: number, direction: number, min: number, max: number, check: () => void): void {
    const { seen, queue } = { seen: this.#seen, queue: this.#queue }
    const out = (direction & OUT) !== 0
    const into = (direction & IN) !== 0
    seen[start >>> 5] = 1 << (start & 31)
    queue[0] = start
    let head = 0
    let tail = 1
    let checkAt = CHECK_EVERY
    for (let distance = 1; distance <= max && head < tail; distance++) {
      const levelEnd = tail
      if (distance === min) this.#from = tail
      for (; head < levelEnd; head++) {
        const n = queue[head] as number
        if (out) tail = this.#step(n, this.#overlay.out, this.arrays.out, tail)
        if (into) tail = this.#step(n, this.#overlay.in, this.arrays.in, tail)
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
    tail: number,
  ): number {
    const own = changed.size > 0 ? changed.get(n) : undefined
    if (own !== undefined) return queueUnseen(own, 0, own.length, this.#seen, this.#queue, tail)
    if (n >= this.arrays.size) return tail
    const { starts, ends } = rows
    return queueUnseen(ends, starts[n] as number, starts[n + 1] as number, this.#seen, this.#queue, tail)
  }

  #hasLoop(n: number): boolean {
    const changed = this.#overlay.loops.get(n)
    if (changed !== undefined) return changed
    return n < this.arrays.size && ((this.arrays.loops[n >> 3] as number) & (1 << (n & 7))) !== 0
  }
}

/** Appends `ends[from .. to)` that no bit of `seen` stands for; returns the queue's new end. */
function queueUnseen(
  ends: ArrayLike<number>,
  from: number,
  to: number,
  seen: Uint32Array,
  queue: Int32Array,
  tail: number,
): number {
  let end = tail
  for (let i = from; i < to; i++) {
    const m = ends[i] as number
    const word = seen[m >>> 5] as number
    const bit = 1 << (m & 31)
    if ((word & bit) !== 0) continue
    seen[m >>> 5] = word | bit
    queue[end++] = m
  }
  return end
}

/** Rows to lay over the arrays. */
export type { Overlay }
