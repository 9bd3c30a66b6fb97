import { describe, expect, it } from 'vitest'
import { aspect, bench, table } from '../testing/shop.js'
import { ANSWER_TOKENS, estimateTokens, firstWithin, SCHEMA_TOKENS } from './token-budget.js'

const wide = (name: string, columns: number, about: string) =>
  aspect(table('w', name), 'schemaMetadata', {
    fields: Array.from({ length: columns }, (_, i) => ({
      fieldPath: `c${String(i).padStart(4, '0')}`,
      nativeDataType: 'TEXT',
      nullable: true,
      ...(i === columns - 1 && { isPartOfKey: true }),
      ...(i === columns - 2 && { description: about }),
    })),
  })

describe('the token budget of an answer', () => {
  it('keeps whole items from the front, and the first however large it is', () => {
    expect(estimateTokens('x'.repeat(98))).toBe(32)
    const items = ['a', 'b', 'c'].map((x) => x.repeat(100))
    expect(firstWithin(items, 70)).toEqual(items.slice(0, 2))
    expect(firstWithin(items, 1)).toEqual(items.slice(0, 1))
    expect(firstWithin(items, 1_000)).toEqual(items)
  })

  it('shows of a schema that is too large its keys, then what is described, and says how much is missing', () => {
    const b = bench()
    b.catalog.ingest([wide('wide', 1_000, 'said')])
    const { entity } = b.catalog.getEntity(table('w', 'wide'))
    const schema = entity['schemaMetadata'] as unknown as {
      fields: { fieldPath: string }[]
      schemaFieldsTruncated: object
    }
    expect(schema.fields.slice(0, 3).map((f) => f.fieldPath)).toEqual(['c0999', 'c0998', 'c0000'])
    expect(schema.schemaFieldsTruncated).toEqual({
      totalFields: 1_000,
      includedFields: schema.fields.length,
      offset: 0,
    })
    expect(estimateTokens(schema.fields)).toBeLessThanOrEqual(SCHEMA_TOKENS + schema.fields.length)
    b.close()
  })

  it('leaves later entities of a list out whole, each with what to do', () => {
    const b = bench()
    const long = 'word '.repeat(30_000)
    const urns = ['a', 'b', 'c'].map((n) => table('w', n))
    b.catalog.ingest(urns.map((urn) => aspect(urn, 'datasetProperties', { description: long })))
    const { entities } = b.catalog.getEntities(urns)
    expect(entities.map((e) => 'error' in e)).toEqual([false, true, true])
    expect(entities[1]).toMatchObject({
      urn: urns[1],
      code: 'answer_full',
      error: expect.stringContaining('ask for it alone'),
    })
    b.close()
  })

  it('leaves the largest members of one entity out in a fixed order, and names them', () => {
    const b = bench()
    const view = table('w', 'view')
    b.catalog.ingest([
      aspect(view, 'viewProperties', { viewLogic: 'select 1 '.repeat(40_000), viewLanguage: 'SQL' }),
      aspect(view, 'datasetProperties', { description: 'short' }),
    ])
    const { entity } = b.catalog.getEntity(view)
    expect(entity['viewProperties']).toBeUndefined()
    expect(entity['properties']).toMatchObject({ description: 'short' })
    expect(entity['omitted']).toEqual([{ part: 'viewProperties', tokens: expect.any(Number), get: 'query' }])
    expect(estimateTokens(entity)).toBeLessThan(ANSWER_TOKENS)
    b.close()
  })

  it('ends a page of lineage and of search early, and says so', () => {
    const b = bench()
    const root = table('w', 'root')
    const long = 'lineage '.repeat(15_000)
    const leaves = Array.from({ length: 4 }, (_, i) => table('w', `leaf${i}`))
    b.catalog.ingest(
      leaves.flatMap((urn) => [
        aspect(urn, 'datasetProperties', { description: long }),
        aspect(urn, 'upstreamLineage', { upstreams: [{ dataset: root, type: 'COPY' }] }),
      ]),
    )
    b.catalog.ingest([aspect(root, 'datasetProperties', { name: 'root' })])
    const { downstreams } = b.catalog.getLineage({ urn: root, upstream: false })
    expect(downstreams).toMatchObject({
      total: 4,
      returned: 2,
      hasMore: true,
      truncatedDueToTokenBudget: true,
    })
    expect(b.catalog.search({ query: '/q leaf*' })).toMatchObject({
      total: 4,
      count: 2,
      truncatedDueToTokenBudget: true,
    })
    b.close()
  })
})
