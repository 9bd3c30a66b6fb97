/** Places the datasets of the explorer: by the layout engine as long as it is quick, by hops beyond that. */
import { type PlacedEdge, placeBoxes } from '../lineage/layout'
import type { Point } from '../lineage/trace-path'
import { type ShownGraph, type ShownNode, wordsOf } from './lineage-graph'
import { placeByRank } from './rank-layout'

/** Datasets that the layout engine is given: in its worker it places these within a second or two. */
const MOST_FOR_ENGINE = 250

const HEIGHT = 58

export interface PlacedNode extends Point {
  node: ShownNode
  width: number
  height: number
}

export interface PlacedGraph {
  nodes: PlacedNode[]
  edges: PlacedEdge[]
}

/** Wide enough for the name in monospace and for the note under it, within reason; longer ones are cut with an ellipsis. */
function widthOf(node: ShownNode): number {
  const { name, note } = wordsOf(node)
  return Math.min(320, Math.ceil(Math.max(name.length * 7.6, note.length * 6)) + 66)
}

/** Rejects as `placeBoxes` does. */
export async function placeGraph(graph: ShownGraph): Promise<PlacedGraph> {
  const boxes = graph.nodes.map((node) => ({
    node,
    box: { id: node.urn, rank: node.rank, width: widthOf(node), height: HEIGHT },
  }))
  const nodesAt = (places: ReadonlyMap<string, Point>) =>
    boxes.flatMap(({ node, box }) => {
      const place = places.get(box.id)
      return place ? [{ node, ...place, width: box.width, height: box.height }] : []
    })
  if (boxes.length <= MOST_FOR_ENGINE) {
    const placed = await placeBoxes(
      boxes.map(({ box: { id, width, height } }) => ({ id, width, height })),
      graph.edges,
    )
    return { nodes: nodesAt(placed.places), edges: placed.edges }
  }
  const nodes = nodesAt(
    placeByRank(
      boxes.map(({ box }) => box),
      graph.edges,
    ),
  )
  return { nodes, edges: straightEdges(nodes, graph.edges) }
}

/** From the right of one box to the left of the other, with one step midway. */
function straightEdges(nodes: readonly PlacedNode[], edges: ShownGraph['edges']): PlacedEdge[] {
  const byUrn = new Map(nodes.map((one) => [one.node.urn, one]))
  return edges.flatMap(({ source, target }, index) => {
    const from = byUrn.get(source)
    const to = byUrn.get(target)
    if (!from || !to) return []
    const start = { x: from.x + from.width, y: from.y + from.height / 2 }
    const end = { x: to.x, y: to.y + to.height / 2 }
    const middle = (start.x + end.x) / 2
    const points = [start, { x: middle, y: start.y }, { x: middle, y: end.y }, end]
    return [{ id: `e${index}`, source, target, points }]
  })
}
