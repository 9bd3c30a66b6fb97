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
    this.#forget()
  }

  /** Clears the bits of what was seen: one by one, or all when that is less work. */
  #forget(): void {
    const [seen, queue, reached] = [this.#seen, this.#queue, this.#to]
    if (seen.length < 16 * reached) seen.fill(0)
    else for (let i = 0; i < reached; i++) seen[(queue[i] as number) >>> 5] = 0
  }

  #spread(start: number, direction: number, min: number, max: number, check: () => void): void {
    this.#seen[start >>> 5] = 1 << (start & 31)
    this.#queue[0] = start
    let head = 0
    let tail = 1
    for (let distance = 1; distance <= max && head < tail; distance++) {
      const levelEnd = tail
      if (distance === min) this.#from = tail
      while (head < levelEnd) {
        const stop = Math.min(levelEnd, head + CHECK_EVERY)
        if ((direction & OUT) !== 0) tail = this.#follow(head, stop, this.#overlay.out, this.arrays.out, tail)
        if ((direction & IN) !== 0) tail = this.#follow(head, stop, this.#overlay.in, this.arrays.in, tail)
        if (stop - head === CHECK_EVERY) check()
        head = stop
      }
      if (distance < min && head === tail) this.#from = tail
    }
    this.#to = tail
  }

  /** Queues what one hop from `#queue[head .. stop)` reaches; returns the queue's new end. */
  #follow(
    head: number,
    stop: number,
    changed: ReadonlyMap<number, readonly number[]>,
    { starts, ends }: AdjacencyArrays['out'],
    tail: number,
  ): number {
    const [seen, queue] = [this.#seen, this.#queue]
    // Without an overlay only the start of a walk can be newer than the arrays.
    if (changed.size === 0 && (queue[head] as number) < this.arrays.size)
      return queueRows(starts, ends, head, stop, seen, queue, tail)
    let end = tail
    for (let i = head; i < stop; i++) {
      const n = queue[i] as number
      const own = changed.get(n)
      if (own !== undefined) end = queueUnseen(own, 0, own.length, seen, queue, end)
      else if (n < this.arrays.size) end = queueRows(starts, ends, i, i + 1, seen, queue, end)
    }
    return end
  }

  #hasLoop(n: number): boolean {
    const changed = this.#overlay.loops.get(n)
    if (changed !== undefined) return changed
    return n < this.arrays.size && ((this.arrays.loops[n >> 3] as number) & (1 << (n & 7))) !== 0
  }
}

/** Appends the rows of `queue[head .. stop)` in one loop: a call for each row would cost more than the row. */
function queueRows(
  starts: Int32Array,
  ends: Int32Array,
  head: number,
  stop: number,
  seen: Uint32Array,
  queue: Int32Array,
  tail: number,
): number {
  let end = tail
  for (let at = head; at < stop; at++) {
    const n = queue[at] as number
    const to = starts[n + 1] as number
    for (let i = starts[n] as number; i < to; i++) {
      const m = ends[i] as number
      const word = seen[m >>> 5] as number
      const bit = 1 << (m & 31)
      if ((word & bit) !== 0) continue
      seen[m >>> 5] = word | bit
      queue[end++] = m
    }
  }
  return end
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
