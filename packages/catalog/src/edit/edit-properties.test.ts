import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { aspect, type Bench, bench, column, shop, table } from '../testing/shop.js'
import { callTool, type ToolName } from '../tool-call.js'

let b: Bench
const [customers, orders] = [table('clean', 'customers'), table('clean', 'orders')]
const property = (id: string) => `urn:li:structuredProperty:${id}`
const [retention, teams, owner, reviewed, note] = [
  'io.privacy.retention',
  'teams',
  'owner',
  'on',
  'note',
].map(property) as [string, string, string, string, string]
const [once, hive] = [property('once'), property('hive')]
const principal = { actor: 'ada', tenant: 'default', roles: [] }
const datasets = ['urn:li:entityType:datahub.dataset']

const definition = (urn: string, valueType: string, rest: object = {}) =>
  aspect(urn, 'propertyDefinition', {
    qualifiedName: urn.split(':').at(-1) as string,
    valueType: `urn:li:dataType:datahub.${valueType}`,
    entityTypes: datasets,
    ...rest,
  })

function open(): void {
  b = bench()
  b.catalog.ingest([
    ...shop('clean'),
    definition(retention, 'number', {
      allowedValues: [{ value: { double: 30 } }, { value: { double: 90 } }],
    }),
    definition(teams, 'string', {
      cardinality: 'MULTIPLE',
      allowedValues: ['Sales', 'Finance'].map((string) => ({ value: { string } })),
    }),
    definition(owner, 'urn', { typeQualifier: { allowedTypes: ['urn:li:entityType:datahub.corpuser'] } }),
    definition(reviewed, 'date', { entityTypes: [...datasets, 'urn:li:entityType:datahub.schemaField'] }),
    definition(note, 'rich_text'),
    definition(once, 'string', { immutable: true }),
    definition(hive, 'string', { allowedPlatforms: ['urn:li:dataPlatform:hive'] }),
    aspect(property('odd'), 'status', { removed: false }),
    aspect(property('gone'), 'propertyDefinition', { qualifiedName: 'gone' }),
    aspect(property('gone'), 'status', { removed: true }),
  ])
}

// biome-ignore lint/suspicious/noExplicitAny: answers are read by path
const call = (name: ToolName, args: object): any =>
  callTool(b.catalog, name, args as never, { at: { principal } })
const add = (property_values: object, ...entity_urns: string[]) =>
  call('add_structured_properties', { property_values, entity_urns })
const remove = (property_urns: string[], ...entity_urns: string[]) =>
  call('remove_structured_properties', { property_urns, entity_urns })
/** What it is refused with; a refused call has written nothing. */
function refused(act: () => object): { code: string; message: string; remedy?: string } {
  const before = b.graph.head().id
  try {
    act()
  } catch (error) {
    expect(b.graph.head().id).toBe(before)
    return error as { code: string; message: string; remedy?: string }
  }
  throw new Error('it was carried out')
}
// biome-ignore lint/suspicious/noExplicitAny: read by path
const stated = (urn: string): any[] =>
  JSON.parse(b.catalog.aspectRecord(urn, 'structuredProperties')?.text ?? '{"properties":[]}').properties
const of = (urn: string) =>
  Object.fromEntries(stated(urn).map(({ propertyUrn, values }) => [propertyUrn, values]))

describe('structured properties', () => {
  beforeEach(open)
  afterEach(() => b.close())

  it('are given to several entities as one commit, in DataHub’s form, and read back at once', () => {
    const before = b.commits()
    const answer = add({ [retention]: [90], [teams]: ['Sales', 'Finance'] }, orders, customers)
    expect(answer).toMatchObject({ success: true, changed: 2, receipt: { commit: b.graph.head().id } })
    expect(b.commits()).toBe(before + 1)
    const made = { time: expect.any(Number), actor: 'urn:li:corpuser:ada' }
    expect(stated(orders)).toEqual([
      { propertyUrn: retention, created: made, values: [{ double: 90 }], lastModified: made },
      {
        propertyUrn: teams,
        created: made,
        values: [{ string: 'Sales' }, { string: 'Finance' }],
        lastModified: made,
      },
    ])
    expect(b.catalog.getEntity(customers).entity).toMatchObject({
      structuredProperties: [
        { urn: retention, values: ['90'] },
        { urn: teams, values: ['Sales', 'Finance'] },
      ],
    })
    expect(b.catalog.search({ filter: `structuredProperties.teams = sales` }).total).toBe(2)
  })

  it('take the place of the values of the same property, and of no other', () => {
    add({ [retention]: [90], [teams]: ['Sales'] }, orders)
    const [, kept] = stated(orders)
    b.tick()
    expect(add({ [retention]: [30] }, orders).changed).toBe(1)
    expect(of(orders)).toEqual({ [retention]: [{ double: 30 }], [teams]: [{ string: 'Sales' }] })
    expect(stated(orders)[1]).toEqual(kept)
    const [changed] = stated(orders)
    expect(changed.lastModified.time).toBeGreaterThan(changed.created.time)
  })

  it('that nothing defines any more are still taken off who has them', () => {
    const stated = { properties: [{ propertyUrn: property('odd'), values: ['x'] }] }
    b.catalog.ingest([aspect(orders, 'structuredProperties', stated)])
    expect(b.catalog.getEntity(orders).entity).toHaveProperty('structuredProperties')
    expect(remove([property('odd')], orders, customers)).toMatchObject({ changed: 1 })
    expect(of(orders)).toEqual({})
    add({ [teams]: ['Sales'] }, orders)
    b.catalog.ingest([aspect(teams, 'status', { removed: true })])
    expect(remove([teams], orders)).toMatchObject({ changed: 1 })
    expect(of(orders)).toEqual({})
  })

  it('that are so already are no commit, also in another form, and are left as they were written', () => {
    const text = `{"properties": [{"propertyUrn": "${retention}", "values": [90]}]}`
    b.catalog.ingest([
      { entityUrn: orders, aspectName: 'structuredProperties', aspect: JSON.parse(text), text },
    ])
    const before = b.graph.head().id
    b.tick()
    for (const values of [[90], ['90'], [' 9e1 '], [90, 90]])
      expect(add({ [retention]: values }, orders)).toMatchObject({ changed: 0, receipt: { commit: before } })
    expect(remove([teams], orders)).toMatchObject({ changed: 0 })
    expect(remove([teams], customers)).toMatchObject({ changed: 0 })
    expect(b.catalog.aspectRecord(orders, 'structuredProperties')?.text).toBe(text)
  })

  it('of which one stood there twice are made one, and other entries stay', () => {
    b.catalog.ingest([
      aspect(orders, 'structuredProperties', {
        properties: [
          { propertyUrn: teams, values: ['Sales'] },
          { propertyUrn: property('nobody'), values: ['x'] },
          { propertyUrn: teams, values: ['Finance'] },
        ],
      }),
    ])
    expect(add({ [teams]: ['Sales', 'Finance'] }, orders).changed).toBe(0)
    expect(add({ [teams]: ['Finance'] }, orders).changed).toBe(1)
    expect(stated(orders).map((item) => [item.propertyUrn, item.values])).toEqual([
      [teams, [{ string: 'Finance' }]],
      [property('nobody'), ['x']],
    ])
  })

  it('are taken away again, one by one or together', () => {
    add({ [retention]: [90], [teams]: ['Sales'], [note]: ['# Why\n<b>so</b>'] }, orders, customers)
    expect(remove([retention], orders, customers)).toMatchObject({ success: true, changed: 2 })
    expect(Object.keys(of(orders))).toEqual([teams, note])
    expect(remove([teams, note, retention], orders).changed).toBe(1)
    expect(b.catalog.getEntity(orders).entity).not.toHaveProperty('structuredProperties')
    expect(Object.keys(of(customers))).toEqual([teams, note])
  })

  it('are of columns, too, where the definition is for columns', () => {
    const price = column('clean', 'orders', 'price')
    add({ [reviewed]: ['2026-11-22'] }, price)
    expect(b.catalog.getEntity(price).entity).toMatchObject({
      structuredProperties: [{ urn: reviewed, values: ['2026-11-22'] }],
    })
    expect(refused(() => add({ [teams]: ['Sales'] }, price)).message).toContain('is for dataset')
  })

  it('are a part of a proposed change', () => {
    const made = call('propose_change', {
      title: 'Keep for 90 days',
      edits: [
        {
          tool: 'add_structured_properties',
          arguments: { property_values: { [retention]: [90] }, entity_urns: [orders] },
        },
      ],
    })
    expect(made.changes).toMatchObject([{ urn: orders, aspect: 'structuredProperties' }])
    expect(of(orders)).toEqual({})
    call('review', { proposal: made.proposal, decision: 'approve' })
    expect(of(orders)).toEqual({ [retention]: [{ double: 90 }] })
  })

  it('that were given once and may not change stay', () => {
    add({ [once]: ['a'] }, orders)
    expect(add({ [once]: ['a'] }, orders).changed).toBe(0)
    expect(refused(() => add({ [once]: ['b'] }, orders, customers)).code).toBe('property_immutable')
    expect(refused(() => remove([once], orders)).code).toBe('property_immutable')
    const { rejected } = b.catalog.ingest([aspect(orders, 'structuredProperties', { properties: [] })])
    expect(rejected[0]?.message).toContain('is immutable')
    expect(add({ [once]: ['b'] }, customers).changed).toBe(1)
  })
})

describe('structured properties that may not be given', () => {
  beforeAll(open)
  afterAll(() => b.close())

  const long = 'é'.repeat(20_000)
  it.each([
    [{ [retention]: [90, 30] }, 'may have one value, not 2'],
    [{ [retention]: ['ninety'] }, 'has numbers, which "ninety" is not'],
    [{ [retention]: ['0x5a'] }, 'has numbers'],
    [{ [retention]: ['1e999'] }, 'has numbers'],
    [{ [retention]: [''] }, 'has numbers'],
    [{ [retention]: [91] }, 'may have one of 30, 90, which 91 is not'],
    [{ [teams]: ['Sales', 'sales'] }, 'may have one of "Sales", "Finance", which "sales" is not'],
    [{ [owner]: ['ada'] }, 'has URNs, which "ada" is not'],
    [{ [owner]: ['urn:li:tag:pii'] }, 'has URNs of corpuser'],
    [{ [reviewed]: ['2026-02-30'] }, 'has dates like'],
    [{ [reviewed]: ['2026-11-22T10:00:00Z'] }, 'has dates like'],
    [{ [reviewed]: [20261122] }, 'has dates like'],
    [{ [note]: [long] }, 'at most 32766 bytes, and one has 40000'],
    [{ [hive]: ['x'] }, 'is for what is on urn:li:dataPlatform:hive'],
  ])('that break their definition are refused: %j', (values, why) => {
    const error = refused(() => add({ [note]: ['fine'], ...values }, orders))
    expect([error.code, error.remedy]).toEqual(['property_value_invalid', expect.any(String)])
    expect(error.message).toContain(why)
    expect(error.message.length).toBeLessThan(2000)
  })

  it('tell of all that is wrong at once, and write nothing when only one of the entities may not have it', () => {
    const { message } = refused(() => add({ [retention]: ['x', 'y'], [reviewed]: ['z'] }, orders))
    for (const word of ['not 2', '"x"', '"y"', '"z"']) expect(message).toContain(word)
    expect(refused(() => add({ [retention]: [90] }, orders, 'urn:li:tag:pii')).code).toBe(
      'property_value_invalid',
    )
    expect(of(orders)).toEqual({})
  })

  const none = table('clean', 'none')
  it.each([
    [{ [property('none')]: ['x'] }, [orders], 'entity_not_found'],
    [{ [property('gone')]: ['x'] }, [orders], 'entity_not_found'],
    [{ [property('odd')]: ['x'] }, [orders], 'property_not_defined'],
    [{ 'urn:li:tag:pii': ['x'] }, [orders], 'argument_invalid'],
    [{ teams: ['Sales'] }, [orders], 'urn_invalid'],
    [{ __proto__: null, constructor: ['Sales'] }, [orders], 'urn_invalid'],
    [{ [teams]: ['Sales'] }, [orders, none], 'entity_not_found'],
    [{ [teams]: ['Sales'] }, [], 'argument_invalid'],
    [{ [teams]: [] }, [orders], 'argument_invalid'],
    [{ [teams]: ['Sales'], [` ${teams}`]: ['Finance'] }, [orders], 'argument_invalid'],
    [{}, [orders], 'argument_invalid'],
  ])('%j of %j are refused with %s', (values, entities, code) => {
    expect(refused(() => add(values, ...entities)).code).toBe(code)
  })

  it.each([
    [[property('none')], [orders], 'entity_not_found'],
    [[property('odd')], [orders], 'property_not_defined'],
    [['urn:li:tag:pii'], [orders], 'argument_invalid'],
    [['teams'], [orders], 'urn_invalid'],
    [[teams], [orders, none], 'entity_not_found'],
    [[], [orders], 'argument_invalid'],
    [[teams], [], 'argument_invalid'],
  ])('%j are not taken off %j: %s', (properties, entities, code) => {
    expect(refused(() => remove(properties, ...entities)).code).toBe(code)
  })
})
