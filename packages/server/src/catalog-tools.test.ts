import { TOOL_NAMES } from '@groundplane/catalog'
import { type CatalogTool, catalogTools, type OperationId } from '@groundplane/protocol'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from './main.js'
import { ClusterFixture, TOKENS } from './testing/cluster-fixture.js'
import { callOperation } from './testing/http-call.js'

let fixture: ClusterFixture
let server: RunningServer
let client: Client

beforeAll(async () => {
  fixture = await ClusterFixture.create()
  server = await fixture.serve()
  const writable = await fixture.serve({ catalogWrites: true })
  const document = { document_type: 'Note', title: 'Late payments', content: 'Ask the bank.' }
  const saved = await callOperation(writable.url, 'tool_save_document', { body: document })
  documents.push(saved.json.urn)
  client = new Client({ name: 'test', version: '1' })
  const headers = { authorization: `Bearer ${TOKENS.operator}` }
  await client.connect(
    new StreamableHTTPClientTransport(new URL('/mcp', server.url), { requestInit: { headers } }) as Transport,
  )
}, 60_000)
afterAll(async () => {
  await client?.close()
  await fixture?.remove()
})

const dataset = (name: string, instance = 'bad') =>
  `urn:li:dataset:(urn:li:dataPlatform:sqlite,${instance}.main.${name},PROD)`
const urn = dataset('v_revenue')

/** The one that is saved before the first question. */
const documents: string[] = []

/** One question to each tool that reads. */
const QUESTIONS: Readonly<Record<string, object>> = {
  search: { query: 'revenue' },
  get_entities: { urns: [urn, dataset('none')] },
  list_schema_fields: { urn, keywords: 'city' },
  get_lineage: { urn, max_hops: 3 },
  get_lineage_paths_between: {
    source_urn: dataset('payments'),
    target_urn: urn,
    source_column: 'amount',
    target_column: 'revenue',
  },
  get_dataset_queries: { urn: dataset('payments') },
  get_dataset_assertions: { urn: dataset('customers') },
  diff_health: {},
  list_incidents: {},
  search_documents: { query: 'payments' },
  grep_documents: { urns: documents, pattern: 'bank' },
  get_me: {},
  impact: { urn: dataset('payments'), column: 'amount' },
  brief: { about: 'revenue by city', budget: 600 },
  find_similar_schema: { columns: ['payment_id', { name: 'amount', type: 'REAL' }] },
  provenance: { urn },
  verify: { entity: urn, relation: 'downstream_of', value: dataset('customers') },
}

async function overMcp(name: string, args: object) {
  const { structuredContent, isError, _meta } = await client.callTool({ name, arguments: { ...args } })
  return { isError, answer: structuredContent, error: _meta?.['groundplane/error'] as { code: string } }
}
const overHttp = (name: string, body: unknown, token?: string) =>
  callOperation(server.url, `tool_${name}` as OperationId, { body, ...(token !== undefined && { token }) })

describe('the tools of the catalog', () => {
  it('are those that the catalog can carry out, each asked for below', () => {
    expect(Object.keys(catalogTools).sort()).toEqual([...TOOL_NAMES].sort())
    for (const [name, tool] of Object.entries(catalogTools)) expect(tool.name).toBe(name)
    const reads = Object.values(catalogTools).filter(
      (tool: CatalogTool) => tool.action === 'read' && tool.writesWith === undefined,
    )
    expect(Object.keys(QUESTIONS).sort()).toEqual(reads.map(({ name }) => name).sort())
  })

  it.each(Object.entries(QUESTIONS))(
    'answer %s over MCP and HTTP alike, as its schema says',
    async (name, args) => {
      const { answer } = await overMcp(name, args)
      const { status, json } = await overHttp(name, args)
      expect([status, json]).toEqual([200, answer])
      const tool = catalogTools[name as keyof typeof catalogTools] as CatalogTool
      expect(() => tool.output.parse(answer)).not.toThrow()
      expect(json.receipt).toMatchObject({ graph: 'catalog' })
    },
  )

  it('read a branch or a past commit, not both', async () => {
    const { json } = await overHttp('search', { query: 'revenue' })
    const past = await overHttp('search', { query: 'revenue', snapshot: json.receipt.commit })
    expect(past.json).toEqual(json)
    for (const [args, code] of [
      [{ branch: 'nope' }, 'branch_not_found'],
      [{ snapshot: 'nope' }, 'commit_not_found'],
      [{ branch: 'main', snapshot: json.receipt.commit }, 'target_ambiguous'],
    ] as const) {
      expect((await overHttp('search', args)).json.error.code).toBe(code)
      expect((await overMcp('search', args)).error.code).toBe(code)
    }
  })

  it('bring sizes into range, and refuse arguments that nobody has', async () => {
    expect((await overHttp('search', { num_results: 900 })).status).toBe(200)
    const { status, json } = await overHttp('search', { quary: 'x' })
    expect([status, json.error.code]).toEqual([400, 'request_invalid'])
    expect((await overMcp('search', { quary: 'x' })).error.code).toBe('arguments_invalid')
  })

  it('are refused to whom policy does not let read', async () => {
    const { status, json } = await overHttp('search', {}, TOKENS.stranger)
    expect([status, json.error.code]).toEqual([403, 'forbidden'])
  })
})

describe('the tools of the catalog that write', () => {
  const urns = { tag_urns: ['urn:li:tag:none'], entity_urns: [urn] }

  it('are off until the operator turns them on: not shown, and refused', async () => {
    const { tools } = await client.listTools()
    const names = new Set(tools.map((tool) => tool.name))
    for (const { name, action, writesWith } of Object.values(catalogTools) as CatalogTool[])
      expect([name, names.has(name)]).toEqual([name, action === 'read' && writesWith === undefined])
    expect((await overMcp('add_tags', urns)).error.code).toBe('catalog_writes_off')
    const { status, json } = await overHttp('add_tags', urns)
    expect([status, json.error.code]).toEqual([403, 'catalog_writes_off'])
  })

  it('of which one reads without the argument it writes with, and is to be had for that', async () => {
    expect((await overHttp('review', {})).json).toMatchObject({ proposals: [] })
    const decided = await overHttp('review', { proposal: 'proposal/none', decision: 'reject' })
    expect([decided.status, decided.json.error.code]).toEqual([403, 'catalog_writes_off'])
  })

  it('then are for whom policy allows change, and name who wrote', async () => {
    const open = await fixture.serve({ catalogWrites: true })
    const call = (name: string, body: unknown, token?: string) =>
      callOperation(open.url, `tool_${name}` as OperationId, { body, ...(token !== undefined && { token }) })
    const description = { entity_urn: urn, description: 'Revenue by city' }
    const refused = await call('update_description', description, TOKENS.viewer)
    expect([refused.status, refused.json.error.code]).toEqual([403, 'forbidden'])
    expect((await call('add_tags', urns)).json.error.code).toBe('entity_not_found')

    const { json } = await call('update_description', description)
    expect(json).toMatchObject({ success: true, urn, changed: 1 })
    const told = await call('provenance', { urn, aspect: 'datasetProperties' })
    expect(told.json.aspects[0].versions[0]).toMatchObject({ commit: json.receipt.commit, actor: 'operator' })
    const raised = await call('raise_incident', {
      resource_urn: urn,
      title: 'Late',
      description: 'Since noon',
    })
    expect(raised.json).toMatchObject({ created: true })
    const resolved = await call('resolve_incident', { incident_urn: raised.json.urn, message: 'reloaded' })
    expect(resolved.json).toMatchObject({ success: true, changed: 1 })
  })

  it('propose on a branch of their own, and merge what was looked at, where policy allows merging', async () => {
    const open = await fixture.serve({ catalogWrites: true })
    const call = async (name: string, body: unknown, token: string = TOKENS.operator) =>
      (await callOperation(open.url, `tool_${name}` as OperationId, { body, token })).json
    const edits = [{ tool: 'update_description', arguments: { entity_urn: urn, description: 'Proposed' } }]
    expect((await call('propose_change', { title: 'Say it', edits }, TOKENS.viewer)).error.code).toBe(
      'forbidden',
    )
    const made = await call('propose_change', { title: 'Say it', edits })
    expect(made).toMatchObject({
      title: 'Say it',
      by: 'operator',
      changes: [{ urn, aspect: 'datasetProperties' }],
      checks: [{ ok: true }, { ok: true }, { ok: true }, { ok: true }],
    })
    const { proposal, head } = made
    expect((await call('get_entities', { urns: urn })).properties.description).not.toBe('Proposed')
    expect((await call('get_entities', { urns: urn, branch: proposal })).properties.description).toBe(
      'Proposed',
    )

    const seen = await call('review', { proposal }, TOKENS.viewer)
    expect(seen.checks[3]).toMatchObject({ check: 'merges', ok: null })
    const approve = { proposal, decision: 'approve', if_commit: head }
    expect((await call('review', approve, TOKENS.viewer)).error.code).toBe('forbidden')
    expect((await call('review', {}, TOKENS.viewer)).proposals).toMatchObject([{ proposal, head }])
    expect(await call('review', approve)).toMatchObject({ decision: 'approved' })
    expect((await call('get_entities', { urns: urn })).properties.description).toBe('Proposed')
    expect((await call('review', { proposal })).error.code).toBe('proposal_not_found')
    const wrong = [{ tool: 'search', arguments: {} }]
    expect((await call('propose_change', { title: 'x', edits: wrong })).error.code).toBe('request_invalid')
  })

  it('say what they do in the hints of the protocol', async () => {
    const open = await fixture.serve({ catalogWrites: true })
    const agent = new Client({ name: 'test', version: '1' })
    const headers = { authorization: `Bearer ${TOKENS.operator}` }
    await agent.connect(
      new StreamableHTTPClientTransport(new URL('/mcp', open.url), { requestInit: { headers } }) as Transport,
    )
    const { tools } = await agent.listTools()
    const hint = (name: string) => {
      const { readOnlyHint, destructiveHint } = tools.find((t) => t.name === name)?.annotations ?? {}
      return [readOnlyHint, destructiveHint]
    }
    expect([hint('add_tags'), hint('remove_tags'), hint('brief')]).toEqual([
      [false, false],
      [false, true],
      [true, false],
    ])
    await agent.close()
  })
})
