import { type Row, text, texts } from '../../aspect/row.js'
import { urnName } from '../../urn/entity-urns.js'
import { kindsOfConsumer } from '../consumers.js'
import type { Snapshot } from '../snapshot.js'
import { type FacetValue, plainValue, type SearchDocument, type SearchPart } from './document.js'
import { addLabels, groupBy, propertyTexts, urnOf } from './entity-labels.js'

/** Reads of what hangs on dashboards and charts: query, part it is searched in and field it is filtered by. */
const LABELS = [
  { query: 'index_consumer_tagged', part: 'tags' },
  { query: 'index_consumer_termed', part: 'glossaryTerms' },
  { query: 'index_consumer_owned', part: 'owners' },
  { query: 'index_consumer_in_domain', part: 'domains' },
] as const

/** Labels that a dashboard or a chart carries in one part. */
export function consumerLabels(snapshot: Snapshot, urn: string, part: string): Row[] {
  const found = LABELS.find((label) => label.part === part)
  return found ? known(snapshot, found.query, { from: urn, to: urn }) : []
}

/** Edges to its structured properties. */
export function consumerProperties(snapshot: Snapshot, urn: string): Row[] {
  return known(snapshot, 'index_consumer_properties', { from: urn, to: urn })
}

/** None where the schema of the commit is of before there were such. */
function known(snapshot: Snapshot, query: string, span: { from: string; to: string }): Row[] {
  return snapshot.knows(query) ? snapshot.rows(query, span) : []
}

/** The documents of dashboards and charts, all there are between the first and the last. */
export function consumerDocuments(snapshot: Snapshot, nodes: readonly Row[]): SearchDocument[] {
  const [first, last] = [nodes[0], nodes.at(-1)]
  if (!first || !last) return []
  const between = (query: string) =>
    groupBy('consumer', known(snapshot, query, { from: urnOf(first), to: urnOf(last) }))
  const labels = LABELS.map(({ query }) => between(query))
  const properties = between('index_consumer_properties')
  return nodes.map((node) => {
    const urn = urnOf(node)
    const values = propertyTexts(properties.get(urn) ?? [])
    return consumerDocument(node, values, (i) => labels[i]?.get(urn) ?? [])
  })
}

function consumerDocument(
  node: Row,
  properties: readonly string[],
  labelsAt: (i: number) => readonly Row[],
): SearchDocument {
  const urn = urnOf(node)
  const [name, platform, type] = [
    String(node['name']),
    String(node['platform']),
    String(node['kind']).toUpperCase(),
  ]
  const [description, instance] = [text(node['description']) ?? null, text(node['instance'])]
  const parts: SearchPart[] = [
    { name: 'name', text: name },
    { name: 'platform', text: urnName(platform) },
    ...(description ? [{ name: 'description', text: description }] : []),
    ...kindsOfConsumer(node).map((kind) => ({ name: 'subTypes', text: kind })),
  ]
  const labels: Record<string, FacetValue[]> = {}
  for (const [i, { part }] of LABELS.entries()) addLabels(labelsAt(i), part, part, parts, labels)
  for (const value of properties) parts.push({ name: 'structuredProperties', text: value })
  return {
    urn,
    type,
    name,
    description,
    uses: 0,
    parts,
    values: {
      ...labels,
      _entityType: [plainValue(type)],
      platform: [{ value: platform, label: urnName(platform), entity: true }],
      typeNames: texts(node['subTypes']).map(plainValue),
      platformInstance: instance ? [plainValue(instance)] : [],
      name: [plainValue(name)],
      urn: [plainValue(urn)],
    },
  }
}
