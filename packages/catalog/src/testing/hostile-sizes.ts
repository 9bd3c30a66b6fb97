import type { AspectProposal, Json } from '../aspect/proposal.js'
import { schemaFieldUrn } from '../urn/entity-urns.js'
import { aspect, type Bench, bench, check, DEFINITIONS, lateOrders, shop, table } from './shop.js'

/** How large things are in a catalog that somebody filled without measure: characters of texts and names, and how many. */
export interface HostileSizes {
  /** Descriptions, SQL, values, messages, contents. */
  readonly text: number
  /** Names and titles that are no part of a URN. */
  readonly name: number
  /** Parts of URNs, and names of columns. */
  readonly key: number
  /** Columns, tags, owners, custom properties, queries, incidents, unknown aspects. */
  readonly many: number
  /** Datasets that are each made from the one before. */
  readonly chain: number
}

const stamp = { time: 0, actor: 'urn:li:corpuser:ada' }
const filled = (what: string, length: number): string => {
  const word = `${what} `
  return word
    .repeat(Math.ceil(length / word.length))
    .slice(0, Math.max(1, length))
    .trimEnd()
}
const key = (what: string, length: number) => `${what}_${'k'.repeat(length)}`
const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i))

/** The link of a chain; the first one is `orders` of `clean`. */
export const link = (i: number, sizes: Pick<HostileSizes, 'key'>): string =>
  i === 0 ? table('clean', 'orders') : table('clean', key(`link${i}`, sizes.key))

function overloaded(
  urn: string,
  columns: readonly string[],
  { text, name, key: length, many }: HostileSizes,
) {
  const tags = times(many, (i) => ({ tag: `urn:li:tag:${key(`t${i}`, length)}` }))
  const fields = [...columns, ...times(many, (i) => key(`c${i}`, length))].map((fieldPath, i) => ({
    fieldPath,
    nativeDataType: i === 0 ? filled('type', text) : 'TEXT',
    nullable: true,
    ...(i % 3 === 1 && { description: filled('column', text), globalTags: { tags: tags.slice(0, 5) } }),
  }))
  const properties = times(many, (i): [string, string] => [key(`p${i}`, length), filled('value', text)])
  return [
    aspect(urn, 'datasetProperties', {
      name: filled('orders', name),
      description: filled('order', text),
      customProperties: Object.fromEntries(properties),
    }),
    aspect(urn, 'schemaMetadata', { schemaName: 'orders', fields }),
    aspect(urn, 'globalTags', { tags }),
    aspect(urn, 'ownership', {
      owners: times(many, (i) => ({ owner: `urn:li:corpuser:${key(`o${i}`, length)}`, type: 'DATAOWNER' })),
    }),
    aspect(urn, 'viewProperties', {
      viewLogic: filled('select 1', text),
      viewLanguage: 'SQL',
      materialized: false,
    }),
    ...times(many, (i) =>
      aspect(urn, `unknown${i}${'x'.repeat(length)}`, { value: filled('unknown', text) }),
    ),
  ]
}

function queried(urn: string, { text, name, many }: HostileSizes): AspectProposal[] {
  return times(many, (i) => [
    aspect(`urn:li:query:q${i}`, 'queryProperties', {
      name: filled('query', name),
      description: filled('about', text),
      source: 'MANUAL',
      statement: { value: filled('select price', text), language: 'SQL' },
      created: stamp,
      lastModified: { ...stamp, time: i },
    }),
    aspect(`urn:li:query:q${i}`, 'querySubjects', { subjects: [{ entity: urn }] }),
  ]).flat()
}

function chained(sizes: HostileSizes): AspectProposal[] {
  return times(sizes.chain, (i) => {
    const [from, to] = [link(i, sizes), link(i + 1, sizes)]
    return [
      aspect(to, 'datasetProperties', { name: `link${i + 1}`, description: filled('link', sizes.text / 4) }),
      aspect(to, 'schemaMetadata', {
        schemaName: 'l',
        fields: [{ fieldPath: 'price', nativeDataType: 'REAL' }],
      }),
      aspect(to, 'upstreamLineage', {
        upstreams: [{ dataset: from, type: 'TRANSFORMED' }],
        fineGrainedLineages: [
          {
            upstreamType: 'FIELD_SET',
            upstreams: [schemaFieldUrn(from, 'price')],
            downstreamType: 'FIELD',
            downstreams: [schemaFieldUrn(to, 'price')],
            transformOperation: filled('transform', sizes.text),
            confidenceScore: 1,
          },
        ],
      }),
    ]
  }).flat()
}

function boards(urn: string, { text, name, many }: HostileSizes): AspectProposal[] {
  return times(many, (i) =>
    aspect(`urn:li:dashboard:(looker,b${i})`, 'dashboardInfo', {
      title: filled('board', name),
      description: filled('shows', text),
      charts: [],
      datasets: [urn],
      lastModified: { created: stamp, lastModified: stamp },
    } as Json),
  )
}

function written({ text, name }: HostileSizes): AspectProposal[] {
  const [info, ...rest] = lateOrders() as [AspectProposal, ...AspectProposal[]]
  const changed = {
    ...(info.aspect as Record<string, Json>),
    title: filled('Late orders', name),
    contents: { text: `${filled('carrier', text)} Ask the carrier.` },
  }
  return [aspect(info.entityUrn, info.aspectName, changed), ...rest]
}

/** The two shops of `TOOL_QUESTIONS` and its document, out of all proportion. */
export function hostileCatalog(sizes: HostileSizes): Bench {
  const b = bench()
  const { text, name, many } = sizes
  const orders = table('clean', 'orders')
  const columns = ['order_id', 'customer_id', 'price']
  const proposals = [
    ...shop('clean'),
    ...shop('dirty'),
    ...written(sizes),
    ...overloaded(orders, columns, sizes),
    ...overloaded(table('dirty', 'customers'), ['customer_id', 'email'], sizes),
    ...queried(orders, sizes),
    ...chained(sizes),
    ...boards(orders, sizes),
  ]
  const { rejected } = b.catalog.ingest(proposals)
  if (rejected.length > 0) throw new Error(rejected[0]?.message)
  const definitions = [
    ...DEFINITIONS,
    ...times(many, (i) => ({
      name: filled(`check${i}`, name),
      dataset: 'customers',
      type: 'sql' as const,
      parameters: { query: filled('select 1', text) },
    })),
  ]
  for (const instance of ['clean', 'dirty']) {
    const failures = Object.fromEntries(
      definitions.map((d, i) => [d.name, i % 2 === 0 ? filled('error', text) : i]),
    )
    b.catalog.recordAssertions(check(instance, 'f', instance === 'dirty' ? failures : {}, definitions))
  }
  for (let i = 0; i < many; i++) {
    b.catalog.raiseIncident({
      datasets: [table('dirty', 'customers')],
      title: `${i} ${filled('title', name)}`,
      description: filled('incident', text),
    })
    b.tick()
  }
  // Another version, so that there is something that changed.
  b.catalog.ingest([
    aspect(orders, 'datasetProperties', { name: 'orders', description: filled('anew', text) }),
  ])
  return b
}
