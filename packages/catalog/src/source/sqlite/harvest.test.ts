import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../aspect/proposal.js'
import type { Harvest, HarvestProgress } from '../harvest.js'
import { sourceFingerprint } from './fingerprint.js'
import { harvestSqlite } from './harvest.js'
import { METADATA, makeWarehouse, scratch } from './small-warehouse.test.data.js'

let space: ReturnType<typeof scratch>
let url: string
beforeEach(() => {
  space = scratch()
  url = join(space.dir, 'shop.db')
  makeWarehouse(url)
})
afterEach(() => space.dispose())

const source = () => ({ url, platformInstance: 'shop', metadata: METADATA })
const urn = (table: string): string => `urn:li:dataset:(urn:li:dataPlatform:sqlite,shop.main.${table},PROD)`
const field = (table: string, column: string): string => `urn:li:schemaField:(${urn(table)},${column})`

function aspect(harvest: Harvest, entityUrn: string, name: string): JsonObject {
  const found = harvest.proposals.find((p) => p.entityUrn === entityUrn && p.aspectName === name)
  if (!found) throw new Error(`no ${name} of ${entityUrn}`)
  return found.aspect as JsonObject
}

describe('harvesting a SQLite file', () => {
  it('states every aspect of every table and view once', async () => {
    const harvest = await harvestSqlite(source())
    expect(harvest).toMatchObject({ tables: 4, views: 2, rows: 17, notes: [] })
    expect(harvest.datasets).toEqual(
      ['customers', 'items', 'odd "name', 'orders', 'v_city', 'v_revenue'].map(urn),
    )
    const keys = harvest.proposals.map((p) => `${p.entityUrn} ${p.aspectName}`)
    expect(new Set(keys).size).toBe(keys.length)
    expect(harvest.fingerprint).toBe(sourceFingerprint(url))
  })

  it('notes of a view what it cannot count and what it cannot follow, and states the rest', async () => {
    const db = new Database(url)
    db.exec(`CREATE VIEW v_broken AS SELECT city FROM customers WHERE json('{') = 1;
      CREATE VIEW v_unknown AS SELECT x FROM nowhere`)
    db.close()
    const { notes, views } = await harvestSqlite(source())
    expect(views).toBe(4)
    expect(notes.map(({ code, dataset }) => [code, dataset])).toEqual([
      ['rows_unreadable', 'v_broken'],
      ['columns_unreadable', 'v_unknown'],
      ['lineage_unresolved', 'v_unknown'],
    ])
  })

  it('is byte-identical when the file has not changed', async () => {
    const [a, b] = [await harvestSqlite(source()), await harvestSqlite(source())]
    expect(JSON.stringify(a.proposals)).toBe(JSON.stringify(b.proposals))
  })

  it('gives fields their native type, logical type, nullability and key', async () => {
    const schema = aspect(await harvestSqlite(source()), urn('items'), 'schemaMetadata')
    const fields = schema.fields as JsonObject[]
    const type = (f: JsonObject): string | undefined =>
      Object.keys((f.type as { type: object }).type)[0]
        ?.split('.')
        .at(-1)
    expect(fields.map((f) => [f.fieldPath, f.nativeDataType, type(f), f.nullable, f.isPartOfKey])).toEqual([
      ['order_id', 'TEXT', 'StringType', false, true],
      ['line', 'INTEGER', 'NumberType', false, true],
      ['seller_id', 'CHAR(4)', 'StringType', true, false],
      ['price', 'DECIMAL(10, 2)', 'NumberType', true, false],
      ['paid', 'BOOLEAN', 'BooleanType', true, false],
      ['photo', 'BLOB', 'BytesType', true, false],
      ['note', '', 'NullType', true, false],
    ])
    expect(schema.primaryKeys).toEqual(['order_id', 'line'])
  })

  it('states foreign keys to fields, with the parent’s primary key when the clause names no columns', async () => {
    const schema = aspect(await harvestSqlite(source()), urn('orders'), 'schemaMetadata')
    expect(schema.foreignKeys).toEqual([
      {
        name: 'orders_fk_1',
        foreignFields: [field('customers', 'customer_id')],
        sourceFields: [field('orders', 'customer_id')],
        foreignDataset: urn('customers'),
      },
    ])
  })

  it('counts the rows of tables and views inside the database', async () => {
    const harvest = await harvestSqlite(source())
    const rows = (t: string) => aspect(harvest, urn(t), 'datasetProfile').rowCount
    expect(['customers', 'items', 'v_revenue', 'v_city'].map(rows)).toEqual([4, 6, 6, 2])
    const without = await harvestSqlite(source(), { countViews: false })
    expect(
      without.proposals.some((p) => p.entityUrn === urn('v_city') && p.aspectName === 'datasetProfile'),
    ).toBe(false)
  })

  it('traces view columns to the tables and views they are made of', async () => {
    const harvest = await harvestSqlite(source())
    const lineage = aspect(harvest, urn('v_revenue'), 'upstreamLineage')
    expect((lineage.upstreams as JsonObject[]).map((u) => [u.dataset, u.type])).toEqual(
      ['customers', 'items', 'orders'].map((t) => [urn(t), 'VIEW']),
    )
    const fine = (lineage.fineGrainedLineages as JsonObject[]).map((f) => [
      f.downstreams,
      f.transformOperation,
      f.upstreams,
    ])
    expect(fine).toEqual([
      [[field('v_revenue', 'id')], 'IDENTITY', [field('orders', 'order_id')]],
      [[field('v_revenue', 'status')], 'IDENTITY', [field('orders', 'status')]],
      [[field('v_revenue', 'city')], 'IDENTITY', [field('customers', 'city')]],
      [[field('v_revenue', 'revenue')], 'AGGREGATE', [field('items', 'price')]],
    ])
    const above = aspect(harvest, urn('v_city'), 'upstreamLineage')
    expect((above.upstreams as JsonObject[]).map((u) => u.dataset)).toEqual([urn('v_revenue')])
    expect(aspect(harvest, urn('v_city'), 'viewProperties').viewLogic).toMatch(/^CREATE VIEW v_city/)
  })

  it('joins what the metadata file says: owners, tags, terms, domain, descriptions, on fields too', async () => {
    const harvest = await harvestSqlite(source())
    expect(aspect(harvest, urn('customers'), 'ownership').owners).toEqual([
      { owner: 'urn:li:corpGroup:logistics', type: 'DATAOWNER' },
    ])
    expect(aspect(harvest, urn('customers'), 'globalTags')).toEqual({ tags: [{ tag: 'urn:li:tag:pii' }] })
    expect(aspect(harvest, urn('customers'), 'domains')).toEqual({ domains: ['urn:li:domain:customer_care'] })
    expect(aspect(harvest, urn('customers'), 'datasetProperties').description).toBe('One row per customer.')
    const email = (aspect(harvest, urn('customers'), 'schemaMetadata').fields as JsonObject[])[1]
    expect(email).toMatchObject({
      description: 'Where to write.',
      globalTags: { tags: [{ tag: 'urn:li:tag:pii' }] },
    })
    expect(aspect(harvest, 'urn:li:tag:pii', 'tagProperties')).toEqual({
      name: 'pii',
      description: 'Personal',
    })
    expect(aspect(harvest, 'urn:li:glossaryTerm:order_status', 'glossaryTermInfo')).toMatchObject({
      name: 'Order Status',
    })
    expect(aspect(harvest, 'urn:li:corpGroup:logistics', 'corpGroupInfo')).toMatchObject({
      displayName: 'Logistics',
      email: 'l@example.com',
    })
    expect(aspect(harvest, 'urn:li:domain:customer_care', 'domainProperties')).toEqual({
      name: 'Customer Care',
    })
  })

  it('notes what the metadata describes and the source lacks, with the name that was probably meant', async () => {
    const metadata = 'datasets:\n  custmers: {}\n  orders:\n    columns: { statsu: {} }\n'
    const { notes } = await harvestSqlite({ ...source(), metadata })
    expect(notes.map((n) => [n.code, n.message])).toEqual([
      ['metadata_unknown_dataset', expect.stringContaining('Did you mean "customers"?')],
      ['metadata_unknown_column', expect.stringContaining('Did you mean "status"?')],
    ])
  })

  it('reports progress for each table and view, with counts that end at the total', async () => {
    const seen: HarvestProgress[] = []
    await harvestSqlite(source(), { onProgress: (p) => seen.push(p), clock: () => 0 })
    expect(seen.filter((p) => p.phase === 'rows').map((p) => [p.dataset, p.rows, p.done])).toEqual([
      ['customers', 4, 1],
      ['items', 6, 2],
      ['odd "name', 1, 3],
      ['orders', 6, 4],
      ['v_city', 2, 5],
      ['v_revenue', 6, 6],
    ])
    expect(seen.at(-1)).toMatchObject({ phase: 'done', elapsedMs: 0 })
  })

  it('keeps a view whose tables are gone, without columns, and says so', async () => {
    const db = new Database(url)
    db.exec('DROP TABLE items')
    db.close()
    const harvest = await harvestSqlite(source())
    expect(harvest.notes.filter((n) => n.code === 'columns_unreadable').map((n) => n.dataset)).toEqual([
      'v_city',
      'v_revenue',
    ])
    expect(aspect(harvest, urn('v_revenue'), 'viewProperties').viewLogic).toContain('items')
    expect(
      harvest.proposals.some((p) => p.entityUrn === urn('v_revenue') && p.aspectName === 'schemaMetadata'),
    ).toBe(false)
  })

  it('stops when it is cancelled', async () => {
    const stop = AbortSignal.abort()
    await expect(harvestSqlite(source(), { signal: stop })).rejects.toMatchObject({
      code: 'source_cancelled',
    })
  })

  it('refuses metadata with mistakes and gives them with positions', async () => {
    const metadata = 'datasets:\n  orders: { owner: [x] }\n'
    await expect(harvestSqlite({ ...source(), metadata })).rejects.toMatchObject({
      code: 'source_metadata_invalid',
      diagnostics: [
        { code: 'unknown_key', remedy: 'Did you mean "owners"?', range: { start: { line: 2, column: 13 } } },
      ],
    })
  })
})

describe('the fingerprint of a source', () => {
  it('changes when rows change, in place as well, and not otherwise', () => {
    const before = sourceFingerprint(url)
    expect(sourceFingerprint({ url })).toBe(before)
    const db = new Database(url)
    db.prepare("UPDATE orders SET status = 'x'").run()
    db.close()
    expect(sourceFingerprint(url)).not.toBe(before)
  })

  it('changes with the change counter even when size and time are the same', () => {
    utimesSync(url, 1_000, 1_000)
    const before = sourceFingerprint(url)
    const db = new Database(url)
    db.prepare("UPDATE orders SET status = 'sameleng'").run()
    db.close()
    utimesSync(url, 1_000, 1_000)
    expect(sourceFingerprint(url)).not.toBe(before)
  })

  it('sees commits that are only in the write-ahead log, and is the same before and after a harvest', async () => {
    const wal = join(space.dir, 'wal.db')
    makeWarehouse(wal, { wal: true })
    const before = sourceFingerprint(wal)
    await harvestSqlite({ ...source(), url: wal })
    expect(sourceFingerprint(wal)).toBe(before)
    const db = new Database(wal)
    db.prepare("UPDATE orders SET status = 'x'").run()
    expect(sourceFingerprint(wal)).not.toBe(before)
    const open = await harvestSqlite({ ...source(), url: wal })
    expect(open.rows).toBe(17)
    db.close()
  })
})
