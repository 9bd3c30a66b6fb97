import { fragmentOfEntity, fragmentOfLineage } from '../catalog/catalog-route'
import { HealthBadge } from '../catalog/health'
import { kindOf, nameOf, nameOfUrn, pathOf } from '../catalog/names'
import { DetailsDialog } from '../lineage/details-dialog'
import { CopyButton } from '../shell/copy-button'
import { CloseIcon } from '../shell/icons'
import { formatCount } from '../text/format'
import type { ShownNode, Side } from './lineage-graph'

interface ExplorerDetailsProps {
  node: ShownNode
  start: string
  column: string | null
  onFold: (side: Side, open: boolean) => void
  onClose: () => void
}

const SIDES = [
  ['up', 'sources', 'upstreams'],
  ['down', 'readers', 'downstreams'],
] as const

/** One dataset of the picture: how it fares, what can be opened from it, its columns. Takes the focus (key it by dataset); Escape gives it back. */
export function ExplorerDetails({ node, start, column, onFold, onClose }: ExplorerDetailsProps) {
  const { document, urn } = node
  return (
    <DetailsDialog onClose={onClose}>
      <div className="details-head">
        <h2 id="details-title">
          <a href={fragmentOfEntity(urn)}>
            <code>{document ? nameOf(document) : nameOfUrn(urn)}</code>
          </a>
        </h2>
        <button type="button" className="icon-button" onClick={onClose} aria-label="Close details">
          <CloseIcon />
        </button>
      </div>
      {document ? (
        <>
          <p className="faint">
            {kindOf(document)} <code>{pathOf(urn)}</code>
          </p>
          <HealthBadge health={document.health} />
        </>
      ) : (
        <p className="details-note">Others name it, and nothing describes it.</p>
      )}
      <div className="details-ways">
        {SIDES.map(([side, words]) => (
          <FoldButtons key={side} node={node} side={side} words={words} onFold={onFold} />
        ))}
        {urn === start ? null : (
          <a className="button" href={fragmentOfLineage(urn)}>
            Start from here
          </a>
        )}
      </div>
      {SIDES.map(([side, words, part]) =>
        document?.omitted?.some((one) => one.part === part) ? (
          <p className="details-note" key={side}>
            It has too many {words} to be drawn.{' '}
            <a href={fragmentOfEntity(urn, 'lineage')}>They are listed on its page.</a>
          </p>
        ) : null,
      )}
      <Columns node={node} traced={urn === start ? column : null} />
      <p className="urn">
        <span>{urn}</span>
        <CopyButton text={urn} label="Copy URN" quiet />
      </p>
    </DetailsDialog>
  )
}

function FoldButtons({
  node,
  side,
  words,
  onFold,
}: {
  node: ShownNode
  side: Side
  words: string
  onFold: (side: Side, open: boolean) => void
}) {
  const hidden = node.hidden[side]
  return (
    <>
      {hidden > 0 ? (
        <button type="button" className="button" onClick={() => onFold(side, true)}>
          Show {formatCount(hidden)} {hidden === 1 ? words.slice(0, -1) : words}
        </button>
      ) : null}
      {node.unfolded[side] ? (
        <button type="button" className="button" onClick={() => onFold(side, false)}>
          Fold {words}
        </button>
      ) : null}
    </>
  )
}

/** Each column leads to its own trace through the picture. */
function Columns({ node, traced }: { node: ShownNode; traced: string | null }) {
  const fields = node.document?.schemaMetadata?.fields ?? []
  if (fields.length === 0) return null
  const all = node.document?.schemaMetadata?.schemaFieldsTruncated?.totalFields ?? fields.length
  return (
    <details className="details-columns">
      <summary>
        Columns <span className="faint">{formatCount(all)}</span>
      </summary>
      <ul>
        {fields.map(({ fieldPath }) => (
          <li key={fieldPath}>
            <a
              href={fragmentOfLineage(node.urn, { column: fieldPath })}
              aria-current={fieldPath === traced ? 'true' : undefined}
              aria-label={`Trace ${fieldPath}`}
            >
              <code>{fieldPath}</code>
            </a>
          </li>
        ))}
      </ul>
      {all > fields.length ? <p className="faint">The {formatCount(fields.length)} most important.</p> : null}
    </details>
  )
}
