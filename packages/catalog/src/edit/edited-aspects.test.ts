import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aspect, type Bench, bench, shop, table } from '../testing/shop.js'
import { callTool, type ToolName } from '../tool-call.js'

let b: Bench
const orders = table('clean', 'orders')
const customers = table('clean', 'customers')
const [pii, gold] = ['urn:li:tag:pii', 'urn:li:tag:gold']
const ada = 'urn:li:corpuser:ada'
const STAMP = { time: 1, actor: ada }

beforeEach(() => {
  b = bench()
  b.catalog.ingest([
    ...shop('clean'),
    aspect(gold, 'tagProperties', { name: 'Gold' }),
    aspect(ada, 'corpUserInfo', { displayName: 'Ada', active: true }),
    aspect('urn:li:ownershipType:producer', 'ownershipTypeInfo', {
      name: 'Producer',
      created: STAMP,
      lastModified: STAMP,
    }),
    // As DataHub's clients record what people say.
    aspect(orders, 'editableDatasetProperties', {
      description: 'Bought things',
      created: STAMP,
      lastModified: STAMP,
    }),
    aspect(orders, 'editableSchemaMetadata', {
      editableSchemaFieldInfo: [
        {
          fieldPath: 'price',
          description: 'In euros',
          globalTags: { tags: [{ tag: gold }, { tag: pii }] },
        },
      ],
    }),
  ])
})
afterEach(() => b.close())

// biome-ignore lint/suspicious/noExplicitAny: answers are read by path
const call = (name: ToolName, args: object): any => callTool(b.catalog, name, args as never, { at: {} })
// biome-ignore lint/suspicious/noExplicitAny: read by path
const stored = (urn: string, name: string): any =>
  JSON.parse(String(b.catalog.aspectRecord(urn, name, {})?.text ?? '{}'))

describe("what DataHub's own clients recorded that people say", () => {
  it('of a column is taken off with the label, whoever put it there', () => {
    const tagsOf = () =>
      b.catalog.listSchemaFields({ urn: orders }).fields.find((f) => f.fieldPath === 'price')?.tags
    const price = { entity_urns: [orders], column_paths: ['price'] }
    expect(tagsOf()).toEqual([gold, pii])
    expect(call('remove_tags', { ...price, tag_urns: [gold] }).changed).toBe(1)
    expect(tagsOf()).toEqual([pii])
    expect(stored(orders, 'editableSchemaMetadata').editableSchemaFieldInfo).toEqual([
      { fieldPath: 'price', description: 'In euros', globalTags: { tags: [{ tag: pii }] } },
    ])
  })

  it('of a dataset or a column is described anew with it, and only where it was', () => {
    const describe = (operation: string, more: object = {}) =>
      call('update_description', { entity_urn: orders, operation, ...more })
    const both = () => [
      stored(orders, 'datasetProperties').description,
      stored(orders, 'editableDatasetProperties').description,
    ]
    describe('replace', { description: 'One' })
    expect(both()).toEqual(['One', 'One'])
    describe('append', { description: 'Two' })
    expect(both()).toEqual(['One\nTwo', 'One\nTwo'])
    describe('remove')
    expect(both()).toEqual([undefined, undefined])
    describe('replace', { description: 'Paid', column_path: 'price' })
    expect(stored(orders, 'editableSchemaMetadata').editableSchemaFieldInfo[0].description).toBe('Paid')
    call('update_description', { entity_urn: customers, operation: 'replace', description: 'Who buys' })
    expect(b.catalog.aspectRecord(customers, 'editableDatasetProperties', {})).toBeUndefined()
  })
})

describe('a type of ownership', () => {
  const producer = 'urn:li:ownershipType:producer'
  const steward = 'urn:li:ownershipType:__system__data_steward'
  const owners = () => stored(customers, 'ownership').owners
  const own = (op: 'add' | 'remove', ownership_type: string) =>
    call(`${op}_owners`, { owner_urns: [ada], entity_urns: [customers], ownership_type }).changed

  it('is one, whether it is named by its name or by its URN', () => {
    expect(own('add', 'DATA_STEWARD')).toBe(1)
    expect([own('add', steward), own('add', '__system__data_steward')]).toEqual([0, 0])
    expect(own('remove', steward)).toBe(1)
    expect(own('add', steward)).toBe(1)
    expect(owners()).toContainEqual({ owner: ada, type: 'DATA_STEWARD', typeUrn: steward })
    expect(own('remove', 'DATA_STEWARD')).toBe(1)
    expect(owners().filter((o: { owner: string }) => o.owner === ada)).toEqual([])
  })

  it('of their own people record before they name it, and it is not the custom type of another', () => {
    expect(own('add', producer)).toBe(1)
    expect(owners()).toContainEqual({ owner: ada, type: 'CUSTOM', typeUrn: producer })
    expect(own('remove', 'CUSTOM')).toBe(0)
    expect(() => own('add', 'urn:li:ownershipType:nowhere')).toThrow('urn:li:ownershipType:nowhere not found')
    b.catalog.ingest([aspect(producer, 'status', { removed: true })])
    expect(() => own('add', producer)).toThrow('not found')
  })
})

it('the labels of columns are told by column, whoever put them there', () => {
  call('add_tags', { tag_urns: [gold], entity_urns: [orders], column_paths: ['customer_id'] })
  const column = (path: string) => `urn:li:schemaField:(${orders},${path})`
  const labels = b.catalog.columnLabels(orders)
  expect(labels.get(column('price'))?.tags).toEqual([gold, pii])
  expect(labels.get(column('customer_id'))?.tags).toEqual([gold])
  expect(b.catalog.columnLabels(gold).size).toBe(0)
})
