/**
 * The first `count` of numbers in an order, sorted: the same as sorting all of them, without sorting those that are
 * not among the first. `before(a, b)` says whether `a` comes before `b`; no two are equal.
 */
export function firstInOrder(
  numbers: Uint32Array,
  count: number,
  before: (a: number, b: number) => boolean,
): number[] {
  const order = (a: number, b: number) => (before(a, b) ? -1 : 1)
  if (count <= 0) return []
  if (count >= numbers.length / 4) return Array.from(numbers).sort(order).slice(0, count)
  /** A heap whose top is the last of those found so far. */
  const heap = Array.from(numbers.subarray(0, count)).sort((a, b) => order(b, a))
  for (let i = count; i < numbers.length; i++) {
    const number = numbers[i] as number
    if (!before(number, heap[0] as number)) continue
    sink(heap, number, before)
  }
  return heap.sort(order)
}

/** Puts a number in place of the top. */
function sink(heap: number[], number: number, before: (a: number, b: number) => boolean): void {
  let at = 0
  for (;;) {
    const left = 2 * at + 1
    if (left >= heap.length) break
    const right = left + 1
    const later = right < heap.length && before(heap[left] as number, heap[right] as number) ? right : left
    if (!before(number, heap[later] as number)) break
    heap[at] = heap[later] as number
    at = later
  }
  heap[at] = number
}
