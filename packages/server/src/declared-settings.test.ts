import { afterEach, describe, expect, it } from 'vitest'
import { ClusterFixture, CONFIG, POLICIES, TOKENS } from './testing/cluster-fixture.js'
import { callOperation } from './testing/http-call.js'

let fixture: ClusterFixture | undefined
afterEach(() => fixture?.remove())

const PAGE = 'https://data.example.com'
const NEVER = 0

/** Applies the fixture's cluster with this `server` section. */
async function declare(cluster: ClusterFixture, server: string): Promise<void> {
  cluster.write('cluster.yaml', `${CONFIG}${POLICIES}server: ${server}\n`)
  await cluster.apply()
}

const read = (url: string, headers: Record<string, string> = {}, token: string = TOKENS.operator) =>
  callOperation(url, 'getSnapshot', { params: { graph_id: 'team' }, headers, token })
const allowedOrigin = async (url: string) =>
  (await read(url, { origin: PAGE })).headers.get('access-control-allow-origin')
const load = async (url: string, bytes: number) =>
  (
    await callOperation(url, 'load', {
      params: { graph_id: 'team' },
      body: { data: `{"type":"Person","data":{"name":"${'x'.repeat(bytes)}"}}`, mode: 'merge' },
    })
  ).status

describe('the server section of an applied cluster', () => {
  it('sets origins, quotas and sizes of a server that was given none of them', async () => {
    fixture = await ClusterFixture.create()
    const limits = '{ actor_rate: 1, load_bytes: 2048, body_bytes: 1024 }'
    await declare(fixture, `{ cors: { origins: [${PAGE}] }, limits: ${limits} }`)
    const { url } = await fixture.serve()
    expect(await allowedOrigin(url)).toBe(PAGE)
    expect((await read(url)).json.error.code).toBe('rate_limited')
    const unhurried = await fixture.serve({ limits: { actorPerSecond: 0 } })
    expect(await load(unhurried.url, 1500)).toBe(200)
    expect(await load(unhurried.url, 2500)).toBe(413)
    const body = { query: 'x'.repeat(1500) }
    const tooLong = await callOperation(unhurried.url, 'runQuery', { params: { graph_id: 'team' }, body })
    expect(tooLong.status).toBe(413)
  })

  it('yields to what the process was started with, one by one', async () => {
    fixture = await ClusterFixture.create()
    await declare(fixture, `{ cors: { origins: [${PAGE}] }, limits: { actor_rate: 1, load_bytes: 2048 } }`)
    const { url } = await fixture.serve({ limits: { actorPerSecond: 0 }, corsOrigins: [] })
    expect((await read(url, { origin: PAGE })).status).toBe(403)
    for (let i = 0; i < 5; i++) expect((await read(url)).status).toBe(200)
    expect(await load(url, 2500)).toBe(413)
  })

  it('is in force from the switch to its revision; a size is from the next start, and the log says so', async () => {
    fixture = await ClusterFixture.create()
    const lines: string[] = []
    const logTo = { write: (line: string) => void lines.push(line) }
    const server = await fixture.serve({ reloadMs: NEVER, logLevel: 'warn', logTo })
    expect((await read(server.url, { origin: PAGE })).status).toBe(403)
    await declare(
      fixture,
      `{ cors: { origins: [${PAGE}] }, limits: { stream_bytes: 1024, load_bytes: 2048 } }`,
    )
    expect(await server.reload()).toBe('switched')
    expect(await allowedOrigin(server.url)).toBe(PAGE)
    expect(await load(server.url, 2500)).toBe(200)
    const waiting = lines.map((line) => JSON.parse(line)).filter((line) => 'limits' in line)
    expect(waiting).toMatchObject([{ limits: ['loadBytes'] }])
    const streamed = await callOperation(server.url, 'loadNdjson', {
      params: { graph_id: 'team' },
      query: 'mode=merge',
      rawBody: `{"type":"Person","data":{"name":"${'y'.repeat(1500)}"}}\n`,
      headers: { 'content-type': 'application/x-ndjson' },
    })
    expect(streamed.json.error.code).toBe('stream_too_large')
    await declare(fixture, '{ limits: { actor_rate: 1 } }')
    expect(await server.reload()).toBe('switched')
    expect((await read(server.url, { origin: PAGE })).status).toBe(403)
    expect((await read(server.url)).status).toBe(200)
    expect((await read(server.url)).json.error.code).toBe('rate_limited')
  })
})
