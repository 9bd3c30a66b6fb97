import { afterEach, describe, expect, it } from 'vitest'
import { ClusterFixture, TOKENS } from './testing/cluster-fixture.js'
import { callOperation } from './testing/http-call.js'

let fixture: ClusterFixture | undefined
afterEach(() => fixture?.remove())

const snapshot = { params: { graph_id: 'team' } }
const PAGE = 'https://data.example.com'

describe('the quota of an actor', () => {
  it('answers 429 with Retry-After on every front, leaves other actors alone and public routes open', async () => {
    fixture = await ClusterFixture.create()
    const { url } = await fixture.serve({ limits: { actorPerSecond: 0.001 } })
    expect((await callOperation(url, 'getSnapshot', snapshot)).status).toBe(200)
    const refused = await callOperation(url, 'getSnapshot', snapshot)
    expect(refused).toMatchObject({ status: 429, json: { error: { code: 'rate_limited' } } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(900)
    const mcp = await fetch(`${url}/mcp`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKENS.operator}`, 'content-type': 'application/json' },
      body: '{}',
    })
    expect(mcp.status).toBe(429)
    expect((await callOperation(url, 'getSnapshot', { ...snapshot, token: TOKENS.viewer })).status).toBe(200)
    for (let i = 0; i < 5; i++) expect((await callOperation(url, 'healthz')).status).toBe(200)
  })

  it('counts a request until its connection is done, a stream that is left too', async () => {
    fixture = await ClusterFixture.create()
    const { url } = await fixture.serve({ limits: { actorConcurrent: 1 } })
    const leaving = new AbortController()
    const upload = new ReadableStream({
      start: (body) => body.enqueue(new TextEncoder().encode('{"type":"Person","data":{"name":"a"}}\n')),
    })
    const loading = fetch(`${url}/graphs/team/load/ndjson?mode=merge`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKENS.operator}`, 'content-type': 'application/x-ndjson' },
      body: upload,
      signal: leaving.signal,
      duplex: 'half',
    } as RequestInit).catch(() => 'left')
    const status = async () => (await callOperation(url, 'getSnapshot', snapshot)).status
    await expect.poll(status, { timeout: 20_000 }).toBe(429)
    leaving.abort()
    expect(await loading).toBe('left')
    await expect.poll(status, { timeout: 20_000 }).toBe(200)
  })
})

describe('a batch of MCP messages', () => {
  const list = (id: number) => ({ jsonrpc: '2.0', id, method: 'tools/list', params: {} })
  const send = (url: string, messages: unknown, version?: string) =>
    fetch(`${url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${TOKENS.operator}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(version !== undefined && { 'mcp-protocol-version': version }),
      },
      body: JSON.stringify(messages),
    })

  it('counts as so many requests at the same time', async () => {
    fixture = await ClusterFixture.create()
    const { url } = await fixture.serve({ limits: { actorConcurrent: 3 } })
    const answered = await send(url, [1, 2, 3].map(list))
    expect(answered.status).toBe(200)
    expect(((await answered.json()) as { id: number }[]).map(({ id }) => id)).toEqual([1, 2, 3])
    const refused = await send(url, [1, 2, 3, 4].map(list))
    expect([refused.status, await refused.json()]).toMatchObject([
      429,
      { error: { code: 'concurrency_limited' } },
    ])
    const status = async () => (await callOperation(url, 'getSnapshot', snapshot)).status
    await expect.poll(status, { timeout: 20_000 }).toBe(200)
  })

  it('is paid for before the next request', async () => {
    fixture = await ClusterFixture.create()
    const { url } = await fixture.serve({ limits: { actorPerSecond: 1 } })
    expect(
      (
        await send(
          url,
          Array.from({ length: 100 }, (_, id) => list(id)),
        )
      ).status,
    ).toBe(200)
    const refused = await send(url, list(1))
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(30)
  })

  it('is refused in a version of the protocol that has none', async () => {
    fixture = await ClusterFixture.create()
    const { url } = await fixture.serve()
    for (const version of ['2025-06-18', '2025-11-25']) {
      const refused = await send(url, [list(1)], version)
      expect([refused.status, await refused.json()]).toMatchObject([
        400,
        { error: { code: 'batch_unsupported' } },
      ])
    }
    expect((await send(url, [list(1)], '2025-03-26')).status).toBe(200)
    expect((await send(url, list(1), '2025-11-25')).status).toBe(200)
  })
})

describe('pages of other origins', () => {
  it('may call the server when the operator named their origin, and only then', async () => {
    fixture = await ClusterFixture.create()
    const { url } = await fixture.serve({ corsOrigins: [PAGE] })
    const ask = (origin: string) =>
      fetch(`${url}/graphs/team/query`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization',
        },
      })
    const asked = await ask(PAGE)
    expect(asked.status).toBe(204)
    expect(asked.headers.get('access-control-allow-origin')).toBe(PAGE)
    expect(asked.headers.get('access-control-allow-headers')).toContain('authorization')
    expect(asked.headers.get('vary')).toBe('origin')
    expect((await ask('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull()

    const read = (origin: string) => callOperation(url, 'getSnapshot', { ...snapshot, headers: { origin } })
    const allowed = await read(PAGE)
    expect(allowed.status).toBe(200)
    expect(allowed.headers.get('access-control-allow-origin')).toBe(PAGE)
    const refused = await read('https://evil.example')
    expect(refused.status).toBe(403)
    expect(refused.headers.get('access-control-allow-origin')).toBeNull()
    expect(
      (await callOperation(url, 'getSnapshot', { ...snapshot, token: 'guess', headers: { origin: PAGE } }))
        .status,
    ).toBe(401)
  })

  it.each(['*', 'data.example.com', 'https://data.example.com/', 'https://data.example.com:443', 'null'])(
    'refuses to start with %s as an origin',
    async (origin) => {
      fixture = await ClusterFixture.create()
      await expect(fixture.serve({ corsOrigins: [origin] })).rejects.toMatchObject({
        code: 'cors_origin_invalid',
      })
    },
  )
})
