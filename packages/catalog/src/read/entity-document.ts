import type { Json, JsonObject } from '../aspect/proposal.js'
import { compact, number, type Row, text, texts } from '../aspect/row.js'
import { nodeTypeOf, typeLabel } from '../model/entity-type.js'
import { CatalogError } from '../model/error.js'
import { urnName } from '../urn/entity-urns.js'
import { parseUrn } from '../urn/urn.js'
import type { EntityDocument, MissingEntity } from './answers.js'
import { assetSources, writtenBy } from './asset-lineage.js'
import { consumerLinks, directConsumers } from './consumers.js'
import { entityNotFound, readNode } from './entity-lookup.js'
import { readSchemaFields } from './schema-fields.js'
import type { Snapshot } from './snapshot.js'
import { propertiesIn } from './structured-properties.js'

/** Everything the catalog knows about one entity. `CatalogError` `urn_invalid | entity_not_found`. */
export function readEntity(snapshot: Snapshot, rawUrn: string): EntityDocument {
  const urn = rawUrn.trim()
  const { entityType } = parseUrn(urn)
  const node = readNode(snapshot, urn)
  const aspects = snapshot.rows('aspects_of', { urn })
  if (node ? node['described'] !== true : aspects.length === 0) throw entityNotFound(urn, node !== undefined)
  const base = { urn, type: typeLabel(entityType) }
  const known = node === undefined ? rawAspects(aspects) : bodyOf(snapshot, urn, node, aspects)
  const assigned = node && aspects.find((a) => a['name'] === 'structuredProperties')
  return compact({
    ...base,
    ...known,
    structuredProperties: propertiesIn(snapshot, urn, assigned) as unknown as Json,
    ...(node?.['removed'] === true && { status: { removed: true } }),
  }) as EntityDocument
}

function bodyOf(snapshot: Snapshot, urn: string, node: Row, aspects: readonly Row[]): JsonObject {
  const { entityType } = parseUrn(urn)
  switch (nodeTypeOf(entityType)) {
    case 'Dataset':
      return datasetBody(snapshot, urn, node, aspects)
    case 'Document':
      return { ...nodeBody(node), ...documentLinks(aspects) }
    case 'Job':
      return {
        ...nodeBody(node),
        upstreams: assetSources(snapshot, urn),
        downstreams: writtenBy(snapshot, urn),
      }
    case 'Consumer':
      return { ...nodeBody(node), ...consumerLinks(snapshot, urn), tags: tagLinks(aspects) }
    default:
      return nodeBody(node)
  }
}

/** Entities in the order asked. One that does not exist stands as `{urn, code, error}`, so that it does not hide the others. */
export function readEntities(
  snapshot: Snapshot,
  urns: readonly string[],
): (EntityDocument | MissingEntity)[] {
  return urns.map((urn) => readEntityOrError(snapshot, urn))
}

function readEntityOrError(snapshot: Snapshot, urn: string): EntityDocument | MissingEntity {
  try {
    return readEntity(snapshot, urn)
  } catch (e) {
    if (e instanceof CatalogError) return { urn: urn.trim(), code: e.code, error: e.message }
    throw e
  }
}

/** An entity of a kind without a node type: its aspects as they are. */
function rawAspects(aspects: readonly Row[]): JsonObject {
  const bodies = aspects.map((a) => [String(a['name']), JSON.parse(String(a['text'])) as Json] as const)
  return { aspects: Object.fromEntries(bodies) }
}

/** A typed entity other than a dataset: its properties, without what the model keeps for itself. */
function nodeBody(node: Row): JsonObject {
  const { id: _id, urn: _urn, described: _d, removed: _r, name, ...rest } = node
  return { ...(name !== undefined && { name }), properties: compact(rest as JsonObject) }
}

/** What a document is related to, as its aspects have it. */
function documentLinks(aspects: readonly Row[]): JsonObject {
  return {
    relatedAssets: linksIn(aspects, 'documentInfo', 'relatedAssets', 'asset'),
    relatedDocuments: linksIn(aspects, 'documentInfo', 'relatedDocuments', 'document'),
    tags: tagLinks(aspects),
  }
}

function tagLinks(aspects: readonly Row[]): JsonObject[] {
  return linksIn(aspects, 'globalTags', 'tags', 'tag')
}

function linksIn(aspects: readonly Row[], aspect: string, list: string, member: string): JsonObject[] {
  const row = aspects.find((a) => a['name'] === aspect)
  const items = row && (JSON.parse(String(row['text'])) as Record<string, JsonObject[] | undefined>)[list]
  return (items ?? []).map((item) => ({ urn: String(item[member]) }))
}

function datasetBody(snapshot: Snapshot, urn: string, node: Row, aspects: readonly Row[]): JsonObject {
  const platform = String(node['platform'])
  const view = text(node['viewLogic'])
  return compact({
    name: String(node['name']),
    platform: { urn: platform, name: urnName(platform) },
    platformInstance: text(node['instance']),
    env: String(node['env']),
    subTypes: texts(node['subTypes']),
    properties: compact({
      name: String(node['name']),
      qualifiedName: text(node['qualifiedName']),
      description: text(node['description']),
      externalUrl: text(node['externalUrl']),
      customProperties: customProperties(aspects),
    }),
    rowCount: number(node['rowCount']),
    sizeBytes: number(node['sizeBytes']),
    profiledAt: text(node['profiledAt']),
    viewProperties:
      view === undefined
        ? undefined
        : compact({
            logic: view,
            language: text(node['viewLanguage']),
            materialized: node['materialized'] === true ? true : undefined,
          }),
    schemaMetadata: compact({
      primaryKeys: texts(node['primaryKeys']),
      fields: readSchemaFields(snapshot, urn),
    }),
    foreignKeys: snapshot.rows('foreign_keys', { urn }).map((r) => compact({ ...r })),
    ...datasetLinks(snapshot, urn),
    health: datasetHealth(snapshot, urn),
    aspects: aspects.map((a) => String(a['name'])),
  } as unknown as JsonObject)
}

function customProperties(aspects: readonly Row[]): Json | undefined {
  const properties = aspects.find((a) => a['name'] === 'datasetProperties')
  return (
    properties && (JSON.parse(String(properties['text'])) as { customProperties?: Json }).customProperties
  )
}

function datasetLinks(snapshot: Snapshot, urn: string): JsonObject {
  const links = (query: string) => distinct(snapshot.rows(query, { urn }))
  return {
    owners: links('owners_of'),
    tags: links('tags_of'),
    glossaryTerms: links('terms_of'),
    domains: links('domains_of'),
    containers: links('containers_of'),
    upstreams: links('upstream_step').map((r) => r['urn'] as string),
    downstreams: links('downstream_step').map((r) => r['urn'] as string),
    consumers: directConsumers(snapshot, urn),
  }
}

/** One row per URN, in order of URN: several aspects may state one link. */
function distinct(rows: readonly Row[]): JsonObject[] {
  const byUrn = new Map<string, JsonObject>()
  for (const row of rows)
    if (!byUrn.has(String(row['urn']))) byUrn.set(String(row['urn']), compact({ ...row }) as JsonObject)
  return [...byUrn.values()].sort((a, b) => (String(a['urn']) < String(b['urn']) ? -1 : 1))
}

function datasetHealth(snapshot: Snapshot, urn: string): JsonObject {
  const assertions = snapshot.rows('assertions_of', { urn }).map((r) => r['entity'] as Row)
  const count = (result: string) => assertions.filter((a) => a['latestResult'] === result).length
  const incidents = snapshot
    .rows('incidents_of', { urn })
    .map((r) => r['entity'] as Row)
    .filter((i) => i['state'] === 'ACTIVE')
    .map((i) => ({ urn: String(i['urn']), title: String(i['title']) }))
  if (assertions.length === 0 && incidents.length === 0) return {}
  return {
    assertions: {
      total: assertions.length,
      passing: count('SUCCESS'),
      failing: count('FAILURE'),
      errors: count('ERROR'),
    },
    activeIncidents: incidents,
  }
}
