import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../aspect/proposal.js'
import { harvestSource } from '../../job/harvest-source.js'
import { type Bench, bench } from '../../testing/shop.js'
import { schemaFieldUrn } from '../../urn/entity-urns.js'
import type { Harvest } from '../harvest.js'
import { harvestDbt } from './harvest.js'

const ARTEFACTS = fileURLToPath(new URL('../../../../../test/dbt/artefacts/', import.meta.url))
const SHARED =
  process.env['GROUNDPLANE_DBT_ARTEFACTS'] ??
  fileURLToPath(new URL('../../../../../../shared/data/dbt', import.meta.url))
const VERSIONS = ['v4', 'v5', 'v6', 'v7', 'v8', 'v9', 'v10', 'v11', 'v12']

let b: Bench
beforeEach(() => {
  b = bench()
})
afterEach(() => {
  b.close()
})

const source = (directory: string) => ({
  name: 'project',
  kind: 'dbt' as const,
  url: directory,
  platformInstance: 'project',
  env: 'PROD',
})

interface RawNode {
  resource_type: string
  depends_on?: { nodes?: string[] }
  test_metadata?: { name: string; namespace: string | null } | null
  config: { materialized?: string }
}
type Raw = Record<'nodes' | 'sources' | 'exposures' | 'metrics', Record<string, RawNode>>

const rawManifest = (directory: string) =>
  JSON.parse(readFileSync(`${directory}/manifest.json`, 'utf8')) as Raw

const aspectsOf = (harvest: Harvest, name: string) =>
  harvest.proposals
    .filter((p) => p.aspectName === name)
    .map((p) => ({ urn: p.entityUrn, aspect: p.aspect as JsonObject }))

/** dbt's ids by how many there are, from the file itself. */
function expected(directory: string) {
  const { nodes, sources, exposures, metrics } = rawManifest(directory)
  const ids = (kind: string) => Object.keys(nodes).filter((id) => nodes[id]?.resource_type === kind)
  const kinds: Record<string, number> = {}
  const unattached: string[] = []
  for (const id of ids('test')) {
    // What it is about may be disabled, and is not in the manifest then.
    if (!nodes[id]?.depends_on?.nodes?.some((needed) => needed in nodes || needed in sources)) {
      unattached.push(id)
      continue
    }
    const metadata = nodes[id]?.test_metadata
    const prefix = metadata?.namespace ? `${metadata.namespace}.` : ''
    const kind = metadata ? `${prefix}${metadata.name}` : 'sql'
    kinds[kind] = (kinds[kind] ?? 0) + 1
  }
  const relations = [...ids('model'), ...ids('seed'), ...ids('snapshot'), ...Object.keys(sources)]
  return {
    datasets: [...relations, ...Object.keys(metrics)].sort(),
    ephemeral: ids('model').filter((id) => nodes[id]?.config.materialized === 'ephemeral').length,
    exposures: Object.keys(exposures),
    kinds,
    unattached,
  }
}

function landed(harvest: Harvest) {
  const kinds: Record<string, number> = {}
  for (const { aspect } of aspectsOf(harvest, 'assertionInfo')) {
    const kind = String((aspect['datasetAssertion'] as JsonObject)['nativeType'])
    kinds[kind] = (kinds[kind] ?? 0) + 1
  }
  const properties = aspectsOf(harvest, 'datasetProperties')
  const ids = properties.map(({ aspect }) =>
    String((aspect['customProperties'] as JsonObject)['dbt_unique_id']),
  )
  const dashboards = aspectsOf(harvest, 'dashboardInfo')
  return {
    datasets: ids.sort(),
    ephemeral: properties.filter(
      ({ aspect }) => (aspect['customProperties'] as JsonObject)['materialization'] === 'ephemeral',
    ).length,
    exposures: dashboards.map(({ aspect }) =>
      String((aspect['customProperties'] as JsonObject)['dbt_unique_id']),
    ),
    kinds,
    unattached: harvest.notes.filter((n) => n.code === 'dbt_test_unattached').map((n) => n.dataset),
  }
}

describe.each(VERSIONS)('a manifest of version %s', (version) => {
  const directory = `${ARTEFACTS}${version}`

  it('lands whole: each node of the file is one dataset, dashboard or assertion, of its kind', async () => {
    const harvest = await harvestDbt({ url: directory, platformInstance: 'project' })
    expect(landed(harvest)).toEqual(expected(directory))
    expect(new Set(harvest.datasets).size).toBe(expected(directory).datasets.length)
  })

  it('is written without a refusal, each dependency as an upstream; and a second time not at all', async () => {
    const { nodes, sources } = rawManifest(directory)
    const report = await harvestSource(b.catalog, source(directory))
    expect(report.rejected).toEqual([])
    for (const [id, node] of Object.entries(nodes)) {
      if (node.resource_type !== 'model') continue
      const urn = `urn:li:dataset:(urn:li:dataPlatform:dbt,project.${id},PROD)`
      const hits = b.catalog.getLineage({ urn, upstream: true, max_hops: 2, max_results: 100 })
      const found = new Set(hits.upstreams?.searchResults.map((hit) => hit.entity.urn))
      for (const needed of node.depends_on?.nodes ?? [])
        if (needed in nodes || needed in sources)
          expect(found).toContain(`urn:li:dataset:(urn:li:dataPlatform:dbt,project.${needed},PROD)`)
    }
    const before = b.commits()
    const again = await harvestSource(b.catalog, source(directory))
    expect(again).toMatchObject({ written: 0, commit: null })
    expect(b.commits()).toBe(before)
  })
})

it.each(VERSIONS.filter((version) => version !== 'v4'))(
  'the compiled SQL of version %s is found under the name that version has for it',
  async (version) => {
    const { notes } = await harvestDbt({ url: `${ARTEFACTS}${version}`, platformInstance: 'project' })
    expect(notes.filter((note) => note.reason === 'not_compiled')).toEqual([])
  },
)

describe.skipIf(!existsSync(`${SHARED}/manifest.json`))('the dbt project of other people', () => {
  it('lands whole, with tests of every kind and the columns of the catalog', async () => {
    const harvest = await harvestDbt({ url: SHARED, platformInstance: 'project' })
    expect(landed(harvest)).toEqual(expected(SHARED))
    const catalog = JSON.parse(readFileSync(`${SHARED}/catalog.json`, 'utf8')) as Raw
    const columns = Object.entries({ ...catalog.nodes, ...catalog.sources }).map(
      ([id, node]) => [id, Object.keys((node as unknown as { columns: object }).columns).length] as const,
    )
    expect(columns.length).toBeGreaterThan(10)
    const fields = new Map(
      aspectsOf(harvest, 'schemaMetadata').map(({ urn, aspect }) => [
        urn,
        (aspect['fields'] as unknown[]).length,
      ]),
    )
    for (const [id, count] of columns)
      expect([id, fields.get(`urn:li:dataset:(urn:li:dataPlatform:dbt,project.${id},PROD)`)]).toEqual([
        id,
        count,
      ])
  })

  it('has lineage to columns through an ephemeral model, in the case the warehouse stores them', async () => {
    expect((await harvestSource(b.catalog, source(SHARED))).rejected).toEqual([])
    const orders = 'urn:li:dataset:(urn:li:dataPlatform:dbt,project.model.jaffle_shop.fct_orders,PROD)'
    const lineage = b.catalog.getLineage({ urn: orders, column: 'CREDIT_CARD_AMOUNT', max_hops: 1 })
    const found = lineage.upstreams?.searchResults.map((h) => [h.entity.urn, h.lineageColumns])
    expect(found).toEqual([
      [
        'urn:li:dataset:(urn:li:dataPlatform:snowflake,analytics.dbt_jcohen.stg_payments,PROD)',
        ['AMOUNT', 'PAYMENT_METHOD'],
      ],
    ])
  })

  it('resolves all SQL of the project, and says what is none', async () => {
    const { notes } = await harvestDbt({ url: SHARED, platformInstance: 'project' })
    expect(notes.map(({ dataset, reason }) => [dataset, reason])).toEqual([
      ['model.jaffle_shop.holiday_orders', 'not_sql'],
    ])
  })
})

describe('a project with run results', () => {
  const shop = { ...source(`${ARTEFACTS}shop`), targetPlatformInstance: 'shop' }
  const warehouse = (name: string) =>
    `urn:li:dataset:(urn:li:dataPlatform:postgres,shop.shop.public.${name},PROD)`

  it('has what each test found on the relation of the warehouse, with rows and time', async () => {
    expect((await harvestSource(b.catalog, shop)).rejected).toEqual([])
    const { data } = b.catalog.getDatasetAssertions({ urn: warehouse('revenue'), count: 20 })
    const results = data.assertions.map((a) => [a.name, a.definition['type'], a.latestResultType, a.failed])
    expect(results).toEqual([
      ['no_negative_revenue', 'DATASET', 'FAILURE', 1],
      ['not_null_revenue_country', 'DATASET', 'FAILURE', 1],
    ])
    const raw = JSON.parse(readFileSync(`${ARTEFACTS}shop/run_results.json`, 'utf8')) as {
      metadata: { invocation_id: string }
      results: { unique_id: string; timing: { name: string; completed_at: string }[] }[]
    }
    const run = raw.results.find((r) => r.unique_id === 'test.shop.no_negative_revenue')
    const executed = run?.timing.find((t) => t.name === 'execute')?.completed_at as string
    expect(data.assertions[0]?.runHistory).toMatchObject([
      { timestampMillis: Date.parse(executed), runId: raw.metadata.invocation_id, resultType: 'FAILURE' },
    ])
  })

  it('has owners, tags, descriptions and the sub-type of each node', async () => {
    await harvestSource(b.catalog, shop)
    const urn = 'urn:li:dataset:(urn:li:dataPlatform:dbt,project.model.shop.revenue,PROD)'
    expect(b.catalog.getEntity(urn).entity).toMatchObject({
      properties: { name: 'revenue', description: 'What each country brings in.' },
      subTypes: ['Model'],
    })
    const verify = (relation: string, value: string) =>
      b.catalog.verify({ entity: urn, relation, value } as never).verdict
    expect(verify('owned_by', 'urn:li:corpuser:finance@example.com')).toBe('holds')
    expect(verify('tagged_with', 'urn:li:tag:finance')).toBe('holds')
    const customers = 'urn:li:dataset:(urn:li:dataPlatform:dbt,project.source.shop.shop.customers,PROD)'
    const email = b.catalog.getEntity(schemaFieldUrn(customers, 'email')).entity as unknown as JsonObject
    expect(JSON.stringify(email)).toContain('Where to write.')
  })

  it('has the exposure as a dashboard over the relation of the warehouse', async () => {
    await harvestSource(b.catalog, shop)
    const text = b.catalog.aspectRecord(
      'urn:li:dashboard:(dbt,project.exposure.shop.weekly_report)',
      'dashboardInfo',
    )?.text
    expect(JSON.parse(text as string)).toMatchObject({
      title: 'Weekly report',
      externalUrl: 'https://bi.example.com/weekly',
      datasets: [warehouse('revenue')],
    })
    const urn = 'urn:li:dashboard:(dbt,project.exposure.shop.weekly_report)'
    const [weekly] = b.catalog.impact({ urn: warehouse('revenue') }).consumers?.first ?? []
    expect(weekly).toMatchObject({
      entity: { urn, properties: { name: 'Weekly report' }, platformInstance: 'project' },
      degree: 1,
      effect: 'breaks',
      owners: [{ urn: expect.stringMatching(/^urn:li:corpuser:/) }],
    })
  })

  it('has a run for each node that was built, with its outcome', async () => {
    const harvest = await harvestDbt(shop)
    const built = aspectsOf(harvest, 'dataProcessInstanceOutput').flatMap(({ aspect }) => aspect['outputs'])
    expect(built.sort()).toEqual(
      ['countries', 'customers_clean', 'customers_history', 'revenue'].map(warehouse),
    )
    const ended = aspectsOf(harvest, 'dataProcessInstanceRunEvent').filter(
      ({ aspect }) => aspect['status'] === 'COMPLETE',
    )
    expect(ended.map(({ aspect }) => (aspect['result'] as JsonObject)['type'])).toEqual(
      Array(4).fill('SUCCESS'),
    )
  })
})
