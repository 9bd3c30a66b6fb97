import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Json } from '../aspect/proposal.js'
import { aspect, type Bench, bench, check, column, shop, table } from '../testing/shop.js'

let b: Bench
const orders = table('clean', 'orders')
const revenue = table('clean', 'v_revenue')
const [dash, filtered, star, unrelated, beyond] = ['dash', 'filtered', 'star', 'unrelated', 'beyond'].map(
  (n) => table('clean', n),
) as [string, string, string, string, string]

const view = (urn: string, logic: string, from: string, fine: readonly [string, string][] = []) => [
  aspect(urn, 'viewProperties', { viewLogic: logic, viewLanguage: 'SQL' }),
  aspect(urn, 'schemaMetadata', {
    fields: ['x', 'y'].map((fieldPath) => ({ fieldPath, nativeDataType: 'TEXT', nullable: true })) as Json,
  }),
  aspect(urn, 'upstreamLineage', {
    upstreams: [{ dataset: from, type: 'VIEW' }],
    fineGrainedLineages: fine.map(([up, down]) => ({
      upstreamType: 'FIELD_SET',
      upstreams: [up],
      downstreamType: 'FIELD',
      downstreams: [down],
    })),
  }),
]

beforeAll(() => {
  b = bench()
  b.catalog.ingest([
    ...shop('clean'),
    ...view(dash, 'select revenue as x from v_revenue', revenue, [
      [column('clean', 'v_revenue', 'revenue'), column('clean', 'dash', 'x')],
    ]),
    ...view(filtered, 'select order_id as x from orders where "PRICE" > 1', orders, [
      [column('clean', 'orders', 'order_id'), column('clean', 'filtered', 'x')],
    ]),
    ...view(star, 'select * from orders', orders),
    ...view(unrelated, 'select order_id as x, 1 as y from orders', orders, [
      [column('clean', 'orders', 'order_id'), column('clean', 'unrelated', 'x')],
    ]),
    ...view(beyond, 'select x from filtered', filtered, [
      [column('clean', 'filtered', 'x'), column('clean', 'beyond', 'x')],
    ]),
    aspect(beyond, 'ownership', { owners: [{ owner: 'urn:li:corpGroup:finance', type: 'DATAOWNER' }] }),
    aspect('urn:li:query:q', 'queryProperties', {
      statement: { value: 'select price from orders', language: 'SQL' },
    }),
    aspect('urn:li:query:q', 'querySubjects', {
      subjects: [{ entity: orders }, { entity: column('clean', 'orders', 'price') }],
    }),
  ])
  b.catalog.recordAssertions(check('clean', 'f1'))
})
afterAll(() => b.close())

const effects = (question: object) =>
  Object.fromEntries(
    b.catalog
      .impact({ urn: orders, ...question })
      .affected.map((a) => [a.entity.properties?.name ?? a.entity.urn, `${a.effect} ${a.degree}`]),
  )

describe('the impact of a change', () => {
  it('of a column follows column lineage, and finds readers that only name it in their SQL', () => {
    expect(effects({ column: 'price', change: 'rename' })).toEqual({
      v_revenue: 'breaks 1',
      dash: 'affected 2',
      filtered: 'breaks 1',
      beyond: 'affected 2',
      star: 'unknown 1',
    })
    const answer = b.catalog.impact({ urn: orders, column: 'price' })
    expect(answer).toMatchObject({
      change: 'drop',
      summary: { datasets: 5, breaks: 2, affected: 2, changes: 0, unknown: 1 },
      queries: { total: 1, first: [{ urn: 'urn:li:query:q' }] },
      owners: [{ urn: 'urn:li:corpGroup:finance', name: 'Finance', datasets: 2 }],
      receipt: { commit: b.graph.head().id },
    })
    const found = answer.affected.find((a) => a.entity.urn === dash)
    expect(found).toMatchObject({ columns: ['x'], path: [orders, revenue, dash] })
    expect(answer.affected.find((a) => a.entity.urn === beyond)).toMatchObject({
      owners: ['urn:li:corpGroup:finance'],
      path: [orders, filtered, beyond],
    })
  })

  it('that leaves the column in place changes values, and breaks nothing', () => {
    const { summary } = b.catalog.impact({ urn: orders, column: 'price', change: 'change_type' })
    expect(summary).toMatchObject({ breaks: 0, affected: 0, changes: 4, unknown: 1 })
  })

  it('of a table reaches all that is made from it', () => {
    expect(effects({})).toEqual({
      v_revenue: 'breaks 1',
      filtered: 'breaks 1',
      star: 'breaks 1',
      unrelated: 'breaks 1',
      dash: 'affected 2',
      beyond: 'affected 2',
    })
    const customers = b.catalog.impact({ urn: table('clean', 'customers') })
    expect(customers.references).toEqual([
      { dataset: orders, column: 'customer_id', targetColumn: 'customer_id' },
    ])
    expect(customers.assertions).toMatchObject({ total: 1, first: [{ name: 'email_not_null' }] })
    expect(b.catalog.impact({ urn: table('clean', 'customers'), column: 'customer_id' }).partOfKey).toBe(true)
  })

  it('is told in pages', () => {
    expect(b.catalog.impact({ urn: orders, max_results: 2, offset: 4 })).toMatchObject({
      returned: 2,
      hasMore: false,
      summary: { datasets: 6 },
    })
    expect(b.catalog.impact({ urn: orders, max_results: 2 })).toMatchObject({ returned: 2, hasMore: true })
  })

  it.each([
    ['entity_not_found', { urn: table('clean', 'none') }],
    ['column_not_found', { urn: orders, column: 'prise' }],
    ['argument_invalid', { urn: orders, change: 'change_type' as const }],
  ])('is refused with %s for %o', (code, question) => {
    expect(() => b.catalog.impact(question)).toThrow(expect.objectContaining({ code }))
  })
})
