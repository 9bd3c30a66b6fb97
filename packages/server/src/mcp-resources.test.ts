import { type CatalogTool, catalogTools } from '@groundplane/protocol'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from './main.js'
import { ClusterFixture, TOKENS } from './testing/cluster-fixture.js'
import * as clients from './testing/mcp-clients.js'

let fixture: ClusterFixture
let server: RunningServer

beforeAll(async () => {
  fixture = await ClusterFixture.create()
  server = await fixture.serve({ catalogWrites: true })
})
afterAll(() => fixture?.remove())

const overHttp = (token: string) => clients.overHttp(server.url, token)
const overStdio = (actor: string) => clients.overStdio(fixture.dir, actor)

const urn = 'urn:li:dataset:(urn:li:dataPlatform:sqlite,bad.main.payments,PROD)'
const none = 'urn:li:dataset:(urn:li:dataPlatform:sqlite,bad.main.none,PROD)'
const address = (kind: string, of: string, query = '') =>
  `gp://graph/catalog/${kind}/${encodeURIComponent(of)}${query}`

interface Read {
  readonly text: string
  readonly mimeType: string
  readonly _meta: { readonly 'groundplane/receipt': { readonly graph: string; readonly commit: string } }
}
const read = async (client: Client, uri: string): Promise<Read> => {
  const { contents } = await client.readResource({ uri })
  expect(contents).toHaveLength(1)
  expect(contents[0]?.uri).toBe(uri)
  return contents[0] as unknown as Read
}
/** The code of ours that a request is refused with. */
const refused = (request: Promise<unknown>): Promise<string> =>
  request.then(
    () => 'answered',
    (error: { data?: { code?: string } }) => error.data?.code ?? String(error),
  )

describe.each([
  ['Streamable HTTP', () => overHttp(TOKENS.viewer)],
  ['stdio', () => overStdio('viewer')],
])('over %s', (_door, open) => {
  let client: Client
  beforeAll(async () => {
    client = await open()
  })
  afterAll(() => client?.close())

  describe('resources', () => {
    it('are listed: the schema of each graph, and templates for what a catalog has too many of', async () => {
      const { resources } = await client.listResources()
      expect(resources.map(({ uri }) => uri)).toEqual(['gp://graph/catalog/schema', 'gp://graph/team/schema'])
      const { resourceTemplates } = await client.listResourceTemplates()
      expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
        'gp://graph/{graph}/schema{?branch,snapshot}',
        'gp://graph/{graph}/entity/{urn}{?branch,snapshot}',
        'gp://graph/{graph}/brief/{about}{?branch,snapshot}',
      ])
      expect(client.getServerCapabilities()?.resources).toEqual({})
    })

    it('give what their tools answer, with its receipt', async () => {
      const schema = await read(client, 'gp://graph/team/schema')
      expect(schema).toMatchObject({ mimeType: 'text/plain', text: expect.stringContaining('node Person') })
      expect(schema._meta['groundplane/receipt'].graph).toBe('team')
      for (const [uri, tool, args] of [
        [address('entity', urn), 'get_entities', { urns: urn }],
        [address('brief', urn), 'brief', { about: urn }],
        [address('brief', 'revenue by city'), 'brief', { about: 'revenue by city' }],
      ] as const) {
        const { text, _meta } = await read(client, uri)
        const { structuredContent } = await client.callTool({ name: tool, arguments: args })
        expect(JSON.parse(text)).toEqual(structuredContent)
        expect(_meta['groundplane/receipt']).toEqual(JSON.parse(text).receipt)
      }
    })

    it('have the same bytes at the same commit', async () => {
      for (const at of [address('entity', urn), address('brief', urn)]) {
        const now = await read(client, at)
        const { commit } = now._meta['groundplane/receipt']
        expect((await read(client, `${at}?snapshot=${commit}`)).text).toBe(now.text)
      }
    })

    it('that do not exist are errors with a code', async () => {
      for (const [uri, code] of [
        [address('entity', none), 'entity_not_found'],
        [address('brief', none), 'entity_not_found'],
        [address('entity', urn, '?branch=nope'), 'branch_not_found'],
        [address('entity', urn, '?surprise=1'), 'arguments_invalid'],
        [address('entity', JSON.stringify([none])), 'resource_not_found'],
        ['gp://graph/nope/schema', 'graph_not_found'],
        ['gp://graph/team/entity/urn:li:tag:x', 'resource_not_found'],
        ['gp://graph/catalog/entity', 'resource_not_found'],
        ['gp://graph/catalog/schema/x', 'resource_not_found'],
        ['gp://graph/catalog/nope', 'resource_not_found'],
        ['gp://elsewhere/catalog/schema', 'resource_not_found'],
        ['file:///etc/passwd', 'resource_not_found'],
        ['nonsense', 'resource_not_found'],
      ] as const)
        expect([uri, await refused(client.readResource({ uri }))]).toEqual([uri, code])
      const missing = client.readResource({ uri: 'gp://graph/catalog/nope' })
      await expect(missing).rejects.toMatchObject({ code: -32002 })
    })
  })

  describe('prompts', () => {
    const ASKED: Readonly<Record<string, Record<string, string>>> = {
      investigate_incident: { symptom: 'revenue looks low' },
      review_change: { urn, column: 'amount', change: '' },
      describe_dataset: { urn },
    }

    it('are listed and give a task, with what has to be known first and the receipt of it', async () => {
      const { prompts } = await client.listPrompts()
      expect(prompts.map(({ name }) => name)).toEqual(Object.keys(ASKED))
      for (const { name, arguments: args } of prompts) {
        const given = ASKED[name] as Record<string, string>
        expect(Object.keys(given).every((key) => args?.some((one) => one.name === key))).toBe(true)
        const { messages } = await client.getPrompt({ name, arguments: given })
        const [{ content }] = messages as [(typeof messages)[number]]
        const { text } = content as { text: string }
        expect(text).toContain(Object.values(given)[0])
        expect(text).toMatch(/"receipt":\{"graph":"catalog"/)
        for (const [, tool] of text.matchAll(/`([a-z]+_[a-z_]+)`/g))
          expect(Object.keys(catalogTools)).toContain(tool)
      }
    })

    it('about what does not exist, or with other arguments, are errors with a code', async () => {
      for (const [name, args, code] of [
        ['nope', {}, 'prompt_not_found'],
        ['describe_dataset', {}, 'arguments_invalid'],
        ['describe_dataset', { urn, surprise: 'x' }, 'arguments_invalid'],
        ['describe_dataset', { urn: none }, 'entity_not_found'],
        ['review_change', { urn, column: 'none' }, 'column_not_found'],
        ['review_change', { urn, change: 'explode' }, 'arguments_invalid'],
      ] as const)
        expect([name, await refused(client.getPrompt({ name, arguments: args }))]).toEqual([name, code])
      await expect(client.getPrompt({ name: 'nope' })).rejects.toMatchObject({ code: -32602 })
    })
  })
})

describe('for a stranger', () => {
  it('there are no resources and no prompts, and none can be had by their names', async () => {
    const stranger = await overHttp(TOKENS.stranger)
    expect((await stranger.listResources()).resources).toEqual([])
    expect((await stranger.listResourceTemplates()).resourceTemplates).toEqual([])
    expect((await stranger.listPrompts()).prompts).toEqual([])
    for (const uri of ['gp://graph/team/schema', address('entity', urn), address('brief', urn)])
      expect([uri, await refused(stranger.readResource({ uri }))]).toEqual([uri, 'forbidden'])
    const prompt = stranger.getPrompt({ name: 'describe_dataset', arguments: { urn } })
    expect(await refused(prompt)).toBe('forbidden')
    await stranger.close()
  })
})

const tag = 'urn:li:tag:none'
const entity_urns = [none]
/** To every tool of the catalog, a question about something that does not exist. */
const MISSING: Readonly<Record<string, readonly [args: object, code: string]>> = {
  search: [{ snapshot: '01KAH000000000000000000000' }, 'commit_not_found'],
  get_entities: [{ urns: none }, 'entity_not_found'],
  list_schema_fields: [{ urn: none }, 'entity_not_found'],
  get_lineage: [{ urn: none }, 'entity_not_found'],
  get_lineage_paths_between: [{ source_urn: urn, target_urn: none }, 'entity_not_found'],
  get_dataset_queries: [{ urn: none }, 'entity_not_found'],
  get_dataset_assertions: [{ urn: none }, 'entity_not_found'],
  diff_health: [{ reference: 'nope' }, 'instance_not_found'],
  brief: [{ about: none }, 'entity_not_found'],
  find_similar_schema: [{ urn: none }, 'entity_not_found'],
  impact: [{ urn, column: 'none' }, 'column_not_found'],
  provenance: [{ urn: none }, 'entity_not_found'],
  verify: [{ entity: none, relation: 'exists', value: true }, 'entity_not_found'],
  search_documents: [{ branch: 'nope' }, 'branch_not_found'],
  grep_documents: [{ urns: ['urn:li:document:none'], pattern: 'x' }, 'entity_not_found'],
  get_me: [{ branch: 'nope' }, 'branch_not_found'],
  list_incidents: [{ urn: none }, 'entity_not_found'],
  add_tags: [{ tag_urns: [tag], entity_urns: [urn] }, 'entity_not_found'],
  remove_tags: [{ tag_urns: [tag], entity_urns }, 'entity_not_found'],
  add_terms: [{ term_urns: ['urn:li:glossaryTerm:none'], entity_urns: [urn] }, 'entity_not_found'],
  remove_terms: [{ term_urns: ['urn:li:glossaryTerm:none'], entity_urns }, 'entity_not_found'],
  add_owners: [{ owner_urns: ['urn:li:corpuser:none'], entity_urns: [urn] }, 'entity_not_found'],
  remove_owners: [{ owner_urns: ['urn:li:corpuser:none'], entity_urns }, 'entity_not_found'],
  set_domains: [{ domain_urn: 'urn:li:domain:none', entity_urns: [urn] }, 'entity_not_found'],
  remove_domains: [{ entity_urns }, 'entity_not_found'],
  add_structured_properties: [
    { property_values: { 'urn:li:structuredProperty:none': ['x'] }, entity_urns: [urn] },
    'entity_not_found',
  ],
  remove_structured_properties: [
    { property_urns: ['urn:li:structuredProperty:none'], entity_urns },
    'entity_not_found',
  ],
  update_description: [{ entity_urn: none, description: 'x' }, 'entity_not_found'],
  save_document: [
    { document_type: 'Note', title: 'x', content: 'x', related_assets: [none] },
    'entity_not_found',
  ],
  raise_incident: [{ resource_urn: none, title: 'x', description: 'x' }, 'incident_target_missing'],
  resolve_incident: [{ incident_urn: 'urn:li:incident:none' }, 'entity_not_found'],
  propose_change: [
    {
      title: 'x',
      edits: [{ tool: 'update_description', arguments: { entity_urn: none, description: 'x' } }],
    },
    'entity_not_found',
  ],
  review: [{ proposal: 'proposal/none' }, 'proposal_not_found'],
}

describe('every tool of the catalog, called over MCP by who may do everything', () => {
  let client: Client
  beforeAll(async () => {
    client = await overHttp(TOKENS.operator)
  })
  afterAll(() => client?.close())

  it('is listed, with a schema of its arguments', async () => {
    const { tools } = await client.listTools()
    const ours = tools.filter(({ name }) => Object.hasOwn(catalogTools, name))
    expect(ours.map(({ name }) => name)).toEqual(
      Object.values(catalogTools).map(({ name }: CatalogTool) => name),
    )
    expect(Object.keys(MISSING).sort()).toEqual(ours.map(({ name }) => name).sort())
  })

  it.each(Object.entries(MISSING))(
    '%s: what does not exist is an error with a code, and nothing is written',
    async (name, [args, code]) => {
      const head = async () => (await read(client, 'gp://graph/catalog/schema'))._meta
      const before = await head()
      const { isError, _meta } = await client.callTool({ name, arguments: { ...args } })
      const error = _meta?.['groundplane/error'] as { code: string; remedy: string } | undefined
      expect([isError, error?.code]).toEqual([true, code])
      expect(error?.remedy).toBeTruthy()
      expect(await head()).toEqual(before)
    },
  )
})
