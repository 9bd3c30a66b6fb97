import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aspect, type Bench, bench, shop, table } from '../testing/shop.js'

let b: Bench
const schema = (name: string, columns: readonly (readonly [string, string])[]) =>
  aspect(table('clean', name), 'schemaMetadata', {
    fields: columns.map(([fieldPath, nativeDataType]) => ({ fieldPath, nativeDataType, nullable: true })),
  })

beforeAll(() => {
  b = bench()
  b.catalog.ingest([
    ...shop('clean'),
    ...shop('dirty'),
    schema('shipments', [
      ['shipmentId', 'INTEGER'],
      ['carrier', 'TEXT'],
      ['sent_at', 'TEXT'],
      ['id', 'INTEGER'],
    ]),
    ...['one', 'two', 'three', 'four', 'five'].map((n) =>
      schema(n, [
        ['id', 'INTEGER'],
        [`own_${n}`, 'TEXT'],
        ['kept', 'TEXT'],
        ['noted', 'TEXT'],
      ]),
    ),
  ])
})
afterAll(() => b.close())

const ask = (question: object) => b.catalog.findSimilarSchema(question)

describe('a table like the one asked', () => {
  it('that is the same in another instance is found to exist', () => {
    const answer = ask({ urn: table('clean', 'orders') })
    expect(answer).toMatchObject({
      asked: { name: 'orders', columns: ['order_id', 'customer_id', 'price'] },
      verdict: 'exists',
      receipt: { commit: b.graph.head().id },
    })
    expect(answer.results[0]).toMatchObject({
      entity: { urn: table('dirty', 'orders') },
      score: 1,
      reasons: ['It has 3 of the 3 columns.', 'It has the same name.', 'Its key has order_id.'],
      matched: ['order_id', 'customer_id', 'price'],
    })
    expect(answer.results.map((r) => r.entity.urn)).not.toContain(table('clean', 'orders'))
  })

  it('is known by columns however they are written, and differing types are told', () => {
    const columns = [
      { name: 'shipment_id', type: 'INTEGER' },
      { name: 'Carrier', type: 'INT' },
      'sent_at',
      'weight',
    ]
    const [first] = ask({ columns }).results
    expect(first).toMatchObject({
      entity: { urn: table('clean', 'shipments') },
      matched: ['shipmentId', 'carrier', 'sent_at'],
      missing: ['weight'],
      extra: ['id'],
      otherTypes: [{ column: 'carrier', asked: 'INT', has: 'TEXT' }],
      reasons: ['It has 3 of the 4 columns.', '1 of the columns have another type.'],
    })
    expect(first?.score).toBeGreaterThan(0.5)
    expect(ask({ columns }).verdict).toBe('similar')
  })

  it('is not any table that shares a common column', () => {
    expect(ask({ columns: ['id', 'temperature', 'pressure', 'altitude'] })).toMatchObject({
      verdict: 'new',
      total: 0,
      results: [],
    })
  })

  it('ranks by name where columns are equal', () => {
    const found = ask({ columns: ['customer_id', 'email'], name: 'customers', max_results: 2 })
    expect(found.results.map((r) => [r.entity.urn, r.score])).toEqual([
      [table('clean', 'customers'), 1],
      [table('dirty', 'customers'), 1],
    ])
    expect(ask({ columns: ['customer_id', 'email'], name: 'people' }).results[0]?.score).toBe(0.85)
  })

  it.each([
    [{}, 'argument_invalid'],
    [{ urn: table('clean', 'orders'), columns: ['a'] }, 'argument_invalid'],
    [{ columns: ['-'] }, 'argument_invalid'],
    [{ urn: table('clean', 'none') }, 'entity_not_found'],
  ])('asked as %j is refused with %s', (question, code) => {
    expect(() => ask(question)).toThrow(expect.objectContaining({ code }))
  })
})
