import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from './main.js'
import { ClusterFixture, TOKENS } from './testing/cluster-fixture.js'

let fixture: ClusterFixture
let server: RunningServer

beforeAll(async () => {
  fixture = await ClusterFixture.create()
  server = await fixture.serve()
})
afterAll(() => fixture?.remove())

async function connect(transport: Transport): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(transport)
  return client
}
const overHttp = (token: string) =>
  connect(
    new StreamableHTTPClientTransport(new URL('/mcp', server.url), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    }) as Transport,
  )
const overStdio = (actor: string) =>
  connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [new URL('./testing/mcp-child.js', import.meta.url).pathname, fixture.dir, actor],
    }) as Transport,
  )

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

describe.each([
  ['Streamable HTTP', () => overHttp(TOKENS.viewer)],
  ['stdio', () => overStdio('viewer')],
])('MCP over %s, spoken by the official client', (_name, open) => {
  let client: Client
  beforeAll(async () => {
    client = await open()
  })
  afterAll(() => client?.close())

  it('offers the seven tools, all marked as reading only', async () => {
    const { tools } = await client.listTools()
    expect(tools.map((t) => t.name)).toEqual([
      'search',
      'get_entities',
      'list_schema_fields',
      'get_lineage',
      'get_dataset_assertions',
      'diff_health',
      'list_incidents',
    ])
    expect(tools.every((t) => t.annotations?.readOnlyHint === true && t.inputSchema.type === 'object')).toBe(
      true,
    )
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

describe('MCP over HTTP', () => {
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
