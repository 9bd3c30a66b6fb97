import {
  entityProblem,
  type PropertyValue,
  readDefinition,
  valueProblems,
  valuesInText,
} from '../aspect/property-definition.js'
import { type Row, text } from '../aspect/row.js'
import { CatalogError } from '../model/error.js'
import { urnName } from '../urn/entity-urns.js'
import { encodeUrnPart, printUrn } from '../urn/urn.js'
import { readNode } from './entity-lookup.js'
import type { Snapshot } from './snapshot.js'

/** A structured property of an entity, with its values as text. */
export interface PropertyValues {
  readonly urn: string
  readonly name: string
  readonly values: readonly string[]
  /** How they break the definition of the property as it is now; absent when they keep it. */
  readonly problems?: readonly string[]
}

/** Of any entity, by the aspect `structuredProperties`; in order of URN. */
function propertiesOf(snapshot: Snapshot, urn: string): PropertyValues[] {
  return propertiesIn(snapshot, urn, snapshot.row('aspect', { urn, name: 'structuredProperties' }))
}

/** What a brief says of them, a line for each. */
export function propertyLines(snapshot: Snapshot, urn: string): string[] {
  return propertiesOf(snapshot, urn).map(
    ({ name, values, problems = [] }) =>
      `${name}: ${values.join(', ')}${problems.length > 0 ? ` (${problems.join(' ')})` : ''}`,
  )
}

/** The same where the aspect was read already. */
export function propertiesIn(snapshot: Snapshot, entity: string, aspect: Row | undefined): PropertyValues[] {
  return [...valuesInText(aspect?.['text'])]
    .map(([urn, values]) => {
      const problems = problemsOf(snapshot, entity, urn, values)
      return {
        urn,
        name: nameOf(snapshot, urn),
        values: values.map(String),
        ...(problems.length > 0 && { problems }),
      }
    })
    .sort((a, b) => (a.urn < b.urn ? -1 : 1))
}

function nameOf(snapshot: Snapshot, urn: string): string {
  const node = snapshot.knows('structured_property') ? readNode(snapshot, urn) : undefined
  return text(node?.['name']) ?? urnName(urn)
}

function problemsOf(
  snapshot: Snapshot,
  entity: string,
  urn: string,
  values: readonly PropertyValue[],
): string[] {
  const definition = readDefinition(snapshot.row('aspect', { urn, name: 'propertyDefinition' })?.['text'])
  if (definition === undefined) return ['Nothing defines the property.']
  const found = [entityProblem(definition, entity) ?? [], ...valueProblems(definition, values)].flat()
  return found.map((problem) => `It ${problem}.`)
}

/** Queries for who has values of a property. */
const HAVING = ['datasets_with_property', 'consumers_with_property'] as const

/** Datasets, dashboards and charts that have values of a property, with these. `CatalogError` `structured_property_not_found`. */
export function entitiesWithProperty(
  snapshot: Snapshot,
  id: string,
): { readonly urn: string; readonly values: readonly string[] }[] {
  const urn = printUrn('structuredProperty', [encodeUrnPart(id)])
  if (snapshot.knows('structured_property') && readNode(snapshot, urn))
    return HAVING.filter((query) => snapshot.knows(query))
      .flatMap((query) => snapshot.rows(query, { urn }))
      .map((row) => ({ urn: String(row['urn']), values: valuesIn(row) }))
  throw new CatalogError(
    'not-found',
    'structured_property_not_found',
    `There is no structured property "${id}".`,
    {
      remedy:
        'Use the id in the URN of the property, e.g. structuredProperties.io.acryl.privacy.retentionTime.',
    },
  )
}

/** Values of an edge to a property, as text. */
export function valuesIn(row: Row): string[] {
  return JSON.parse(String(row['values'])) as string[]
}
