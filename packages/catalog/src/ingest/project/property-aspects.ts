import { type Shape, ShapeError } from '../shape.js'
import type { Projection } from './projection.js'

/** Structured properties: what may be said of entities with a type, and what is. */

export const propertyDefinition: Projection = ({ urn, aspect }) => {
  const name = aspect.string('displayName') ?? aspect.string('qualifiedName')
  const allowed = aspect.objects('allowedValues').map((one) => primitive(one.raw('value'), one.path))
  return [
    {
      op: 'node',
      urn,
      patch: {
        ...(name !== undefined && name !== '' && { name }),
        description: aspect.string('description') ?? null,
        valueType: shortName(aspect.urn('valueType', 'dataType') ?? null),
        cardinality: aspect.string('cardinality') ?? 'SINGLE',
        allowedValues: allowed.length > 0 ? allowed : null,
        entityTypes: aspect.urns('entityTypes', 'entityType').map((type) => shortName(type) as string),
      },
    },
  ]
}

/** `urn:li:dataType:datahub.string` is `string`. */
function shortName(urn: string | null): string | null {
  return urn === null ? null : urn.slice(urn.lastIndexOf(':') + 1).replace(/^datahub\./, '')
}

/** Of one dataset; a property that is named twice has the values of both. */
export const structuredProperties: Projection = ({ urn, aspect }) => {
  const byProperty = new Map<string, string[]>()
  for (const assigned of aspect.objects('properties')) {
    const property = assigned.requiredUrn('propertyUrn', 'structuredProperty')
    const values = byProperty.get(property) ?? []
    byProperty.set(property, values)
    values.push(...valuesOf(assigned))
  }
  const targets = [...byProperty].map(([property, values]) => ({
    urn: property,
    data: { values: JSON.stringify(values) },
  }))
  return [{ op: 'edges', edge: 'HasProperty', side: 'from', anchor: urn, targets }]
}

function valuesOf(assigned: Shape): string[] {
  const values = assigned.raw('values') ?? []
  if (!Array.isArray(values)) throw new ShapeError(`${assigned.path}.values must be a list`)
  return values.map((value: unknown, i) => primitive(value, `${assigned.path}.values[${i}]`))
}

/** A text or a number, or as unions are written: `{"string": "90"}`, `{"double": 90}`. */
function primitive(value: unknown, path: string): string {
  const members = typeof value === 'object' && value !== null ? Object.values(value) : [value]
  const [one] = members
  if (members.length === 1 && (typeof one === 'string' || (typeof one === 'number' && Number.isFinite(one))))
    return String(one)
  throw new ShapeError(`${path} must be a text or a number`)
}
