import '@xyflow/react/dist/base.css'
import {
  Background,
  BackgroundVariant,
  Controls,
  MiniMap,
  ReactFlow,
  type ReactFlowInstance,
} from '@xyflow/react'
import { useMemo, useRef } from 'react'
import { useWide } from '../shell/use-wide'
import type { LineageNode } from '../wire/types'
import { DatasetNode, type DatasetNodeType } from './dataset-node'
import type { PlacedPicture } from './layout'
import { STATUS_LABELS } from './status'
import { TraceEdge, type TraceEdgeType } from './trace-edge'

type LineageFlow = ReactFlowInstance<DatasetNodeType, TraceEdgeType>

const nodeTypes = { dataset: DatasetNode }
const edgeTypes = { trace: TraceEdge }

const fitOptions = {
  padding: { top: '16px', bottom: '16px', left: '16px', right: '16px' },
  maxZoom: 1,
} as const

/** Pixels kept free: at the left for the controls, at the right for the details. */
const LEFT_FREE = 56
const RIGHT_FREE = 360

export interface LineageCanvasProps {
  placed: PlacedPicture
  openUrn: string | null
  onOpen: (urn: string | null) => void
}

/** The placed picture, to pan and zoom. The page scrolls over it: the wheel zooms only with Ctrl or ⌘ held. */
export function LineageCanvas({ placed, openUrn, onOpen }: LineageCanvasProps) {
  const nodes = useMemo(
    () => placed.nodes.map((spot) => flowNode(spot, spot.node.urn === openUrn)),
    [placed, openUrn],
  )
  const overview = useWide(1040)
  const frame = useRef<HTMLDivElement>(null)
  const edges = useMemo(() => placed.edges.map((edge) => flowEdge(edge, placed)), [placed])
  return (
    <ReactFlow<DatasetNodeType, TraceEdgeType>
      ref={frame}
      onInit={(flow) => void makeRoom(flow, frame.current?.clientWidth ?? 0, placed.width)}
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      edgeTypes={edgeTypes}
      fitView
      fitViewOptions={fitOptions}
      minZoom={0.2}
      maxZoom={1.6}
      nodesDraggable={false}
      nodesConnectable={false}
      elementsSelectable
      edgesFocusable={false}
      zoomOnScroll={false}
      preventScrolling={false}
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
        <MiniMap<DatasetNodeType>
          pannable
          zoomable
          ariaLabel="Overview of the lineage picture"
          nodeClassName={(node) => `mini-${node.data.dataset.status}`}
          nodeBorderRadius={6}
        />
      ) : null}
    </ReactFlow>
  )
}

/** A picture shown at full size moves left of the middle, so that the details open beside it and not over it. */
async function makeRoom(flow: LineageFlow, frameWidth: number, pictureWidth: number): Promise<void> {
  await flow.fitView(fitOptions)
  const { x, y, zoom } = flow.getViewport()
  const wanted = Math.max(LEFT_FREE, frameWidth - RIGHT_FREE - pictureWidth)
  if (zoom === 1 && wanted < x) await flow.setViewport({ x: wanted, y, zoom })
}

function flowNode(spot: PlacedPicture['nodes'][number], open: boolean): DatasetNodeType {
  const { node, x, y, width, height } = spot
  return {
    id: node.urn,
    type: 'dataset',
    position: { x, y },
    width,
    height,
    data: { dataset: node, open },
    ariaLabel: `${node.name}, ${node.kind}, ${STATUS_LABELS[node.status].toLowerCase()}`,
  }
}

function flowEdge(edge: PlacedPicture['edges'][number], placed: PlacedPicture): TraceEdgeType {
  const statusOf = (urn: string): LineageNode['status'] | undefined =>
    placed.nodes.find(({ node }) => node.urn === urn)?.node.status
  const onPath = (urn: string) => statusOf(urn) === 'culprit' || statusOf(urn) === 'affected'
  const faulty = onPath(edge.source) && onPath(edge.target)
  return {
    id: edge.id,
    type: 'trace',
    source: edge.source,
    target: edge.target,
    focusable: false,
    selectable: false,
    data: { points: edge.points, carries: faulty ? 'fault' : 'clean' },
  }
}
