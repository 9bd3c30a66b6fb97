import { expect, test } from 'vitest'
import type { PlacedGraph } from './place-graph'
import { boxAt, sceneOf, stepFrom } from './scene'

const node = (urn: string, rank: number, x: number, y: number) => ({
  node: { urn, rank, document: undefined, hidden: { up: 0, down: 0 }, unfolded: { up: false, down: false } },
  x,
  y,
  width: 100,
  height: 50,
})
const edge = (source: string, target: string) => ({
  id: `${source} ${target}`,
  source,
  target,
  points: [
    { x: 0, y: 0 },
    { x: 10, y: 5 },
  ],
})
const scene = sceneOf({
  nodes: [node('a', 0, 0, 0), node('b', 1, 200, 0), node('c', 1, 200, 100), node('d', 1, 200, 300)],
  edges: [edge('a', 'c'), edge('a', 'd')],
} as unknown as PlacedGraph)
const box = (urn: string) => scene.byUrn.get(urn) as NonNullable<ReturnType<typeof scene.byUrn.get>>

test('arrows go along the lineage to the nearest neighbour, and up and down among those of one hop', () => {
  expect(stepFrom(scene, box('a'), 'ArrowRight')?.urn).toBe('c')
  expect(stepFrom(scene, box('d'), 'ArrowLeft')?.urn).toBe('a')
  expect(stepFrom(scene, box('d'), 'ArrowUp')?.urn).toBe('c')
  expect(stepFrom(scene, box('b'), 'ArrowDown')?.urn).toBe('c')
  expect(stepFrom(scene, box('b'), 'ArrowLeft')).toBe(undefined)
  expect(stepFrom(scene, box('b'), 'ArrowUp')).toBe(undefined)
})

test('a point is in the box that is drawn there, or in none', () => {
  expect(boxAt(scene, { x: 250, y: 120 })?.urn).toBe('c')
  expect(boxAt(scene, { x: 150, y: 120 })).toBe(undefined)
  expect(scene.bounds).toEqual({ x: 0, y: 0, width: 300, height: 350 })
})
