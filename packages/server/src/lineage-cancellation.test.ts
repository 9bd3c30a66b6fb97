import { type ClientRequest, request } from 'node:http'
import { type AspectProposal, Catalog } from '@groundplane/catalog'
import { loadApplied } from '@groundplane/cluster'
import { Graph } from '@groundplane/graph'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RunningServer } from './main.js'
import { ClusterFixture, TOKENS } from './testing/cluster-fixture.js'

/** One made from the other: what walks it all reads so often. */
const CHAIN = 20_000
const ASKING = 4
let fixture: ClusterFixture
let server: RunningServer

const urn = (i: number) => `urn:li:dataset:(urn:li:dataPlatform:chain,t${i},PROD)`

beforeAll(async () => {
  fixture = await ClusterFixture.create()
  const { graphs } = await loadApplied(fixture.dir)
  const graph = Graph.open(graphs.find(({ kind }) => kind === 'catalog')?.root as string)
  const upstream = (i: number) => ({ upstreams: [{ dataset: urn(i - 1), type: 'COPY' }] })
  new Catalog(graph).ingest(
    Array.from(
      { length: CHAIN },
      (_, i): AspectProposal => ({
        entityUrn: urn(i + 1),
        aspectName: 'upstreamLineage',
        aspect: upstream(i + 1),
      }),
    ),
  )
  graph.close()
  server = await fixture.serve()
}, 120_000)
afterAll(() => fixture?.remove())

/** Calls of one tool by their outcome. */
async function calls(ok: boolean): Promise<number> {
  const headers = { authorization: `Bearer ${TOKENS.operator}` }
  const text = await (await fetch(new URL('/metrics', server.url), { headers })).text()
  const line = new RegExp(`^groundplane_mcp_tool_calls_total\\{tool="verify",ok="${ok}"\\} (\\d+)$`, 'm')
  return Number(line.exec(text)?.[1] ?? 0)
}

function ask(): ClientRequest {
  const claim = { entity: urn(1), relation: 'upstream_of', value: urn(CHAIN) }
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'verify', arguments: claim } }
  const sent = request(new URL('/mcp', server.url), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${TOKENS.operator}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
  })
  sent.on('error', () => {})
  sent.end(JSON.stringify(call))
  return sent
}

it('a client that goes away during a long walk over lineage ends the walk, and others are answered meanwhile', async () => {
  // The first call loads what answers MCP.
  const first = ask()
  await new Promise((answered) =>
    first.once('response', (response) => response.resume().once('end', answered)),
  )
  expect(await calls(true)).toBe(1)
  const asked = Array.from({ length: ASKING }, ask)
  await Promise.all(asked.map((sent) => new Promise((flushed) => sent.once('finish', flushed))))
  expect((await fetch(new URL('/healthz', server.url))).status).toBe(200)
  for (const sent of asked) sent.destroy()
  await expect
    .poll(async () => (await calls(true)) + (await calls(false)), { timeout: 60_000 })
    .toBe(ASKING + 1)
  expect(await calls(false)).toBeGreaterThanOrEqual(ASKING / 2)
}, 120_000)
