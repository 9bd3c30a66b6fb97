import type { Edge, EdgeProps } from '@xyflow/react'
import { type Point, tracePath } from './trace-path'

export type TraceEdgeType = Edge<{ points: Point[]; carries: 'fault' | 'clean' }, 'trace'>

/** A lineage edge on the route ELK found for it, with a pad at each end. */
export function TraceEdge({ data }: EdgeProps<TraceEdgeType>) {
  if (!data) return null
  const first = data.points[0]
  const last = data.points[data.points.length - 1]
  return (
    <g className={`trace trace-${data.carries}`}>
      <path d={tracePath(data.points)} fill="none" />
      {first ? <circle cx={first.x} cy={first.y} r={3} /> : null}
      {last ? <circle cx={last.x} cy={last.y} r={3} /> : null}
    </g>
  )
}
