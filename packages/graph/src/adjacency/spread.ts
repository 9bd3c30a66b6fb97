import type { Rows } from './arrays.js'

/** What a walk works with; kept from one to the next, so that none allocates. */
export interface Frontier {
  /**
   * First one bit per entity that was reached, all zero between walks and small enough to
   * stay in the processor's cache; then the entities in the order they are reached, so by
   * distance. One array for both, for the reason that `Rows` has one.
   */
  readonly cells: Int32Array
  /** Where in `cells` the entities begin. */
  readonly queue: number
  /** `cells[head .. to)` is the level that was reached last; nothing has been followed from it. */
  head: number
  to: number
  /** Means nothing; see `fetchRows`. */
  fetched: number
}

/** One way to follow edges: the rows of entities below `size`, but for those whose edges have changed since. */
export interface Way {
  readonly rows: Rows
  readonly size: number
  readonly changed: ReadonlyMap<number, readonly number[]>
}

/** Entities followed between two looks at whether the walk is still wanted. */
const CHECK_EVERY = 4096
/** So many rows are not worth fetching before they are followed. */
const FEW = 4

/**
 * One hop of a walk that goes breadth first along all the ways: queues what the last
 * level reaches. These are functions and not methods, and rows are followed by the
 * level, as it is the one loop over them whose machine code decides what a walk costs.
 */
export function spread(ways: readonly Way[], frontier: Frontier, check: () => void): void {
  const { cells, to } = frontier
  let tail = to
  for (let head = frontier.head; head < to; ) {
    const stop = batchEnd(head, to)
    for (let i = 0; i < ways.length; i++) {
      const way = ways[i] as Way
      if (stop - head > FEW) frontier.fetched = fetchRows(way, cells, head, stop)
      tail = follow(way, cells, head, stop, tail)
    }
    head = stop
    if (head % CHECK_EVERY === 0) check()
  }
  frontier.head = to
  frontier.to = tail
}

/**
 * How many entities one more hop reaches. They are marked and not queued. Only for ways
 * on which nothing has changed, from entities that have rows.
 */
export function countNext(ways: readonly Way[], frontier: Frontier, check: () => void): number {
  const { cells, to } = frontier
  let found = 0
  for (let head = frontier.head; head < to; ) {
    const stop = batchEnd(head, to)
    for (let i = 0; i < ways.length; i++) {
      const way = ways[i] as Way
      if (stop - head > FEW) frontier.fetched = fetchRows(way, cells, head, stop)
      found += countRows(way.rows, cells, head, stop)
    }
    head = stop
    if (head % CHECK_EVERY === 0) check()
  }
  return found
}

/** Batches end at multiples of `CHECK_EVERY`, so that many small levels are checked too. */
function batchEnd(head: number, to: number): number {
  return Math.min(to, head - (head % CHECK_EVERY) + CHECK_EVERY)
}

/**
 * Reads the beginning of each row of `cells[head .. stop)`. The rows lie anywhere, and a
 * processor waits for many that are read one by one with nothing between them about as long
 * as for one: those that are not in its caches cost a third of what they cost when they are
 * followed at once. What is read is added up so that it has to be.
 */
function fetchRows({ rows, size }: Way, cells: Int32Array, head: number, stop: number): number {
  const { cells: slots, shift } = rows
  let sum = 0
  for (let at = head; at < stop; at++) {
    const n = cells[at] as number
    if (n < size) sum += slots[n << shift] as number
  }
  return sum
}

/** Appends what one hop from `cells[head .. stop)` reaches; returns the queue's new end. */
function follow(way: Way, cells: Int32Array, head: number, stop: number, tail: number): number {
  const { changed, size, rows } = way
  // Where nothing has changed, only the start of a walk can be newer than the arrays.
  if (changed.size === 0 && (cells[head] as number) < size) return followRows(rows, cells, head, stop, tail)
  let end = tail
  for (let at = head; at < stop; at++) {
    const n = cells[at] as number
    const own = changed.get(n)
    if (own !== undefined) end = queueUnseen(own, cells, end)
    else if (n < size) end = followRows(rows, cells, at, at + 1, end)
  }
  return end
}

function followRows(
  { cells: slots, shift }: Rows,
  cells: Int32Array,
  head: number,
  stop: number,
  tail: number,
): number {
  let end = tail
  for (let at = head; at < stop; at++) {
    const slot = (cells[at] as number) << shift
    const count = slots[slot] as number
    let i = slot + 1
    if (count >>> shift !== 0) i = slots[i] as number
    const to = i + count
    for (; i < to; i++) {
      const m = slots[i] as number
      const word = cells[m >>> 5] as number
      const bit = 1 << (m & 31)
      if ((word & bit) !== 0) continue
      cells[m >>> 5] = word | bit
      cells[end++] = m
    }
  }
  return end
}

/** As `followRows`, but counts what it does not queue. */
function countRows({ cells: slots, shift }: Rows, cells: Int32Array, head: number, stop: number): number {
  let found = 0
  for (let at = head; at < stop; at++) {
    const slot = (cells[at] as number) << shift
    const count = slots[slot] as number
    let i = slot + 1
    if (count >>> shift !== 0) i = slots[i] as number
    const to = i + count
    for (; i < to; i++) {
      const m = slots[i] as number
      const word = cells[m >>> 5] as number
      const bit = 1 << (m & 31)
      if ((word & bit) !== 0) continue
      cells[m >>> 5] = word | bit
      found++
    }
  }
  return found
}

function queueUnseen(ends: readonly number[], cells: Int32Array, tail: number): number {
  let end = tail
  for (const m of ends) {
    const word = cells[m >>> 5] as number
    const bit = 1 << (m & 31)
    if ((word & bit) !== 0) continue
    cells[m >>> 5] = word | bit
    cells[end++] = m
  }
  return end
}
