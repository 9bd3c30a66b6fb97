import type { AdjacencyArrays } from './arrays.js'
import { type Frontier, spread, type Way } from './spread.js'

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

/**
 * The adjacency of one edge type at one commit: shared arrays, and over them the
 * rows of entities whose edges have changed since. Walks allocate nothing.
 */
export class LiveAdjacency {
  readonly arrays: AdjacencyArrays
  readonly seq: number
  readonly #overlay: Overlay
  readonly #frontier: Frontier
  /** By direction. */
  readonly #ways: readonly (readonly Way[])[]

  constructor(arrays: AdjacencyArrays, seq: number, size: number, overlay: Overlay = NO_OVERLAY) {
    this.arrays = arrays
    this.seq = seq
    this.#overlay = overlay
    this.#frontier = {
      seen: new Uint32Array((size >>> 5) + 1),
      queue: new Int32Array(size),
      from: 0,
      to: 0,
      fetched: 0,
    }
    const out: Way = { rows: arrays.out, size: arrays.size, changed: overlay.out }
    const into: Way = { rows: arrays.in, size: arrays.size, changed: overlay.in }
    this.#ways = [[], [out], [into], [out, into]]
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
    const { from, to } = this.#walk(start, direction, min, max, check)
    return to - from + (min <= 1 && this.#hasLoop(start) ? 1 : 0)
  }

  /** Their numbers as a JSON array. */
  list(start: number, direction: number, min: number, max: number, check: () => void): string {
    const { queue, from, to } = this.#walk(start, direction, min, max, check)
    const reached = queue.subarray(from, to).join(',')
    if (min > 1 || !this.#hasLoop(start)) return `[${reached}]`
    return reached === '' ? `[${start}]` : `[${reached},${start}]`
  }

  #walk(start: number, direction: number, min: number, max: number, check: () => void): Frontier {
    const frontier = this.#frontier
    const { seen, queue } = frontier
    seen[start >>> 5] = 1 << (start & 31)
    queue[0] = start
    try {
      spread(this.#ways[direction] as readonly Way[], frontier, min, max, check)
    } catch (error) {
      seen.fill(0)
      throw error
    }
    // Bits are cleared one by one, or all at once when that is less work.
    if (seen.length < 16 * frontier.to) seen.fill(0)
    else for (let i = 0; i < frontier.to; i++) seen[(queue[i] as number) >>> 5] = 0
    return frontier
  }

  #hasLoop(n: number): boolean {
    const changed = this.#overlay.loops.get(n)
    if (changed !== undefined) return changed
    return n < this.arrays.size && ((this.arrays.loops[n >> 3] as number) & (1 << (n & 7))) !== 0
  }
}

/** Rows to lay over the arrays. */
export type { Overlay }
