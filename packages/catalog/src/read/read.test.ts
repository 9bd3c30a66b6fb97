import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Catalog } from '../catalog.js'
import { aspect, type Bench, bench, check, column, shop, table } from '../testing/shop.js'

let b: Bench
beforeAll(() => {
  b = bench()
  b.catalog.ingest([...shop('clean'), ...shop('dirty')])
  b.catalog.recordAssertions(check('clean', 'f1'))
  b.catalog.recordAssertions(check('dirty', 'f2', { email_not_null: 7 }))
})
afterAll(() => b.close())

const urns = (query: string, filter?: string) =>
  b.catalog
    .search({ query, num_results: 50, ...(filter !== undefined && { filter }) })
    .searchResults?.map((h) => h.entity.urn)

describe('search', () => {
  it('answers in the order of keys its users test for, with a receipt', () => {
    const answer = b.catalog.search({ query: 'orders', offset: 1 })
    expect(Object.keys(answer)).toEqual(['start', 'count', 'total', 'searchResults', 'facets', 'receipt'])
    expect(answer.start).toBe(1)
    expect(answer.receipt).toEqual({ graph: b.graph.id, commit: b.graph.head().id, at: b.graph.head().at })
  })

  it('of a graph that has another schema is refused, whatever is asked', () => {
    const other = bench('node Person { name: String @key }')
    const asks = [() => other.catalog.search({ query: 'x' }), () => other.catalog.listIncidents()]
    try {
      for (const ask of asks) {
        let refused: unknown
        try {
          ask()
        } catch (error) {
          refused = error
        }
        expect(refused).toMatchObject({
          code: 'catalog_schema_missing',
          remedy: expect.stringContaining('kind: catalog'),
        })
      }
    } finally {
      other.close()
    }
  })

  it('sorts by what it can, and says what that is', () => {
    let refused: unknown
    try {
      b.catalog.search({ query: 'orders', sort_by: 'size' })
    } catch (error) {
      refused = error
    }
    expect(refused).toMatchObject({
      code: 'sort_unsupported',
      remedy: expect.stringContaining('name or urn'),
    })
  })

  it('leaves out results and count when none are asked for, and gives at most fifty', () => {
    expect(Object.keys(b.catalog.search({ num_results: 0 }))).toEqual(['start', 'total', 'facets', 'receipt'])
    expect(b.catalog.search({ num_results: 999 }).count).toBe(b.catalog.search({}).total)
  })

  it('finds what a sentence is about, and says by which words', () => {
    const [first] =
      b.catalog.search({ query: 'revenue dashboard wrong', filter: 'platform_instance = dirty' })
        .searchResults ?? []
    expect(first?.entity.urn).toBe(table('dirty', 'v_revenue'))
    expect(first?.matchedFields).toContainEqual({
      name: 'description',
      value: 'Feeds the revenue dashboard',
      words: ['revenue', 'dashboard'],
    })
  })

  it('finds nothing for a sentence about nothing in it', () => {
    expect(b.catalog.search({ query: 'the coffee machine is broken' }).total).toBe(0)
  })

  it('finds a related word, a misspelt word and a beginning, after what was asked literally', () => {
    expect(urns('clients')?.slice(0, 2)).toEqual([table('clean', 'customers'), table('dirty', 'customers')])
    expect(urns('custmers')?.[0]).toBe(table('clean', 'customers'))
    expect(urns('reve')?.[0]).toBe(table('clean', 'v_revenue'))
  })

  it('finds a dataset by its URN, a tag and an owner by name', () => {
    expect(urns(table('clean', 'orders'))).toEqual([table('clean', 'orders')])
    expect(urns('finance')).toContain('urn:li:corpGroup:finance')
    expect(urns('pii')?.[0]).toBe('urn:li:tag:pii')
  })

  it.each([
    ['/q orders+customer*', ['clean orders', 'dirty orders']],
    ['/q "revenue dashboard"', ['clean v_revenue', 'dirty v_revenue']],
    ['/q tag:PII', ['clean customers', 'dirty customers']],
    ['/q owner:finance NOT instance:dirty', ['clean orders']],
    ['/q name:v_* instance:clean', ['clean v_revenue']],
  ])('%s means what DataHub means by it', (query, expected) => {
    expect(urns(query, 'entity_type = dataset')?.sort()).toEqual(
      expected.map((e) => table(...(e.split(' ') as [string, string]))).sort(),
    )
  })

  it('of assertions says when a column or a type is one nobody knows', () => {
    const ask = (more: object) =>
      b.catalog.getDatasetAssertions({ urn: table('clean', 'customers'), ...more })
    expect(() => ask({ column: 'Email' })).toThrow(
      expect.objectContaining({ code: 'column_not_found', remedy: expect.stringContaining('"email"') }),
    )
    expect(ask({ column: 'customer_id' }).data.total).toBe(0)
    expect(ask({ assertion_type: 'lenght' }).message).toBe(
      '0 assertions; the dataset has no assertion of the type "lenght", its types are not_null',
    )
  })

  it('says which values of a filter nothing has, and what may be meant', () => {
    const hints = (filter: string) => b.catalog.search({ filter }).hints
    expect(hints('platform_instance = dirty AND entity_type = DATASET')).toBeUndefined()
    expect(hints('platform_instance IN (dirty, cleen)')).toEqual([
      'Nothing in the catalog has the platform_instance "cleen". Did you mean "clean"?',
    ])
    expect(hints('NOT platform = mysql OR has_failing_assertions = yes')).toEqual([
      'Nothing in the catalog has the platform "mysql". Known: sqlite.',
      'Nothing in the catalog has the has_failing_assertions "yes". Known: false, true.',
    ])
    expect(hints('column = emial')).toEqual([
      'Nothing in the catalog has the column "emial". Did you mean "email"?',
    ])
    const urn = table('clean', 'v_revenue')
    expect(b.catalog.getLineage({ urn, filter: 'name = ordres' })).toMatchObject({
      upstreams: { total: 0 },
      hints: ['Nothing in the catalog has the name "ordres". Did you mean "orders"?'],
    })
  })

  it('filters by health as it is now', () => {
    expect(urns('*', 'has_failing_assertions = true')).toEqual([table('dirty', 'customers')])
    expect(urns('*', 'has_active_incidents = true')).toEqual([])
  })

  it('counts facets over all matches', () => {
    const { facets } = b.catalog.search({ query: '*', filter: 'type = dataset', num_results: 1 })
    expect(facets.find((f) => f.field === 'typeNames')?.aggregations).toEqual([
      { value: 'Table', count: 4, displayName: 'Table' },
      { value: 'View', count: 2, displayName: 'View' },
    ])
  })

  it('refuses to sort by what it cannot', () => {
    expect(() => b.catalog.search({ sort_by: 'usage' })).toThrow(
      expect.objectContaining({ kind: 'unsupported' }),
    )
    expect(
      b.catalog.search({ filter: 'type = dataset', sort_by: 'name', sort_order: 'asc' }).searchResults?.[0]
        ?.entity.properties?.name,
    ).toBe('customers')
  })
})

describe('entities', () => {
  it('are read with everything known about them', () => {
    const { entity } = b.catalog.getEntity(` ${table('dirty', 'orders')} `)
    expect(entity).toMatchObject({
      type: 'DATASET',
      name: 'orders',
      platformInstance: 'dirty',
      owners: [{ urn: 'urn:li:corpGroup:finance', name: 'Finance', role: 'DATAOWNER' }],
      foreignKeys: [
        { column: 'customer_id', target: table('dirty', 'customers'), targetColumn: 'customer_id' },
      ],
      downstreams: [table('dirty', 'v_revenue')],
      health: { assertions: { total: 1, passing: 1, failing: 0 } },
    })
  })

  it('in a list fail one by one', () => {
    const { entities } = b.catalog.getEntities([table('clean', 'orders'), table('clean', 'none'), 'nonsense'])
    expect(entities.map((e) => ('error' in e ? e.urn : e.type))).toEqual([
      'DATASET',
      table('clean', 'none'),
      'nonsense',
    ])
  })

  it('that do not exist are an error in every read', () => {
    const urn = table('clean', 'none')
    const notFound = expect.objectContaining({ kind: 'not-found', code: 'entity_not_found' })
    expect(() => b.catalog.getEntity(urn)).toThrow(notFound)
    expect(() => b.catalog.listSchemaFields({ urn })).toThrow(notFound)
    expect(() => b.catalog.getLineage({ urn })).toThrow(notFound)
    expect(() => b.catalog.getDatasetAssertions({ urn })).toThrow(notFound)
    expect(() => b.catalog.listIncidents({ urn })).toThrow(notFound)
  })
})

describe('schema fields', () => {
  it('come keys first, then described, then by path', () => {
    const answer = b.catalog.listSchemaFields({ urn: table('clean', 'customers') })
    expect(answer.fields.map((f) => f.fieldPath)).toEqual(['customer_id', 'email'])
    expect(answer).toMatchObject({
      totalFields: 2,
      returned: 2,
      remainingCount: 0,
      matchingCount: null,
      offset: 0,
    })
    expect(answer.fields[1]).toMatchObject({
      tags: ['urn:li:tag:pii'],
      description: 'Where to write',
      type: 'String',
    })
  })

  it('that match keywords come first and are counted', () => {
    const answer = b.catalog.listSchemaFields({
      urn: table('clean', 'orders'),
      keywords: ['prices'],
      limit: 1,
    })
    expect(answer.fields[0]?.fieldPath).toBe('price')
    expect(answer).toMatchObject({ totalFields: 3, returned: 1, remainingCount: 2, matchingCount: 1 })
  })
})

describe('lineage', () => {
  it('walks both ways, with degrees and paths', () => {
    const down = b.catalog.getLineage({ urn: table('clean', 'orders'), upstream: false, max_hops: 3 })
    expect(down.downstreams?.searchResults).toMatchObject([
      {
        entity: { urn: table('clean', 'v_revenue') },
        degree: 1,
        path: [table('clean', 'orders'), table('clean', 'v_revenue')],
      },
    ])
    const up = b.catalog.getLineage({ urn: table('clean', 'v_revenue'), max_results: 1 })
    expect(up.upstreams).toMatchObject({ total: 2, returned: 1, hasMore: true })
  })

  it('follows one column when asked, and takes "null" for none', () => {
    const up = b.catalog.getLineage({ urn: table('clean', 'v_revenue'), column: 'revenue' })
    expect(up.upstreams?.searchResults).toMatchObject([
      { entity: { urn: table('clean', 'orders') }, lineageColumns: ['price'] },
    ])
    expect(up.metadata?.queryType).toBe('column-level-lineage')
    expect(b.catalog.getLineage({ urn: table('clean', 'v_revenue'), column: 'null' }).upstreams?.total).toBe(
      2,
    )
    expect(() => b.catalog.getLineage({ urn: table('clean', 'v_revenue'), column: 'Revenue' })).toThrow(
      expect.objectContaining({
        code: 'column_not_found',
        remedy: 'Did you mean "revenue"? Names are case-sensitive.',
      }),
    )
  })

  it('is narrowed by words and filters', () => {
    const urn = table('clean', 'v_revenue')
    expect(b.catalog.getLineage({ urn, query: 'customers' }).upstreams?.total).toBe(2) // orders has a customer_id
    expect(b.catalog.getLineage({ urn, filter: 'name = customers' }).upstreams?.total).toBe(1)
  })

  it('ends in a cycle', () => {
    const own = bench()
    const lineage = (down: string, up: string) =>
      aspect(down, 'upstreamLineage', { upstreams: [{ dataset: up, type: 'COPY' }] })
    const [x, y, z] = ['x', 'y', 'z'].map((n) => table('clean', n)) as [string, string, string]
    own.catalog.ingest([lineage(x, y), lineage(y, z), lineage(z, x)])
    expect(
      own.catalog.getLineage({ urn: x, max_hops: 3 }).upstreams?.searchResults.map((h) => h.degree),
    ).toEqual([1, 2])
    own.close()
  })
})

describe('assertions of a dataset', () => {
  it('come with definition, newest result and history', () => {
    const answer = b.catalog.getDatasetAssertions({
      urn: table('dirty', 'customers'),
      count: 99,
      run_events_count: 99,
    })
    expect(answer).toMatchObject({
      success: true,
      data: {
        start: 0,
        count: 1,
        total: 1,
        assertions: [
          {
            name: 'email_not_null',
            column: 'email',
            latestResultType: 'FAILURE',
            failed: 7,
            evaluated: 100,
            definition: {
              datasetAssertion: { operator: 'NOT_NULL', fields: [column('dirty', 'customers', 'email')] },
            },
            runSummary: { total: 1, succeeded: 0, failed: 1, errors: 0 },
            runHistory: [{ resultType: 'FAILURE', failed: 7, sampleKeys: ['customer_id=7'] }],
          },
        ],
      },
    })
  })

  it('can be narrowed by status, column and type', () => {
    const total = (q: object) =>
      b.catalog.getDatasetAssertions({ urn: table('dirty', 'customers'), ...q }).data.total
    expect(
      [
        { status: 'FAILING' },
        { status: 'PASSING' },
        { column: 'email' },
        { column: 'customer_id' },
        { assertion_type: 'NOT_NULL' },
      ].map(total),
    ).toEqual([1, 0, 1, 0, 1])
  })
})

describe('reads', () => {
  it('of a past commit answer as then, and the same question gives the same bytes', () => {
    const own = bench()
    own.catalog.ingest(shop('clean'))
    const before = own.graph.head().id
    const questions = (at: { commit?: string }) =>
      JSON.stringify([
        own.catalog.search({ query: 'revenue orders customers' }, at),
        own.catalog.getEntities([table('clean', 'orders'), table('clean', 'v_revenue')], at),
        own.catalog.getLineage({ urn: table('clean', 'v_revenue'), max_hops: 3 }, at),
      ])
    const then = questions({})
    expect(questions({ commit: before })).toBe(then)
    own.catalog.ingest([aspect(table('clean', 'orders'), 'datasetProperties', { name: 'renamed' })])
    expect(questions({ commit: before })).toBe(then)
    expect(questions({})).not.toBe(then)
    expect(own.catalog.search({ query: 'renamed' }).total).toBe(1)
    own.close()
  })

  it('of an index that followed the head are those of a fresh one', () => {
    const own = bench()
    own.catalog.ingest(shop('clean'))
    own.catalog.search({})
    own.catalog.ingest(shop('dirty'))
    own.catalog.search({})
    own.catalog.ingest([
      aspect(table('dirty', 'orders'), 'status', { removed: true }),
      aspect('urn:li:tag:pii', 'tagProperties', { name: 'Personal' }),
      aspect(table('clean', 'orders'), 'globalTags', { tags: [{ tag: 'urn:li:tag:pii' }] }),
    ])
    const fresh = new Catalog(own.graph)
    for (const query of ['orders', 'personal', 'pii', '*', 'revenue'])
      expect(own.catalog.search({ query, num_results: 50 })).toEqual(fresh.search({ query, num_results: 50 }))
    own.close()
  })
})
