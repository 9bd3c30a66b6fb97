import { assignedValues, readValue, shortName } from '../../aspect/property-definition.js'
import { isConsumer } from './consumer-aspects.js'
import type { Projection } from './projection.js'

/** Structured properties: what may be said of entities with a type, and what is. */

export const propertyDefinition: Projection = ({ urn, aspect }) => {
  const name = aspect.string('displayName') ?? aspect.string('qualifiedName')
  const allowed = aspect.objects('allowedValues').map((one) => String(readValue(one.raw('value'), one.path)))
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

/** Of a dataset, a dashboard or a chart; a property that is named twice has the values of both. */
export const structuredProperties: Projection = ({ urn, parsed, aspect }) => {
  const targets = [...assignedValues(aspect)].map(([property, values]) => ({
    urn: property,
    data: { values: JSON.stringify(values.map(String)) },
  }))
  const edge = isConsumer(parsed.entityType) ? 'ConsumerHasProperty' : 'HasProperty'
  return [{ op: 'edges', edge, side: 'from', anchor: urn, targets }]
}
