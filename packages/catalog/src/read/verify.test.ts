import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aspect, type Bench, bench, check, column, shop, table } from '../testing/shop.js'

let b: Bench
const [customers, orders, revenue] = ['customers', 'orders', 'v_revenue'].map((n) => table('clean', n)) as [
  string,
  string,
  string,
]

beforeAll(() => {
  b = bench()
  b.catalog.ingest([...shop('clean'), ...shop('dirty')])
  b.catalog.recordAssertions(check('clean', 'f1'))
  b.catalog.recordAssertions(check('dirty', 'f2', { email_not_null: 7 }))
})
afterAll(() => b.close())

const verdict = (entity: string, relation: string, value: unknown, col?: string) =>
  b.catalog.verify({ entity, relation, value: value as never, ...(col !== undefined && { column: col }) })
    .verdict

describe('a claim', () => {
  it.each([
    [orders, 'upstream_of', revenue, 'holds'],
    [revenue, 'downstream_of', customers, 'holds'],
    [revenue, 'downstream_of', table('dirty', 'orders'), 'does_not_hold'],
    // Nobody said where orders comes from, so nobody can deny it either.
    [orders, 'downstream_of', customers, 'unknown'],
    [orders, 'owned_by', 'finance', 'holds'],
    [orders, 'owned by', 'urn:li:corpGroup:finance', 'holds'],
    [orders, 'owned_by', 'urn:li:corpuser:eve', 'does_not_hold'],
    [customers, 'owned_by', 'finance', 'unknown'],
    [customers, 'has_column', 'email', 'holds'],
    [customers, 'has_column', 'phone', 'does_not_hold'],
    [customers, 'has_key', 'customer_id', 'holds'],
    [customers, 'has_key', 'email', 'does_not_hold'],
    [orders, 'references', customers, 'holds'],
    [customers, 'description', 'People who buy', 'holds'],
    [customers, 'description', 'People who sell', 'does_not_hold'],
    [orders, 'description', 'x', 'unknown'],
    [customers, 'platform', 'sqlite', 'holds'],
    [customers, 'platform_instance', 'dirty', 'does_not_hold'],
    [customers, 'sub_type', 'Table', 'holds'],
    [customers, 'health', 'passing', 'holds'],
    [table('dirty', 'customers'), 'health', 'failing', 'holds'],
    [table('dirty', 'customers'), 'health', 'passing', 'does_not_hold'],
    [revenue, 'health', 'passing', 'unknown'],
    [customers, 'exists', true, 'holds'],
    [customers, 'row_count', 7, 'unknown'],
  ] as const)('that %s is %s %s: %4$s', (entity, relation, value, expected) => {
    expect(verdict(entity, relation, value)).toBe(expected)
  })

  it.each([
    [customers, 'email', 'tagged_with', 'PII', 'holds'],
    [customers, 'email', 'tagged_with', 'urn:li:tag:other', 'does_not_hold'],
    [customers, 'email', 'native_type', 'TEXT', 'holds'],
    [customers, 'email', 'nullable', 'false', 'does_not_hold'],
    [customers, 'email', 'nullable', true, 'holds'],
    [customers, 'email', 'null_count', 3, 'unknown'],
    [revenue, 'revenue', 'downstream_of', column('clean', 'orders', 'price'), 'holds'],
    [revenue, 'revenue', 'downstream_of', column('clean', 'orders', 'order_id'), 'does_not_hold'],
    [orders, 'price', 'upstream_of', column('clean', 'v_revenue', 'revenue'), 'holds'],
  ] as const)('about a column, %s.%s %s %s: %4$s', (entity, col, relation, value, expected) => {
    expect(verdict(entity, relation, value, col)).toBe(expected)
  })

  it('is answered with what there is, the aspect that says so, and the commit it was decided at', () => {
    const answer = b.catalog.verify({ entity: orders, relation: 'owned_by', value: 'eve' })
    const [first] = b.graph.commits().slice(-2)
    expect(answer).toEqual({
      verdict: 'does_not_hold',
      claim: { entity: orders, relation: 'owned_by', value: 'eve' },
      because: 'Its owners are stated, and are others.',
      found: ['urn:li:corpGroup:finance'],
      decidedBy: { urn: orders, aspect: 'ownership', commit: first?.id, at: first?.at },
      receipt: { graph: b.graph.id, commit: b.graph.head().id, at: b.graph.head().at },
    })
  })

  it.each([
    ['argument_invalid', {}],
    ['argument_invalid', { entity: 'urn:li:tag:pii', relation: 'owned_by' }],
    ['argument_invalid', { entity: table('clean', 'orders'), relation: 'likes', value: 'x' }],
    ['entity_not_found', { entity: table('clean', 'none'), relation: 'exists', value: true }],
    [
      'column_not_found',
      { entity: table('clean', 'orders'), column: 'x', relation: 'type', value: 'String' },
    ],
    ['urn_invalid', { entity: 'orders', relation: 'exists', value: true }],
  ])('is refused with %s for %o', (code, question) => {
    expect(() => b.catalog.verify(question)).toThrow(expect.objectContaining({ code }))
  })
})

describe('a citation', () => {
  it('holds when the graph has the commit, of that time', () => {
    const { receipt } = b.catalog.search({})
    const cite = (more: object) => b.catalog.verify({ receipt: { ...receipt, ...more } })
    expect(cite({}).verdict).toBe('holds')
    expect(cite({ graph: 'other' })).toMatchObject({ verdict: 'does_not_hold' })
    expect(cite({ commit: '01KAH000000000000000000000' }).because).toContain('There is no commit')
    expect(cite({ at: '2020-01-01T00:00:00.000Z' })).toMatchObject({
      verdict: 'does_not_hold',
      found: receipt.at,
    })
  })

  it('of an entity holds until something said of it changes', () => {
    const own = bench()
    own.catalog.ingest(shop('clean'))
    const { receipt } = own.catalog.getEntity(orders)
    const cite = (entity: string) => own.catalog.verify({ receipt, entity })
    own.catalog.ingest([aspect(customers, 'datasetProperties', { name: 'clients' })])
    expect(cite(orders).verdict).toBe('holds')
    expect(cite(customers)).toMatchObject({ verdict: 'does_not_hold', found: ['datasetProperties'] })
    own.catalog.ingest([aspect(table('clean', 'new'), 'datasetProperties', { name: 'new' })])
    expect(cite(table('clean', 'new')).because).toBe('Nothing described the entity at that commit.')
    const later = own.catalog.getEntity(orders).receipt
    own.catalog.deleteAspect(orders, 'schemaMetadata')
    expect(own.catalog.verify({ receipt: later, entity: orders })).toMatchObject({
      verdict: 'does_not_hold',
      found: ['schemaMetadata'],
    })
    // A claim that rests on a citation falls with it.
    expect(
      own.catalog.verify({
        receipt: { ...receipt, graph: 'x' },
        entity: orders,
        relation: 'exists',
        value: true,
      }).verdict,
    ).toBe('does_not_hold')
    own.close()
  })
})
