import { entityOf, type Row, text } from '../aspect/row.js'
import { type EntityNodeType, nodeTypeOf, typeLabel } from '../model/entity-type.js'
import { CatalogError } from '../model/error.js'
import { datasetParts, schemaFieldUrn, urnName } from '../urn/entity-urns.js'
import { parseUrn } from '../urn/urn.js'
import type { EntityRef, Removed } from './answers.js'
import { namesWithin } from './known-names.js'
import type { Snapshot } from './snapshot.js'

/** Packaged query that reads a node type by URN. */
const READ_BY_URN: Readonly<Record<EntityNodeType, string>> = {
  Platform: 'platform',
  PlatformInstance: 'platform_instance',
  Container: 'container',
  Dataset: 'dataset',
  Field: 'field',
  Tag: 'tag',
  Term: 'term',
  StructuredProperty: 'structured_property',
  Owner: 'owner',
  Domain: 'domain',
  Document: 'document',
  Query: 'query_entity',
  Consumer: 'consumer',
  Assertion: 'assertion',
  Incident: 'incident',
  Flow: 'flow',
  Job: 'job',
  Run: 'run',
  Agent: 'agent',
}

/** The typed node of an entity, stubs included; undefined when there is none. */
export function readNode(snapshot: Snapshot, urn: string): Row | undefined {
  const type = nodeTypeOf(parseUrn(urn).entityType)
  return type && entityOf(snapshot.row(READ_BY_URN[type], { urn }))
}

/** Whether an aspect of its own, or a schema it is part of, describes the entity and it is not soft-deleted. */
export function isDescribed(snapshot: Snapshot, urn: string): boolean {
  const node = readNode(snapshot, urn)
  if (node) return node['described'] === true && node['removed'] !== true
  return snapshot.rows('aspects_of', { urn }).length > 0
}

/** The dataset's node, or `CatalogError` `entity_not_found`: a URN others merely mention is not found either. */
export function requireDataset(snapshot: Snapshot, urn: string): Row {
  const trimmed = urn.trim()
  datasetParts(trimmed)
  const node = entityOf(snapshot.row('dataset', { urn: trimmed }))
  if (node?.['described'] === true) return node
  throw entityNotFound(trimmed, node !== undefined)
}

/** What answers say of a soft-deleted entity. */
export function removedStatus(node: Row | undefined): Removed {
  return node?.['removed'] === true ? { status: { removed: true } } : {}
}

/** URN of a column. `CatalogError` `column_not_found`, with the name that was probably meant. */
export function requireColumn(snapshot: Snapshot, dataset: string, column: string): string {
  const urn = schemaFieldUrn(dataset, column)
  const field = entityOf(snapshot.row('field', { urn }))
  if (field?.['described'] === true) return urn
  const paths = snapshot.rows('fields_of', { urn: dataset }).map((r) => String((r['field'] as Row)['path']))
  const near = paths.find((p) => p.toLowerCase() === column.toLowerCase())
  throw new CatalogError('not-found', 'column_not_found', `Entity ${dataset} has no column "${column}".`, {
    remedy: near
      ? `Did you mean "${near}"? Names are case-sensitive.`
      : `Its columns are ${namesWithin(paths) || 'not known'}.`,
    details: { urn: dataset, column },
  })
}

export function entityNotFound(urn: string, mentioned: boolean): CatalogError {
  return new CatalogError(
    'not-found',
    'entity_not_found',
    mentioned
      ? `Entity ${urn} not found: others mention it, but nothing describes it.`
      : `Entity ${urn} not found.`,
    { remedy: 'Search for it by name, and use the URN of a result.', details: { urn, mentioned } },
  )
}

/** The same of one that was soft-deleted, where only what is there will do. */
export function entityRemoved(urn: string): CatalogError {
  return new CatalogError('not-found', 'entity_not_found', `Entity ${urn} was removed.`, {
    remedy: 'Search for what took its place; get_entities and provenance tell what it was.',
    details: { urn, removed: true },
  })
}

/** A reference to an entity as results carry it. */
export function refOf(urn: string, node: Row | undefined): EntityRef {
  const name = text(node?.['name']) ?? text(node?.['title']) ?? text(node?.['path']) ?? urnName(urn)
  const description = text(node?.['description']) ?? text(node?.['definition'])
  const platform = text(node?.['platform'])
  const instance = text(node?.['instance'])
  const subTypes = node?.['subTypes']
  return {
    urn,
    type: typeLabel(parseUrn(urn).entityType),
    properties: { name, ...(description !== undefined && { description }) },
    ...(platform !== undefined && { platform: urnName(platform) }),
    ...(instance !== undefined && { platformInstance: instance }),
    ...(Array.isArray(subTypes) && subTypes.length > 0 && { subTypes: subTypes.map(String) }),
    ...(node?.['described'] !== true && { exists: false as const }),
    ...removedStatus(node),
  }
}
