import { rmSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { Catalog } from '@groundplane/catalog'
import { ulidSource } from '@groundplane/core'
import { Graph } from '@groundplane/graph'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { ServedCluster, TOKENS } from './served-cluster.js'

// What is open when its token goes, at a process that looks at the token file by itself.

const ROWS = 400
let cluster: ServedCluster
let runId: string

beforeAll(async () => {
  cluster = await ServedCluster.start(['--reload-interval', '0.05'], { tokensInFile: true })
  // A run of a process that is at work: this one. Its readers are kept until it ends, which it does not.
  const graph = Graph.open(join(cluster.dir, 'graphs/catalog.gp'))
  runId = ulidSource().next()
  new Catalog(graph).startRun({ runId, sentence: 'revenue dashboard wrong' })
  graph.close()
  const line = (i: number) => ({ type: 'Person', data: { name: `long-${i}-${'x'.repeat(50_000)}` } })
  const data = Array.from({ length: ROWS }, (_, i) => `${JSON.stringify(line(i))}\n`).join('')
  expect((await call('/graphs/team/load/ndjson?mode=merge', 'operator', data, NDJSON)).status).toBe(200)
}, 60_000)
beforeEach(async () => {
  cluster.giveTokens(TOKENS)
  await expect.poll(() => statusOf('viewer'), POLL).toBe(200)
  await expect.poll(() => statusOf('operator'), POLL).toBe(200)
})
afterAll(() => cluster?.dispose())

const POLL = { timeout: 20_000 }
const JSON_TYPE = 'application/json'
const NDJSON = 'application/x-ndjson'
const without = (gone: keyof typeof TOKENS) =>
  Object.fromEntries(Object.entries(TOKENS).filter(([actor]) => actor !== gone))

function call(path: string, actor: keyof typeof TOKENS, body?: string | ReadableStream, type = JSON_TYPE) {
  return fetch(cluster.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${TOKENS[actor]}`,
      accept: 'application/json, text/event-stream',
      ...(body !== undefined && { 'content-type': type }),
    },
    ...(body !== undefined && { body, duplex: 'half' }),
  } as RequestInit)
}
const statusOf = async (actor: keyof typeof TOKENS) => (await call('/graphs/team/snapshot', actor)).status
const MCP = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} })
const mcpStatus = async (actor: keyof typeof TOKENS) => (await call('/mcp', actor, MCP)).status

it("a stream of events ends with its token, and another one's goes on", async () => {
  const [mine, theirs] = await Promise.all([
    call(`/incidents/${runId}/events`, 'viewer'),
    call(`/incidents/${runId}/events`, 'operator'),
  ])
  expect([mine.status, theirs.status]).toEqual([200, 200])
  const ended: string[] = []
  const mineEnded = mine.text().then(() => ended.push('viewer'))
  const theirsEnded = theirs.text().then(() => ended.push('operator'))
  cluster.giveTokens(without('viewer'))
  await mineEnded
  expect(ended).toEqual(['viewer'])
  expect((await call(`/incidents/${runId}/events`, 'viewer')).status).toBe(401)
  expect(await statusOf('operator')).toBe(200)
  cluster.giveTokens(without('operator'))
  await theirsEnded
})

it('an export that is not taken yet is cut off, so that it is not taken for the whole', async () => {
  const answer = await call('/graphs/team/export', 'operator', '{}')
  expect(answer.status).toBe(200)
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
  expect((await reader.read()).done).toBe(false)
  cluster.giveTokens(without('operator'))
  await expect.poll(() => statusOf('operator'), POLL).toBe(401)
  const rest = async () => {
    while (!(await reader.read()).done);
  }
  await expect(rest()).rejects.toThrow()
})

it('a load that is still being sent is cut off and leaves nothing', async () => {
  const loading = request(`${cluster.url}/graphs/team/load/ndjson?mode=merge`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKENS.operator}`, 'content-type': NDJSON, expect: '100-continue' },
  })
  const outcome = new Promise((resolve) => {
    loading.once('response', ({ statusCode }) => resolve(statusCode))
    loading.once('error', () => resolve('cut off'))
  })
  loading.flushHeaders()
  // Said by the server when it has let the request in.
  await new Promise((resolve) => loading.once('continue', resolve as () => void))
  loading.write('{"type":"Person","data":{"name":"half a load"}}\n')
  cluster.giveTokens(without('operator'))
  expect(await outcome).toBe('cut off')
  cluster.giveTokens(TOKENS)
  await expect.poll(() => statusOf('operator'), POLL).toBe(200)
  const query = 'query q() { match { $p: Person { name: "half a load" } } return { $p.name as name } }'
  const found = await call('/graphs/team/query', 'operator', JSON.stringify({ query }))
  expect(((await found.json()) as { rows: unknown[] }).rows).toEqual([])
})

it('MCP has no session that could outlive the token: the next call is refused', async () => {
  expect(await mcpStatus('viewer')).toBe(200)
  cluster.giveTokens(without('viewer'))
  await expect.poll(() => mcpStatus('viewer'), POLL).toBe(401)
})

it('once the file is gone nobody is let in, streams end, and the server says that it is not ready', async () => {
  const stream = await call(`/incidents/${runId}/events`, 'viewer')
  expect(stream.status).toBe(200)
  rmSync(join(cluster.dir, 'tokens.json'))
  await stream.text()
  expect([await statusOf('viewer'), await statusOf('operator')]).toEqual([401, 401])
  const ready = await fetch(`${cluster.url}/readyz`)
  expect([ready.status, await ready.json()]).toMatchObject([503, { status: 'no_tokens', ready: false }])
  expect(cluster.log).toContain('tokens_gone')
})
