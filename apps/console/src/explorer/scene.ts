/** A large picture as it is drawn: boxes and lines with what is looked for, opened and traced. Pure. */
import { type HealthState, healthState } from '../catalog/health-state'
import type { Point } from '../lineage/trace-path'
import { wordsOf } from './lineage-graph'
import type { PlacedGraph } from './place-graph'
import { boundsOf, type Rect } from './viewport'

export interface SceneBox extends Rect {
  urn: string
  name: string
  note: string
  state: HealthState
  rank: number
  /** Neighbours on a side that are not in the picture. */
  hidden: { up: number; down: number }
}

export interface SceneLine {
  points: readonly Point[]
  bounds: Rect
  /** As a traced edge is named. */
  key: string
  source: string
  target: string
}

export interface Scene {
  boxes: readonly SceneBox[]
  lines: readonly SceneLine[]
  bounds: Rect
  byUrn: ReadonlyMap<string, SceneBox>
}

export function sceneOf(placed: PlacedGraph): Scene {
  const boxes = placed.nodes.map(({ node, x, y, width, height }): SceneBox => {
    const { name, note } = wordsOf(node)
    const state = healthState(node.document?.health)
    return { urn: node.urn, name, note, state, rank: node.rank, hidden: node.hidden, x, y, width, height }
  })
  return {
    boxes,
    lines: placed.edges.map(({ points, source, target }) => ({
      points,
      key: `${source}\n${target}`,
      source,
      target,
      bounds: boundsOf(points.map(({ x, y }) => ({ x, y, width: 1, height: 1 }))),
    })),
    bounds: boundsOf(boxes),
    byUrn: new Map(boxes.map((box) => [box.urn, box])),
  }
}

/** The box at a point of the picture. */
export function boxAt({ boxes }: Scene, { x, y }: Point): SceneBox | undefined {
  return boxes.find((box) => x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height)
}

export type Step = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown'

/** Where an arrow leads from a box: along the lineage to the neighbour nearest in height, or to the next box of the same hop. */
export function stepFrom({ boxes, lines, byUrn }: Scene, from: SceneBox, step: Step): SceneBox | undefined {
  const others =
    step === 'ArrowLeft'
      ? lines.filter(({ target }) => target === from.urn).map(({ source }) => byUrn.get(source))
      : step === 'ArrowRight'
        ? lines.filter(({ source }) => source === from.urn).map(({ target }) => byUrn.get(target))
        : boxes.filter(
            (box) => box.rank === from.rank && (step === 'ArrowUp' ? box.y < from.y : box.y > from.y),
          )
  const away = (box: SceneBox) => Math.abs(box.y - from.y)
  return others
    .filter((box) => box !== undefined)
    .reduce<SceneBox | undefined>((best, box) => (best && away(best) <= away(box) ? best : box), undefined)
}
