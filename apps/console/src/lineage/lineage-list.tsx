import { plural } from '../text/format'
import { Identifier } from '../text/identifier'
import type { LineagePicture } from '../wire/types'
import { STATUS_ICONS, STATUS_LABELS, STATUSES } from './status'

/** The picture in words: for narrow screens and for those who cannot see it. */
export function LineageList({ picture, onOpen }: { picture: LineagePicture; onOpen: (urn: string) => void }) {
  const names = new Map(picture.nodes.map((node) => [node.urn, node.name]))
  const readers = (urn: string) =>
    picture.edges.filter((edge) => edge.source === urn).map((edge) => names.get(edge.target) ?? edge.target)
  return (
    <div className="lineage-list">
      {STATUSES.map((status) => {
        const nodes = picture.nodes.filter((node) => node.status === status)
        if (nodes.length === 0) return null
        const StatusIcon = STATUS_ICONS[status]
        return (
          <section key={status} className={`status-${status}`}>
            <h4>
              <StatusIcon />
              {STATUS_LABELS[status]} <span className="faint">{nodes.length}</span>
            </h4>
            <ul>
              {nodes.map((node) => {
                const feeds = readers(node.urn)
                return (
                  <li key={node.urn}>
                    <button type="button" onClick={() => onOpen(node.urn)} data-urn={node.urn}>
                      <Identifier name={node.name} />
                      <span className="faint">
                        {node.kind}
                        {node.failing > 0 ? `, ${plural(node.failing, 'failure')}` : ''}
                      </span>
                    </button>
                    {feeds.length > 0 ? <p>feeds {feeds.join(', ')}</p> : null}
                  </li>
                )
              })}
            </ul>
          </section>
        )
      })}
    </div>
  )
}
