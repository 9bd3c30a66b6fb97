import { type CatalogTool, catalogTools } from '@groundplane/protocol'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from './main.js'
import { ClusterFixture, TOKENS } from './testing/cluster-fixture.js'
import * as clients from './testing/mcp-clients.js'

const CATALOG_READS = Object.values(catalogTools)
  .filter((tool: CatalogTool) => tool.action === 'read' && tool.writesWith === undefined)
  .map(({ name }) => name)
const GRAPH_READS = [
  'list_graphs',
  'get_schema',
  'list_queries',
  'query',
  'explain_query',
  'list_branches',
  'list_commits',
  'get_commit_changes',
  'poll_changes',
  'diff_commits',
]

let fixture: ClusterFixture
let server: RunningServer

beforeAll(async () => {
  fixture = await ClusterFixture.create()
  server = await fixture.serve()
})
afterAll(() => fixture?.remove())

const overHttp = (token: string) => clients.overHttp(server.url, token)
const overStdio = (actor: string) => clients.overStdio(fixture.dir, actor)

// biome-ignore lint/suspicious/noExplicitAny: the tests read answers by path; their shapes are what the output schemas are checked for
type Structured = any

async function call(client: Client, name: string, args: Record<string, unknown> = {}) {
  const result = await client.callTool({ name, arguments: args })
  const content = result.content as { type: string; text: string }[]
  return {
    isError: result.isError === true,
    text: content[0]?.text ?? '',
    data: result.structuredContent as Structured,
    error: result._meta?.['groundplane/error'] as Structured,
  }
}

describe('MCP for nobody, where a policy asks for somebody', () => {
  it('says so, and how to name an actor', async () => {
    const client = await overStdio('')
    await expect(client.listTools()).rejects.toThrow(/no actor was given.*--as/)
    const { error } = await call(client, 'search')
    expect(error.code).toBe('actor_required')
    await client.close()
  })
})

describe.each([
  ['Streamable HTTP', () => overHttp(TOKENS.viewer)],
  ['stdio', () => overStdio('viewer')],
])('MCP over %s, spoken by the official client', (_name, open) => {
  let client: Client
  beforeAll(async () => {
    client = await open()
  })
  afterAll(() => client?.close())

  it('offers a reader the tools that read, all marked so, and no other', async () => {
    const { tools } = await client.listTools()
    expect(tools.map((t) => t.name)).toEqual([...CATALOG_READS, ...GRAPH_READS])
    for (const { annotations, inputSchema } of tools) {
      expect([annotations?.readOnlyHint, annotations?.destructiveHint, inputSchema.type]).toEqual([
        true,
        false,
        'object',
      ])
    }
    expect(client.getInstructions()).toContain('receipt')
  })

  it('finds a dataset, reads its fields, and follows its lineage', async () => {
    const found = await call(client, 'search', { query: 'revenue', num_results: 500 })
    expect(Object.keys(JSON.parse(found.text)).slice(0, 5)).toEqual([
      'start',
      'count',
      'total',
      'searchResults',
      'facets',
    ])
    const urn = found.data.searchResults.find((r: Structured) => r.entity.urn.includes('bad.main.v_revenue'))
      .entity.urn
    const fields = await call(client, 'list_schema_fields', { urn })
    expect(fields.data.fields.map((f: Structured) => f.fieldPath).sort()).toEqual(['city', 'revenue'])
    const lineage = await call(client, 'get_lineage', { urn: ` ${urn} `, max_hops: 3 })
    expect(lineage.data.upstreams.total).toBe(2)
    expect(lineage.data.receipt).toMatchObject({
      graph: 'catalog',
      commit: expect.any(String),
      at: expect.any(String),
    })
  })

  it('gives a document for one URN and a list for many, failures in their place', async () => {
    const urn = 'urn:li:dataset:(urn:li:dataPlatform:sqlite,bad.main.payments,PROD)'
    const absent = 'urn:li:dataset:(urn:li:dataPlatform:sqlite,bad.main.nope,PROD)'
    const one = await call(client, 'get_entities', { urns: urn })
    expect(one.data).toMatchObject({ urn, receipt: { graph: 'catalog' } })
    for (const urns of [[urn, absent], JSON.stringify([urn, absent])]) {
      const list = JSON.parse((await call(client, 'get_entities', { urns })).text)
      expect(list).toMatchObject([{ urn }, { urn: absent, error: expect.stringContaining('not found') }])
    }
    const missing = await call(client, 'get_entities', { urns: absent })
    expect(missing.isError).toBe(true)
    expect(missing.text).toContain(`${absent} not found`)
  })

  it('compares the instances the crew is configured with', async () => {
    const diff = await call(client, 'diff_health')
    expect(diff.data).toMatchObject({ reference: 'good', production: 'bad' })
    expect(diff.data.checks.filter((c: Structured) => c.verdict === 'production-only')).toHaveLength(2)
    const assertions = await call(client, 'get_dataset_assertions', {
      urn: diff.data.checks[0].dataset,
      count: 99,
    })
    expect(assertions.data).toMatchObject({ success: true, data: { total: 1 } })
    expect((await call(client, 'list_incidents')).data.incidents).toEqual([])
  })

  it('answers mistakes as tool errors that say what to do', async () => {
    for (const [name, args, code] of [
      ['list_schema_fields', {}, 'arguments_invalid'],
      ['list_schema_fields', { urn: 'nonsense' }, 'urn_invalid'],
      ['search', { query: 'x', num_result: 5 }, 'arguments_invalid'],
      ['search', { offset: -1 }, 'arguments_invalid'],
      [
        'get_lineage',
        { urn: 'urn:li:dataset:(urn:li:dataPlatform:sqlite,bad.main.nope,PROD)' },
        'entity_not_found',
      ],
    ] as const) {
      const { isError, text, error } = await call(client, name, args)
      expect([name, isError, error.code]).toEqual([name, true, code])
      expect(text).toContain(error.message)
      expect(text).toContain(error.remedy)
    }
    await expect(client.callTool({ name: 'drop_table', arguments: {} })).rejects.toThrow(/Unknown tool/)
  })
})

describe.each([
  ['Streamable HTTP', () => overHttp(TOKENS.operator)],
  ['stdio', () => overStdio('operator')],
])('the graph tools over %s', (door, open) => {
  let client: Client
  beforeAll(async () => {
    client = await open()
  })
  afterAll(() => client?.close())
  const work = door === 'stdio' ? 'agent/stdio' : 'agent/http'
  const ALL = 'query all() { match { $p: Person } return { $p.name as name, $p.age as age } order { name } }'
  const PUT = 'query put($n: String, $a: I32) { insert Person { name: $n, age: $a } }'
  const put = (n: string, a: number, more: Record<string, unknown> = {}) =>
    call(client, 'mutate', { query: PUT, params: { n, a }, ...more })

  it('say of each write what it can do', async () => {
    const { tools } = await client.listTools()
    const writes = tools.filter((t) => t.annotations?.readOnlyHint === false)
    expect(writes.map(({ name, annotations: a }) => [name, a?.destructiveHint, a?.idempotentHint])).toEqual([
      ['mutate', true, false],
      ['create_branch', false, true],
      ['merge_branch', true, true],
      ['delete_branch', true, true],
    ])
    expect(tools).toHaveLength(CATALOG_READS.length + GRAPH_READS.length + writes.length)
  })

  it('carry a change from a branch, over a look at it, to a merge, each answer with its receipt', async () => {
    const before = (await call(client, 'list_commits', { limit: 1 })).data
    const head = before.receipt.commit
    expect([before.receipt.graph, before.commits[0].graph_commit_id]).toEqual(['team', head])
    const made = (await call(client, 'create_branch', { name: work, if_commit: head })).data
    expect([made.graph_commit_id, made.receipt.commit]).toEqual([head, head])
    const written = (await put(`${door} Ada`, 36, { branch: work, if_commit: head, message: 'why' })).data
    expect(written).toMatchObject({ inserted: 1, commit: { message: 'why', actor_id: 'operator' } })
    expect(written.receipt.commit).toBe(written.commit.graph_commit_id)

    const read = (await call(client, 'query', { query: ALL, branch: work })).data
    expect(read.receipt).toEqual(written.receipt)
    expect(read.rows).toContainEqual({ name: `${door} Ada`, age: 36 })
    const past = (await call(client, 'query', { query: ALL, snapshot: head })).data
    expect(past.rows).not.toContainEqual({ name: `${door} Ada`, age: 36 })

    const diff = (await call(client, 'diff_commits', { from: 'main', to: work })).data
    expect(diff.changes.map((c: Structured) => [c.op, c.id])).toEqual([['insert', `${door} Ada`]])
    const preview = (await call(client, 'merge_branch', { source: work, dry_run: true })).data
    expect(preview).toMatchObject({ dry_run: true, inserted: 1, commit: null, receipt: { commit: head } })
    const merged = (await call(client, 'merge_branch', { source: work, if_commit: head })).data
    expect(merged.receipt.commit).toBe(merged.commit.graph_commit_id)
    const shown = (await call(client, 'get_commit_changes', { commit: merged.receipt.commit })).data
    expect(shown.changes).toHaveLength(1)
    const branches = (await call(client, 'list_branches')).data.branches
    expect(branches.map((b: Structured) => b.name)).toContain(work)
    const gone = (await call(client, 'delete_branch', { name: work })).data
    expect([gone.graph_commit_id, gone.receipt.commit]).toEqual([
      written.receipt.commit,
      written.receipt.commit,
    ])
  })

  it('follow a branch from a place that the agent keeps', async () => {
    const { cursor } = (await call(client, 'poll_changes')).data
    const { receipt } = (await put(`${door} new`, 1)).data
    const { blocks, caught_up, ...page } = (await call(client, 'poll_changes', { cursor })).data
    expect(blocks.map((b: Structured) => b.changes.map((c: Structured) => c.id))).toEqual([[`${door} new`]])
    expect([caught_up, page.receipt]).toEqual([true, receipt])
  })

  it('show what there is to ask, and run a stored query by name', async () => {
    const { graphs } = (await call(client, 'list_graphs')).data
    expect(graphs.map((g: Structured) => [g.graph_id, g.receipt.graph])).toEqual([
      ['catalog', 'catalog'],
      ['team', 'team'],
    ])
    expect((await call(client, 'get_schema', { graph: 'team' })).data.schema_source).toContain('node Person')
    const { queries } = (await call(client, 'list_queries')).data
    expect(queries.map((q: Structured) => [q.name, q.mutation])).toEqual([
      ['add_person', true],
      ['find_person', false],
    ])
    await call(client, 'mutate', { name: 'add_person', params: { name: `${door} S`, age: 5 } })
    const found = await call(client, 'query', { name: 'find_person', params: { name: `${door} S` } })
    expect(found.data.rows).toEqual([{ name: `${door} S`, age: 5 }])
    const rows = (await call(client, 'query', { query: ALL, max_rows: 1 })).data
    expect([rows.row_count, rows.truncated]).toEqual([1, true])
  })

  it('tell how a query is answered, a write planned and not done, under the right that the query needs', async () => {
    const { receipt } = (await put(`${door} plan`, 1)).data
    const FIND = 'query f($n: String) { match { $p: Person { name: $n } } return { $p.age } }'
    const text = (await call(client, 'explain_query', { query: FIND, params: { n: `${door} plan` } })).data
    expect(text).toMatchObject({ query_kind: 'read', executed: true, rows: { returned: 1 }, receipt })
    expect(text.indexes[0]).toMatchObject({ type: 'Person', properties: ['name'] })
    const stored = (await call(client, 'explain_query', { name: 'find_person', params: { name: 'x' } })).data
    expect([stored.query_name, stored.rows.returned]).toEqual(['find_person', 0])
    const past = await call(client, 'explain_query', { query: ALL, snapshot: receipt.commit })
    expect(past.data.target).toEqual({ branch: null, snapshot: receipt.commit })
    const write = (await call(client, 'explain_query', { query: PUT, params: { n: 'x', a: 1 } })).data
    expect([write.query_kind, write.executed]).toEqual(['write', false])
    expect((await call(client, 'list_commits', { limit: 1 })).data.receipt).toEqual(receipt)
  })

  it('answer what cannot be with the code of every other door and what to do', async () => {
    const { receipt } = (await put(`${door} twice`, 1)).data
    for (const [name, args, code] of [
      ['query', { query: PUT, params: { n: 'x', a: 1 } }, 'not_a_read_query'],
      ['query', { name: 'add_person', params: { name: 'x' } }, 'query_kind_mismatch'],
      ['query', { name: 'nope' }, 'query_not_found'],
      ['query', {}, 'query_missing'],
      ['query', { query: ALL, branch: 'main', snapshot: receipt.commit }, 'target_ambiguous'],
      ['query', { query: 'query q() { match { $p: Persn } return { $p } }' }, 'query_invalid'],
      ['query', { query: ALL, graph: 'nope' }, 'graph_not_found'],
      ['mutate', { query: PUT, params: { n: 'x', a: 1 }, if_commit: before(receipt) }, 'commit_mismatch'],
      ['create_branch', { name: 'main' }, 'branch_exists'],
      ['delete_branch', { name: 'nope' }, 'branch_not_found'],
      ['diff_commits', { from: 'nope' }, 'branch_not_found'],
      ['poll_changes', { cursor: 'x' }, 'cursor_rejected'],
      ['merge_branch', { source: 'nope', surprise: 1 }, 'arguments_invalid'],
    ] as const) {
      const { isError, error, text } = await call(client, name, args)
      expect([name, isError, error?.code]).toEqual([name, true, code])
      expect(text).toContain(error.message)
    }
  })

  it('name every conflict of a merge that cannot be, in words and in the body', async () => {
    const source = `${work}/clash`
    await call(client, 'create_branch', { name: source })
    for (const id of ['one', 'two']) {
      await put(`${door} ${id}`, 1, { branch: source })
      await put(`${door} ${id}`, 2)
    }
    const { isError, text, error } = await call(client, 'merge_branch', { source })
    expect([isError, error.code, error.details.conflicts.length]).toEqual([true, 'merge_conflict', 2])
    for (const { message } of error.details.conflicts) expect(text).toContain(message)
    expect((await call(client, 'merge_branch', { source, dry_run: true })).data.merge_conflicts).toHaveLength(
      2,
    )
  })
})

/** A commit that is no head. */
const before = ({ commit }: { commit: string }) => `${commit.slice(0, -1)}${commit.endsWith('0') ? '1' : '0'}`

describe('MCP over HTTP', () => {
  it('offers a stranger nothing, and does for a reader no more than policy says', async () => {
    const stranger = await overHttp(TOKENS.stranger)
    expect((await stranger.listTools()).tools).toEqual([])
    await stranger.close()
    const viewer = await overHttp(TOKENS.viewer)
    for (const [name, args] of [
      ['mutate', { query: 'query q() { delete Person where name = "x" }' }],
      ['explain_query', { query: 'query q() { delete Person where name = "x" }' }],
      ['create_branch', { name: 'mine' }],
      ['merge_branch', { source: 'main', target: 'main' }],
      ['delete_branch', { name: 'main' }],
    ] as const) {
      const { isError, error } = await call(viewer, name, args)
      expect([name, isError, error.code]).toEqual([name, true, 'forbidden'])
    }
    const read = { query: 'query q() { match { $p: Person } return { $p.name } }' }
    expect((await call(viewer, 'explain_query', read)).data.executed).toBe(true)
    expect((await call(viewer, 'explain_query', { name: 'find_person' })).error.code).toBe('query_not_found')
    expect((await call(viewer, 'list_queries')).data.queries).toEqual([])
    await viewer.close()
  })

  it('is refused without a token, and reads as the caller of each request', async () => {
    await expect(overHttp('wrong')).rejects.toThrow()
    const client = await overHttp(TOKENS.stranger)
    const { isError, text } = await call(client, 'search')
    expect([isError, text]).toEqual([true, expect.stringContaining('may not read')])
    await client.close()
  })

  it.each([
    ['tools/call', { name: 'search', arguments: [] }],
    ['initialize', undefined],
  ])('answers a malformed %s as invalid params, in one line', async (method, params) => {
    const response = await fetch(`${server.url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${TOKENS.viewer}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
    const { id, error } = (await response.json()) as Structured
    expect([id, error.code]).toEqual([1, -32602])
    expect(error.message).toMatch(/^(tools\/call|initialize) does not fit: params[^\n]*$/)
  })

  it('answers 405 to what only sessions need', async () => {
    for (const method of ['GET', 'DELETE']) {
      const headers = { authorization: `Bearer ${TOKENS.viewer}`, accept: 'text/event-stream' }
      expect((await fetch(`${server.url}/mcp`, { method, headers })).status).toBe(405)
    }
  })
})
