import { expect, test } from 'vitest'
import { boundsOf, centred, fitted, inSight, kept, overlap, pictureAt, zoomedAt } from './viewport'

const size = { width: 800, height: 400 }

test('a picture is fitted whole and in the middle, and never drawn larger than it is', () => {
  const bounds = { x: 0, y: 0, width: 8000, height: 1000 }
  const viewport = fitted(bounds, size)
  const seen = inSight(viewport, size)
  expect(seen.x).toBeLessThanOrEqual(0)
  expect(seen.x + seen.width).toBeGreaterThanOrEqual(8000)
  expect(pictureAt(viewport, { x: 400, y: 200 })).toEqual({ x: 4000, y: 500 })
  expect(fitted({ x: 0, y: 0, width: 10, height: 10 }, size).zoom).toBe(1)
})

test('what is under the pointer stays there while zooming, which ends at its bounds', () => {
  const before = centred({ x: 100, y: 100 }, size, 0.5)
  const at = { x: 123, y: 45 }
  const after = zoomedAt(before, at, 1.3, 0.05)
  expect(pictureAt(after, at).x).toBeCloseTo(pictureAt(before, at).x)
  expect(pictureAt(after, at).y).toBeCloseTo(pictureAt(before, at).y)
  expect(zoomedAt(before, at, 100, 0.05).zoom).toBe(1.6)
  expect(zoomedAt(before, at, 0.0001, 0.05).zoom).toBe(0.05)
})

test('a picture cannot be pushed out of sight', () => {
  const bounds = { x: 0, y: 0, width: 1000, height: 1000 }
  for (const x of [-1e6, 1e6]) {
    const viewport = kept({ x, y: x, zoom: 1 }, bounds, size)
    expect(overlap(inSight(viewport, size), bounds)).toBe(true)
  }
  const calm = { x: 10, y: 20, zoom: 1 }
  expect(kept(calm, bounds, size)).toEqual(calm)
})

test('bounds hold every box', () => {
  expect(boundsOf([])).toEqual({ x: 0, y: 0, width: 0, height: 0 })
  expect(
    boundsOf([
      { x: 5, y: -5, width: 10, height: 10 },
      { x: 100, y: 20, width: 10, height: 1 },
    ]),
  ).toEqual({ x: 5, y: -5, width: 105, height: 26 })
})
