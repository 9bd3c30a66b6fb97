import fc from 'fast-check'
import { expect, it } from 'vitest'
import { propRuns } from '../testing/prop-runs.js'
import { EdgeList } from './arrays.js'
import { BOTH, IN, LiveAdjacency, OUT, type Overlay } from './live-adjacency.js'

/** So many entities have edges. */
const ENDS = 12
/**
 * What becomes of them: all there are, with long rows; or so far apart that no two share a
 * word of bits, among few, of which a walk clears all bits at once, and among many.
 */
const SPREADS = [
  { apart: 1, size: ENDS },
  { apart: 37, size: ENDS * 37 },
  { apart: 37, size: 40_000 },
]

type Edge = readonly [number, number]

/** Distances by breadth first search over sets. */
function reached(
  edges: readonly Edge[],
  start: number,
  direction: number,
  min: number,
  max: number,
): number[] {
  const distance = new Map([[start, 0]])
  let level = [start]
  for (let d = 1; d <= max && level.length > 0; d++) {
    const next = new Set<number>()
    for (const [a, b] of edges) {
      if (direction !== IN && level.includes(a)) next.add(b)
      if (direction !== OUT && level.includes(b)) next.add(a)
    }
    level = [...next].filter((n) => !distance.has(n))
    for (const n of level) distance.set(n, d)
  }
  const within = [...distance].filter(([, d]) => d >= min && d <= max).map(([n]) => n)
  if (min <= 1 && edges.some(([a, b]) => a === start && b === start)) within.push(start)
  return within.sort((a, b) => a - b)
}

it('walks from one adjacency count and list what a search over sets reaches', () => {
  const end = fc.nat(ENDS - 1)
  const walk = fc.record({
    start: fc.option(end),
    direction: fc.constantFrom(OUT, IN, BOTH),
    min: fc.integer({ min: 1, max: 3 }),
    more: fc.nat(3),
  })
  fc.assert(
    fc.property(
      fc.array(fc.tuple(end, end), { maxLength: 40 }),
      fc.array(walk, { minLength: 1, maxLength: 8 }),
      fc.constantFrom(...SPREADS),
      fc.boolean(),
      (pairs, walks, { apart, size }, changed) => {
        const edges = pairs.map(([a, b]): Edge => [a * apart, b * apart])
        const list = new EdgeList()
        for (const [a, b] of edges) list.addText(`${a} ${b}`)
        // One entity more than the arrays have rows for: it came later.
        const live = new LiveAdjacency(
          list.toArrays(1, 1, size),
          1,
          size + 1,
          changed ? changedTo(edges, size) : undefined,
        )
        if (changed) edges.push([0, size])
        for (const { start, direction, min, more } of walks) {
          const from = start === null ? size : start * apart
          const expected = reached(edges, from, direction, min, min + more)
          expect(live.count(from, direction, min, min + more, () => {})).toBe(expected.length)
          const listed = JSON.parse(live.list(from, direction, min, min + more, () => {})) as number[]
          expect(listed.sort((a, b) => a - b)).toEqual(expected)
        }
      },
    ),
    propRuns(200),
  )
})

/** The rows of both ends of a new edge from entity 0 to the newest. */
function changedTo(edges: readonly Edge[], newest: number): Overlay {
  const others = (near: 0 | 1) =>
    edges.filter((e) => e[near] === 0 && e[0] !== e[1]).map((e) => e[1 - near] as number)
  return {
    out: new Map([
      [0, [...others(0), newest]],
      [newest, []],
    ]),
    in: new Map([
      [0, others(1)],
      [newest, [0]],
    ]),
    loops: new Map([
      [0, edges.some(([a, b]) => a === 0 && b === 0)],
      [newest, false],
    ]),
  }
}

it('a walk that is stopped leaves nothing behind', () => {
  const list = new EdgeList()
  for (let n = 1; n <= 5_000; n++) list.addText(`0 ${n} ${n} ${n + 5_000}`)
  const live = new LiveAdjacency(list.toArrays(1, 1, 10_001), 1, 10_001)
  const stop = (): void => {
    throw new Error('stopped')
  }
  expect(() => live.count(0, OUT, 1, 2, stop)).toThrow('stopped')
  expect(() => live.list(0, OUT, 1, 2, stop)).toThrow('stopped')
  expect(live.count(0, OUT, 1, 2, () => {})).toBe(10_000)
  expect(live.count(1, OUT, 1, 4, () => {})).toBe(1)
})

it('a walk along a chain of thousands of levels is stopped too', () => {
  const list = new EdgeList()
  for (let n = 0; n < 10_000; n++) list.addText(`${n} ${n + 1}`)
  const live = new LiveAdjacency(list.toArrays(1, 1, 10_001), 1, 10_001)
  let checks = 0
  expect(live.count(0, OUT, 1, 10_000, () => checks++)).toBe(10_000)
  expect(checks).toBe(2)
})
