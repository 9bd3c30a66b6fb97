import type { Db } from '../storage/database.js'

/** How two commits lie to each other in the graph of commits. Numbers are `commits.seq`. */
export interface Relation {
  /** Reachable from the left only, and from the right only; newest first. */
  readonly leftOnly: readonly number[]
  readonly rightOnly: readonly number[]
  /** Common ancestors that are not ancestors of one another; several when histories criss-cross. */
  readonly bases: readonly number[]
}

const LEFT = 1
const RIGHT = 2
const BOTH = LEFT | RIGHT
/** Below a base already found. */
const BELOW = 4

/**
 * Walks back from both sides. A parent's number is always smaller than its
 * child's, so taking the greatest number first means every descendant of a
 * commit was seen before it, and the walk ends as soon as all that is left is
 * common: its cost is the commits since the bases, not the age of the graph.
 */
export function relate(db: Db, left: readonly number[], right: readonly number[]): Relation {
  const walk = new Walk(db)
  for (const seq of left) walk.mark(seq, LEFT)
  for (const seq of right) walk.mark(seq, RIGHT)
  const leftOnly: number[] = []
  const rightOnly: number[] = []
  const bases: number[] = []
  while (walk.undecided()) {
    const { seq, flags } = walk.next()
    if (flags === LEFT) leftOnly.push(seq)
    if (flags === RIGHT) rightOnly.push(seq)
    if (flags === BOTH) bases.push(seq)
    const pass = (flags & BOTH) === BOTH ? BOTH | BELOW : flags
    for (const parent of walk.parents(seq)) walk.mark(parent, pass)
  }
  return { leftOnly, rightOnly, bases }
}

class Walk {
  readonly #parents
  readonly #flags = new Map<number, number>()
  readonly #heap: number[] = []
  #open = 0

  constructor(db: Db) {
    this.#parents = db.prepare<[number], { parent_seq: number | null; merge_parent_seq: number | null }>(
      'SELECT parent_seq, merge_parent_seq FROM commits WHERE seq = ?',
    )
  }

  parents(seq: number): number[] {
    const row = this.#parents.get(seq)
    return [row?.parent_seq, row?.merge_parent_seq].filter((p): p is number => typeof p === 'number')
  }

  /** Whether anything queued could still be one-sided or a base. */
  undecided(): boolean {
    return this.#open > 0
  }

  mark(seq: number, flags: number): void {
    const before = this.#flags.get(seq)
    const after = (before ?? 0) | flags
    if (before === after) return
    this.#flags.set(seq, after)
    if (before === undefined) this.#push(seq)
    this.#open += Number((after & BELOW) === 0) - Number(before !== undefined && (before & BELOW) === 0)
  }

  next(): { seq: number; flags: number } {
    const seq = this.#pop()
    const flags = this.#flags.get(seq) as number
    if ((flags & BELOW) === 0) this.#open--
    return { seq, flags }
  }

  #push(seq: number): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(seq)
    while (at > 0) {
      const up = (at - 1) >> 1
      if ((heap[up] as number) >= seq) break
      heap[at] = heap[up] as number
      at = up
    }
    heap[at] = seq
  }

  #pop(): number {
    const heap = this.#heap
    const top = heap[0] as number
    const last = heap.pop() as number
    if (heap.length === 0) return top
    let at = 0
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && (heap[child + 1] as number) > (heap[child] as number)) child++
      if ((heap[child] as number) <= last) break
      heap[at] = heap[child] as number
      at = child
    }
    heap[at] = last
    return top
  }
}
