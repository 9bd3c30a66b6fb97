/**
 * Places the lineage picture with ELK's layered algorithm, sources on the left.
 * ELK runs in a worker from this page's own origin, so a large neighbourhood
 * never holds up the stream.
 */
import ELK, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk-api.js'
import elkWorkerUrl from 'elkjs/lib/elk-worker.min.js?url'
import type { LineageNode, LineagePicture } from '../wire/types'
import type { Point } from './trace-path'

export interface PlacedNode extends Point {
  node: LineageNode
  width: number
  height: number
}

export interface PlacedEdge {
  id: string
  source: string
  target: string
  points: Point[]
}

export interface PlacedPicture {
  width: number
  height: number
  nodes: PlacedNode[]
  edges: PlacedEdge[]
}

const NODE_HEIGHT = 58

/** Wide enough for the name in the node's monospace type and for the note under it, within reason; longer names are cut with an ellipsis. */
function nodeWidth(node: LineageNode): number {
  const note = node.failing > 0 ? 186 : 150
  return Math.min(340, Math.max(note + 44, Math.ceil(node.name.length * 7.6) + 62))
}

const options = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.spacing.nodeNodeBetweenLayers': '110',
  'elk.spacing.nodeNode': '22',
  'elk.layered.spacing.edgeNodeBetweenLayers': '20',
  'elk.spacing.edgeEdge': '12',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
  'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.padding': '[top=12,left=12,bottom=12,right=12]',
}

interface Engine {
  elk: InstanceType<typeof ELK>
  /** Rejects when the worker cannot be fetched or breaks; ELK itself would wait for ever. */
  broken: Promise<never>
}

let engine: Engine | undefined

function startEngine(): Engine {
  const worker = new Worker(elkWorkerUrl)
  const broken = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      engine = undefined
      reject(new Error(`The layout worker failed. ${event.message ?? ''}`))
    })
  })
  broken.catch(() => {})
  return { elk: new ELK({ workerFactory: () => worker }), broken }
}

interface Box {
  id: string
  width: number
  height: number
}

export interface PlacedBoxes {
  width: number
  height: number
  /** The left top corner of each box. */
  places: Map<string, Point>
  edges: PlacedEdge[]
}

/**
 * Places boxes and routes the edges between them. Rejects when the worker cannot be started or the picture cannot be
 * placed; another attempt starts another worker.
 */
export async function placeBoxes(
  boxes: readonly Box[],
  edges: readonly { source: string; target: string }[],
): Promise<PlacedBoxes> {
  engine ??= startEngine()
  const { elk, broken } = engine
  const layout: Promise<ElkNode> = elk.layout({
    id: 'picture',
    layoutOptions: options,
    children: boxes.map((box) => ({ ...box })),
    edges: edges.map((edge, index) => ({ id: `e${index}`, sources: [edge.source], targets: [edge.target] })),
  })
  const placed = await Promise.race([layout, broken])
  return {
    width: placed.width ?? 0,
    height: placed.height ?? 0,
    places: new Map((placed.children ?? []).map((child) => [child.id, { x: child.x ?? 0, y: child.y ?? 0 }])),
    edges: (placed.edges ?? []).map((edge: ElkExtendedEdge) => {
      const section = edge.sections?.[0]
      return {
        id: edge.id,
        source: edge.sources[0] ?? '',
        target: edge.targets[0] ?? '',
        points: section ? [section.startPoint, ...(section.bendPoints ?? []), section.endPoint] : [],
      }
    }),
  }
}

/** Places the lineage picture of a run. Rejects as `placeBoxes` does. */
export async function placePicture(picture: LineagePicture): Promise<PlacedPicture> {
  const known = new Map(picture.nodes.map((node) => [node.urn, node]))
  const boxes = picture.nodes.map((node) => ({ id: node.urn, width: nodeWidth(node), height: NODE_HEIGHT }))
  const edges = picture.edges.filter((edge) => known.has(edge.source) && known.has(edge.target))
  const placed = await placeBoxes(boxes, edges)
  return {
    width: placed.width,
    height: placed.height,
    nodes: boxes.flatMap(({ id, width, height }) => {
      const node = known.get(id)
      const place = placed.places.get(id)
      return node && place ? [{ node, ...place, width, height }] : []
    }),
    edges: placed.edges,
  }
}
