import { Handle, type Node, type NodeProps, Position } from '@xyflow/react'
import { TableIcon, ViewIcon } from '../shell/icons'
import { plural } from '../text/format'
import type { LineageNode } from '../wire/types'
import { STATUS_ICONS, STATUS_LABELS } from './status'

export type DatasetNodeType = Node<{ dataset: LineageNode; open: boolean }, 'dataset'>

/** A table or view in the picture: colour, pictogram and words all say its status. */
export function DatasetNode({ data: { dataset, open } }: NodeProps<DatasetNodeType>) {
  const StatusIcon = STATUS_ICONS[dataset.status]
  return (
    <div className={`dataset dataset-${dataset.status} ${open ? 'dataset-open' : ''}`}>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <span className="dataset-status">
        <StatusIcon />
      </span>
      <span className="dataset-text">
        <span className="dataset-name">{dataset.name}</span>
        <span className="dataset-note">
          {dataset.kind === 'view' ? <ViewIcon /> : <TableIcon />}
          {dataset.kind} · {STATUS_LABELS[dataset.status].toLowerCase()}
          {dataset.failing > 0 ? `, ${plural(dataset.failing, 'failure')}` : ''}
        </span>
      </span>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  )
}
