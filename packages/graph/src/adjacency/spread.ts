import type { AdjacencyArrays } from './arrays.js'

/** What a walk works with; kept from one to the next, so that none allocates. */
export interface Frontier {
  /** One bit per entity, all zero between walks: small enough to stay in the processor's cache. */
  readonly seen: Uint32Array
  /** Entities in the order they are reached, so by distance. */
  readonly queue: Int32Array
  /** Of the last walk: `queue[from .. to)` are the entities within the bounds. */
  from: number
  to: number
  /** Means nothing; see `fetchRows`. */
  fetched: number
}

/** One way to follow edges: the rows of entities below `size`, but for those whose edges have changed since. */
export interface Way {
  readonly rows: AdjacencyArrays['out']
  readonly size: number
  readonly changed: ReadonlyMap<number, readonly number[]>
}

/** Entities followed between two looks at whether the walk is still wanted. */
const CHECK_EVERY = 4096
/** So many rows are not worth fetching before they are followed. */
const FEW = 4

/**
 * Breadth first along all the ways, from a start whose bit is set and which alone is
 * in the queue. These are functions and not methods, and rows are followed by the
 * level, as it is the one loop over them whose machine code decides what a walk costs.
 */
export function spread(
  ways: readonly Way[],
  frontier: Frontier,
  min: number,
  max: number,
  check: () => void,
): void {
  const { seen, queue } = frontier
  let head = 0
  let tail = 1
  let from = 0
  let checkAt = CHECK_EVERY
  for (let distance = 1; distance <= max && head < tail; distance++) {
    const levelEnd = tail
    if (distance === min) from = tail
    while (head < levelEnd) {
      const stop = Math.min(levelEnd, head + CHECK_EVERY)
      for (let i = 0; i < ways.length; i++) {
        const way = ways[i] as Way
        if (stop - head > FEW) frontier.fetched = fetchRows(way, queue, head, stop)
        tail = follow(way, seen, queue, head, stop, tail)
      }
      head = stop
      if (head < checkAt) continue
      check()
      checkAt = head + CHECK_EVERY
    }
    if (distance < min && head === tail) from = tail
  }
  frontier.from = from
  frontier.to = tail
}

/**
 * Reads the beginning and the end of each row of `queue[head .. stop)`. The rows lie anywhere,
 * and a processor waits for many that are read one by one with nothing between them about as
 * long as for one: those that are not in its caches cost a third of what they cost when they are
 * followed at once. What is read is added up so that it has to be.
 */
function fetchRows({ rows, size }: Way, queue: Int32Array, head: number, stop: number): number {
  const { starts, ends } = rows
  let sum = 0
  for (let at = head; at < stop; at++) {
    const n = queue[at] as number
    if (n < size) sum += starts[n] as number
  }
  for (let at = head; at < stop; at++) {
    const n = queue[at] as number
    if (n >= size) continue
    const from = starts[n] as number
    const to = starts[n + 1] as number
    if (from < to) sum += (ends[from] as number) + (ends[to - 1] as number)
  }
  return sum
}

/** Appends what one hop from `queue[head .. stop)` reaches; returns the queue's new end. */
function follow(
  way: Way,
  seen: Uint32Array,
  queue: Int32Array,
  head: number,
  stop: number,
  tail: number,
): number {
  const { changed, size } = way
  const { starts, ends } = way.rows
  // Where nothing has changed, only the start of a walk can be newer than the arrays.
  if (changed.size === 0 && (queue[head] as number) < size)
    return followRows(starts, ends, seen, queue, head, stop, tail)
  let end = tail
  for (let at = head; at < stop; at++) {
    const n = queue[at] as number
    const own = changed.get(n)
    if (own !== undefined) end = queueUnseen(own, seen, queue, end)
    else if (n < size) end = followRows(starts, ends, seen, queue, at, at + 1, end)
  }
  return end
}

function followRows(
  starts: Int32Array,
  ends: Int32Array,
  seen: Uint32Array,
  queue: Int32Array,
  head: number,
  stop: number,
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

function queueUnseen(ends: readonly number[], seen: Uint32Array, queue: Int32Array, tail: number): number {
  let end = tail
  for (const m of ends) {
    const word = seen[m >>> 5] as number
    const bit = 1 << (m & 31)
    if ((word & bit) !== 0) continue
    seen[m >>> 5] = word | bit
    queue[end++] = m
  }
  return end
}
