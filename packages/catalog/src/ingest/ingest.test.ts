import { existsSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AspectProposal, Json } from '../aspect/proposal.js'
import { aspect, type Bench, bench, column, shop, table } from '../testing/shop.js'

let b: Bench
beforeEach(() => {
  b = bench()
})
afterEach(() => b.close())

const storedText = (urn: string, name: string) =>
  b.graph.query(
    'query t($urn: String, $name: String) { match { $a: Aspect { urn: $urn, name: $name } } return { $a.text as text } }',
    {
      urn,
      name,
    },
  ).rows[0]?.['text']

const rows = (type: string) => b.graph.snapshot().types.find((t) => t.name === type)?.rows ?? 0

describe('ingesting', () => {
  it('a batch is one commit, and the same batch again is none', () => {
    const first = b.catalog.ingest(shop('clean'))
    expect(first).toMatchObject({ written: shop('clean').length, unchanged: 0, rejected: [] })
    expect(first.commit).not.toBeNull()
    const commits = b.commits()
    b.tick()
    expect(b.catalog.ingest(shop('clean'))).toMatchObject({
      written: 0,
      unchanged: shop('clean').length,
      commit: null,
    })
    expect(b.commits()).toBe(commits)
  })

  it('keeps the text of an aspect byte for byte, unknown aspects and entity types included', () => {
    const text = '{ "b": 1.0,  "a": "\\u00e9", "big": 12345678901234567890 }'
    const urn = 'urn:li:mlModel:(urn:li:dataPlatform:x,m,PROD)'
    b.catalog.ingest([{ entityUrn: urn, aspectName: 'neverHeardOf', aspect: null, text }])
    expect(storedText(urn, 'neverHeardOf')).toBe(text)
    expect(b.catalog.exists(urn)).toBe(true)
    expect(b.catalog.getEntity(urn).entity).toMatchObject({
      type: 'ML_MODEL',
      aspects: { neverHeardOf: { b: 1, a: 'é' } },
    })
  })

  it('does not count other system metadata as a change', () => {
    const p = aspect(table('clean', 'orders'), 'datasetProperties', { name: 'orders' })
    b.catalog.ingest([{ ...p, systemMetadata: { lastObserved: 1, runId: 'a' } }])
    expect(b.catalog.ingest([{ ...p, systemMetadata: { lastObserved: 2, runId: 'b' } }]).commit).toBeNull()
  })

  it('writes the good proposals of a batch and refuses the bad ones one by one', () => {
    const orders = table('clean', 'orders')
    const bad: unknown[] = [
      aspect(orders, 'datasetProperties', { name: 'orders' }),
      aspect('orders', 'datasetProperties', {}),
      aspect('urn:li:dataset:orders', 'datasetProperties', {}),
      aspect(orders, 'no spaces', {}),
      { entityUrn: orders, aspectName: 'status', aspect: null, text: '{"removed":' },
      aspect(orders, 'status', [] as unknown as Json),
      aspect(orders, 'schemaMetadata', { fields: [{ fieldPath: 7 }] }),
      aspect(orders, 'upstreamLineage', { upstreams: [{ dataset: 'urn:li:dataset:short', type: 'VIEW' }] }),
      aspect(orders, 'datasetProfile', { rowCount: 1 }),
      null,
    ]
    const result = b.catalog.ingest(bad as AspectProposal[])
    expect(result.written).toBe(1)
    expect(result.rejected.map((r) => [r.index, r.code])).toEqual([
      [1, 'urn_invalid'],
      [2, 'urn_invalid'],
      [3, 'aspect_name_invalid'],
      [4, 'aspect_json_invalid'],
      [5, 'aspect_json_invalid'],
      [6, 'aspect_shape_invalid'],
      [7, 'aspect_shape_invalid'],
      [8, 'aspect_shape_invalid'],
      [9, 'proposal_invalid'],
    ])
    expect(result.rejected[5]?.message).toContain('fields[0].fieldPath must be a string')
    expect(storedText(orders, 'schemaMetadata')).toBeUndefined()
    expect(b.catalog.listSchemaFields({ urn: orders }).fields).toEqual([])
  })

  it('takes the last of several proposals for one aspect in a batch, and none when it is the stored one', () => {
    const orders = table('clean', 'orders')
    const schema = (...paths: string[]) =>
      aspect(orders, 'schemaMetadata', {
        schemaName: 'orders',
        fields: paths.map((fieldPath) => ({ fieldPath })),
      })
    b.catalog.ingest([schema('a', 'b'), schema('b', 'c')])
    expect(b.catalog.listSchemaFields({ urn: orders }).fields.map((f) => f.fieldPath)).toEqual(['b', 'c'])
    expect(rows('Field')).toBe(2)
    expect(b.catalog.ingest([schema('z'), schema('b', 'c')]).commit).toBeNull()
  })

  it('tells entities others mention from entities that are described', () => {
    const view = table('clean', 'v')
    b.catalog.ingest([
      aspect(view, 'upstreamLineage', { upstreams: [{ dataset: table('clean', 'ghost'), type: 'VIEW' }] }),
    ])
    expect(b.catalog.exists(view)).toBe(true)
    expect(b.catalog.exists(table('clean', 'ghost'))).toBe(false)
    expect(() => b.catalog.getEntity(table('clean', 'ghost'))).toThrow(
      expect.objectContaining({
        code: 'entity_not_found',
        details: { urn: table('clean', 'ghost'), mentioned: true },
      }),
    )
    expect(b.catalog.getLineage({ urn: view }).upstreams?.searchResults[0]?.entity.exists).toBe(false)
    b.catalog.ingest([aspect(table('clean', 'ghost'), 'datasetProperties', { name: 'ghost' })])
    expect(b.catalog.exists(table('clean', 'ghost'))).toBe(true)
  })

  it('replaces exactly the edges an aspect stated before', () => {
    b.catalog.ingest(shop('clean'))
    const orders = table('clean', 'orders')
    b.catalog.ingest([
      aspect(orders, 'globalTags', { tags: [{ tag: 'urn:li:tag:pii' }, { tag: 'urn:li:tag:old' }] }),
    ])
    const result = b.catalog.ingest([
      aspect(orders, 'globalTags', { tags: [{ tag: 'urn:li:tag:pii' }, { tag: 'urn:li:tag:new' }] }),
    ])
    expect(result.commit?.changes).toEqual({ inserted: 2, updated: 1, deleted: 1 }) // tag new and its edge; the aspect; the old edge
    expect(b.catalog.getEntity(orders).entity).toMatchObject({
      tags: [{ urn: 'urn:li:tag:new' }, { urn: 'urn:li:tag:pii' }],
    })
  })

  it('removes column lineage that is no longer stated', () => {
    b.catalog.ingest(shop('clean'))
    const revenue = table('clean', 'v_revenue')
    expect(b.catalog.getLineage({ urn: revenue, column: 'revenue' }).upstreams?.total).toBe(1)
    b.catalog.ingest([
      aspect(revenue, 'upstreamLineage', {
        upstreams: [{ dataset: table('clean', 'orders'), type: 'VIEW' }],
      }),
    ])
    expect(b.catalog.getLineage({ urn: revenue, column: 'revenue' }).upstreams?.total).toBe(0)
    expect(b.catalog.getLineage({ urn: revenue }).upstreams?.total).toBe(1)
  })

  it('deletes a column that left the schema, and keeps it as a stub while lineage speaks of it', () => {
    b.catalog.ingest(shop('clean'))
    const fields = rows('Field')
    b.catalog.ingest([
      aspect(table('clean', 'orders'), 'schemaMetadata', {
        schemaName: 'orders',
        fields: [{ fieldPath: 'order_id' }],
      }),
    ])
    expect(
      b.catalog.listSchemaFields({ urn: table('clean', 'orders') }).fields.map((f) => f.fieldPath),
    ).toEqual(['order_id'])
    expect(rows('Field')).toBe(fields - 1) // customer_id goes; price feeds v_revenue.revenue
    expect(b.catalog.exists(column('clean', 'orders', 'price'))).toBe(false)
  })

  it('keeps a profile that says the same only once, and never lets an older one win', () => {
    const orders = table('clean', 'orders')
    const profile = (timestampMillis: number, rowCount: number) =>
      aspect(orders, 'datasetProfile', { timestampMillis, rowCount })
    b.catalog.ingest([aspect(orders, 'datasetProperties', { name: 'orders' }), profile(1000, 5)])
    expect(b.catalog.ingest([profile(2000, 5)]).commit).toBeNull()
    expect(b.catalog.ingest([profile(2000, 5)], {}, { profiles: 'append' }).written).toBe(1)
    b.catalog.ingest([profile(3000, 6), profile(1500, 9)])
    expect(b.catalog.getEntity(orders).entity).toMatchObject({
      rowCount: 6,
      profiledAt: '1970-01-01T00:00:03.000Z',
    })
  })

  it('soft-deletes what a complete harvest no longer mentions, and brings it back', () => {
    const complete = { platform: 'sqlite', instance: 'clean', fingerprint: 'f1' }
    b.catalog.ingest([...shop('clean'), ...shop('dirty')])
    b.catalog.ingest(shop('clean'), {}, { complete })
    expect(b.catalog.harvestedFingerprint('sqlite', 'clean')).toBe('f1')
    expect(b.catalog.harvestedFingerprint('sqlite', 'dirty')).toBeNull()
    const without = shop('clean').filter((p) => p.entityUrn !== table('clean', 'customers'))
    b.catalog.ingest(without, {}, { complete })
    expect(b.catalog.exists(table('clean', 'customers'))).toBe(false)
    expect(b.catalog.exists(table('dirty', 'customers'))).toBe(true)
    expect(b.catalog.search({ query: 'customers' }).searchResults?.map((h) => h.entity.urn)).not.toContain(
      table('clean', 'customers'),
    )
    b.catalog.ingest(shop('clean'), {}, { complete })
    expect(b.catalog.exists(table('clean', 'customers'))).toBe(true)
  })

  it('reports dataset URNs that differ by casing only, and merges nothing', () => {
    b.catalog.ingest([aspect(table('clean', 'orders'), 'datasetProperties', { name: 'orders' })])
    const result = b.catalog.ingest([
      aspect(table('clean', 'ORDERS'), 'datasetProperties', { name: 'ORDERS' }),
    ])
    expect(result.casing).toEqual([{ urn: table('clean', 'ORDERS'), others: [table('clean', 'orders')] }])
    expect(rows('Dataset')).toBe(2)
  })

  it('takes proposals as DataHub writes them, on the wire and in files', () => {
    const urn = table('clean', 'orders')
    const head = { entityType: 'dataset', entityUrn: urn, changeType: 'UPSERT' }
    const result = b.catalog.ingestWire([
      {
        ...head,
        aspectName: 'datasetProperties',
        aspect: { value: '{"name": "orders"}', contentType: 'application/json' },
      },
      { ...head, aspectName: 'status', aspect: { json: { removed: false } } },
      { ...head, aspectName: 'status', changeType: 'DELETE' },
      { ...head, entityType: 'chart', aspectName: 'status', aspect: { json: {} } },
      { ...head, aspectName: 'status' },
      'no',
    ])
    expect(storedText(urn, 'datasetProperties')).toBe('{"name": "orders"}')
    expect(result.written).toBe(2)
    expect(result.rejected.map((r) => r.code)).toEqual([
      'change_type_unsupported',
      'entity_type_mismatch',
      'proposal_invalid',
      'proposal_invalid',
    ])
  })
})

const BOOTSTRAP = new URL('../../../../../shared/data/datahub/addon_bootstrap_mce.json', import.meta.url)

describe.skipIf(!existsSync(BOOTSTRAP))(
  `DataHub's bootstrap file (skipped when ${BOOTSTRAP.pathname.split('/').slice(-4).join('/')} is absent)`,
  () => {
    it('lands whole, with everything it mentions, and lands once', () => {
      const proposals = JSON.parse(readFileSync(BOOTSTRAP, 'utf8')) as {
        entityUrn: string
        aspectName: string
        aspect: { value: string }
      }[]
      expect(b.catalog.ingestWire(proposals)).toMatchObject({ written: 25, rejected: [] })
      expect(
        [
          'Aspect',
          'Dataset',
          'Field',
          'HasField',
          'UpstreamOf',
          'FieldUpstreamOf',
          'Query',
          'QueryReads',
          'Tag',
          'Term',
          'Domain',
        ].map(rows),
      ).toEqual([25, 7, 52, 32, 6, 34, 2, 2, 5, 2, 1])
      for (const p of proposals) expect(storedText(p.entityUrn, p.aspectName)).toBe(p.aspect.value)
      expect(b.catalog.ingestWire(proposals).commit).toBeNull()
      const details =
        'urn:li:dataset:(urn:li:dataPlatform:snowflake,long_tail_companions.analytics.pet_details,PROD)'
      expect(b.catalog.getLineage({ urn: details }).upstreams).toMatchObject({ total: 5 })
      expect(
        b.catalog.search({ query: 'adoptions', num_results: 2 }).searchResults?.map((h) => h.entity.urn),
      ).toEqual(['urn:li:domain:0da1ef03-8870-45db-9f47-ef4f592f095c', details])
    })
  },
)
