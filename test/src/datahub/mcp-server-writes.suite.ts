import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ServedCluster, TOKENS } from '../http/served-cluster.js'
import { DatahubMcp, writeAspects } from './datahub-mcp.js'
import type { PythonClient } from './python-client.js'

// `npm run test:datahub`: the tools of DataHub's own MCP server that write, in front of a serving process that takes writes by tools.

const program = DatahubMcp.install()

const urnOf = (table: string) => `urn:li:dataset:(urn:li:dataPlatform:sqlite,reference.main.${table},PROD)`
const [customers, payments, nowhere] = [urnOf('customers'), urnOf('payments'), urnOf('nowhere')]
const gold = 'urn:li:tag:gold'
const revenue = 'urn:li:glossaryTerm:revenue'
const ada = 'urn:li:corpuser:ada'
const team = 'urn:li:corpGroup:finance'
const sales = 'urn:li:domain:sales'
const days = 'urn:li:structuredProperty:retention.days'
const level = 'urn:li:structuredProperty:level'
const STAMP = { time: 1, actor: ada }

const definition = (qualifiedName: string, type: string, more: object = {}) => ({
  propertyDefinition: {
    qualifiedName,
    valueType: `urn:li:dataType:datahub.${type}`,
    entityTypes: ['urn:li:entityType:datahub.dataset'],
    ...more,
  },
})

describe.skipIf(!program)("DataHub's MCP server, with its tools that write", () => {
  let cluster: ServedCluster
  let mcp: DatahubMcp
  let viewing: DatahubMcp

  beforeAll(async () => {
    cluster = await ServedCluster.start(['--catalog-writes'])
    const write = (type: string, urn: string, aspects: object) =>
      writeAspects(cluster, type, urn, aspects as Record<string, unknown>)
    await write('tag', gold, { tagProperties: { name: 'Gold' } })
    await write('glossaryTerm', revenue, {
      glossaryTermInfo: { name: 'Revenue', definition: 'Paid', termSource: 'INTERNAL' },
    })
    await write('corpuser', ada, { corpUserInfo: { active: true, displayName: 'Ada' } })
    await write('corpGroup', team, {
      corpGroupInfo: { displayName: 'Finance', admins: [], members: [], groups: [] },
    })
    await write('domain', sales, { domainProperties: { name: 'Sales' } })
    await write('ownershipType', 'urn:li:ownershipType:producer', {
      ownershipTypeInfo: { name: 'Producer', created: STAMP, lastModified: STAMP },
    })
    await write('structuredProperty', days, definition('retention.days', 'number'))
    const allowed = { allowedValues: [{ value: { string: 'HIGH' } }, { value: { string: 'LOW' } }] }
    await write('structuredProperty', level, definition('level', 'string', allowed))
    mcp = await DatahubMcp.start(program as PythonClient, 'mcp-server-writes', cluster, TOKENS.operator)
    viewing = await DatahubMcp.start(program as PythonClient, 'mcp-server-writes', cluster, TOKENS.viewer)
  })
  afterAll(async () => {
    await mcp?.close()
    await viewing?.close()
    await cluster?.dispose()
    program?.dispose()
  })

  const entity = (urn: string) => mcp.call('get_entities', { urns: urn })
  const column = async (urn: string, path: string) => {
    const { fields } = await mcp.call('list_schema_fields', { urn, keywords: [path] })
    return fields.find(({ fieldPath }: { fieldPath: string }) => fieldPath === path)
  }
  const head = async () => {
    const response = await fetch(`${cluster.url}/graphs/catalog/commits?limit=1`, {
      headers: { authorization: `Bearer ${TOKENS.operator}` },
    })
    // biome-ignore lint/suspicious/noExplicitAny: read by path
    return ((await response.json()) as any).commits[0]
  }
  const done = expect.objectContaining({ success: true })

  it('offers them, since the server says a version that has them', async () => {
    const tools = await mcp.tools()
    expect(tools.filter((name) => /^(add|remove|set|update|save)_/.test(name))).toEqual([
      'add_owners',
      'add_structured_properties',
      'add_tags',
      'add_terms',
      'remove_domains',
      'remove_owners',
      'remove_structured_properties',
      'remove_tags',
      'remove_terms',
      'save_document',
      'set_domains',
      'update_description',
    ])
  })

  it('add_tags and remove_tags change datasets and columns, in one commit of its caller', async () => {
    const both = {
      tag_urns: [gold],
      entity_urns: [customers, payments],
      column_paths: [null, 'amount'],
    }
    const before = await head()
    expect(await mcp.call('add_tags', both)).toEqual(done)
    expect(await head()).toMatchObject({
      parent_commit_id: before.graph_commit_id,
      actor_id: 'operator',
      provenance: { actor: 'operator', traceId: expect.any(String) },
    })
    expect((await entity(customers)).tags.tags).toMatchObject([{ tag: { urn: gold } }])
    expect((await column(payments, 'amount')).editedTags).toEqual(['Gold'])
    const tagged = await mcp.call('search', { query: '*', filter: `tag = ${gold}` })
    expect(tagged.searchResults.map((r: { entity: { urn: string } }) => r.entity.urn)).toContain(customers)
    expect(await mcp.call('remove_tags', both)).toEqual(done)
    expect((await entity(customers)).tags?.tags ?? []).toEqual([])
    expect((await column(payments, 'amount')).editedTags).toBeUndefined()
  })

  it('add_terms and remove_terms do', async () => {
    const both = { term_urns: [revenue], entity_urns: [payments, payments], column_paths: [null, 'amount'] }
    expect(await mcp.call('add_terms', both)).toEqual(done)
    expect((await entity(payments)).glossaryTerms.terms).toMatchObject([{ term: { urn: revenue } }])
    expect((await column(payments, 'amount')).editedGlossaryTerms).toEqual(['Revenue'])
    expect(await mcp.call('remove_terms', both)).toEqual(done)
    expect((await entity(payments)).glossaryTerms?.terms ?? []).toEqual([])
  })

  it('add_owners and remove_owners go by types, built in or recorded', async () => {
    const own = (tool: string, owner_urns: string[], ownership_type?: string) =>
      mcp.call(tool, { owner_urns, entity_urns: [payments], ...(ownership_type && { ownership_type }) })
    expect(await own('add_owners', [ada, team], 'DATA_STEWARD')).toEqual(done)
    expect(await own('add_owners', [ada], 'producer')).toEqual(done)
    await expect(own('add_owners', [ada], 'Nobody')).rejects.toThrow('was not found')
    const owners = async () =>
      ((await entity(payments)).ownership?.owners ?? []).map(
        // biome-ignore lint/suspicious/noExplicitAny: read by path
        (o: any) => `${o.owner.urn} ${o.ownershipType.info.name}`,
      )
    expect(await owners()).toEqual([`${ada} Data Steward`, `${team} Data Steward`, `${ada} Producer`])
    expect(await own('remove_owners', [ada], 'DATA_STEWARD')).toEqual(done)
    expect(await owners()).toEqual([`${team} Data Steward`, `${ada} Producer`])
    expect(await own('remove_owners', [ada, team])).toEqual(done)
    expect(await owners()).toEqual([])
  })

  it('set_domains and remove_domains do', async () => {
    expect(await mcp.call('set_domains', { domain_urn: sales, entity_urns: [customers] })).toEqual(done)
    expect((await entity(customers)).domain.domain.urn).toBe(sales)
    expect(await mcp.call('remove_domains', { entity_urns: [customers] })).toEqual(done)
    expect((await entity(customers)).domain).toBeUndefined()
  })

  it('update_description replaces, adds to and removes, of entities and columns', async () => {
    for (const of of [{ entity_urn: customers }, { entity_urn: payments, column_path: 'amount' }]) {
      const describe = (operation: string, description?: string) =>
        mcp.call('update_description', { ...of, operation, ...(description && { description }) })
      const said = async () =>
        'column_path' in of
          ? (await column(payments, 'amount')).description
          : (await entity(customers)).properties.description
      expect(await describe('replace', 'One.')).toEqual(done)
      expect(await said()).toBe('One.')
      expect(await describe('append', ' Two.')).toEqual(done)
      expect(await said()).toBe('One. Two.')
      expect(await describe('remove')).toEqual(done)
      expect(await said()).toBeUndefined()
    }
  })

  it('add_structured_properties and remove_structured_properties keep to definitions', async () => {
    const give = (values: object) =>
      mcp.call('add_structured_properties', { property_values: values, entity_urns: [customers, payments] })
    const had = async () => JSON.stringify((await entity(payments)).structuredProperties ?? {})
    expect(await give({ [days]: ['90'], [level]: ['HIGH'] })).toEqual(done)
    expect(await had()).toContain('90')
    expect(await had()).toContain('HIGH')
    await expect(give({ [level]: ['MIDDLE'] })).rejects.toThrow('property_value_invalid')
    await expect(give({ [days]: ['long'] })).rejects.toThrow('expects numeric type')
    expect(
      await mcp.call('remove_structured_properties', { property_urns: [days], entity_urns: [payments] }),
    ).toEqual(done)
    expect(await had()).not.toContain('90')
    expect(await had()).toContain('HIGH')
  })

  it('save_document makes a document in a folder of its own, and changes it', async () => {
    const note = { document_type: 'Note', title: 'Refunds', content: 'Refunds are negative.' }
    const saved = await mcp.call('save_document', { ...note, topics: ['money'], related_assets: [payments] })
    expect(saved).toMatchObject({ success: true, message: 'Successfully created document: Refunds' })
    const grep = await mcp.call('grep_documents', { urns: [saved.urn], pattern: 'negative' })
    expect(grep.total_matches).toBe(1)
    expect((await entity(payments)).relatedDocuments.documents).toMatchObject([{ urn: saved.urn }])
    const again = { ...note, content: 'Refunds are below zero.', urn: saved.urn }
    expect(await mcp.call('save_document', again)).toMatchObject({ success: true, urn: saved.urn })
    const changed = await mcp.call('grep_documents', { urns: [saved.urn], pattern: 'below zero' })
    expect(changed.total_matches).toBe(1)
  })

  it('tells what the server refuses, and then nothing is written', async () => {
    const before = (await head()).graph_commit_id
    const tag = { tag_urns: [gold], entity_urns: [customers] }
    await expect(viewing.call('add_tags', tag)).rejects.toThrow('UNAUTHORIZED')
    await expect(mcp.call('add_tags', { ...tag, entity_urns: [customers, nowhere] })).rejects.toThrow(
      'entity_not_found',
    )
    await expect(mcp.call('add_tags', { ...tag, tag_urns: ['urn:li:tag:no'] })).rejects.toThrow(
      'do not exist in DataHub',
    )
    const described = { entity_urn: nowhere, operation: 'append', description: 'x' }
    await expect(mcp.call('update_description', described)).rejects.toThrow('entity_not_found')
    const document = { document_type: 'Note', title: 'x', content: 'x' }
    await expect(viewing.call('save_document', document)).rejects.toThrow('Error saving document')
    expect((await head()).graph_commit_id).toBe(before)
  })
})
