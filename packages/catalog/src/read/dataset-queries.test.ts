import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aspect, type Bench, bench, column, shop, table } from '../testing/shop.js'

let b: Bench
const orders = table('clean', 'orders')
const revenue = table('clean', 'v_revenue')

beforeAll(() => {
  b = bench()
  const query = (id: string, time: number, source: string, statement: string, subjects: string[]) => [
    aspect(`urn:li:query:${id}`, 'queryProperties', {
      name: id,
      source,
      statement: { value: statement, language: 'SQL' },
      created: { time, actor: 'urn:li:corpuser:ada' },
      lastModified: { time, actor: 'urn:li:corpuser:ada' },
    }),
    aspect(`urn:li:query:${id}`, 'querySubjects', { subjects: subjects.map((entity) => ({ entity })) }),
  ]
  b.catalog.ingest([
    ...shop('clean'),
    ...query('old', 1_000, 'MANUAL', 'select price from orders', [
      orders,
      orders,
      column('clean', 'orders', 'price'),
    ]),
    ...query('new', 2_000, 'SYSTEM', 'select 1 from orders', [orders, table('clean', 'customers')]),
    ...query('long', 500, 'MANUAL', `select ${'1 + '.repeat(2_000)}1 from orders`, [orders]),
    ...query('gone', 3_000, 'MANUAL', 'select 2 from orders', [orders]),
    aspect('urn:li:query:gone', 'status', { removed: true }),
  ])
})
afterAll(() => b.close())

const ask = (more: object = {}, urn = orders) => b.catalog.getDatasetQueries({ urn, ...more })

describe('queries of a dataset', () => {
  it('are those recorded, newest first, then the definitions of the views made from it', () => {
    const answer = ask()
    expect(Object.keys(answer)).toEqual(['start', 'total', 'count', 'queries', 'receipt'])
    expect(answer.queries.map((q) => q.urn)).toEqual([
      'urn:li:query:new',
      'urn:li:query:old',
      'urn:li:query:long',
      revenue,
    ])
    expect(answer.queries[1]).toEqual({
      urn: 'urn:li:query:old',
      properties: {
        name: 'old',
        source: 'MANUAL',
        statement: { value: 'select price from orders', language: 'SQL' },
        lastModified: '1970-01-01T00:00:01.000Z',
      },
      subjects: [orders],
    })
    expect(answer.queries[3]).toMatchObject({
      properties: { source: 'SYSTEM', statement: { value: expect.stringContaining('sum(price)') } },
      definitionOf: revenue,
      platform: 'sqlite',
      subjects: [table('clean', 'customers'), orders, revenue],
    })
  })

  it('of a view have its own definition', () => {
    expect(ask({}, revenue).queries.map((q) => q.urn)).toEqual([revenue])
  })

  it('are told without a text that is too long, never with a part of it', () => {
    expect(ask().queries[2]?.properties.statement).toEqual({
      language: 'SQL',
      omitted: { characters: 8_020, get: 'get_entities' },
    })
  })

  it('can be narrowed to a column and to who wrote them, and paged', () => {
    const urns = (more: object) => ask(more).queries.map((q) => q.urn)
    expect(urns({ column: 'price' })).toEqual(['urn:li:query:old', revenue])
    expect(urns({ column: 'null', source: 'MANUAL' })).toEqual(['urn:li:query:old', 'urn:li:query:long'])
    expect(urns({ source: 'SYSTEM' })).toEqual(['urn:li:query:new', revenue])
    expect(ask({ start: 1, count: 1 })).toMatchObject({ start: 1, total: 4, count: 1 })
  })

  it('of what does not exist are an error', () => {
    expect(() => ask({}, table('clean', 'none'))).toThrow(
      expect.objectContaining({ code: 'entity_not_found' }),
    )
    expect(() => ask({ column: 'prise' })).toThrow(expect.objectContaining({ code: 'column_not_found' }))
  })
})
