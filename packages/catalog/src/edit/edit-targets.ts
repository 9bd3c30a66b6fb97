import type { Transaction } from '@groundplane/graph'
import { CatalogError } from '../model/error.js'
import { schemaFieldUrn } from '../urn/entity-urns.js'
import { invalid, requireEntity } from './required-entity.js'

export interface Target {
  /** Of the entity, or of the column. */
  readonly urn: string
  readonly dataset?: string
  readonly column?: string
}

/** What a change is made to, each of which exists. */
export function targetsOf(
  tx: Transaction,
  {
    entities,
    columns,
  }: { readonly entities: readonly string[]; readonly columns?: readonly (string | null)[] },
): Target[] {
  if (entities.length === 0) throw invalid('No entity is named.', 'Give the URNs of the entities.')
  if (columns !== undefined && columns.length !== entities.length)
    throw invalid(
      `There are ${columns.length} column_paths for ${entities.length} entities.`,
      'Give one for each, null for the entity itself.',
    )
  return entities.map((raw, i) => {
    const urn = raw.trim()
    requireEntity(tx, urn)
    const column = columns?.[i]?.trim()
    if (column === undefined || column === '' || column === 'null') return { urn }
    const field = schemaFieldUrn(urn, column)
    if (tx.node('Field', field)?.data['described'] === true) return { urn: field, dataset: urn, column }
    throw new CatalogError('not-found', 'column_not_found', `Entity ${urn} has no column "${column}".`, {
      remedy: 'List its columns with list_schema_fields; names are case-sensitive.',
      details: { urn, column },
    })
  })
}

/** URNs that are named, each once. */
export function distinct(urns: readonly string[]): string[] {
  const all = [...new Set(urns.map((urn) => urn.trim()))]
  if (all.length === 0) throw invalid('Nothing to add or remove is named.', 'Give at least one URN.')
  return all
}
