import '@xyflow/react/dist/base.css'
import {
  Background,
  BackgroundVariant,
  Controls,
  MiniMap,
  Position,
  ReactFlow,
  type ReactFlowInstance,
} from '@xyflow/react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { healthState } from '../catalog/health-state'
import { TraceEdge, type TraceEdgeType } from '../lineage/trace-edge'
import { useWide } from '../shell/use-wide'
import { ExplorerNode, type ExplorerNodeType } from './explorer-node'
import { wordsOf } from './lineage-graph'
import type { PlacedGraph, PlacedNode } from './place-graph'

type Flow = ReactFlowInstance<ExplorerNodeType, TraceEdgeType>

const nodeTypes = { dataset: ExplorerNode }
const edgeTypes = { trace: TraceEdge }

export interface ExplorerCanvasProps {
  placed: PlacedGraph
  start: string
  openUrn: string | null
  onOpen: (urn: string | null) => void
  /** Where to look: another object each time it is asked for. */
  look: { urn: string } | null
  /** What is searched for; null when nothing is. */
  matches: ReadonlySet<string> | null
  /** Columns that the traced column's values run through, by dataset; null when no column is traced. */
  trace: ReadonlyMap<string, readonly string[]> | null
  tracedEdges: ReadonlySet<string>
}

/** The picture of a hundred datasets or less, to pan and zoom: each is an element of the page. */
export function ExplorerCanvas(props: ExplorerCanvasProps) {
  const { placed, start, openUrn, onOpen, look, matches, trace, tracedEdges } = props
  const [flow, setFlow] = useState<Flow | null>(null)
  const overview = useWide(1040)
  // A node that is as it was stays the same object, so that a change to a few of two thousand costs a few.
  const before = useRef(new Map<string, ExplorerNodeType>())
  const nodes = useMemo(() => {
    const now = placed.nodes.map((spot): ExplorerNodeType => {
      const { urn } = spot.node
      const dim = matches ? !matches.has(urn) : trace ? !trace.has(urn) : false
      const look = urn === openUrn ? 'open' : urn === start ? 'start' : 'plain'
      const data = { shown: spot.node, look, dim, columns: trace?.get(urn) } as const
      const old = before.current.get(urn)
      return old && sameNode(old, spot, data) ? old : flowNode(spot, data)
    })
    before.current = new Map(now.map((node) => [node.id, node]))
    return now
  }, [placed, start, openUrn, matches, trace])
  const edges = useMemo(
    () => placed.edges.map((edge): TraceEdgeType => flowEdge(edge, tracedEdges)),
    [placed, tracedEdges],
  )

  useEffect(() => {
    const spot = look && placed.nodes.find(({ node }) => node.urn === look.urn)
    if (!flow || !spot) return
    void flow.setCenter(spot.x + spot.width / 2, spot.y + spot.height / 2, {
      zoom: Math.max(0.7, flow.getZoom()),
    })
  }, [flow, look, placed])

  // Another picture is looked at as a whole.
  const size = placed.nodes.length
  useEffect(() => {
    if (flow && size > 0) void flow.fitView({ padding: 0.08, maxZoom: 1 })
  }, [flow, size])

  return (
    <ReactFlow<ExplorerNodeType, TraceEdgeType>
      onInit={setFlow}
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      edgeTypes={edgeTypes}
      minZoom={0.1}
      maxZoom={1.6}
      nodesDraggable={false}
      nodesConnectable={false}
      edgesFocusable={false}
      panOnScroll
      zoomOnDoubleClick={false}
      deleteKeyCode={null}
      onNodeClick={(_event, node) => onOpen(node.id)}
      onPaneClick={() => onOpen(null)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return
        const urn = event.target instanceof HTMLElement ? event.target.dataset.id : undefined
        if (!urn) return
        event.preventDefault()
        onOpen(urn)
      }}
      aria-label="Lineage picture"
    >
      <Background variant={BackgroundVariant.Dots} gap={22} size={1.4} />
      <Controls showInteractive={false} />
      {overview ? (
        <MiniMap<ExplorerNodeType>
          pannable
          zoomable
          ariaLabel="Overview of the lineage picture"
          nodeClassName={(node) => `mini-${healthState(node.data.shown.document?.health)}`}
          nodeBorderRadius={6}
        />
      ) : null}
    </ReactFlow>
  )
}

function sameNode(old: ExplorerNodeType, spot: PlacedNode, data: ExplorerNodeType['data']): boolean {
  const same = (['shown', 'look', 'dim', 'columns'] as const).every((key) => old.data[key] === data[key])
  return same && old.position.x === spot.x && old.position.y === spot.y
}

/** With its handles told and not measured, so that an edge to a dataset out of sight is drawn too. */
function flowNode(spot: PlacedNode, data: ExplorerNodeType['data']): ExplorerNodeType {
  const { node, x, y, width, height } = spot
  const { name, note } = wordsOf(node)
  const middle = { y: height / 2, width: 1, height: 1 }
  return {
    id: node.urn,
    type: 'dataset',
    position: { x, y },
    width,
    height,
    handles: [
      { type: 'target', position: Position.Left, x: 0, ...middle },
      { type: 'source', position: Position.Right, x: width, ...middle },
    ],
    data,
    ariaLabel: `${name}, ${note}`,
  }
}

function flowEdge(edge: PlacedGraph['edges'][number], traced: ReadonlySet<string>): TraceEdgeType {
  return {
    id: edge.id,
    type: 'trace',
    source: edge.source,
    target: edge.target,
    focusable: false,
    selectable: false,
    data: { points: edge.points, carries: traced.has(`${edge.source}\n${edge.target}`) ? 'fault' : 'clean' },
  }
}
