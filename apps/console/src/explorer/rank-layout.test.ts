import { expect, test } from 'vitest'
import { placeByRank } from './rank-layout'

const box = (id: string, rank: number) => ({ id, rank, width: 100, height: 50 })

test('no two boxes overlap, and data flows from left to right', () => {
  const boxes = Array.from({ length: 200 }, (_, i) => box(`n${i}`, (i % 5) - 2))
  const edges = Array.from({ length: 195 }, (_, i) => ({ source: `n${i}`, target: `n${i + 1}` }))
  const places = placeByRank(boxes, edges)
  const spots = boxes.map((one) => ({ ...one, ...(places.get(one.id) ?? { x: Number.NaN, y: Number.NaN }) }))
  const wrong = spots.flatMap((a) =>
    spots
      .filter((b) => a.id !== b.id)
      .filter(
        (b) =>
          (Math.abs(a.x - b.x) < 100 && Math.abs(a.y - b.y) < 50) || (a.rank < b.rank && a.x + 100 > b.x),
      )
      .map((b) => `${a.id} and ${b.id}`),
  )
  expect(wrong).toEqual([])
})

test('a hop of very many boxes becomes no thread: the whole is about as wide as a screen', () => {
  const boxes = Array.from({ length: 1500 }, (_, i) => box(`n${i}`, i < 5 ? 0 : 1))
  const places = [...placeByRank(boxes, []).values()]
  const span = (side: 'x' | 'y') => Math.max(...places.map((one) => one[side]))
  expect(span('x') / span('y')).toBeGreaterThan(1.4)
  expect(span('x') / span('y')).toBeLessThan(2.4)
})

test('boxes stand beside their neighbours, so that their lines do not cross', () => {
  const places = placeByRank(
    [box('a', 0), box('b', 0), box('c', 0), box('A', 1), box('B', 1), box('C', 1)].reverse(),
    [
      { source: 'a', target: 'A' },
      { source: 'b', target: 'B' },
      { source: 'c', target: 'C' },
    ],
  )
  for (const id of ['a', 'b', 'c']) expect(places.get(id)?.y).toBe(places.get(id.toUpperCase())?.y)
})
