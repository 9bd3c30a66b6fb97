import type { AdjacencyArrays } from './arrays.js'
import { countNext, type Frontier, spread, type Way } from './spread.js'

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

/** So many words of bits are cleared at once in the time that one entity's takes. */
const WORDS_PER_ENTITY = 16
/** The same for each entity before the last level of a walk, which reaches a few from each. */
const WORDS_PER_LAST = 4 * WORDS_PER_ENTITY

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
    const words = (size >>> 5) + 1
    this.#frontier = { cells: new Int32Array(words + size), queue: words, head: words, to: words, fetched: 0 }
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
    const ways = this.#ways[direction] as readonly Way[]
    const frontier = this.#begin(start)
    let reached = min <= 1 && this.#hasLoop(start) ? 1 : 0
    try {
      const from = walk(ways, frontier, min, max - 1, check)
      reached += frontier.to - from
      // The last level is the widest by far: it is queued only for what that saves when its bits are cleared.
      const wide = frontier.queue < WORDS_PER_LAST * (frontier.to - frontier.queue)
      if (wide && this.overlaid === 0 && start < this.arrays.size) {
        reached += countNext(ways, frontier, check)
        frontier.cells.fill(0, 0, frontier.queue)
        return reached
      }
      const before = frontier.to
      spread(ways, frontier, check)
      reached += frontier.to - before
    } catch (error) {
      frontier.cells.fill(0, 0, frontier.queue)
      throw error
    }
    clear(frontier)
    return reached
  }

  /** Their numbers as a JSON array. */
  list(start: number, direction: number, min: number, max: number, check: () => void): string {
    const frontier = this.#begin(start)
    let from: number
    try {
      from = walk(this.#ways[direction] as readonly Way[], frontier, min, max, check)
    } catch (error) {
      frontier.cells.fill(0, 0, frontier.queue)
      throw error
    }
    clear(frontier)
    const reached = frontier.cells.subarray(from, frontier.to).join(',')
    if (min > 1 || !this.#hasLoop(start)) return `[${reached}]`
    return reached === '' ? `[${start}]` : `[${reached},${start}]`
  }

  #begin(start: number): Frontier {
    const frontier = this.#frontier
    const { cells, queue } = frontier
    cells[start >>> 5] = 1 << (start & 31)
    cells[queue] = start
    frontier.head = queue
    frontier.to = queue + 1
    return frontier
  }

  #hasLoop(n: number): boolean {
    const changed = this.#overlay.loops.get(n)
    if (changed !== undefined) return changed
    return n < this.arrays.size && ((this.arrays.loops[n >> 3] as number) & (1 << (n & 7))) !== 0
  }
}

/** Follows so many levels; returns where in the cells those begin that are at least `min` hops away. */
function walk(
  ways: readonly Way[],
  frontier: Frontier,
  min: number,
  levels: number,
  check: () => void,
): number {
  let from = frontier.queue
  for (let distance = 1; distance <= levels && frontier.head < frontier.to; distance++) {
    if (distance <= min) from = frontier.to
    spread(ways, frontier, check)
  }
  return levels < min ? frontier.to : from
}

/** Clears the bits of what is in the queue one by one, or all bits at once when that is less work. */
function clear({ cells, queue, to }: Frontier): void {
  if (queue < WORDS_PER_ENTITY * (to - queue)) cells.fill(0, 0, queue)
  else for (let i = queue; i < to; i++) cells[(cells[i] as number) >>> 5] = 0
}

/** Rows to lay over the arrays. */
export type { Overlay }
