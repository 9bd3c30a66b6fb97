import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LIMITS } from './datahub/graphql/document.js'
import type { RunningServer } from './main.js'
import { ClusterFixture, TOKENS } from './testing/cluster-fixture.js'
import { callOperation } from './testing/http-call.js'

let fixture: ClusterFixture
let server: RunningServer
beforeAll(async () => {
  fixture = await ClusterFixture.create()
  server = await fixture.serve({})
  const stamp = { time: 1, actor: 'urn:li:corpuser:ada' }
  await write('chart', [
    {
      urn: 'urn:li:chart:(looker,by-city)',
      chartInfo: {
        value: { title: 'By city', lastModified: { lastModified: stamp } },
      },
    },
  ])
  await write('dataset', [
    {
      urn: urnOf('customers'),
      globalTags: { value: { tags: [{ tag: 'urn:li:tag:pii' }] } },
      domains: { value: { domains: ['urn:li:domain:sales'] } },
    },
  ])
  await write('domain', [
    { urn: 'urn:li:domain:sales', domainProperties: { value: { name: 'Sales' } } },
    {
      urn: 'urn:li:domain:west',
      domainProperties: { value: { name: 'West', parentDomain: 'urn:li:domain:sales' } },
    },
  ])
  await write('dataProduct', [
    {
      urn: 'urn:li:dataProduct:buyers',
      dataProductProperties: {
        value: { name: 'Buyers', assets: [{ destinationUrn: urnOf('customers') }] },
      },
    },
  ])
})
afterAll(() => fixture?.remove())

const urnOf = (table: string) => `urn:li:dataset:(urn:li:dataPlatform:sqlite,bad.main.${table},PROD)`
const write = async (type: string, body: object[]) => {
  const { status, text } = await callOperation(server.url, 'datahubWriteEntities', {
    params: { graph_id: 'catalog', entity_type: type },
    body,
    token: TOKENS.operator,
  })
  expect(status, text).toBe(200)
}
const send = (body: unknown, token: string = TOKENS.operator, graph = 'catalog') =>
  callOperation(server.url, 'datahubGraphql', { params: { graph_id: graph }, body, token })

async function ask(query: string, variables: object = {}) {
  const { status, json, text } = await send({ query, variables })
  expect(status, text).toBe(200)
  expect(json.errors, text).toBeUndefined()
  return json.data
}
async function refused(query: string, variables: object = {}) {
  const { status, json, text } = await send({ query, variables })
  expect([status, json.errors?.length], text.slice(0, 500)).toEqual([200, 1])
  return json.errors[0]
}

const SEARCH = `query search($input: SearchAcrossEntitiesInput!) {
  searchAcrossEntities(input: $input) { start count total searchResults { entity { urn } } facets { field } }
}`
const found = async (input: object) => {
  const { searchAcrossEntities } = await ask(SEARCH, { input: { query: '*', ...input } })
  return searchAcrossEntities.searchResults.map((r: { entity: { urn: string } }) => r.entity.urn)
}
const or = (...alternatives: object[][]) => alternatives.map((and) => ({ and }))

describe('a search', () => {
  it('goes through the conditions of DataHub, and refuses one that it cannot judge', async () => {
    const live = { field: 'removed', values: ['true'], negated: true }
    const tables = { field: 'typeNames', values: ['Table'] }
    const tagged = { field: 'tags', condition: 'EXISTS' }
    expect(await found({ orFilters: or([live, tables, tagged]) })).toEqual([urnOf('customers')])
    expect(await found({ orFilters: or([live, tables, { ...tagged, negated: true }]) })).toHaveLength(3)
    const platform = { field: 'platform.keyword', values: ['urn:li:dataPlatform:sqlite'] }
    const views = { field: 'typeNames', values: ['View'] }
    expect(await found({ types: ['DATASET'], orFilters: or([platform, tagged], [views]) })).toHaveLength(3)
    const injected = { field: 'name', values: ['x") OR (name != "y'] }
    expect(await found({ orFilters: or([injected]) })).toEqual([])
    for (const condition of [
      { field: 'columnCount', condition: 'GREATER_THAN', values: ['2'] },
      { field: 'name', condition: 'CONTAIN', values: ['a'] },
      { field: 'removed', values: ['true'] },
      { field: 'constructor', values: ['x'] },
    ]) {
      const { extensions, path } = await refused(SEARCH, { input: { query: '*', filters: [condition] } })
      expect(extensions).toMatchObject({ error: 'filter_unsupported', code: 400, type: 'BAD_REQUEST' })
      expect(path).toEqual(['searchAcrossEntities'])
    }
  })

  it('filters by a structured property, and by nothing that is written like one', async () => {
    const urn = 'urn:li:structuredProperty:io.retention'
    const definition = {
      qualifiedName: 'io.retention',
      valueType: 'urn:li:dataType:datahub.number',
      entityTypes: ['urn:li:entityType:datahub.dataset'],
    }
    await write('structuredProperty', [{ urn, propertyDefinition: { value: definition } }])
    const properties = [{ propertyUrn: urn, values: [{ double: 90 }] }]
    await write('dataset', [{ urn: urnOf('payments'), structuredProperties: { value: { properties } } }])
    const field = 'structuredProperties.io.retention'
    expect(await found({ filters: [{ field, values: ['90'] }] })).toEqual([urnOf('payments')])
    expect(await found({ filters: [{ field, condition: 'GREATER_THAN', values: ['90'] }] })).toEqual([])
    expect(
      await found({ filters: [{ field, condition: 'EXISTS', negated: true }], types: ['DATASET'] }),
    ).toHaveLength((await found({ types: ['DATASET'] })).length - 1)
    for (const [name, code] of [
      [`${field} = 1 OR name`, 'filter_unsupported'],
      ['structuredProperties.', 'filter_unsupported'],
      ['structuredProperties.none', 'structured_property_not_found'],
    ]) {
      const { extensions } = await refused(SEARCH, {
        input: { query: '*', filters: [{ field: name, values: ['1'] }] },
      })
      expect(extensions.error).toBe(code)
    }
  })

  it('finds what lies in a container however deep, and what the index has no words of by its type', async () => {
    const [database] = await found({ types: ['CONTAINER'], filters: [{ field: 'name', values: ['bad'] }] })
    await write('container', [
      { urn: 'urn:li:container:above', containerProperties: { value: { name: 'above' } } },
      { urn: database, container: { value: { container: 'urn:li:container:above' } } },
    ])
    const within = { field: 'browsePathV2', condition: 'CONTAIN', values: ['urn:li:container:above'] }
    expect(await found({ filters: [within] })).toHaveLength(3)
    expect(await found({ types: ['CHART'] })).toEqual(['urn:li:chart:(looker,by-city)'])
    expect(await found({ types: ['CHART', 'TAG'], start: 0 })).toContain('urn:li:chart:(looker,by-city)')
    for (const type of [{ values: ['CHART'] }, { value: 'CHART' }]) {
      const charts = { field: '_entityType', ...type }
      expect(await found({ filters: [charts] })).toEqual(['urn:li:chart:(looker,by-city)'])
    }
    expect(await found({ query: 'city', types: ['CHART'] })).toEqual(['urn:li:chart:(looker,by-city)'])
    const words = await refused(SEARCH, { input: { query: 'city', types: ['DATA_PLATFORM_INSTANCE'] } })
    expect(words.extensions.error).toBe('search_unsupported')
  })

  it('gives pages that follow each other', async () => {
    const all = await found({ types: ['DATASET'], count: 100 })
    const pages = await Promise.all(
      [0, 2, 4, 6].map((start) => found({ types: ['DATASET'], start, count: 2 })),
    )
    expect(all).toHaveLength(6)
    expect(pages.flat()).toEqual(all)
    for (const page of [{ start: -1 }, { count: -1 }, { count: 1001 }]) {
      const { extensions } = await refused(SEARCH, { input: { query: '*', ...page } })
      expect(extensions.error).toBe('page_invalid')
    }
    expect(
      (await refused(SEARCH, { input: { query: '*', viewUrn: 'urn:li:dataHubView:x' } })).extensions,
    ).toMatchObject({ error: 'view_unsupported', code: 501 })
  })
})

describe('an entity', () => {
  it('has null for what is not recorded or not of the type of its field, and is null when nothing is recorded of it', async () => {
    const fields =
      'urn type ... on Chart { tool chartId properties { name description lastModified { time } } ownership { owners { type } } }'
    const { chart, nothing } = await ask(
      `{ chart: entity(urn: "urn:li:chart:(looker,by-city)") { ${fields} } nothing: entity(urn: "urn:li:chart:(looker,no)") { ${fields} } }`,
    )
    expect(chart).toEqual({
      urn: 'urn:li:chart:(looker,by-city)',
      type: 'CHART',
      tool: 'looker',
      chartId: 'by-city',
      properties: { name: 'By city', description: null, lastModified: { time: 1 } },
      ownership: null,
    })
    expect(nothing).toBeNull()
    expect((await refused('{ entity(urn: "nonsense") { urn } }')).extensions).toMatchObject({
      classification: 'DataFetchingException',
      error: 'urn_invalid',
    })
  })

  it('leads to its domain and its product, and the domain to what lies in it', async () => {
    const { entity } = await ask(
      `query q($urn: String!) { entity(urn: $urn) { ... on Dataset {
      domain { domain { properties { name }
        entities(input: { start: 0, count: 0 }) { total }
        children: relationships(input: { types: ["IsPartOf"], direction: INCOMING, start: 0, count: 0 }) { total } } }
      product: relationships(input: { types: ["DataProductContains"], direction: INCOMING, start: 0, count: 1 }) {
        relationships { entity { urn ... on DataProduct { properties { name }
          entities(input: { query: "*", start: 0, count: 5 }) { total searchResults { entity { urn } } } } } } }
      unknown: relationships(input: { types: ["Likes"], direction: OUTGOING }) { total } } } }`,
      {
        urn: urnOf('customers'),
      },
    )
    expect(entity.domain.domain).toEqual({
      properties: { name: 'Sales' },
      entities: { total: 1 },
      children: { total: 1 },
    })
    expect(entity.product.relationships[0].entity).toEqual({
      urn: 'urn:li:dataProduct:buyers',
      properties: { name: 'Buyers' },
      entities: { total: 1, searchResults: [{ entity: { urn: urnOf('customers') } }] },
    })
    expect(entity.unknown).toBeNull()
  })

  it('an assertion has its definition and its runs, newest first', async () => {
    const [urn] = await found({ types: ['ASSERTION'] })
    const { entity } = await ask(
      `query q($urn: String!) { entity(urn: $urn) { ... on Assertion { info { type entityUrn }
        runEvents(status: COMPLETE, limit: 1) { total failed succeeded runEvents { timestampMillis status result { type } } } } } }`,
      { urn },
    )
    expect(entity.info.entityUrn).toMatch(/^urn:li:dataset:/)
    expect(entity.runEvents.runEvents).toHaveLength(1)
    expect(entity.runEvents.runEvents[0].status).toBe('COMPLETE')
    expect(entity.runEvents.failed + entity.runEvents.succeeded).toBe(entity.runEvents.total)
  })
})

const LINEAGE = `query lineage($input: SearchAcrossLineageInput!) {
  searchAcrossLineage(input: $input) { total searchResults { degree entity { urn } paths { path { urn type } } } }
}`

describe('lineage', () => {
  it('begins at a dashboard, too, with paths to whatever it leads to', async () => {
    const board = 'urn:li:dashboard:(looker,board)'
    const info = { title: 'Board', description: '', charts: [], datasets: [urnOf('v_revenue')] }
    await write('dashboard', [{ urn: board, dashboardInfo: { value: info } }])
    const input = { urn: board, direction: 'UPSTREAM', query: '*' }
    const { searchAcrossLineage: found } = await ask(LINEAGE, { input })
    const degrees = found.searchResults.map(({ degree, entity }: { degree: number; entity: object }) => [
      degree,
      entity,
    ])
    expect(degrees[0]).toEqual([1, { urn: urnOf('v_revenue') }])
    expect(degrees).toContainEqual([2, { urn: urnOf('customers') }])
    expect(found.searchResults[0].paths).toEqual([
      {
        path: [
          { urn: board, type: 'DASHBOARD' },
          { urn: urnOf('v_revenue'), type: 'DATASET' },
        ],
      },
    ])
  })

  it('is that of the catalog, by table and by column, each path from where it starts', async () => {
    const degree = or([{ field: 'degree', condition: 'EQUAL', values: ['1', '2', '3+'] }])
    const input = { urn: urnOf('v_revenue'), direction: 'UPSTREAM', query: '*', orFilters: degree }
    const { searchAcrossLineage: tables } = await ask(LINEAGE, { input })
    expect(tables.total).toBe(2)
    expect(tables.searchResults[0]).toEqual({
      degree: 1,
      entity: { urn: urnOf('customers') },
      paths: [
        {
          path: [
            { urn: urnOf('v_revenue'), type: 'DATASET' },
            { urn: urnOf('customers'), type: 'DATASET' },
          ],
        },
      ],
    })
    const column = (table: string, path: string) => `urn:li:schemaField:(${urnOf(table)},${path})`
    const { searchAcrossLineage: columns } = await ask(LINEAGE, {
      input: { urn: column('payments', 'amount'), direction: 'DOWNSTREAM', start: 0, count: 5 },
    })
    expect(columns.searchResults).toHaveLength(1)
    expect(columns.searchResults[0].paths[0].path.map((step: { urn: string }) => step.urn)).toEqual([
      column('payments', 'amount'),
      column('v_revenue', 'revenue'),
    ])
  })

  it('does not exist for what does not exist, nor by degrees that it cannot keep to', async () => {
    const nowhere = await refused(LINEAGE, { input: { urn: urnOf('nowhere'), direction: 'UPSTREAM' } })
    expect(nowhere.extensions).toMatchObject({ error: 'entity_not_found', code: 404, type: 'NOT_FOUND' })
    const second = or([{ field: 'degree', values: ['2'] }])
    const input = { urn: urnOf('v_revenue'), direction: 'UPSTREAM', orFilters: second }
    expect((await refused(LINEAGE, { input })).extensions.error).toBe('filter_unsupported')
  })
})

it('queries are listed for one dataset only', async () => {
  const LIST =
    'query l($input: ListQueriesInput!) { listQueries(input: $input) { total queries { urn properties { source statement { value } } } } }'
  const entities = (...values: string[]) => ({
    start: 0,
    count: 5,
    orFilters: or([{ field: 'entities', values }]),
  })
  const { listQueries } = await ask(LIST, { input: entities(urnOf('customers')) })
  expect(listQueries.total).toBe(1)
  expect(listQueries.queries[0].urn).toBe(urnOf('v_revenue'))
  expect(listQueries.queries[0].properties.statement.value).toContain('CREATE VIEW')
  const two = await refused(LIST, { input: entities(urnOf('customers'), urnOf('payments')) })
  expect(two.extensions.error).toBe('filter_unsupported')
})

describe('who asks', () => {
  it('is who the token is of, and needs to be allowed to read', async () => {
    const query =
      '{ me { corpUser { urn username exists settings { views { defaultView { urn } } } } } globalViewsSettings { defaultView } }'
    const { json } = await send({ query }, TOKENS.viewer)
    expect(json.data).toEqual({
      me: { corpUser: { urn: 'urn:li:corpuser:viewer', username: 'viewer', exists: false, settings: null } },
      globalViewsSettings: null,
    })
    expect((await send({ query }, 'nobody')).status).toBe(401)
    expect((await send({ query }, TOKENS.stranger)).status).toBe(403)
    expect((await send({ query }, TOKENS.operator, 'nowhere')).status).toBe(404)
  })
})

describe('a document', () => {
  it('that does not fit the schema is told in the words of DataHub', async () => {
    const { message, extensions, locations } = await refused('{ entity(urn: "x") { urn nonsense } }')
    expect(message).toContain('nonsense')
    expect(extensions).toMatchObject({ classification: 'ValidationError', error: 'query_invalid', code: 400 })
    expect(locations).toEqual([{ line: 1, column: 26 }])
    for (const query of [
      '{',
      'mutation { addTag }',
      'query q($x: Int!) { me { corpUser { urn } } }',
      'query a { me { corpUser { urn } } } query b { me { corpUser { urn } } }',
    ])
      expect((await refused(query)).extensions).toMatchObject({
        classification: 'ValidationError',
        code: 400,
      })
    for (const body of [
      {},
      { query: '' },
      { query: 7 },
      [],
      { query: '{ me { corpUser { urn } } }', variables: [] },
    ])
      expect((await send(body)).status).toBe(400)
  })

  it('that is hostile is refused before it costs anything', async () => {
    const deep = (n: number) =>
      `${'{ entity(urn: "x") '.repeat(1)}${'{ ... on Chart '.repeat(n)}{ urn }${' }'.repeat(n)} }`
    const doubling = Array.from(
      { length: 25 },
      (_, i) =>
        `fragment f${i} on Domain { a: urn ${i < 24 ? `parentDomains { domains { ...f${i + 1} } } x: parentDomains { domains { ...f${i + 1} } }` : ''} }`,
    )
    const hostile = [
      deep(LIMITS.brackets),
      `{ ${'me { corpUser { urn } } '.repeat(LIMITS.alike + 1)} }`,
      `{ ${Array.from({ length: LIMITS.tokens }, (_, i) => `a${i}`).join(' ')} }`,
      `{ entity(urn: "x") { ...f0 } } ${doubling.join(' ')}`,
      `{ me { corpUser { urn } } } ${Array.from({ length: LIMITS.fragments + 1 }, (_, i) => `fragment g${i} on Chart { urn }`).join(' ')}`,
    ]
    for (const query of hostile) {
      const { extensions, message } = await refused(query)
      expect([extensions.error, message.length < 200]).toEqual(['document_too_large', true])
    }
    const cycle = await send({
      query: '{ entity(urn: "x") { ...a } } fragment a on Chart { ...b } fragment b on Chart { ...a }',
    })
    expect(cycle.json.errors[0].message).toContain('itself')
  })

  it('tells its schema to who asks for it', async () => {
    const { __type } = await ask('{ __type(name: "Dataset") { name fields { name } } }')
    expect(__type.fields.map(({ name }: { name: string }) => name)).toContain('schemaMetadata')
  })
})
