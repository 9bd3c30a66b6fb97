import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ServedCluster, TOKENS } from '../http/served-cluster.js'
import { DatahubMcp, writeAspects } from './datahub-mcp.js'
import type { PythonClient } from './python-client.js'

// `npm run test:datahub`: DataHub's own MCP server, pinned, started as the documentation shows, in front of a serving process.

const program = DatahubMcp.install()

const urnOf = (table: string, instance = 'reference') =>
  `urn:li:dataset:(urn:li:dataPlatform:sqlite,${instance}.main.${table},PROD)`
const fieldOf = (table: string, column: string) => `urn:li:schemaField:(${urnOf(table)},${column})`
const STAMP = { time: 1, actor: 'urn:li:corpuser:ada' }
const QUERY = 'urn:li:query:by-city'
const SQL = 'SELECT city, COUNT(*) FROM customers GROUP BY city'
const RETENTION = 'urn:li:structuredProperty:io.retention'
const BOARD = 'urn:li:dashboard:(looker,dashboards.7)'
const DOCUMENT = 'urn:li:document:payments-guide'

describe.skipIf(!program)("DataHub's MCP server", () => {
  let cluster: ServedCluster
  let mcp: DatahubMcp

  beforeAll(async () => {
    cluster = await ServedCluster.start()
    await write('tag', 'urn:li:tag:pii', { tagProperties: { name: 'PII' } })
    await write('corpuser', 'urn:li:corpuser:ada', { corpUserInfo: { active: true, displayName: 'Ada' } })
    await write('dataset', urnOf('customers'), {
      globalTags: { tags: [{ tag: 'urn:li:tag:pii' }] },
      ownership: { owners: [{ owner: 'urn:li:corpuser:ada', type: 'DATAOWNER' }], lastModified: STAMP },
      editableDatasetProperties: { description: 'Who buys.', created: STAMP, lastModified: STAMP },
    })
    await write('query', QUERY, {
      queryProperties: {
        statement: { value: SQL, language: 'SQL' },
        source: 'MANUAL',
        created: STAMP,
        lastModified: STAMP,
      },
      querySubjects: { subjects: [{ entity: urnOf('customers') }, { entity: fieldOf('customers', 'city') }] },
    })
    await write('structuredProperty', RETENTION, {
      propertyDefinition: {
        qualifiedName: 'io.retention',
        displayName: 'Retention',
        valueType: 'urn:li:dataType:datahub.number',
        cardinality: 'SINGLE',
        entityTypes: ['urn:li:entityType:datahub.dataset'],
      },
    })
    await write('dataset', urnOf('payments'), {
      structuredProperties: { properties: [{ propertyUrn: RETENTION, values: [{ double: 90 }] }] },
    })
    await write('dashboard', BOARD, {
      dashboardInfo: {
        title: 'Parcel board',
        description: '',
        charts: [],
        datasets: [urnOf('v_revenue')],
        lastModified: { created: STAMP, lastModified: STAMP },
      },
    })
    await write('document', DOCUMENT, {
      documentInfo: {
        title: 'Payments guide',
        contents: { text: 'Amounts are euros. Refunds have a negative amount.' },
        status: { state: 'PUBLISHED' },
        created: STAMP,
        lastModified: STAMP,
        relatedAssets: [{ asset: urnOf('payments') }],
      },
    })
    mcp = await DatahubMcp.start(program as PythonClient, 'mcp-server', cluster, TOKENS.viewer)
  })
  afterAll(async () => {
    await mcp?.close()
    await cluster?.dispose()
    program?.dispose()
  })

  const write = (type: string, urn: string, aspects: Record<string, unknown>) =>
    writeAspects(cluster, type, urn, aspects)
  const call = (name: string, args: Record<string, unknown> = {}) => mcp.call(name, args)
  // biome-ignore lint/suspicious/noExplicitAny: read by path
  const urnsIn = (results: any) => results.searchResults.map((r: any) => r.entity.urn)

  it('has all its tools, those for documents too since there is one', async () => {
    expect(await mcp.tools()).toEqual([
      'get_aspect_history',
      'get_dataset_queries',
      'get_entities',
      'get_lineage',
      'get_lineage_paths_between',
      'get_me',
      'grep_documents',
      'list_schema_fields',
      'search',
      'search_documents',
    ])
  })

  it('search finds by words and filter, and tells what the results have in common', async () => {
    const found = await call('search', {
      query: '/q customers',
      filter: 'entity_type = dataset AND entity_subtype = Table AND NOT platform = snowflake AND env = PROD',
      num_results: 2,
    })
    expect(Object.keys(found)).toEqual(['start', 'count', 'total', 'searchResults', 'facets'])
    expect(found).toMatchObject({ start: 0, count: 2, total: 4 })
    expect(urnsIn(found).sort()).toEqual([urnOf('customers', 'production'), urnOf('customers')])
    expect(found.searchResults[0].entity.properties.name).toBe('customers')
    const tagged = await call('search', { query: '*', filter: 'tag = urn:li:tag:pii' })
    expect(urnsIn(tagged)).toEqual([urnOf('customers')])
    const { facets, searchResults } = await call('search', {
      filter: 'entity_type = dataset',
      num_results: 0,
    })
    expect(searchResults).toBeUndefined()
    const tags = facets.find(({ field }: { field: string }) => field === 'tags').aggregations
    expect(tags).toEqual([{ value: 'urn:li:tag:pii', count: 1, displayName: 'PII' }])
    await expect(call('search', { filter: 'columnCount > 2' })).rejects.toThrow('cannot filter by the field')
  })

  it('get_entities tells a dataset with what is said of it, and an error for what does not exist', async () => {
    const one = await call('get_entities', { urns: urnOf('customers') })
    expect(one).toMatchObject({
      urn: urnOf('customers'),
      name: 'reference.main.customers',
      platform: { urn: 'urn:li:dataPlatform:sqlite', name: 'sqlite' },
      editableProperties: { description: 'Who buys.' },
      tags: { tags: [{ tag: { urn: 'urn:li:tag:pii', properties: { name: 'PII' } } }] },
      ownership: { owners: [{ owner: { urn: 'urn:li:corpuser:ada', properties: { displayName: 'Ada' } } }] },
      subTypes: { typeNames: ['Table'] },
      health: [{ type: 'ASSERTIONS', status: 'PASS' }],
      schemaMetadata: { primaryKeys: ['customer_id'] },
    })
    const broken = await call('get_entities', { urns: urnOf('payments', 'production') })
    expect(broken.health[0]).toMatchObject({ type: 'ASSERTIONS', status: 'FAIL' })
    const nowhere = urnOf('nowhere')
    const many = await call('get_entities', { urns: [QUERY, nowhere, urnOf('payments'), DOCUMENT] })
    expect(many.map(({ urn }: { urn: string }) => urn)).toEqual([QUERY, nowhere, urnOf('payments'), DOCUMENT])
    expect(many[0].properties.statement.value).toBe(SQL)
    expect(many[1].error).toBe(`Entity ${nowhere} not found`)
    expect(many[2].relatedDocuments.documents[0]).toMatchObject({ urn: DOCUMENT })
    const view = await call('get_entities', { urns: urnOf('v_revenue') })
    expect(view.viewProperties.logic).toContain('SUM(p.amount)')
  })

  it('get_lineage goes by tables and by columns', async () => {
    const { upstreams } = await call('get_lineage', { urn: urnOf('v_revenue') })
    expect(urnsIn(upstreams)).toEqual([urnOf('customers'), urnOf('payments')])
    expect(upstreams).toMatchObject({ total: 2, offset: 0, returned: 2, hasMore: false })
    const { downstreams } = await call('get_lineage', {
      urn: urnOf('payments'),
      column: 'amount',
      upstream: false,
      max_hops: 3,
    })
    expect(urnsIn(downstreams)).toEqual([urnOf('v_revenue')])
    expect(downstreams.searchResults[0]).toMatchObject({ degree: 1, lineageColumns: ['revenue'] })
    const some = await call('get_lineage', { urn: urnOf('v_revenue'), filter: 'tag = urn:li:tag:pii' })
    expect(urnsIn(some.upstreams)).toEqual([urnOf('customers')])
  })

  it('search finds dashboards and values of structured properties, and get_lineage begins at a dashboard', async () => {
    expect(urnsIn(await call('search', { query: 'parcel' }))).toEqual([BOARD])
    const kept = await call('search', { query: '*', filter: 'structuredProperties.io.retention = 90' })
    expect(urnsIn(kept)).toEqual([urnOf('payments')])
    const payments = await call('get_entities', { urns: urnOf('payments') })
    expect(payments.structuredProperties.properties[0]).toMatchObject({
      structuredProperty: { urn: RETENTION },
      values: [{ numberValue: 90 }],
    })
    const { upstreams } = await call('get_lineage', { urn: BOARD, max_hops: 3 })
    expect(urnsIn(upstreams)).toEqual([urnOf('v_revenue'), urnOf('customers'), urnOf('payments')])
  })

  it('get_lineage_paths_between tells the steps, and that there are none', async () => {
    const ends = { source_urn: urnOf('payments'), target_urn: urnOf('v_revenue') }
    const urnsOf = (path: { urn: string }[]) => path.map(({ urn }) => urn)
    const tables = await call('get_lineage_paths_between', ends)
    expect(tables.metadata.direction).toBe('auto-discovered-downstream')
    expect(urnsOf(tables.paths[0].path)).toEqual([urnOf('payments'), urnOf('v_revenue')])
    const columns = { source_column: 'amount', target_column: 'revenue' }
    const { paths, pathCount } = await call('get_lineage_paths_between', { ...ends, ...columns })
    expect(pathCount).toBe(1)
    expect(urnsOf(paths[0].path)).toEqual([fieldOf('payments', 'amount'), fieldOf('v_revenue', 'revenue')])
    const apart = { source_urn: urnOf('payments'), target_urn: urnOf('customers') }
    await expect(call('get_lineage_paths_between', apart)).rejects.toThrow('No lineage path found between')
  })

  it('get_dataset_queries tells recorded queries and the definitions of views', async () => {
    const all = await call('get_dataset_queries', { urn: urnOf('customers') })
    expect(all.queries.map(({ urn }: { urn: string }) => urn)).toEqual([QUERY, urnOf('v_revenue')])
    expect(all.queries[1].properties.statement.value).toContain('CREATE VIEW v_revenue')
    const column = await call('get_dataset_queries', {
      urn: urnOf('customers'),
      column: 'city',
      source: 'MANUAL',
    })
    expect(column).toMatchObject({ total: 1, queries: [{ urn: QUERY, subjects: [urnOf('customers')] }] })
  })

  it('list_schema_fields ranks columns by keywords', async () => {
    const { fields, totalFields, matchingCount } = await call('list_schema_fields', {
      urn: urnOf('payments'),
      keywords: ['amount'],
    })
    expect([fields[0].fieldPath, totalFields, matchingCount]).toEqual(['amount', 3, 1])
  })

  it('search_documents and grep_documents find the document', async () => {
    const found = await call('search_documents', { query: '/q payments' })
    expect(urnsIn(found)).toEqual([DOCUMENT])
    expect(found.searchResults[0].entity.info.title).toBe('Payments guide')
    const grep = await call('grep_documents', { urns: [DOCUMENT], pattern: 'negative \\w+' })
    expect(grep.results[0]).toMatchObject({ urn: DOCUMENT, matches: [{ position: 34 }], total_matches: 1 })
  })

  it('get_me tells whose token it is', async () => {
    const { data } = await call('get_me')
    expect(data.corpUser).toMatchObject({ urn: 'urn:li:corpuser:viewer', username: 'viewer', exists: false })
  })

  it('get_aspect_history has the newest version, and an error in the place of older ones', async () => {
    const { results } = await call('get_aspect_history', {
      urns: [urnOf('customers')],
      aspect_names: ['editableDatasetProperties'],
    })
    expect(results[0].current.value.description).toBe('Who buys.')
    expect(results[0]).toMatchObject({ history: [], error: 'DataHub batchGet failed (HTTPError)' })
  })
})
