import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Ingestion } from '../ingest/ingest.js'
import { AIRFLOW, dataset, facet, jobUrn, runEvent, tableUrn, WAREHOUSE } from '../testing/lineage-events.js'
import { aspect, type Bench, bench } from '../testing/shop.js'
import { DeclaredNames, type NamedSource } from './declared-names.js'

const SHOP: NamedSource = {
  kind: 'postgres',
  url: 'postgresql://reader@Warehouse:5432/shop',
  platformInstance: 'dwh',
  env: 'PROD',
}
const pg = (name: string) => `urn:li:dataset:(urn:li:dataPlatform:postgres,${name},PROD)`
const named = (sources: readonly NamedSource[], namespace: string, name: string, environment = {}) =>
  new DeclaredNames(sources, environment).urnOf({ namespace, name })

describe('a dataset of a declared source', () => {
  const FILE: NamedSource = { kind: 'sqlite', url: '/data/shop.db', platformInstance: 'till', env: 'PROD' }
  it.each<[string, NamedSource, string, string, string]>([
    ['the own address', SHOP, WAREHOUSE, 'shop.public.orders', pg('dwh.shop.public.orders')],
    ['the scheme', SHOP, 'postgresql://WAREHOUSE', 'shop.public.orders', pg('dwh.shop.public.orders')],
    ['dots in a table', SHOP, WAREHOUSE, 'shop.public.a.b', pg('dwh.shop.public.a.b')],
    [
      'another host',
      { ...SHOP, openlineageNamespaces: ['postgres://proxy:6432', 'dwh-prod'] },
      'dwh-prod',
      'shop.sales.orders',
      pg('dwh.shop.sales.orders'),
    ],
    [
      'a file',
      FILE,
      'sqlite:/data/shop.db',
      'orders',
      'urn:li:dataset:(urn:li:dataPlatform:sqlite,till.main.orders,PROD)',
    ],
    [
      'a file by its URL, with its schema',
      FILE,
      'sqlite:///data/shop.db',
      'main.orders',
      'urn:li:dataset:(urn:li:dataPlatform:sqlite,till.main.orders,PROD)',
    ],
    [
      'the warehouse of a dbt project',
      {
        kind: 'dbt',
        url: '/project/target',
        platformInstance: 'project',
        targetPlatformInstance: 'acme',
        env: 'PROD',
        openlineageNamespaces: ['snowflake://acme-prod'],
      },
      'snowflake://acme-prod',
      'SHOP.PUBLIC.ORDERS',
      'urn:li:dataset:(urn:li:dataPlatform:snowflake,acme.SHOP.PUBLIC.ORDERS,PROD)',
    ],
  ])('has the URN of its harvest: by %s', (_, source, namespace, name, urn) => {
    expect(named([source], namespace, name)).toBe(urn)
  })

  it.each<[string, NamedSource, string, string]>([
    ['on another host', SHOP, 'postgres://other:5432', 'shop.public.orders'],
    ['on another port', SHOP, 'postgres://warehouse:5433', 'shop.public.orders'],
    ['in another database', SHOP, WAREHOUSE, 'shop2.public.orders'],
    ['that has no schema', SHOP, WAREHOUSE, 'shop.orders'],
    ['in a schema that is not read', { ...SHOP, schemas: ['sales'] }, WAREHOUSE, 'shop.public.orders'],
    ['whose address nobody knows here', { ...SHOP, url: '${SHOP_URL}' }, WAREHOUSE, 'shop.public.orders'],
    [
      'on a socket',
      { ...SHOP, url: 'postgresql:///shop?host=/run' },
      'postgres:///run:5432',
      'shop.public.a',
    ],
  ])('is named by its namespace alone where it is none: %s', (_, source, namespace, name) => {
    expect(named([source], namespace, name)).toBeUndefined()
  })

  it('has its address from the environment', () => {
    const secret = { ...SHOP, url: '${SHOP_URL}' }
    const environment = { SHOP_URL: 'postgresql://reader:secret@warehouse/shop' }
    expect(named([secret], WAREHOUSE, 'shop.public.orders', environment)).toBe(pg('dwh.shop.public.orders'))
  })

  it('that two sources have by address is neither’s, until one of them declares the namespace', () => {
    const other = { ...SHOP, platformInstance: 'other' }
    expect(named([SHOP, other], WAREHOUSE, 'shop.public.orders')).toBeUndefined()
    const declared = { ...other, openlineageNamespaces: [WAREHOUSE] }
    expect(named([SHOP, declared], WAREHOUSE, 'shop.public.orders')).toBe(pg('other.shop.public.orders'))
    const [sales, rest] = [
      { ...SHOP, schemas: ['sales'] },
      { ...other, schemas: ['public'] },
    ]
    expect(named([sales, rest], WAREHOUSE, 'shop.public.orders')).toBe(pg('other.shop.public.orders'))
  })
})

describe('events about a declared source', () => {
  let b: Bench
  beforeEach(() => {
    b = bench()
  })
  afterEach(() => b.close())

  const names = new DeclaredNames([SHOP])
  const harvested = (name: string) => pg(`dwh.shop.public.${name}`)
  const send = (declared: DeclaredNames | undefined, ...events: unknown[]) =>
    b.catalog.receiveLineage(
      events.map((event) => JSON.stringify(event)),
      {},
      declared,
    )
  const read = (urn: string, name: string) => JSON.parse(b.catalog.aspectRecord(urn, name)?.text ?? 'null')
  const upstreams = (urn: string): string[] =>
    b.catalog
      .getLineage({ urn, upstream: true, max_hops: 9 })
      .upstreams?.searchResults.map((hit) => hit.entity.urn)
      .sort() ?? []
  const lineage = (total: string, of: string) => ({
    columnLineage: facet({
      fields: {
        [total]: { inputFields: [{ namespace: WAREHOUSE, name: `shop.public.${of}`, field: 'price' }] },
      },
    }),
  })

  it('speak of the datasets it has, also in column lineage and under a link, and a name in another casing is told', () => {
    const orders = aspect(harvested('orders'), 'datasetProperties', { name: 'orders', tags: [] })
    b.catalog.ingest([orders])
    const link = {
      symlinks: facet({ identifiers: [{ namespace: 'hive://m', name: 'shop.revenue', type: 'TABLE' }] }),
    }
    const event = runEvent('COMPLETE', '09:00:00', 1, {
      inputs: [dataset('orders')],
      outputs: [dataset('revenue', { ...lineage('total', 'orders'), ...link })],
    })
    expect(send(names, event)).toMatchObject({ refused: [], casing: [] })
    expect(upstreams(harvested('revenue'))).toEqual([harvested('orders')])
    expect(read(harvested('revenue'), 'upstreamLineage').fineGrainedLineages[0].upstreams).toEqual([
      `urn:li:schemaField:(${harvested('orders')},price)`,
    ])
    expect(b.catalog.exists(tableUrn('orders'))).toBe(false)
    const shouted = { namespace: WAREHOUSE, name: 'SHOP.public.Orders' }
    const { casing } = send(names, runEvent('COMPLETE', '10:00:00', 2, { inputs: [shouted] }))
    expect(casing).toEqual([{ urn: pg('dwh.SHOP.public.Orders'), others: [harvested('orders')] }])
  })

  const before = [
    runEvent('COMPLETE', '08:00:00', 1, {
      inputs: [dataset('orders', { documentation: facet({ description: 'All orders' }) })],
      outputs: [dataset('revenue', lineage('total', 'orders'))],
    }),
    runEvent('COMPLETE', '08:10:00', 2, {
      jobName: 'nightly.report',
      inputs: [dataset('revenue')],
      outputs: [dataset('report', lineage('sum', 'revenue'))],
    }),
    runEvent('START', '08:20:00', 3, { inputs: [dataset('orders')], outputs: [dataset('revenue')] }),
  ]

  it('move what was recorded before the source was declared, with its lineage: nothing stands twice', () => {
    send(undefined, ...before)
    expect(upstreams(tableUrn('report'))).toEqual([tableUrn('orders'), tableUrn('revenue')])
    const later = runEvent('COMPLETE', '08:30:00', 3, {
      inputs: [dataset('orders')],
      outputs: [dataset('revenue')],
    })
    send(names, later)
    for (const name of ['orders', 'revenue']) {
      expect(b.catalog.getEntity(tableUrn(name)).entity).toMatchObject({ status: { removed: true } })
      expect(read(tableUrn(name), 'datasetProperties').customProperties.movedTo).toBe(harvested(name))
      expect(upstreams(tableUrn(name))).toEqual([])
    }
    expect(read(harvested('orders'), 'datasetProperties').description).toBe('All orders')
    expect(read(jobUrn(), 'dataJobInputOutput')).toEqual({
      inputDatasets: [harvested('orders')],
      outputDatasets: [harvested('revenue')],
    })
    // The report was not spoken of since, and stands below what was.
    expect(upstreams(tableUrn('report'))).toEqual([harvested('orders'), harvested('revenue')])
    expect(read(tableUrn('report'), 'upstreamLineage').fineGrainedLineages[0].upstreams).toEqual([
      `urn:li:schemaField:(${harvested('revenue')},price)`,
    ])
    const commits = b.commits()
    expect(send(names, later).commit).toBeNull()
    expect(b.commits()).toBe(commits)
    const elsewhere = { eventTime: '2026-11-21T11:00:00Z', producer: AIRFLOW, dataset: dataset('report') }
    send(names, elsewhere)
    expect(upstreams(harvested('report'))).toEqual([harvested('orders'), harvested('revenue')])
    expect(upstreams(tableUrn('report'))).toEqual([])
  })

  it('move with it the profiles and operations of before, once, and what was measured since stays the newest', () => {
    const measured = (at: string, run: number, rowCount: number) =>
      runEvent('COMPLETE', at, run, {
        outputs: [
          dataset(
            'revenue',
            { dataQualityMetrics: facet({ rowCount }) },
            {
              outputFacets: { outputStatistics: facet({ rowCount: 5, size: 9 }) },
            },
          ),
        ],
      })
    send(undefined, measured('08:00:00', 1, 10), measured('08:10:00', 2, 20))
    const later = measured('08:30:00', 3, 30)
    send(names, later)
    const events = (name: string) =>
      [...b.graph.export({ types: ['TimeseriesAspect'] })]
        .map((line) => JSON.parse(line).data as { urn: string; name: string; text: string })
        .filter((one) => one.urn === harvested('revenue') && one.name === name)
        .map(({ text }) => JSON.parse(text) as { timestampMillis: number; rowCount?: number })
        .sort((x, y) => x.timestampMillis - y.timestampMillis)
    expect(events('datasetProfile').map(({ rowCount }) => rowCount)).toEqual([10, 20, 30])
    expect(events('operation')).toHaveLength(3)
    expect(b.catalog.getEntity(harvested('revenue')).entity).toMatchObject({ rowCount: 30 })
    const commits = b.commits()
    expect(send(names, later).commit).toBeNull()
    expect(b.commits()).toBe(commits)
  })

  it('move whatever is measured of it in batches, each instant whole, and keep what stands there', () => {
    const profile = (urn: string, at: number, rowCount: number) =>
      aspect(urn, 'datasetProfile', { timestampMillis: at, rowCount })
    const operation = (urn: string, of: number, at: number) =>
      aspect(urn, 'operation', {
        timestampMillis: at,
        lastUpdatedTimestamp: at,
        operationType: 'INSERT',
        messageId: `m${of}`,
      })
    send(undefined, runEvent('COMPLETE', '08:00:00', 1, { outputs: [dataset('revenue')] }))
    const numbers = Array.from({ length: 1203 }, (_, i) => i)
    const old = tableUrn('revenue')
    b.catalog.ingest(numbers.map((i) => profile(old, 1000 + i, i)))
    b.catalog.ingest(numbers.map((i) => operation(old, i, i < 700 ? 5000 : 5000 - i)))
    b.catalog.ingest([profile(harvested('revenue'), 1500, 9999), profile(harvested('revenue'), 1501, 1)])
    const ingestions = vi.spyOn(Ingestion.prototype, 'finish')
    send(names, runEvent('COMPLETE', '08:30:00', 3, { outputs: [dataset('revenue')] }))
    expect(ingestions.mock.calls.length).toBeLessThan(12)
    ingestions.mockRestore()
    const moved = [...b.graph.export({ types: ['TimeseriesAspect'] })]
      .map((line) => JSON.parse(line).data as { urn: string; name: string; text: string })
      .filter(({ urn }) => urn === harvested('revenue'))
    const counts = moved
      .filter(({ name }) => name === 'datasetProfile')
      .map(({ text }) => JSON.parse(text) as { timestampMillis: number; rowCount: number })
      .sort((x, y) => x.timestampMillis - y.timestampMillis)
      .map(({ rowCount }) => rowCount)
    expect(counts).toEqual(numbers.map((i) => (i === 500 ? 9999 : i)))
    expect(moved.filter(({ name }) => name === 'operation')).toHaveLength(1203)
    expect(b.catalog.getEntity(harvested('revenue')).entity).toMatchObject({ rowCount: 1202 })
  })

  it('move nothing that another database, which no source has, is known by as well', () => {
    const other = { namespace: 'postgres://other:5432', name: 'shop.public.orders' }
    send(undefined, runEvent('COMPLETE', '08:00:00', 1, { inputs: [dataset('orders'), other] }))
    send(names, runEvent('COMPLETE', '09:00:00', 2, { inputs: [dataset('orders')] }))
    expect(read(tableUrn('orders'), 'datasetProperties').customProperties.movedTo).toBeUndefined()
  })

  it('give it back when the source is declared no more', () => {
    send(undefined, ...before)
    send(
      names,
      runEvent('COMPLETE', '08:30:00', 3, { inputs: [dataset('orders')], outputs: [dataset('revenue')] }),
    )
    send(
      undefined,
      runEvent('COMPLETE', '08:40:00', 4, { inputs: [dataset('orders')], outputs: [dataset('revenue')] }),
    )
    expect(read(tableUrn('revenue'), 'status')).toEqual({ removed: false })
    expect(upstreams(harvested('revenue'))).toEqual([])
    expect(upstreams(tableUrn('revenue'))).toEqual([tableUrn('orders')])
  })
})
