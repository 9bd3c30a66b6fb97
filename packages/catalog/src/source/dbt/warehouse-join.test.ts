import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { harvestSource } from '../../job/harvest-source.js'
import { POSTGRES_PROGRAMS, PostgresServer } from '../../testing/postgres-server.js'
import { type Bench, bench } from '../../testing/shop.js'

const ARTEFACTS = fileURLToPath(new URL('../../../../../test/dbt/artefacts/shop', import.meta.url))

/** The database that the artefacts were built in, with what dbt made there. */
const SHOP = `
CREATE TABLE customers (customer_id text PRIMARY KEY, email text, country text);
CREATE TABLE orders (order_id integer PRIMARY KEY, customer_id text REFERENCES customers, amount numeric(10, 2), status text);
CREATE TABLE countries (code text, name text);
CREATE VIEW customers_clean AS
  SELECT c.customer_id, lower(c.email) AS email, k.name AS country FROM customers c LEFT JOIN countries k ON k.code = c.country;
CREATE TABLE revenue AS
  SELECT c.country, sum(o.amount) AS revenue, count(*) AS orders
  FROM orders o JOIN customers_clean c USING (customer_id) WHERE o.status <> 'lost' GROUP BY c.country;
CREATE TABLE customers_history AS SELECT *, now()::timestamp AS dbt_updated_at FROM customers;
CREATE ROLE reader LOGIN PASSWORD 'correct-horse';
GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
`

const warehouse = (table: string) =>
  `urn:li:dataset:(urn:li:dataPlatform:postgres,shop.shop.public.${table},PROD)`
const project = (id: string) => `urn:li:dataset:(urn:li:dataPlatform:dbt,project.${id},PROD)`

describe.skipIf(!POSTGRES_PROGRAMS)('a project and the database it is built in', { timeout: 120_000 }, () => {
  let server: PostgresServer
  let b: Bench
  const database = () => ({
    name: 'shop',
    kind: 'postgres' as const,
    url: `postgresql://reader@${server.address}/shop`,
    password: '${SHOP_PASSWORD}',
    platformInstance: 'shop',
    env: 'PROD',
  })
  const artefacts = {
    name: 'project',
    kind: 'dbt' as const,
    url: ARTEFACTS,
    platformInstance: 'project',
    targetPlatformInstance: 'shop',
    env: 'PROD',
  }
  beforeAll(async () => {
    server = await PostgresServer.start()
    await server.run('postgres', 'CREATE DATABASE shop')
    await server.run('shop', SHOP)
    vi.stubEnv('SHOP_PASSWORD', 'correct-horse')
    b = bench()
    await harvestSource(b.catalog, artefacts)
    await harvestSource(b.catalog, database())
    await harvestSource(b.catalog, artefacts)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    b?.close()
    await server?.stop()
  })

  it('mean the same datasets: none that dbt speaks of is unknown to the database', () => {
    for (const table of [
      'customers',
      'orders',
      'countries',
      'customers_clean',
      'revenue',
      'customers_history',
    ])
      expect(b.catalog.getEntity(warehouse(table)).entity).toMatchObject({ properties: { name: table } })
  })

  it('have one lineage from the tables dbt reads to the table it makes, by dataset and by column', () => {
    const below = b.catalog.getLineage({ urn: warehouse('orders'), upstream: false, max_hops: 9 })
    const hits = below.downstreams?.searchResults.map((hit) => hit.entity.urn)
    expect(hits).toEqual(
      expect.arrayContaining([
        project('source.shop.shop.orders'),
        project('model.shop.revenue'),
        warehouse('revenue'),
      ]),
    )
    const column = b.catalog.getLineage({ urn: warehouse('revenue'), column: 'revenue', max_hops: 9 })
    const found = column.upstreams?.searchResults.find((hit) => hit.entity.urn === warehouse('orders'))
    expect(found?.lineageColumns).toEqual(['amount'])
  })

  it('leaves the lineage that the database states of its view, and each other alone from then on', async () => {
    const view = JSON.parse(
      b.catalog.aspectRecord(warehouse('customers_clean'), 'upstreamLineage')?.text ?? '{}',
    )
    const upstreams = (view as { upstreams: { dataset: string }[] }).upstreams.map((u) => u.dataset)
    expect(upstreams).toEqual([warehouse('countries'), warehouse('customers')])
    const lineage = () =>
      ['customers_clean', 'revenue'].map((t) => b.catalog.aspectRecord(warehouse(t), 'upstreamLineage')?.text)
    const before = lineage()
    expect(await harvestSource(b.catalog, artefacts)).toMatchObject({ written: 0, commit: null })
    await harvestSource(b.catalog, database())
    expect(await harvestSource(b.catalog, artefacts)).toMatchObject({ written: 0, commit: null })
    expect(lineage()).toEqual(before)
  })
})
