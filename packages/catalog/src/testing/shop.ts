import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, ulidSource } from '@groundplane/core'
import { Graph } from '@groundplane/graph'
import type { AspectProposal, Json } from '../aspect/proposal.js'
import { Catalog } from '../catalog.js'
import type { AssertionDefinition, AssertionResult, RecordAssertions } from '../ingest/assertion-input.js'
import { CATALOG_SCHEMA } from '../model/texts.js'
import { platformInstanceUrn, schemaFieldUrn, sqliteDatasetUrn } from '../urn/entity-urns.js'

/** A catalog on a real graph in a temporary directory, with a clock of its own. */
export interface Bench {
  readonly catalog: Catalog
  readonly graph: Graph
  /** Moves time forward. */
  tick(ms?: number): void
  /** Commits on main. */
  commits(): number
  close(): void
}

export function bench(schema = CATALOG_SCHEMA): Bench {
  const directory = mkdtempSync(join(tmpdir(), 'groundplane-catalog-'))
  let now = Date.UTC(2026, 10, 21, 9)
  const clock: Clock = () => now
  const ids = ulidSource(clock, (n) => new Uint8Array(n))
  const graph = Graph.create(join(directory, 'catalog.gp'), { schema, clock, ids })
  return {
    catalog: new Catalog(graph, { clock, ids }),
    graph,
    tick: (ms = 1000) => {
      now += ms
    },
    commits: () => graph.commits().length,
    close: () => {
      graph.close()
      rmSync(directory, { recursive: true })
    },
  }
}

export const table = (instance: string, name: string): string => sqliteDatasetUrn(instance, name)
export const column = (instance: string, name: string, path: string): string =>
  schemaFieldUrn(table(instance, name), path)

export function aspect(entityUrn: string, aspectName: string, value: Json): AspectProposal {
  return { entityUrn, aspectName, aspect: value }
}

const field = (fieldPath: string, rest: Readonly<Record<string, Json>> = {}): Json => ({
  fieldPath,
  nativeDataType: 'TEXT',
  type: { type: { 'com.linkedin.schema.StringType': {} } },
  nullable: true,
  ...rest,
})

/** A runbook about the orders of the instance `clean`. */
export function lateOrders(): AspectProposal[] {
  const urn = 'urn:li:document:late-orders'
  const stamp = { time: 0, actor: 'urn:li:corpuser:ada' }
  return [
    aspect(urn, 'documentInfo', {
      title: 'Late orders',
      status: { state: 'PUBLISHED' },
      contents: { text: 'Ask the carrier.' },
      created: stamp,
      lastModified: stamp,
      relatedAssets: [{ asset: table('clean', 'orders') }],
    }),
    aspect(urn, 'subTypes', { typeNames: ['Runbook'] }),
  ]
}

/** A shop in one platform instance: customers, orders, and a revenue view over orders. */
export function shop(instance: string): AspectProposal[] {
  const [customers, orders, revenue] = ['customers', 'orders', 'v_revenue'].map((t) =>
    table(instance, t),
  ) as [string, string, string]
  const placed = (urn: string, subType: string): AspectProposal[] => [
    aspect(urn, 'dataPlatformInstance', {
      platform: 'urn:li:dataPlatform:sqlite',
      instance: platformInstanceUrn('sqlite', instance),
    }),
    aspect(urn, 'subTypes', { typeNames: [subType] }),
  ]
  return [
    aspect('urn:li:tag:pii', 'tagProperties', { name: 'PII', description: 'Names a person' }),
    aspect('urn:li:corpGroup:finance', 'corpGroupInfo', {
      displayName: 'Finance',
      members: [],
      groups: [],
      admins: [],
    }),
    ...placed(customers, 'Table'),
    aspect(customers, 'datasetProperties', { name: 'customers', description: 'People who buy' }),
    aspect(customers, 'schemaMetadata', {
      schemaName: 'customers',
      primaryKeys: ['customer_id'],
      fields: [
        field('customer_id', { isPartOfKey: true }),
        field('email', { description: 'Where to write', globalTags: { tags: [{ tag: 'urn:li:tag:pii' }] } }),
      ],
    }),
    ...placed(orders, 'Table'),
    aspect(orders, 'datasetProperties', { name: 'orders' }),
    aspect(orders, 'schemaMetadata', {
      schemaName: 'orders',
      fields: [field('order_id', { isPartOfKey: true }), field('customer_id'), field('price')],
      foreignKeys: [
        {
          name: 'fk_customer',
          sourceFields: [schemaFieldUrn(orders, 'customer_id')],
          foreignFields: [schemaFieldUrn(customers, 'customer_id')],
          foreignDataset: customers,
        },
      ],
    }),
    aspect(orders, 'ownership', { owners: [{ owner: 'urn:li:corpGroup:finance', type: 'DATAOWNER' }] }),
    ...placed(revenue, 'View'),
    aspect(revenue, 'datasetProperties', { name: 'v_revenue', description: 'Feeds the revenue dashboard' }),
    aspect(revenue, 'viewProperties', {
      viewLogic: 'select sum(price) as revenue from orders',
      viewLanguage: 'SQL',
    }),
    aspect(revenue, 'schemaMetadata', {
      schemaName: 'v_revenue',
      fields: [field('customer_id'), field('revenue')],
    }),
    aspect(revenue, 'upstreamLineage', {
      upstreams: [
        { dataset: orders, type: 'VIEW' },
        { dataset: customers, type: 'VIEW' },
      ],
      fineGrainedLineages: [
        {
          upstreamType: 'FIELD_SET',
          upstreams: [schemaFieldUrn(orders, 'price')],
          downstreamType: 'FIELD',
          downstreams: [schemaFieldUrn(revenue, 'revenue')],
          transformOperation: 'SUM(price)',
          confidenceScore: 1,
        },
      ],
    }),
  ]
}

export const DEFINITIONS: readonly AssertionDefinition[] = [
  { name: 'email_not_null', dataset: 'customers', column: 'email', type: 'not_null', parameters: {} },
  { name: 'orders_count', dataset: 'orders', type: 'row_count', parameters: { equals: 100 } },
]

/** The check of a shop; failures by assertion name, an error when it is a string. */
export function check(
  instance: string,
  fingerprint: string,
  failures: Readonly<Record<string, number | string>> = {},
  definitions: readonly AssertionDefinition[] = DEFINITIONS,
): RecordAssertions {
  const results = definitions.map((d): AssertionResult => {
    const failed = failures[d.name] ?? 0
    if (typeof failed === 'string')
      return {
        name: d.name,
        status: 'ERROR',
        failed: 0,
        total: 0,
        sampleKeys: [],
        message: failed,
        durationMs: 1,
      }
    return {
      name: d.name,
      status: failed > 0 ? 'FAILURE' : 'SUCCESS',
      failed,
      total: 100,
      sampleKeys: failed > 0 ? ['customer_id=7'] : [],
      durationMs: 1,
    }
  })
  return {
    set: 'shop',
    definitions,
    platform: 'sqlite',
    instance,
    env: 'PROD',
    database: 'main',
    fingerprint,
    results,
  }
}
