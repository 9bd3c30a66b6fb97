import { type Row, text, texts } from '../../aspect/row.js'
import { typeLabel } from '../../model/entity-type.js'
import { urnName } from '../../urn/entity-urns.js'
import type { Snapshot } from '../snapshot.js'
import type { FacetValue, SearchDocument, SearchPart } from './document.js'
import { withSharedLists } from './shared-values.js'
import { words } from './words.js'

/** Reads that hang something on datasets: query name, part it is searched in, field it is filtered by. */
const LABELS = [
  { all: 'index_tagged', one: 'index_dataset_tagged', part: 'tags', field: 'tags' },
  { all: 'index_field_tagged', one: 'index_dataset_field_tagged', part: 'fieldTags', field: 'tags' },
  { all: 'index_termed', one: 'index_dataset_termed', part: 'glossaryTerms', field: 'glossaryTerms' },
  {
    all: 'index_field_termed',
    one: 'index_dataset_field_termed',
    part: 'fieldGlossaryTerms',
    field: 'glossaryTerms',
  },
  { all: 'index_owned', one: 'index_dataset_owned', part: 'owners', field: 'owners' },
  { all: 'index_in_domain', one: 'index_dataset_in_domain', part: 'domains', field: 'domains' },
  { all: 'index_contained', one: 'index_dataset_contained', part: 'container', field: 'container' },
] as const

const OTHERS = [
  'index_tags',
  'index_terms',
  'index_owners',
  'index_domains',
  'index_containers',
  'index_documents',
]

/** Every searchable entity of the snapshot: described and not removed. */
export function* collectAll(snapshot: Snapshot): Generator<SearchDocument> {
  const fields = groupByDataset(snapshot.rows('index_fields'))
  const labels = LABELS.map((l) => groupByDataset(snapshot.rows(l.all)))
  for (const row of snapshot.rows('index_datasets')) {
    const urn = String(row['urn'])
    yield datasetDocument(row, fields.get(urn) ?? [], (i) => labels[i]?.get(urn) ?? [])
  }
  yield* collectOthers(snapshot)
}

/** The dataset as search sees it now; undefined when it is not to be found. */
export function collectDataset(snapshot: Snapshot, urn: string): SearchDocument | undefined {
  const row = snapshot.row('index_dataset', { urn })
  if (!row) return undefined
  const fields = snapshot.rows('index_dataset_fields', { urn })
  return datasetDocument(row, fields, (i) =>
    snapshot.rows((LABELS[i] as (typeof LABELS)[number]).one, { urn }),
  )
}

/** Tags, terms, owners, domains, containers and documents. */
export function* collectOthers(snapshot: Snapshot): Generator<SearchDocument> {
  for (const query of OTHERS) for (const row of snapshot.rows(query)) yield plainDocument(row)
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
    nameWords: words(name).join(' '),
    description,
    parts,
    values: withSharedLists({
      ...values,
      _entityType: [plainValue('DATASET')],
      platform: [{ value: platform, label: urnName(platform), entity: true }],
      typeNames: texts(row['subTypes']).map(plainValue),
      origin: [plainValue(String(row['env']))],
      platformInstance: instance ? [plainValue(instance)] : [],
      name: [plainValue(name)],
      urn: [plainValue(urn)],
    }),
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
  const inPart = new Set<string>()
  for (const row of rows) {
    const urn = String(row['urn'])
    const label = text(row['name']) ?? urnName(urn)
    if (!inPart.has(urn)) parts.push({ name: part, text: label })
    inPart.add(urn)
    if (!known.some((k) => k.value === urn)) known.push({ value: urn, label, entity: true })
  }
}

function plainDocument(row: Row): SearchDocument {
  const urn = String(row['urn'])
  const name = text(row['name']) ?? urnName(urn)
  const description = text(row['description']) ?? null
  const type = typeLabel(urn.slice('urn:li:'.length, urn.indexOf(':', 'urn:li:'.length)))
  return {
    urn,
    type,
    name,
    nameWords: words(name).join(' '),
    description,
    parts: [
      { name: 'name', text: name },
      ...(description ? [{ name: 'description', text: description }] : []),
    ],
    values: withSharedLists({
      _entityType: [plainValue(type)],
      name: [plainValue(name)],
      urn: [plainValue(urn)],
    }),
  }
}

function plainValue(value: string): FacetValue {
  return { value, label: value, entity: false }
}
