import fc from 'fast-check'
import { expect, it } from 'vitest'
import { propRuns } from '../testing/prop-runs.js'
import { EdgeList } from './arrays.js'
import { BOTH, IN, LiveAdjacency, OUT } from './live-adjacency.js'

/** Entities that have edges, by numbers that lie so far apart that no two share a word of bits. */
const ENDS = 12
const APART = 37
/** Of so few entities a walk clears all bits at once, of so many one by one. */
const FEW = ENDS * APART
const MANY = 40_000

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

it('walks from one adjacency, few and many entities, count and list what a search over sets reaches', () => {
  const end = fc.nat(ENDS - 1).map((n) => n * APART)
  const edge = fc.tuple(end, end)
  const walk = fc.record({
    start: fc.option(end),
    direction: fc.constantFrom(OUT, IN, BOTH),
    min: fc.integer({ min: 1, max: 3 }),
    more: fc.nat(3),
  })
  fc.assert(
    fc.property(
      fc.array(edge, { maxLength: 40 }),
      fc.array(walk, { minLength: 1, maxLength: 8 }),
      fc.constantFrom(FEW, MANY),
      fc.boolean(),
      (edges, walks, size, changed) => {
        const list = new EdgeList()
        for (const [a, b] of edges) list.addText(`${a} ${b}`)
        // An entity of its own rows, the same as in the arrays: walks then take the way over what has changed.
        const ends = (near: 0 | 1) =>
          edges.filter((e) => e[near] === 0 && e[0] !== e[1]).map((e) => e[1 - near] as number)
        const overlay = changed
          ? {
              out: new Map([[0, ends(0)]]),
              in: new Map([[0, ends(1)]]),
              loops: new Map([[0, edges.some(([a, b]) => a === 0 && b === 0)]]),
            }
          : undefined
        // One entity more than the arrays have rows for: it came later and has no edges.
        const live = new LiveAdjacency(list.toArrays(1, 1, size), 1, size + 1, overlay)
        for (const { start, direction, min, more } of walks) {
          const from = start ?? size
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
