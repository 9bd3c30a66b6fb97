import { number, type Row, text, texts } from '../../aspect/row.js'
import { typeLabel } from '../../model/entity-type.js'
import { urnName } from '../../urn/entity-urns.js'
import { readNode } from '../entity-lookup.js'
import type { Snapshot } from '../snapshot.js'
import { type FacetValue, plainValue, type SearchDocument, type SearchPart } from './document.js'

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

/** Texts of the labels that a dataset carries in one part, `tags` or `owners`, in the order in which they are indexed. */
export function labelsOf(snapshot: Snapshot, urn: string, part: string): string[] {
  const found = LABELS.find((label) => label.part === part)
  return found ? distinctLabels(inOrder(snapshot.rows(found.query, { from: urn, to: urn }))).map(labelOf) : []
}

/** A searchable entity of any kind. */
export function collectOne(snapshot: Snapshot, urn: string): SearchDocument | undefined {
  if (urn.startsWith('urn:li:dataset:')) return collectDataset(snapshot, urn)
  const node = readNode(snapshot, urn)
  if (node?.['described'] !== true || node['removed'] === true) return undefined
  const description = node['description'] ?? node['definition'] ?? null
  const isDocument = urn.startsWith('urn:li:document:')
  return plainDocument({
    urn,
    name: node['name'] ?? node['title'] ?? null,
    description,
    ...(isDocument && { kind: node['kind'] ?? null, content: node['content'] ?? null }),
  })
}

/** Tags, terms, owners, domains, containers and documents. */
export function* collectOthers(snapshot: Snapshot): Generator<SearchDocument> {
  for (const query of OTHERS) for (const row of snapshot.rows(query)) yield plainDocument(row)
}

function urnOf(row: Row): string {
  return String(row['urn'])
}

/** The documents of datasets in order, of which there are no others from the first to the last. */
function datasetDocuments(
  snapshot: Snapshot,
  datasets: readonly Row[],
  from: string,
  to: string,
): SearchDocument[] {
  const between = (query: string) => groupByDataset(snapshot.rows(query, { from, to }))
  const fields = between('index_fields')
  const labels = LABELS.map(({ query }) => between(query))
  const uses = USES.map(between)
  return datasets.map((row) => {
    const urn = urnOf(row)
    const used = uses.reduce((sum, all) => sum + (number(all.get(urn)?.[0]?.['total']) ?? 0), 0)
    return datasetDocument(row, used, fields.get(urn) ?? [], (i) => labels[i]?.get(urn) ?? [])
  })
}

function groupByDataset(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const dataset = String(row['dataset'])
    const group = groups.get(dataset)
    if (group) group.push(row)
    else groups.set(dataset, [row])
  }
  return groups
}

function datasetDocument(
  row: Row,
  uses: number,
  fields: readonly Row[],
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

function addLabels(
  rows: readonly Row[],
  part: string,
  field: string,
  parts: SearchPart[],
  values: Record<string, FacetValue[]>,
): void {
  const known = values[field] ?? []
  values[field] = known
  for (const row of distinctLabels(inOrder(rows))) {
    const label = labelOf(row)
    parts.push({ name: part, text: label })
    const urn = urnOf(row)
    if (!known.some((k) => k.value === urn)) known.push({ value: urn, label, entity: true })
  }
}

/** The graph gives them in the order of its plan, which is another for one dataset than for many. */
function inOrder(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => (urnOf(a) < urnOf(b) ? -1 : urnOf(a) > urnOf(b) ? 1 : 0))
}

function distinctLabels(sorted: readonly Row[]): Row[] {
  return sorted.filter((row, i) => i === 0 || urnOf(row) !== urnOf(sorted[i - 1] as Row))
}

function labelOf(row: Row): string {
  return text(row['name']) ?? urnName(urnOf(row))
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
