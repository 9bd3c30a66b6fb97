import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../aspect/proposal.js'
import { harvestSource } from '../../job/harvest-source.js'
import type { BoundSource } from '../../job/source-binding.js'
import { POSTGRES_PROGRAMS, PostgresServer } from '../../testing/postgres-server.js'
import { makeShop, READER, READER_PASSWORD, SHOP_METADATA, shopUrl } from '../../testing/postgres-shop.js'
import { bench } from '../../testing/shop.js'
import type { Harvest, HarvestProgress } from '../harvest.js'
import { loadLineageEngine } from '../lineage/column-lineage.js'
import { harvestPostgres, type PostgresHarvestOptions, schemaLookup } from './harvest.js'
import { observeSchema } from './observe-schema.js'
import { withoutConstants } from './observed-queries.js'
import { PostgresSession } from './postgres-session.js'
import { type PostgresSource, resolveAddress } from './postgres-source.js'

const environment = { READER_PASSWORD, WRONG: 'canary-wrong-password' }

describe.skipIf(!POSTGRES_PROGRAMS)('harvesting a PostgreSQL database', { timeout: 120_000 }, () => {
  let server: PostgresServer
  let harvest: Harvest
  const progress: HarvestProgress[] = []
  beforeAll(async () => {
    server = await PostgresServer.start()
    await makeShop(server, 'shop')
    await server.connected('shop', async (client) => {
      await client.query(
        "SELECT city, count(*) FROM customers WHERE email <> 'canary@example.com' GROUP BY city",
      )
      await client.query("CREATE ROLE nobody_else PASSWORD 'canary-role-password'")
      await client.query('SELECT count(*) FROM pg_catalog.pg_class')
    })
    harvest = await again({ onProgress: (p) => progress.push(p), clock: () => 0 })
  })
  afterAll(() => server.stop())

  const source = (more: Partial<PostgresSource> = {}): PostgresSource => ({
    url: shopUrl(server, 'shop'),
    password: '${READER_PASSWORD}',
    platformInstance: 'pg',
    metadata: SHOP_METADATA,
    ...more,
  })
  const again = (options: PostgresHarvestOptions = {}, more: Partial<PostgresSource> = {}) =>
    harvestPostgres(source(more), { environment, ...options })
  const urn = (name: string) => `urn:li:dataset:(urn:li:dataPlatform:postgres,pg.shop.${name},PROD)`
  const field = (name: string, column: string) => `urn:li:schemaField:(${urn(name)},${column})`
  const aspect = (entityUrn: string, name: string, from = harvest): JsonObject => {
    const found = from.proposals.find((p) => p.entityUrn === entityUrn && p.aspectName === name)
    if (!found) throw new Error(`no ${name} of ${entityUrn}`)
    return found.aspect as JsonObject
  }
  const fields = (name: string) => aspect(urn(name), 'schemaMetadata').fields as JsonObject[]

  it('states every aspect of every table and view once, one for a table with its partitions', () => {
    expect(harvest).toMatchObject({ tables: 5, views: 3, rows: 17, notes: [], platform: 'postgres' })
    expect(harvest.datasets).toEqual(
      [
        'public.Odd "name',
        'public.by_city',
        'public.customers',
        'public.empty',
        'sales.items',
        'sales.newest',
        'sales.orders',
        'sales.revenue',
      ].map(urn),
    )
    const keys = harvest.proposals.map((p) => `${p.entityUrn} ${p.aspectName}`)
    expect(new Set(keys).size).toBe(keys.length)
    expect(aspect(urn('sales.orders'), 'datasetProperties').customProperties).toEqual({
      partition_key: 'RANGE (placed_at)',
    })
    expect(aspect(urn('sales.newest'), 'subTypes')).toEqual({ typeNames: ['Materialized View'] })
    expect(aspect(urn('sales.newest'), 'viewProperties')).toMatchObject({ materialized: true })
  })

  it('gives fields the type PostgreSQL prints, the logical type, nullability, key and generation', () => {
    const type = (f: JsonObject) =>
      Object.keys((f.type as { type: object }).type)[0]
        ?.split('.')
        .at(-1)
    const shown = (name: string) =>
      fields(name).map((f) => [
        f.fieldPath,
        f.nativeDataType,
        type(f),
        f.nullable,
        f.isPartOfKey,
        f.jsonProps,
      ])
    expect(shown('sales.items')).toEqual([
      ['item_id', 'bigint', 'NumberType', false, true, '{"identity":"always"}'],
      ['order_id', 'text', 'StringType', false, false, undefined],
      ['placed_at', 'timestamp without time zone', 'TimeType', false, false, undefined],
      ['seller_id', 'character(4)', 'StringType', true, false, undefined],
      ['price', 'sales.positive', 'NumberType', true, false, undefined],
      ['quantity', 'integer', 'NumberType', false, false, undefined],
      ['paid', 'boolean', 'BooleanType', true, false, undefined],
      ['total', 'numeric', 'NumberType', true, false, '{"generated":true}'],
      ['photo', 'bytea', 'BytesType', true, false, undefined],
    ])
    expect(shown('public.customers').map((f) => f.slice(1, 3))).toEqual([
      ['text', 'StringType'],
      ['text', 'StringType'],
      ['character varying(40)', 'StringType'],
      ['date', 'DateType'],
      ['text[]', 'ArrayType'],
      ['jsonb', 'RecordType'],
    ])
    expect(shown('sales.orders')[2]).toEqual(['status', 'sales.status', 'EnumType', false, false, undefined])
  })

  it('states primary, unique and foreign keys, those of partitioned tables once', () => {
    expect(aspect(urn('sales.items'), 'schemaMetadata')).toMatchObject({
      primaryKeys: ['item_id'],
      foreignKeys: [
        {
          name: 'items_order_id_placed_at_fkey',
          foreignDataset: urn('sales.orders'),
          foreignFields: [field('sales.orders', 'order_id'), field('sales.orders', 'placed_at')],
          sourceFields: [field('sales.items', 'order_id'), field('sales.items', 'placed_at')],
        },
      ],
    })
    expect(aspect(urn('sales.items'), 'schemaMetadata').foreignKeys).toHaveLength(1)
    expect(aspect(urn('sales.items'), 'datasetProperties').customProperties).toEqual({
      'unique.one_line': 'order_id, seller_id',
    })
    expect(aspect(urn('sales.orders'), 'schemaMetadata').primaryKeys).toEqual(['order_id', 'placed_at'])
  })

  it('takes comments as descriptions, and what the metadata file says before them', () => {
    const described = (name: string) => aspect(urn(name), 'datasetProperties').description
    expect(['public.customers', 'sales.orders', 'sales.revenue', 'sales.items'].map(described)).toEqual([
      'One row per customer.',
      'Orders, from the metadata file.',
      'Money per order.',
      undefined,
    ])
    expect(fields('public.customers')[1]).toMatchObject({
      description: 'Where to write.',
      globalTags: { tags: [{ tag: 'urn:li:tag:pii' }] },
    })
    expect(aspect(urn('public.customers'), 'ownership').owners).toHaveLength(1)
  })

  it('puts tables into their schema and schemas into the database, by the keys that DataHub makes', () => {
    const { container } = aspect(urn('sales.orders'), 'container') as { container: string }
    // guid() of SchemaKey and DatabaseKey of DataHub 1.7 for the same names.
    expect(container).toBe('urn:li:container:de0c82cd1664217a27fb9e37663d4c56')
    expect(aspect(container, 'container').container).toBe('urn:li:container:2ea67e424849931973293097824825a9')
    expect(aspect(container, 'containerProperties')).toMatchObject({
      name: 'sales',
      description: 'What is sold.',
      customProperties: { platform: 'postgres', instance: 'pg', database: 'shop', schema: 'sales' },
    })
    const around = aspect(container, 'container').container as string
    expect(aspect(around, 'containerProperties')).toMatchObject({ name: 'shop', description: 'The shop.' })
    expect(aspect(urn('public.customers'), 'container').container).not.toBe(container)
  })

  it('counts tables and materialised views, and takes the estimate of those above the bound', async () => {
    const rows = (name: string, from = harvest) => aspect(urn(name), 'datasetProfile', from).rowCount
    expect(['public.customers', 'sales.orders', 'sales.newest', 'public.empty'].map((n) => rows(n))).toEqual([
      4, 6, 4, 0,
    ])
    expect(() => rows('sales.revenue')).toThrow()
    await server.run('shop', 'ANALYZE sales.orders; ANALYZE sales.items')
    await server.run('shop', "DELETE FROM sales.items WHERE order_id = 'o5'")
    const estimated = await again({ exactRows: 5 })
    await server.run(
      'shop',
      "INSERT INTO sales.items (order_id, placed_at, seller_id, price) SELECT order_id, placed_at, 's005', 15 FROM sales.orders WHERE order_id = 'o5'",
    )
    expect([rows('sales.items', estimated), rows('sales.orders', estimated)]).toEqual([6, 6])
    expect(aspect(urn('sales.items'), 'datasetProperties', estimated).customProperties).toMatchObject({
      row_count: 'estimated',
    })
  })

  it('traces columns of views through joins, common table expressions, windows and set operations', () => {
    const edges = (name: string) =>
      (aspect(urn(name), 'upstreamLineage').fineGrainedLineages as JsonObject[]).map((f) => [
        (f.downstreams as string[])[0],
        f.transformOperation,
        f.upstreams,
        f.confidenceScore,
      ])
    expect(edges('sales.revenue')).toEqual([
      [field('sales.revenue', 'id'), 'IDENTITY', [field('sales.orders', 'order_id')], 1],
      [field('sales.revenue', 'status'), 'IDENTITY', [field('sales.orders', 'status')], 1],
      [field('sales.revenue', 'city'), 'IDENTITY', [field('public.customers', 'city')], 1],
      [field('sales.revenue', 'revenue'), 'AGGREGATE', [field('sales.items', 'total')], 1],
    ])
    expect(edges('public.by_city')).toEqual([
      [field('public.by_city', 'city'), 'TRANSFORM', [field('sales.revenue', 'city')], 1],
      [field('public.by_city', 'best'), 'AGGREGATE', [field('sales.revenue', 'revenue')], 1],
    ])
    expect(edges('sales.newest')[1]?.slice(1, 3)).toEqual(['AGGREGATE', [field('sales.orders', 'placed_at')]])
    expect(aspect(urn('sales.revenue'), 'viewProperties').viewLogic).toContain('FROM ((sales.orders o')
  })

  it('finds in the SQL of each view the tables, and only columns, that the database itself recorded', async () => {
    const address = resolveAddress(source(), environment)
    const session = await PostgresSession.open(address, { statementMs: 10_000, searchPath: '' })
    try {
      const observed = await observeSchema(session)
      const engine = await loadLineageEngine()
      const recorded = await session.rows(`
        SELECT DISTINCT r.ev_class::regclass::text, d.refobjid::regclass::text || '.' || a.attname
        FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
          JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class`)
      const views = observed.tables.filter((t) => t.sql !== '')
      expect(views).toHaveLength(3)
      for (const view of views) {
        const found = engine.lineage(view.sql, 'postgresql', schemaLookup(observed))
        expect(found.tables).toEqual(view.reads)
        const used = [...found.columns.flatMap((c) => c.sources), ...found.indirect]
        const columns = recorded.flatMap(([of, column]) => (of === view.name ? [column as string] : []))
        // `ranked` reads every column of the view below it, and the query above it some of them.
        const all = new Set(used.map((s) => `${s.table}.${s.column}`))
        expect([...all].filter((c) => !columns.includes(c))).toEqual([])
        if (view.name !== 'public.by_city') expect([...all].sort()).toEqual(columns.sort())
      }
    } finally {
      await session.close()
    }
  })

  it('states what people ask, with the datasets and columns it is about, and no constant of it', () => {
    const queries = harvest.proposals.filter((p) => p.aspectName === 'queryProperties')
    const texts = queries.map((q) => ((q.aspect as JsonObject).statement as JsonObject).value as string)
    const asked = texts.findIndex((t) => t.startsWith('SELECT city'))
    expect(texts[asked]).toBe('SELECT city, count(*) FROM customers WHERE email <> $1 GROUP BY city')
    expect(aspect(queries[asked]?.entityUrn as string, 'querySubjects').subjects).toEqual(
      [urn('public.customers'), field('public.customers', 'city'), field('public.customers', 'email')].map(
        (entity) => ({ entity }),
      ),
    )
    expect(texts.join()).not.toMatch(/canary|groundplane|pg_class|CREATE/)
    expect(texts.filter((t) => t.includes('count(*) FROM "'))).toEqual([]) // what the harvest itself asks
    expect(texts.filter((t) => t.startsWith('INSERT INTO sales.orders'))).toHaveLength(1)
  })

  it('takes texts and comments out of a statement, whatever their quotes, and leaves names', () => {
    const text = `SELECT 'a''b', E'a\\'b', $q$it's$q$, $$x$$, "it's", $1 -- 'c'\n/* 'd' */ FROM t`
    expect(withoutConstants(text)).toBe(`SELECT '…', '…', '…', '…', "it's", $1  \n  FROM t`)
  })

  it('reports progress for each table and view, with counts that end at the total', () => {
    const rows = progress.filter((p) => p.phase === 'rows')
    expect(rows.map((p) => p.done)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(rows[2]).toMatchObject({ dataset: 'public.customers', rows: 4, total: 8 })
    expect(progress.map((p) => p.phase)).toContain('queries')
    expect(progress.at(-1)).toMatchObject({ phase: 'done', elapsedMs: 0 })
  })

  it('reads only the schemas that are asked for, and notes metadata about what it does not have', async () => {
    const metadata = 'datasets:\n  custmers: {}\n  customers: {}\n'
    const { datasets, notes } = await again({}, { schemas: ['public'], metadata })
    expect(datasets).toHaveLength(4)
    expect(notes.map((n) => [n.code, n.dataset])).toEqual([
      ['metadata_unknown_dataset', 'public.custmers'],
      ['lineage_unresolved', 'public.by_city'], // it reads what lies in the other schema
    ])
    await expect(
      again({}, { metadata: 'datasets:\n  customers: {}\n  public.customers: {}\n' }),
    ).rejects.toMatchObject({ code: 'source_metadata_invalid' })
  })

  it('notes what this user may not count, for want of a privilege or for a policy that hides rows, and states the rest', async () => {
    await makeShop(server, 'guarded')
    await server.run(
      'guarded',
      `REVOKE SELECT ON customers FROM ${READER}; ALTER TABLE sales.items ENABLE ROW LEVEL SECURITY;
       CREATE POLICY none ON sales.items USING (false); REVOKE pg_read_all_stats FROM ${READER}`,
    )
    const { notes, datasets, rows } = await again({}, { url: shopUrl(server, 'guarded') })
    await server.run('guarded', `GRANT pg_read_all_stats TO ${READER}`)
    expect(notes.map(({ code, dataset, message }) => [code, dataset, message])).toEqual([
      ['rows_unreadable', 'public.customers', expect.stringContaining('permission denied')],
      ['rows_unreadable', 'sales.items', expect.stringContaining('row-level security')],
      ['queries_unavailable', '', expect.stringContaining('pg_read_all_stats')],
    ])
    expect([datasets.length, rows]).toEqual([8, 7])
  })

  it('notes that there are no observed queries where the extension is not installed', async () => {
    await server.run('postgres', 'CREATE DATABASE bare')
    const { notes, datasets } = await again({}, { url: shopUrl(server, 'bare'), metadata: 'version: 1\n' })
    expect(datasets).toEqual([])
    expect(notes.map((n) => n.code)).toEqual(['queries_unavailable'])
  })

  it.each([
    ['source_login_refused', 'denied', { password: '${WRONG}' }, {}],
    ['source_secret_missing', 'unavailable', { password: '${NOWHERE}' }, {}],
    ['source_url_invalid', 'invalid', { url: '${READER_PASSWORD}' }, {}],
    ['source_unreachable', 'unavailable', { url: 'postgresql://127.0.0.1:1/shop' }, {}],
    ['source_cancelled', 'unavailable', {}, { signal: AbortSignal.abort() }],
    ['source_metadata_invalid', 'invalid', { metadata: 'datasets:\n  a: { owner: [x] }\n' }, {}],
  ])('is refused with %s, and tells no secret', async (code, kind, more, options) => {
    const error = await again(options, more).catch((e) => e)
    expect(error).toMatchObject({ code, kind, remedy: expect.any(String) })
    expect(JSON.stringify([error.toBody(), String(error.stack), String(error.cause)])).not.toMatch(
      /canary|password-of/,
    )
  })

  it('tells a database that is not there, and a server that does not speak TLS', async () => {
    await expect(again({}, { url: shopUrl(server, 'nowhere') })).rejects.toMatchObject({
      code: 'source_database_unknown',
      message: expect.stringContaining('nowhere'),
    })
    await expect(again({}, { url: `${shopUrl(server, 'shop')}?sslmode=require` })).rejects.toMatchObject({
      code: 'source_tls_failed',
    })
    await expect(
      again({}, { url: `${shopUrl(server, 'shop')}?sslmode=verify-full&sslrootcert=/nowhere.pem` }),
    ).rejects.toMatchObject({ code: 'source_tls_failed', message: expect.stringContaining('/nowhere.pem') })
  })

  it('tells a database this user may not enter, and catalogs that are closed to it', async () => {
    await server.run('postgres', 'CREATE DATABASE closed')
    await server.run('closed', 'REVOKE SELECT ON pg_catalog.pg_constraint FROM PUBLIC')
    const closed = { url: shopUrl(server, 'closed'), metadata: 'version: 1\n' }
    await expect(again({}, closed)).rejects.toMatchObject({ code: 'source_refused' })
    await server.run('postgres', 'REVOKE CONNECT ON DATABASE closed FROM PUBLIC')
    await expect(again({}, closed)).rejects.toMatchObject({ code: 'source_denied', kind: 'denied' })
  })

  it('reads over TLS as much as its mode trusts: the certificate, its name, or neither', async () => {
    const root = await server.enableTls()
    const seen = async (host: string, options: string) =>
      (
        await again(
          {},
          { url: `postgresql://${READER}@${host}:${server.port}/bare?${options}`, metadata: 'version: 1\n' },
        )
      ).notes.length
    const trusting = `sslrootcert=${root}`
    expect(await seen('localhost', `sslmode=verify-full&${trusting}`)).toBe(1)
    expect(await seen('127.0.0.1', `sslmode=verify-ca&${trusting}`)).toBe(1)
    expect(await seen('127.0.0.1', 'sslmode=require')).toBe(1)
    for (const options of [`sslmode=verify-full&${trusting}`, 'sslmode=verify-ca', 'sslmode=verify-full'])
      await expect(seen('127.0.0.1', options), options).rejects.toMatchObject({ code: 'source_tls_failed' })
  })

  it('reads over a Unix socket, from an address that is a secret as a whole', async () => {
    const whole = `postgresql://${READER}:${READER_PASSWORD}@here:${server.port}/shop?host=${server.directory}`
    const { password: _, ...rest } = source()
    const { datasets } = await harvestPostgres(
      { ...rest, url: '${WHOLE}' },
      { environment: { WHOLE: whole } },
    )
    expect(datasets).toEqual(harvest.datasets)
  })

  it('takes the estimate where somebody holds the table, and gives up when the catalogs themselves do not answer', async () => {
    await server.connected('shop', async (client) => {
      await client.query('BEGIN; LOCK TABLE "Odd ""name"')
      const { notes } = await again({ lockMs: 50 })
      expect(notes.map((n) => [n.code, n.dataset])).toEqual([['rows_unreadable', 'public.Odd "name']])
      await client.query('LOCK TABLE pg_catalog.pg_constraint')
      await expect(again({ lockMs: 50 })).rejects.toMatchObject({ code: 'source_locked', retry: {} })
      await expect(again({ statementMs: 500, lockMs: 5_000 })).rejects.toMatchObject({
        code: 'source_timeout',
        kind: 'deadline',
      })
      await client.query('ROLLBACK')
    })
  })

  it('writes nothing, whatever is sent through its session', async () => {
    const session = await PostgresSession.open(resolveAddress(source(), environment), { statementMs: 10_000 })
    try {
      for (const sql of [
        "INSERT INTO customers VALUES ('x')",
        'CREATE TABLE t (a integer)',
        'SELECT 1; DROP TABLE customers',
        "SELECT set_config('transaction_read_only', 'off', true)",
      ]) {
        await expect(session.attempt(sql)).rejects.toThrow()
      }
      expect((await session.attempt('SELECT count(*) FROM customers')).rows).toEqual([['4']])
    } finally {
      await session.close()
    }
  })

  const bound = (): BoundSource => ({ ...source(), name: 'shop', kind: 'postgres', env: 'PROD' })

  it('writes a commit for what is new only, and takes away what is gone only after the whole source was seen', async () => {
    vi.stubEnv('READER_PASSWORD', READER_PASSWORD)
    const b = bench()
    try {
      const first = await harvestSource(b.catalog, bound())
      expect(first).toMatchObject({ tables: 5, views: 3, rejected: [], commit: expect.any(String) })
      expect(b.catalog.exists(urn('public.empty'))).toBe(true)
      expect(await harvestSource(b.catalog, bound())).toMatchObject({ written: 0, commit: null })
      const lineage = b.catalog.getLineage({ urn: urn('public.by_city'), column: 'best', max_hops: 3 })
      expect(
        lineage.upstreams?.searchResults.map((hit) => [hit.entity.urn, hit.degree, hit.lineageColumns]),
      ).toEqual([
        [urn('sales.revenue'), 1, ['revenue']],
        [urn('sales.items'), 2, ['total']],
      ])

      await server.run('shop', 'DROP TABLE empty; ALTER TABLE customers ADD COLUMN phone text')
      const before = b.graph.head().id
      const stopped = new AbortController()
      const half = harvestSource(
        b.catalog,
        bound(),
        {},
        {
          signal: stopped.signal,
          onProgress: (p) => p.phase === 'rows' && p.done === 2 && stopped.abort(),
        },
      )
      await expect(half).rejects.toMatchObject({ code: 'source_cancelled' })
      expect([b.graph.head().id, b.catalog.exists(urn('public.empty'))]).toEqual([before, true])

      expect((await harvestSource(b.catalog, bound())).commit).not.toBeNull()
      expect(b.catalog.exists(urn('public.empty'))).toBe(false)
      const columns = b.catalog.listSchemaFields({ urn: urn('public.customers') })
      expect(JSON.stringify(columns)).toContain('phone')
      // The server goes while it is read: what the catalog had stays.
      const head = b.graph.head().id
      const lost = harvestSource(
        b.catalog,
        bound(),
        {},
        {
          onProgress: (p) => p.phase === 'rows' && p.done === 1 && void server.stop(),
        },
      )
      await expect(lost).rejects.toMatchObject({ code: 'source_unreachable' })
      expect(b.graph.head().id).toBe(head)
    } finally {
      vi.unstubAllEnvs()
      b.close()
    }
  })
})
