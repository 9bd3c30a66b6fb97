import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CATALOG_SCHEMA } from '../model/texts.js'
import { aspect, type Bench, bench, shop, table } from '../testing/shop.js'

let b: Bench
const orders = table('clean', 'orders')
const revenue = table('clean', 'v_revenue')
const retention = 'urn:li:structuredProperty:io.acryl.privacy.retentionTime'
const teams = 'urn:li:structuredProperty:teams'

const definitions = () => [
  aspect(retention, 'propertyDefinition', {
    qualifiedName: 'io.acryl.privacy.retentionTime',
    displayName: 'Retention Time',
    description: 'Days a row is kept',
    valueType: 'urn:li:dataType:datahub.number',
    cardinality: 'SINGLE',
    allowedValues: [{ value: { double: 30 } }, { value: { double: 90 }, description: 'Three months' }],
    entityTypes: ['urn:li:entityType:datahub.dataset', 'urn:li:entityType:datahub.dataFlow'],
  }),
]
const values = (urn: string, of: Record<string, (object | string | number)[]>) =>
  aspect(urn, 'structuredProperties', {
    properties: Object.entries(of).map(([propertyUrn, v]) => ({ propertyUrn, values: v as never })),
  })

beforeAll(() => {
  b = bench()
  b.catalog.ingest([
    ...shop('clean'),
    ...definitions(),
    values(orders, { [retention]: [{ double: 90 }], [teams]: [{ string: 'Sales' }, 'Finance'] }),
    values(revenue, { [retention]: [30] }),
  ])
})
afterAll(() => b.close())

const found = (filter: string) =>
  (b.catalog.search({ query: '*', filter }).searchResults ?? []).map((r) => r.entity.urn).sort()

describe('structured properties', () => {
  it('are in the document and the brief of a dataset, by the name of their definition where there is one', () => {
    const { entity } = b.catalog.getEntity(orders) as unknown as { entity: Record<string, unknown> }
    expect(entity['structuredProperties']).toEqual([
      { urn: retention, name: 'Retention Time', values: ['90'] },
      {
        urn: teams,
        name: 'teams',
        values: ['Sales', 'Finance'],
        problems: ['Nothing defines the property.'],
      },
    ])
    const people = b.catalog.brief({ about: orders, budget: 20_000 }).parts.find((p) => p.part === 'people')
    expect(people?.lines).toEqual(
      expect.arrayContaining(['Retention Time: 90', 'teams: Sales, Finance (Nothing defines the property.)']),
    )
  })

  it('are entities themselves: a definition with its type and what it allows', () => {
    expect(b.catalog.getEntity(retention).entity).toMatchObject({
      type: 'STRUCTURED_PROPERTY',
      name: 'Retention Time',
      properties: {
        description: 'Days a row is kept',
        valueType: 'number',
        cardinality: 'SINGLE',
        allowedValues: ['30', '90'],
        entityTypes: ['dataset', 'dataFlow'],
      },
    })
    // Nobody has defined the other one.
    expect(() => b.catalog.getEntity(teams)).toThrow('nothing describes it')
  })

  it('are a field of filters: equal, compared as numbers, in a list, or there at all', () => {
    const field = 'structuredProperties.io.acryl.privacy.retentionTime'
    expect(found(`${field} = 90`)).toEqual([orders])
    expect(found(`${field} >= 30`)).toEqual([orders, revenue].sort())
    expect(found(`${field} > 30 AND entity_type = dataset`)).toEqual([orders])
    expect(found('structuredProperties.teams IN (sales, legal)')).toEqual([orders])
    expect(found('structuredProperties.teams IS NOT NULL')).toEqual([orders])
    expect(found(`${field} IS NOT NULL AND NOT ${field} = 90`)).toEqual([revenue])
    expect(found(`${field} = 91`)).toEqual([])
    expect(() => found('structuredProperties.nobody = 1')).toThrow(
      expect.objectContaining({ code: 'structured_property_not_found' }),
    )
    expect(() => found('structuredProperties. = 1')).toThrow('There is no field')
  })

  it('follow their aspect: other values take the place of those before, and what is deleted is gone', () => {
    const own = bench()
    try {
      own.catalog.ingest([...shop('clean'), ...definitions(), values(orders, { [teams]: ['a'] })])
      const of = () =>
        (own.catalog.getEntity(orders).entity as unknown as Record<string, unknown>)['structuredProperties']
      own.catalog.ingest([values(orders, { [teams]: ['b'], [retention]: [{ double: 30 }] })])
      expect(of()).toMatchObject([{ values: ['30'] }, { values: ['b'] }])
      expect(
        own.catalog.ingest([values(orders, { [teams]: ['b'], [retention]: [{ double: 30 }] })]).commit,
      ).toBeNull()
      own.catalog.ingest([values(orders, {})])
      expect(of()).toBeUndefined()
      own.catalog.ingest([values(orders, { [teams]: ['b'] })])
      own.catalog.deleteAspect(orders, 'structuredProperties')
      expect(of()).toBeUndefined()
    } finally {
      own.close()
    }
  })

  it('that break their definition as it is written are refused, as DataHub refuses them, and the others of the batch land', () => {
    const own = bench()
    try {
      own.catalog.ingest([...shop('clean'), ...definitions()])
      const put = (v: object | string | number, ...more: (object | string | number)[]) =>
        own.catalog.ingest([
          values(orders, { [retention]: [v, ...more] }),
          values(revenue, { [teams]: ['a'] }),
        ]).rejected
      for (const [given, why] of [
        [[90, 30], 'one value, not 2'],
        [['ninety'], 'has numbers, which "ninety" is not'],
        [[{ double: 91 }], 'one of 30, 90, which 91 is not'],
      ] as const) {
        const [refusal, ...others] = put(...(given as [object]))
        expect(refusal).toMatchObject({ code: 'property_value_invalid', index: 0 })
        expect([refusal?.message, others]).toEqual([expect.stringContaining(why), []])
      }
      expect(own.catalog.aspectRecord(orders, 'structuredProperties')).toBeUndefined()
      expect(own.catalog.aspectRecord(revenue, 'structuredProperties')).toBeDefined()
      // The server of DataHub asks nothing about types of entities.
      expect(own.catalog.ingest([values('urn:li:tag:pii', { [retention]: ['90'] })]).rejected).toEqual([])
    } finally {
      own.close()
    }
  })

  it('that break a definition that came later stay as they were written, are told of, and do not stop others', () => {
    const own = bench()
    try {
      own.catalog.ingest([...shop('clean'), values(orders, { [retention]: [91, 92], [teams]: ['a'] })])
      const written = own.catalog.aspectRecord(orders, 'structuredProperties')?.text
      own.catalog.ingest(definitions())
      expect(own.catalog.aspectRecord(orders, 'structuredProperties')?.text).toBe(written)
      expect(own.catalog.getEntity(orders).entity).toMatchObject({
        structuredProperties: [
          {
            urn: retention,
            values: ['91', '92'],
            problems: [
              'It may have one value, not 2.',
              'It may have one of 30, 90, which 91 is not.',
              'It may have one of 30, 90, which 92 is not.',
            ],
          },
          { urn: teams },
        ],
      })
      const lines = own.catalog.brief({ about: orders, budget: 20_000 }).parts.flatMap((p) => p.lines)
      expect(
        lines.find((line) => line.startsWith('Retention Time: 91, 92 (It may have one value')),
      ).toBeDefined()
      const { rejected } = own.catalog.ingest([values(orders, { [retention]: [91, 92], [teams]: ['b'] })])
      expect(rejected).toEqual([])
      expect(own.catalog.ingest([values(orders, { [retention]: [91] })]).rejected).toMatchObject([
        { code: 'property_value_invalid' },
      ])
    } finally {
      own.close()
    }
  })

  it('of any kind of entity are in its document, and one that is not for that kind is told of', () => {
    const own = bench()
    try {
      own.catalog.ingest([
        ...shop('clean'),
        ...definitions(),
        values('urn:li:tag:pii', { [retention]: [90] }),
      ])
      expect(own.catalog.getEntity('urn:li:tag:pii').entity).toMatchObject({
        structuredProperties: [
          {
            name: 'Retention Time',
            values: ['90'],
            problems: ['It is for dataset, dataFlow, and urn:li:tag:pii is a tag.'],
          },
        ],
      })
    } finally {
      own.close()
    }
  })

  it('are recorded byte for byte, also of entities that they are not projected for', () => {
    const text =
      '{ "properties": [ {"propertyUrn": "urn:li:structuredProperty:teams", "values": [{"string":"\\u00e9"}] } ] }'
    const tag = 'urn:li:tag:pii'
    b.catalog.ingest([{ entityUrn: tag, aspectName: 'structuredProperties', aspect: JSON.parse(text), text }])
    expect(b.catalog.aspectRecord(tag, 'structuredProperties')?.text).toBe(text)
  })

  it('a catalog of before there were any answers as it did', () => {
    const old = bench(
      CATALOG_SCHEMA.replace(/\n(node StructuredProperty|edge (Consumer)?HasProperty)\b[^{]*\{[^}]*\}/g, ''),
    )
    try {
      old.catalog.ingest(shop('clean'))
      expect(old.catalog.getEntity(orders).entity).not.toHaveProperty('structuredProperties')
      expect(() => old.catalog.search({ filter: 'structuredProperties.teams = a' })).toThrow(
        'no structured property',
      )
    } finally {
      old.close()
    }
  })

  it.each([
    [{ properties: [{ propertyUrn: 'urn:li:tag:x', values: [] }] }, 'structuredProperty'],
    [{ properties: [{ propertyUrn: teams, values: 'x' }] }, 'values'],
    [{ properties: [{ propertyUrn: teams, values: [{ string: 'a', double: 1 }] }] }, 'values[0]'],
    [{ properties: [{ propertyUrn: teams, values: [null] }] }, 'values[0]'],
  ])('that are not as DataHub has them are rejected: %j', (value, word) => {
    const { rejected } = b.catalog.ingest([aspect(orders, 'structuredProperties', value as never)])
    expect(rejected.map((r) => r.message)).toEqual([expect.stringContaining(word)])
  })
})
