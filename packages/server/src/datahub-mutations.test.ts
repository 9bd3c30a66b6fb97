import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RunningServer } from './main.js'
import { ClusterFixture, TOKENS } from './testing/cluster-fixture.js'
import { callOperation } from './testing/http-call.js'

let fixture: ClusterFixture
let server: RunningServer
let closed: RunningServer
const urnOf = (table: string) => `urn:li:dataset:(urn:li:dataPlatform:sqlite,bad.main.${table},PROD)`
const [customers, payments] = [urnOf('customers'), urnOf('payments')]
const gold = 'urn:li:tag:gold'
const retention = 'urn:li:structuredProperty:retention'

beforeAll(async () => {
  fixture = await ClusterFixture.create()
  server = await fixture.serve({ catalogWrites: true })
  closed = await fixture.serve()
  const stamp = { time: 1, actor: 'urn:li:corpuser:ada' }
  await write('tag', [{ urn: gold, tagProperties: { value: { name: 'Gold' } } }])
  await write('corpuser', [
    { urn: 'urn:li:corpuser:ada', corpUserInfo: { value: { active: true, displayName: 'Ada' } } },
  ])
  await write('ownershipType', [
    {
      urn: 'urn:li:ownershipType:producer',
      ownershipTypeInfo: { value: { name: 'Data Producer', created: stamp, lastModified: stamp } },
    },
  ])
  await write('structuredProperty', [
    {
      urn: retention,
      propertyDefinition: {
        value: {
          qualifiedName: 'retention',
          valueType: 'urn:li:dataType:datahub.number',
          entityTypes: ['urn:li:entityType:datahub.dataset'],
          cardinality: 'SINGLE',
        },
      },
    },
  ])
}, 60_000)
afterAll(() => fixture?.remove())

async function write(type: string, body: object[]): Promise<void> {
  const { status, text } = await callOperation(server.url, 'datahubWriteEntities', {
    params: { graph_id: 'catalog', entity_type: type },
    body,
    token: TOKENS.operator,
  })
  expect(status, text).toBe(200)
}
const send = (query: string, variables: object, { at = server, token = TOKENS.operator } = {}) =>
  callOperation(at.url, 'datahubGraphql', {
    params: { graph_id: 'catalog' },
    body: { query, variables },
    token,
  })
/** One mutation by its name, with its input. */
const mutate = (name: string, input: object, at: Parameters<typeof send>[2] = {}, fields = '') =>
  send(
    `mutation m($input: ${INPUTS[name as keyof typeof INPUTS]}!) { ${name}(input: $input) ${fields} }`,
    { input },
    at,
  )
const INPUTS = {
  batchAddTags: 'BatchAddTagsInput',
  batchRemoveTags: 'BatchRemoveTagsInput',
  batchAddTerms: 'BatchAddTermsInput',
  batchRemoveTerms: 'BatchRemoveTermsInput',
  batchAddOwners: 'BatchAddOwnersInput',
  batchRemoveOwners: 'BatchRemoveOwnersInput',
  batchSetDomain: 'BatchSetDomainInput',
  updateDescription: 'DescriptionUpdateInput',
  upsertStructuredProperties: 'UpsertStructuredPropertiesInput',
  removeStructuredProperties: 'RemoveStructuredPropertiesInput',
}
const PROPERTIES =
  '{ properties { structuredProperty { urn } values { ... on NumberValue { numberValue } } } }'
const fieldsOf = (name: string) => (name.endsWith('StructuredProperties') ? PROPERTIES : '')

const head = async () => {
  const { json } = await callOperation(server.url, 'listCommits', { params: { graph_id: 'catalog' } })
  expect(json.commits[0].graph_commit_id).toEqual(expect.any(String))
  return json.commits[0]
}
const resources = (...urns: string[]) => urns.map((resourceUrn) => ({ resourceUrn }))
const ada = { ownerUrn: 'urn:li:corpuser:ada', ownerEntityType: 'CORP_USER' }
const ninety = { structuredPropertyUrn: retention, values: [{ numberValue: 90 }] }

/** What each mutation is asked that could be done. */
const POSSIBLE: Readonly<Record<keyof typeof INPUTS, object>> = {
  batchAddTags: { tagUrns: [gold], resources: resources(customers) },
  batchRemoveTags: { tagUrns: [gold], resources: resources(customers) },
  batchAddTerms: { termUrns: ['urn:li:glossaryTerm:x'], resources: resources(customers) },
  batchRemoveTerms: { termUrns: ['urn:li:glossaryTerm:x'], resources: resources(customers) },
  batchAddOwners: { owners: [ada], resources: resources(customers) },
  batchRemoveOwners: { ownerUrns: [ada.ownerUrn], resources: resources(customers) },
  batchSetDomain: { domainUrn: 'urn:li:domain:x', resources: resources(customers) },
  updateDescription: { description: 'x', resourceUrn: customers },
  upsertStructuredProperties: { assetUrn: customers, structuredPropertyInputParams: [ninety] },
  removeStructuredProperties: { assetUrn: customers, structuredPropertyUrns: [retention] },
}

describe('a mutation', () => {
  it.each(Object.entries(POSSIBLE))(
    '%s is refused as DataHub refuses it without the right or the switch, and writes nothing',
    async (name, input) => {
      const before = (await head()).graph_commit_id
      for (const [at, error] of [
        [{ token: TOKENS.viewer }, 'forbidden'],
        [{ at: closed }, 'catalog_writes_off'],
      ] as const) {
        const { status, json } = await mutate(name, input, at, fieldsOf(name))
        expect([status, json.data]).toEqual([200, { [name]: null }])
        expect(json.errors).toMatchObject([
          {
            path: [name],
            extensions: { code: 403, type: 'UNAUTHORIZED', classification: 'DataFetchingException', error },
          },
        ])
      }
      expect((await head()).graph_commit_id).toBe(before)
    },
  )

  const both = resources(customers, urnOf('nowhere'))
  it.each([
    ['batchAddTags', { tagUrns: [gold], resources: both }, 404, 'entity_not_found'],
    [
      'batchAddTags',
      { tagUrns: ['urn:li:tag:no'], resources: resources(customers) },
      404,
      'entity_not_found',
    ],
    [
      'batchAddTags',
      { tagUrns: [gold], resources: [{ resourceUrn: customers, subResource: 'nothing' }] },
      404,
      'column_not_found',
    ],
    ['batchAddTags', { tagUrns: [], resources: resources(customers) }, 400, 'arguments_invalid'],
    ['batchAddTags', { tagUrns: [gold], resources: [] }, 400, 'arguments_invalid'],
    ['batchAddOwners', { owners: [ada], resources: both }, 404, 'entity_not_found'],
    [
      'batchAddOwners',
      {
        owners: [
          { ...ada, type: 'DATA_STEWARD' },
          { ...ada, type: 'TECHNICAL_OWNER' },
        ],
        resources: resources(customers),
      },
      400,
      'argument_invalid',
    ],
    [
      'batchAddOwners',
      { owners: [ada], ownershipTypeUrn: 'urn:li:ownershipType:no', resources: resources(customers) },
      404,
      'entity_not_found',
    ],
    [
      'batchSetDomain',
      { domainUrn: null, resources: [{ resourceUrn: customers, subResource: 'city' }] },
      400,
      'argument_invalid',
    ],
    ['updateDescription', { description: 'x', resourceUrn: urnOf('nowhere') }, 404, 'entity_not_found'],
    [
      'upsertStructuredProperties',
      { assetUrn: urnOf('nowhere'), structuredPropertyInputParams: [ninety] },
      404,
      'entity_not_found',
    ],
    [
      'upsertStructuredProperties',
      { assetUrn: customers, structuredPropertyInputParams: [ninety, ninety] },
      400,
      'argument_invalid',
    ],
    [
      'upsertStructuredProperties',
      { assetUrn: customers, structuredPropertyInputParams: [{ ...ninety, values: [{}] }] },
      400,
      'argument_invalid',
    ],
    [
      'upsertStructuredProperties',
      {
        assetUrn: customers,
        structuredPropertyInputParams: [{ ...ninety, values: [{ stringValue: 'soon' }] }],
      },
      400,
      'property_value_invalid',
    ],
  ] as const)(
    '%s with %j is an error with code %i, and nothing of it is written',
    async (name, input, code, error) => {
      const before = (await head()).graph_commit_id
      const { json } = await mutate(name, input, {}, fieldsOf(name))
      expect(json.data).toEqual({ [name]: null })
      expect(json.errors).toMatchObject([{ extensions: { code, error } }])
      expect((await head()).graph_commit_id).toBe(before)
    },
  )

  it('is one commit by its caller, and none when it changes nothing', async () => {
    const input = { tagUrns: [gold], resources: resources(customers, payments) }
    const before = (await head()).graph_commit_id
    const { json } = await mutate('batchAddTags', input)
    expect(json).toEqual({ data: { batchAddTags: true } })
    const after = await head()
    expect(after).toMatchObject({
      parent_commit_id: before,
      actor_id: 'operator',
      provenance: { actor: 'operator' },
    })
    expect((await mutate('batchAddTags', input)).json).toEqual({ data: { batchAddTags: true } })
    expect((await head()).graph_commit_id).toBe(after.graph_commit_id)
  })

  it('is made after the one before it in the document, whatever became of that', async () => {
    const add = { tagUrns: [gold], resources: [{ resourceUrn: customers, subResource: 'city' }] }
    const { json } = await send(
      `mutation m($add: BatchAddTagsInput!, $no: BatchAddTagsInput!, $upsert: UpsertStructuredPropertiesInput!, $remove: RemoveStructuredPropertiesInput!) {
        no: batchAddTags(input: $no)
        yes: batchAddTags(input: $add)
        given: upsertStructuredProperties(input: $upsert) ${PROPERTIES}
        taken: removeStructuredProperties(input: $remove) ${PROPERTIES}
      }`,
      {
        no: { ...add, tagUrns: ['urn:li:tag:no'] },
        add,
        upsert: POSSIBLE.upsertStructuredProperties,
        remove: POSSIBLE.removeStructuredProperties,
      },
    )
    expect(json.errors).toMatchObject([{ path: ['no'], extensions: { error: 'entity_not_found' } }])
    expect(json.data).toEqual({
      no: null,
      yes: true,
      given: { properties: [{ structuredProperty: { urn: retention }, values: [{ numberValue: 90 }] }] },
      taken: { properties: [] },
    })
  })
})

describe('what was written', () => {
  const ASKED = `query q($urn: String!) { entity(urn: $urn) { ... on Dataset {
    properties { description } editableProperties { description }
    ownership { owners { owner { ... on CorpUser { urn } } type ownershipType { urn info { name } } } }
    schemaMetadata { fields { fieldPath description } }
    editableSchemaMetadata { editableSchemaFieldInfo { fieldPath tags { tags { tag { urn } } } } } } } }`
  const asked = async (urn: string) => (await send(ASKED, { urn })).json.data.entity
  beforeEach(async () => {
    await mutate('updateDescription', { description: '', resourceUrn: payments })
  })

  it("on a column is where DataHub's clients look for it", async () => {
    const column = { resourceUrn: payments, subResource: 'amount', subResourceType: 'DATASET_FIELD' }
    await mutate('batchAddTags', { tagUrns: [gold], resources: [column] })
    await mutate('updateDescription', { ...column, description: 'In euros' })
    const { editableSchemaMetadata, schemaMetadata } = await asked(payments)
    expect(editableSchemaMetadata.editableSchemaFieldInfo).toEqual([
      { fieldPath: 'amount', tags: { tags: [{ tag: { urn: gold } }] } },
    ])
    expect(schemaMetadata.fields).toContainEqual({ fieldPath: 'amount', description: 'In euros' })
    await mutate('batchRemoveTags', { tagUrns: [gold], resources: [column] })
    expect((await asked(payments)).editableSchemaMetadata).toBeNull()
  })

  it('as a description is what clients add to, and an empty one is none', async () => {
    const said = (text: string | null) => ({ properties: { description: text } })
    await mutate('updateDescription', { description: 'Amounts', resourceUrn: payments })
    expect(await asked(payments)).toMatchObject({
      ...said('Amounts'),
      editableProperties: { description: 'Amounts' },
    })
    await mutate('updateDescription', { description: '', resourceUrn: payments })
    expect(await asked(payments)).toMatchObject({ ...said(null), editableProperties: null })
  })

  it('as an owner has its type, by whatever name', async () => {
    const { json } = await send(
      'query l($input: ListOwnershipTypesInput!) { listOwnershipTypes(input: $input) { total ownershipTypes { urn info { name } } } }',
      { input: { start: 0, count: 1000, query: 'data ' } },
    )
    const types = json.data.listOwnershipTypes.ownershipTypes
    expect(types.map(({ info }: { info: { name: string } }) => info.name)).toEqual([
      'Data Steward',
      'Data Producer',
    ])
    for (const { urn } of types)
      await mutate('batchAddOwners', {
        owners: [{ ...ada, ownershipTypeUrn: urn }],
        ownershipTypeUrn: urn,
        resources: resources(payments),
      })
    const owner = { urn: ada.ownerUrn }
    expect((await asked(payments)).ownership.owners).toEqual([
      { owner, type: 'DATA_STEWARD', ownershipType: { urn: types[0].urn, info: { name: 'Data Steward' } } },
      { owner, type: 'CUSTOM', ownershipType: { urn: types[1].urn, info: { name: 'Data Producer' } } },
    ])
    await mutate('batchRemoveOwners', { ownerUrns: [ada.ownerUrn], resources: resources(payments) })
    expect((await asked(payments)).ownership.owners).toEqual([])
  })
})
