import { type Row, text } from '../aspect/row.js'
import { CatalogError } from '../model/error.js'
import { urnName } from '../urn/entity-urns.js'
import { encodeUrnPart, printUrn } from '../urn/urn.js'
import { readNode } from './entity-lookup.js'
import type { Snapshot } from './snapshot.js'

/** A structured property of a dataset, with its values as text. */
export interface PropertyValues {
  readonly urn: string
  readonly name: string
  readonly values: readonly string[]
}

/** In order of URN; none of a commit of before there were any. */
export function propertiesOf(snapshot: Snapshot, urn: string): PropertyValues[] {
  if (!snapshot.knows('properties_of')) return []
  return snapshot
    .rows('properties_of', { urn })
    .map((row) => ({
      urn: String(row['urn']),
      name: text(row['name']) ?? urnName(String(row['urn'])),
      values: valuesIn(row),
    }))
    .sort((a, b) => (a.urn < b.urn ? -1 : 1))
}

/** What datasets have of a property: URN of the dataset, its values. `CatalogError` `structured_property_not_found`. */
export function datasetsWithProperty(
  snapshot: Snapshot,
  id: string,
): { readonly dataset: string; readonly values: readonly string[] }[] {
  const urn = printUrn('structuredProperty', [encodeUrnPart(id)])
  if (snapshot.knows('datasets_with_property') && readNode(snapshot, urn))
    return snapshot
      .rows('datasets_with_property', { urn })
      .map((row) => ({ dataset: String(row['dataset']), values: valuesIn(row) }))
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

function valuesIn(row: Row): string[] {
  return JSON.parse(String(row['values'])) as string[]
}
