import { Handle, type Node, type NodeProps, Position } from '@xyflow/react'
import { memo } from 'react'
import { HEALTH_ICONS } from '../catalog/health'
import { healthState } from '../catalog/health-state'
import { type ShownNode, wordsOf } from './lineage-graph'

export interface ExplorerNodeData extends Record<string, unknown> {
  shown: ShownNode
  look: 'start' | 'open' | 'plain'
  /** It is not what is looked for. */
  dim: boolean
  /** Columns that the traced column's values run through. */
  columns: readonly string[] | undefined
}
export type ExplorerNodeType = Node<ExplorerNodeData, 'dataset'>

const STATUS = { failing: 'failing', error: 'failing', healthy: 'healthy', unwatched: 'unwatched' }

export const ExplorerNode = memo(({ data: { shown, look, dim, columns } }: NodeProps<ExplorerNodeType>) => {
  const state = healthState(shown.document?.health)
  const Icon = HEALTH_ICONS[state]
  const { name, note } = wordsOf(shown)
  const { up, down } = shown.hidden
  return (
    <div
      className={`dataset dataset-${STATUS[state]} ${look === 'open' ? 'dataset-open' : ''} ${look === 'start' ? 'dataset-start' : ''} ${dim ? 'dataset-dim' : ''}`}
    >
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <span className="dataset-status">
        <Icon />
      </span>
      <span className="dataset-text">
        <span className="dataset-name">{name}</span>
        <span className="dataset-note">{columns?.length ? columns.join(', ') : note}</span>
      </span>
      {up > 0 ? <span className="dataset-more dataset-more-up">+{up}</span> : null}
      {down > 0 ? <span className="dataset-more dataset-more-down">+{down}</span> : null}
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  )
})
ExplorerNode.displayName = 'ExplorerNode'
