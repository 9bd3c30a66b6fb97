import { fragmentOfEntity } from '../catalog/catalog-route'
import { columnOf, nameOfUrn, pathOf } from '../catalog/names'
import { Change } from '../catalog/value-change'
import { formatCount } from '../text/format'
import { Identifier } from '../text/identifier'
import type { ChangedEntity, PartChange } from './entity-changes'

const OPS = { insert: 'new', update: 'changed', delete: 'removed' } as const

/** Aspects by what people call them. */
const ASPECTS: Record<string, string> = {
  datasetProperties: 'Properties',
  editableDatasetProperties: 'Description',
  schemaMetadata: 'Schema',
  editableSchemaMetadata: 'Columns, as edited',
  globalTags: 'Tags',
  glossaryTerms: 'Glossary terms',
  ownership: 'Owners',
  domains: 'Domain',
  upstreamLineage: 'Lineage',
  viewProperties: 'View definition',
  datasetProfile: 'Profile',
  status: 'Status',
  subTypes: 'Kind',
  container: 'Container',
}

/** What would be otherwise, entity by entity and aspect by aspect. */
export function ChangeList({ entities, more }: { entities: readonly ChangedEntity[]; more: boolean }) {
  if (entities.length === 0) return <p className="absent">Nothing would change.</p>
  return (
    <>
      <ol className="changed-entities">
        {entities.map((entity) => (
          <li key={entity.key} className="card">
            <EntityTitle entity={entity} />
            {entity.parts.map((part) => (
              <Part key={part.aspect ?? ''} part={part} />
            ))}
          </li>
        ))}
      </ol>
      {more ? (
        <p className="faint">
          There is more than is shown: {formatCount(entities.length)} entities are, in order.
        </p>
      ) : null}
    </>
  )
}

function EntityTitle({ entity: { urn, type, id, ends, parts } }: { entity: ChangedEntity }) {
  const [only] = parts
  const column = urn ? columnOf(urn) : null
  return (
    <div className="card-head">
      <h3>
        {urn ? (
          <a href={column ? fragmentOfEntity(column.dataset, 'schema') : fragmentOfEntity(urn)} title={urn}>
            <Identifier name={column?.path ?? nameOfUrn(urn)} />
          </a>
        ) : (
          <code>{ends ? `${ends.from} → ${ends.to}` : id}</code>
        )}
      </h3>
      <span className="faint">
        {column ? `Column of ${nameOfUrn(column.dataset)}` : type}
        {urn && pathOf(column?.dataset ?? urn) ? (
          <>
            {' '}
            in <code>{pathOf(column?.dataset ?? urn)}</code>
          </>
        ) : null}
      </span>
      {only?.aspect === null ? <Op op={only.op} /> : null}
    </div>
  )
}

function Op({ op }: { op: PartChange['op'] }) {
  return <span className={`op op-${op}`}>{OPS[op]}</span>
}

function Part({ part: { aspect, op, changes } }: { part: PartChange }) {
  return (
    <div className="diff">
      {aspect === null ? null : (
        <h4>
          {ASPECTS[aspect] ?? <code>{aspect}</code>}
          {ASPECTS[aspect] ? <code className="faint">{aspect}</code> : null}
          {op === 'update' ? null : <Op op={op} />}
        </h4>
      )}
      {changes.map((change, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: several new items of a list share a path, and none moves
        <Change key={`${i} ${change.path}`} change={change} />
      ))}
    </div>
  )
}
