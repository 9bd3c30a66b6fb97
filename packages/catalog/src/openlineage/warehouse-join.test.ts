import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { harvestSource } from '../job/harvest-source.js'
import { facet, runEvent } from '../testing/lineage-events.js'
import { POSTGRES_PROGRAMS, PostgresServer } from '../testing/postgres-server.js'
import { type Bench, bench } from '../testing/shop.js'
import { DeclaredNames } from './declared-names.js'

const SHOP = `
CREATE TABLE orders (order_id integer PRIMARY KEY, amount numeric(10, 2));
CREATE TABLE revenue (day date, total numeric);
CREATE VIEW weekly AS SELECT sum(total) AS week_total FROM revenue;
CREATE ROLE reader LOGIN PASSWORD 'correct-horse';
GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
`

const urn = (table: string) => `urn:li:dataset:(urn:li:dataPlatform:postgres,dwh.shop.public.${table},PROD)`

describe.skipIf(!POSTGRES_PROGRAMS)('events about a database, and its harvest', { timeout: 120_000 }, () => {
  let server: PostgresServer
  let b: Bench
  beforeAll(async () => {
    server = await PostgresServer.start()
    await server.run('postgres', 'CREATE DATABASE shop')
    await server.run('shop', SHOP)
    vi.stubEnv('SHOP_PASSWORD', 'correct-horse')
    b = bench()
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    b?.close()
    await server?.stop()
  })

  it('have one lineage, from what a job reads to a view over what it writes, by dataset and by column', async () => {
    const source = {
      name: 'shop',
      kind: 'postgres' as const,
      url: `postgresql://reader@${server.address}/shop`,
      password: '${SHOP_PASSWORD}',
      platformInstance: 'dwh',
      env: 'PROD',
      openlineageNamespaces: ['postgres://proxy:6432'],
    }
    const names = new DeclaredNames([source])
    const own = `postgres://${server.address}`
    const name = (table: string, namespace = own) => ({ namespace, name: `shop.public.${table}` })
    const columnLineage = facet({
      fields: { total: { inputFields: [{ ...name('orders'), field: 'amount' }] } },
    })
    const event = runEvent('COMPLETE', '09:00:00', 1, {
      // The proxy and the database itself are one to the catalog.
      inputs: [name('orders', 'postgres://proxy:6432')],
      outputs: [{ ...name('revenue'), facets: { columnLineage } }],
    })
    b.catalog.receiveLineage([JSON.stringify(event)], {}, names)
    const harvest = await harvestSource(b.catalog, source)
    expect(harvest.casing).toEqual([])
    const datasets = [...b.graph.export()]
      .map((line) => JSON.parse(line))
      .flatMap(({ type, data }) => (type === 'Dataset' ? [data.urn] : []))
    expect(datasets.sort()).toEqual(['orders', 'revenue', 'weekly'].map(urn))
    const above = b.catalog.getLineage({ urn: urn('weekly'), upstream: true, max_hops: 9 })
    expect(above.upstreams?.searchResults.map((hit) => hit.entity.urn).sort()).toEqual([
      urn('orders'),
      urn('revenue'),
    ])
    const column = b.catalog.getLineage({ urn: urn('weekly'), column: 'week_total', max_hops: 9 })
    const found = column.upstreams?.searchResults.find((hit) => hit.entity.urn === urn('orders'))
    expect(found?.lineageColumns).toEqual(['amount'])
    // What the harvest states of a table stands beside what events say of it.
    const commits = b.commits()
    expect(b.catalog.receiveLineage([JSON.stringify(event)], {}, names).commit).toBeNull()
    expect(b.commits()).toBe(commits)
  })
})
