import { number, type Row, text, texts } from '../../aspect/row.js'
import { typeLabel } from '../../model/entity-type.js'
import { urnName } from '../../urn/entity-urns.js'
import { readNode } from '../entity-lookup.js'
import type { Snapshot } from '../snapshot.js'
import { consumerDocuments, consumerLabels, consumerProperties } from './collect-consumers.js'
import { type FacetValue, plainValue, type SearchDocument, type SearchPart } from './document.js'
import {
  addLabels,
  distinctLabels,
  groupBy,
  inOrder,
  isConsumerUrn,
  labelOf,
  propertyTexts,
  urnOf,
} from './entity-labels.js'

/** Reads of what hangs on datasets: query, part it is searched in, field it is filtered by. */
const LABELS = [
  { query: 'index_tagged', part: 'tags', field: 'tags' },
  { query: 'index_field_tagged', part: 'fieldTags', field: 'tags' },
  { query: 'index_termed', part: 'glossaryTerms', field: 'glossaryTerms' },
  { query: 'index_field_termed', part: 'fieldGlossaryTerms', field: 'glossaryTerms' },
  { query: 'index_owned', part: 'owners', field: 'owners' },
  { query: 'index_in_domain', part: 'domains', field: 'domains' },
  { query: 'index_contained', part: 'container', field: 'container' },
] as const
/** Reads that count by what a dataset is used. */
const USES = ['index_read', 'index_made_from'] as const

const OTHERS = [
  'index_tags',
  'index_terms',
  'index_owners',
  'index_domains',
  'index_containers',
  'index_documents',
]

/** Every searchable entity of the snapshot, described and not removed; never more of it in memory than one page. */
export function* collectAll(snapshot: Snapshot): Generator<SearchDocument> {
  for (let after = ''; ; ) {
    const rows = snapshot.rows('index_datasets_after', { after })
    if (rows.length === 0) break
    const last = urnOf(rows[rows.length - 1] as Row)
    yield* datasetDocuments(snapshot, rows, urnOf(rows[0] as Row), last)
    after = last
  }
  yield* collectOthers(snapshot)
}

/** The dataset as search sees it now; undefined when it is not to be found. */
export function collectDataset(snapshot: Snapshot, urn: string): SearchDocument | undefined {
  const row = readDataset(snapshot, urn)
  if (!row) return undefined
  const [document] = datasetDocuments(snapshot, [row], urn, urn)
  return document
}

/** What a dataset says of itself; undefined when it is not to be found. */
export function readDataset(snapshot: Snapshot, urn: string): Row | undefined {
  return snapshot.row('index_dataset', { urn })
}

/** Texts of the labels that a dataset, a dashboard or a chart carries in one part, `tags` or `owners`, in the order in which they are indexed. */
export function labelsOf(snapshot: Snapshot, urn: string, part: string): string[] {
  const rows = isConsumerUrn(urn) ? consumerLabels(snapshot, urn, part) : datasetLabels(snapshot, urn, part)
  return distinctLabels(inOrder(rows)).map(labelOf)
}

function datasetLabels(snapshot: Snapshot, urn: string, part: string): Row[] {
  const found = LABELS.find((label) => label.part === part)
  return found ? snapshot.rows(found.query, { from: urn, to: urn }) : []
}

/** Values of the structured properties of an entity, in the order in which they are indexed. */
export function propertyTextsOf(snapshot: Snapshot, urn: string): string[] {
  return propertyTexts(
    isConsumerUrn(urn)
      ? consumerProperties(snapshot, urn)
      : snapshot.rows('index_properties', { from: urn, to: urn }),
  )
}

/** A searchable entity of any kind. */
export function collectOne(snapshot: Snapshot, urn: string): SearchDocument | undefined {
  if (urn.startsWith('urn:li:dataset:')) return collectDataset(snapshot, urn)
  const node = readNode(snapshot, urn)
  if (node?.['described'] !== true || node['removed'] === true) return undefined
  if (isConsumerUrn(urn)) return consumerDocuments(snapshot, [node])[0]
  const description = node['description'] ?? node['definition'] ?? null
  const isDocument = urn.startsWith('urn:li:document:')
  return plainDocument({
    urn,
    name: node['name'] ?? node['title'] ?? null,
    description,
    ...(isDocument && { kind: node['kind'] ?? null, content: node['content'] ?? null }),
  })
}

/** Dashboards and charts, tags, terms, owners, domains, containers and documents. */
function* collectOthers(snapshot: Snapshot): Generator<SearchDocument> {
  // A commit of before there were any has another schema.
  if (snapshot.knows('index_consumers'))
    yield* consumerDocuments(
      snapshot,
      snapshot.rows('index_consumers').map((row) => row['entity'] as Row),
    )
  for (const query of OTHERS) for (const row of snapshot.rows(query)) yield plainDocument(row)
}

/** The documents of datasets in order, of which there are no others from the first to the last. */
function datasetDocuments(
  snapshot: Snapshot,
  datasets: readonly Row[],
  from: string,
  to: string,
): SearchDocument[] {
  const between = (query: string) => groupBy('dataset', snapshot.rows(query, { from, to }))
  const fields = between('index_fields')
  const labels = LABELS.map(({ query }) => between(query))
  const uses = USES.map(between)
  const properties = snapshot.knows('index_properties') ? between('index_properties') : undefined
  return datasets.map((row) => {
    const urn = urnOf(row)
    const used = uses.reduce((sum, all) => sum + (number(all.get(urn)?.[0]?.['total']) ?? 0), 0)
    const values = propertyTexts(properties?.get(urn) ?? [])
    return datasetDocument(row, used, fields.get(urn) ?? [], values, (i) => labels[i]?.get(urn) ?? [])
  })
}

function datasetDocument(
  row: Row,
  uses: number,
  fields: readonly Row[],
  properties: readonly string[],
  labels: (i: number) => readonly Row[],
): SearchDocument {
  const urn = String(row['urn'])
  const name = String(row['name'])
  const platform = String(row['platform'])
  const parts: SearchPart[] = [{ name: 'name', text: name }]
  const qualified = text(row['qualifiedName']) ?? text(row['fullName'])
  if (qualified && qualified !== name) parts.push({ name: 'qualifiedName', text: qualified })
  parts.push({ name: 'platform', text: urnName(platform) })
  const description = text(row['description']) ?? null
  if (description) parts.push({ name: 'description', text: description })
  for (const t of texts(row['subTypes'])) parts.push({ name: 'subTypes', text: t })
  const paths: FacetValue[] = []
  for (const f of fields) {
    const path = String(f['path'])
    paths.push({ value: path, label: path, entity: false })
    parts.push({ name: 'fieldPaths', text: path })
    const about = text(f['description'])
    if (about) parts.push({ name: 'fieldDescriptions', text: about })
  }
  const values: Record<string, FacetValue[]> = { fieldPaths: paths }
  for (const [i, { part, field }] of LABELS.entries()) addLabels(labels(i), part, field, parts, values)
  for (const value of properties) parts.push({ name: 'structuredProperties', text: value })
  const instance = text(row['instance'])
  return {
    urn,
    type: 'DATASET',
    name,
    description,
    uses,
    parts,
    values: {
      ...values,
      _entityType: [plainValue('DATASET')],
      platform: [{ value: platform, label: urnName(platform), entity: true }],
      typeNames: texts(row['subTypes']).map(plainValue),
      origin: [plainValue(String(row['env']))],
      platformInstance: instance ? [plainValue(instance)] : [],
      name: [plainValue(name)],
      urn: [plainValue(urn)],
    },
  }
}

function plainDocument(row: Row): SearchDocument {
  const urn = String(row['urn'])
  const name = text(row['name']) ?? urnName(urn)
  const description = text(row['description']) ?? null
  const type = typeLabel(urn.slice('urn:li:'.length, urn.indexOf(':', 'urn:li:'.length)))
  const [kind, content] = [text(row['kind']), text(row['content'])]
  return {
    urn,
    type,
    name,
    description,
    uses: 0,
    parts: [
      { name: 'name', text: name },
      ...(description ? [{ name: 'description', text: description }] : []),
      ...(kind ? [{ name: 'subTypes', text: kind }] : []),
      ...(content ? [{ name: 'content', text: content }] : []),
    ],
    values: {
      _entityType: [plainValue(type)],
      ...(kind && { typeNames: [plainValue(kind)] }),
      name: [plainValue(name)],
      urn: [plainValue(urn)],
    },
  }
}
