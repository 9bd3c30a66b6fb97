import { Value } from '../text/value'
import type { EntityDocument } from './answers'

/** An entity of another kind than a dataset: what it states of itself, as it states it. */
export function PropertiesPanel({ entity }: { entity: EntityDocument }) {
  const aspects = Array.isArray(entity.aspects) ? {} : (entity.aspects ?? {})
  const rows = Object.entries({ ...entity.properties, ...aspects })
  if (rows.length === 0) return <p className="absent">It states nothing but its name.</p>
  return (
    <dl className="properties">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <Value value={value} />
          </dd>
        </div>
      ))}
    </dl>
  )
}
