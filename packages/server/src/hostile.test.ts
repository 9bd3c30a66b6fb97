import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { OperationId } from '@groundplane/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from './main.js'
import { ClusterFixture, TOKENS } from './testing/cluster-fixture.js'
import { type CallOptions, callOperation } from './testing/http-call.js'

let fixture: ClusterFixture
let server: RunningServer

beforeAll(async () => {
  fixture = await ClusterFixture.create()
  const consoleDir = join(fixture.dir, 'console')
  mkdirSync(join(consoleDir, 'assets'), { recursive: true })
  writeFileSync(join(consoleDir, 'index.html'), '<!doctype html><title>console</title>')
  writeFileSync(join(consoleDir, 'assets', 'app-1.js'), 'export {}')
  writeFileSync(join(fixture.dir, 'secret.txt'), 'secret')
  server = await fixture.serve({
    consoleDir,
    limits: { bodyBytes: 2000, loadBytes: 4000, streamBytes: 5000, requestMs: 1000, bodyIdleMs: 900 },
  })
})
afterAll(() => fixture?.remove())

const call = (id: OperationId, options: CallOptions = {}) =>
  callOperation(server.url, id, { ...options, params: { graph_id: 'team', ...options.params } })

/** Bytes as an attacker sends them: fetch would tidy a path or a header. */
function raw(text: string): Promise<string> {
  const { hostname, port } = new URL(server.url)
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(port), hostname, () => socket.write(text))
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}
const get = (path: string, headers = '') =>
  raw(`GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}Connection: close\r\n\r\n`)

describe('authentication', () => {
  it.each([
    ['no header', {}],
    ['an unknown token', { authorization: 'Bearer nope' }],
    ['a prefix of a token', { authorization: `Bearer ${TOKENS.operator.slice(0, -1)}` }],
    ['another scheme', { authorization: `Basic ${TOKENS.operator}` }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['two tokens', { authorization: `Bearer ${TOKENS.operator}, Bearer x` }],
    ['a very long token', { authorization: `Bearer ${'x'.repeat(8000)}` }],
  ])('refuses %s with 401 and says how', async (_what, headers) => {
    const answer = await call('getSnapshot', { token: null, headers })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toContain('Bearer')
    expect(answer.json.error.remedy).toContain('Authorization: Bearer')
    expect(answer.json.error.code).toBe('authorization' in headers ? 'token_unknown' : 'token_missing')
  })

  it('stops looking at tokens of an address that guesses, and lets those it knows go on', async () => {
    const other = await fixture.serve()
    const at = (token: string) =>
      callOperation(other.url, 'listBranches', { token, params: { graph_id: 'team' } })
    expect((await at(TOKENS.operator)).status).toBe(200)
    const answers = new Set<number>()
    for (let i = 0; i < 250; i++) answers.add((await at(`guess-${i}`)).status)
    expect([...answers]).toEqual([401, 429])
    const refused = await at(TOKENS.viewer)
    expect([refused.status, refused.json.error.code]).toEqual([429, 'too_many_guesses'])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await at(TOKENS.operator)).status).toBe(200)
  })

  it('takes no identity from anything but the token', async () => {
    const { status } = await call('getSnapshot', { token: null, query: `branch=main` })
    expect(status).toBe(401)
    const inQuery = await get(
      `/graphs/team/snapshot?token=${TOKENS.operator}&access_token=${TOKENS.operator}`,
    )
    expect(inQuery).toContain('401')
    const spoofed = await call('runMutation', {
      token: TOKENS.viewer,
      headers: { 'x-actor-id': 'operator', 'x-groundplane-actor': 'operator' },
      body: { query: 'query a() { insert Person { name: "x" } }' },
    })
    expect(spoofed.status).toBe(403)
  })

  it('leaves only health, readiness and the description of the interface open', async () => {
    for (const id of ['healthz', 'readyz', 'openapi'] as const)
      expect((await call(id, { token: null })).status).toBe(200)
    for (const id of ['metrics', 'listGraphs', 'listRuns'] as const) {
      expect((await call(id, { token: null })).status).toBe(401)
    }
    expect((await call('metrics')).text).toContain('groundplane_http_request_seconds')
  })
})

describe('bad requests', () => {
  it('answer 404 for a graph that is not there, in one body', async () => {
    const { status, json } = await call('getSnapshot', { params: { graph_id: 'nope' } })
    expect([status, json.error.code, json.code]).toEqual([404, 'graph_not_found', 'not_found'])
    expect(json.error.requestId).toMatch(/^[0-9A-Z]{26}$/)
  })

  it.each([
    ['text that is not JSON', '{"query":', 'application/json', 400, 'body_not_json'],
    ['an empty body', '', 'application/json', 400, 'body_not_json'],
    ['a list', '[]', 'application/json', 400, 'request_invalid'],
    ['a prototype', '{"__proto__": {"x": 1}, "query": "q"}', 'application/json', 400, 'body_not_json'],
    ['a member of the wrong type', '{"query": 5}', 'application/json', 400, 'request_invalid'],
    [
      'a member that is not known',
      '{"query": "q", "qeury": "q"}',
      'application/json',
      400,
      'request_invalid',
    ],
    ['another media type', 'query', 'text/plain', 415, 'media_type_unsupported'],
    [
      'more than is allowed',
      JSON.stringify({ query: 'q'.repeat(3000) }),
      'application/json',
      413,
      'body_too_large',
    ],
  ])('refuse %s', async (_what, rawBody, contentType, status, code) => {
    const answer = await call('runQuery', { rawBody, headers: { 'content-type': contentType } })
    expect([answer.status, answer.json.error.code]).toEqual([status, code])
  })

  it('say of a member that is not there that it is missing', async () => {
    const { status, json } = await call('runQuery', { body: {} })
    expect([status, json.error.code]).toEqual([400, 'request_invalid'])
    expect(json.error.message).toBe('The request does not fit: body.query: It is missing.')
  })

  it('refuse a query string that does not fit, naming the member', async () => {
    const { status, json } = await call('listCommits', { query: 'limit=many' })
    expect([status, json.error.code]).toEqual([400, 'request_invalid'])
    expect(json.error.message).toContain('query.limit')
    expect((await call('getSnapshot', { query: 'brunch=main' })).status).toBe(400)
  })

  it('cut off a stream that is longer than allowed, and write nothing', async () => {
    const line = `${JSON.stringify({ type: 'Person', data: { name: 'x'.repeat(100) } })}\n`
    const { status, json } = await call('loadNdjson', {
      rawBody: line.repeat(100),
      query: 'mode=merge',
      headers: { 'content-type': 'application/x-ndjson' },
    })
    expect([status, json.error.code]).toEqual([413, 'stream_too_large'])
    expect((await call('listCommits')).json.commits).toHaveLength(1)
  })

  it('let no sender of a load that pauses hold up the writes of others', async () => {
    const head = `POST /graphs/team/load/ndjson?mode=merge HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKENS.operator}\r\n`
    const slow = raw(
      `${head}Content-Type: application/x-ndjson\r\nContent-Length: 4000\r\n\r\n{"type":"Person","data":{"name":"Slow"}}\n`,
    )
    const written = await call('runMutation', {
      body: { query: 'query a() { insert Person { name: "Quick" } }' },
    })
    expect(written.status).toBe(200)
    const answer = await slow
    expect(answer).toMatch(/^HTTP\/1.1 408/)
    expect(answer).toContain('"code":"body_too_slow"')
    expect((await call('exportGraph', {})).text).not.toContain('Slow')
  })

  it('let a streamed load take longer than another request may, as long as it goes on', async () => {
    const line = Buffer.from('{"type":"Person","data":{"name":"Patient"}}\n')
    let sent = 0
    const trickle = new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (sent === line.length) return controller.close()
        await new Promise((resolve) => setTimeout(resolve, 50))
        controller.enqueue(line.subarray(sent, ++sent))
      },
    })
    const { status, json } = await call('loadNdjson', {
      rawBody: trickle,
      query: 'mode=merge',
      headers: { 'content-type': 'application/x-ndjson' },
    })
    expect([status, json.total_entities]).toEqual([200, 1])
  })

  it('refuse text that is not UTF-8 instead of writing other text', async () => {
    const query = 'query a($name: String) { insert Person { name: $name } }'
    const [before, after] = JSON.stringify({ query, params: { name: 'torn' } }).split('torn') as [
      string,
      string,
    ]
    const body = Buffer.concat([Buffer.from(before), Buffer.from([0xc3, 0x28]), Buffer.from(after)])
    const answer = await call('runMutation', {
      rawBody: new Blob([body]).stream(),
      headers: { 'content-type': 'application/json' },
    })
    expect([answer.status, answer.json.error.code]).toEqual([400, 'body_not_utf8'])
    expect((await call('exportGraph', {})).text).not.toContain('\uFFFD')
  })

  it('take a media type without a body for no body where none is asked for', async () => {
    const headers = { 'content-type': 'application/json' }
    const deleted = await call('deleteBranch', { params: { branch: 'nothing' }, headers })
    expect([deleted.status, deleted.json.error.code]).toEqual([404, 'branch_not_found'])
    expect((await call('exportGraph', { headers, rawBody: '' })).status).toBe(200)
    expect((await call('loadNdjson', {})).json.error.code).toBe('media_type_unsupported')
  })

  it('refuse a load by whom may not load before its body is taken in', async () => {
    const head = `POST /graphs/team/load/ndjson HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKENS.viewer}\r\n`
    const answer = await raw(`${head}Content-Type: application/x-ndjson\r\nContent-Length: 4000\r\n\r\n{`)
    expect(answer).toMatch(/^HTTP\/1.1 403/)
  })

  it('answer a name longer than any with 414', async () => {
    const { status, json } = await call('getSnapshot', { params: { graph_id: 'x'.repeat(600) } })
    expect([status, json.error.code, json.code]).toEqual([414, 'path_too_long', 'bad_request'])
  })

  it('answer a path that cannot be read like any other, with the request id', async () => {
    const answer = await get('/%')
    expect(answer).toMatch(/^HTTP\/1.1 400/)
    const id = /^x-request-id: (\w+)/m.exec(answer)?.[1]
    expect(answer).toContain(`"requestId":"${id}"`)
    expect(answer).toContain('x-content-type-options: nosniff')
  })

  it('answer 405 with the methods there are, and 404 elsewhere', async () => {
    const answer = await get('/graphs/team/query', `Authorization: Bearer ${TOKENS.operator}\r\n`)
    expect(answer).toMatch(/^HTTP\/1.1 405/)
    expect(answer).toMatch(/allow: POST/i)
    expect(await get('/nothing/here')).toContain('"code":"route_not_found"')
  })

  it('answer an address that is not there, or a method that is not, whatever the body is', async () => {
    for (const [method, path, code] of [
      ['POST', '/nothing/here', 'route_not_found'],
      ['QUERY', '/graphs', 'method_not_allowed'],
      ['PATCH', '/graphs/team/query', 'method_not_allowed'],
    ]) {
      const answer = await raw(
        `${method} ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5\r\nConnection: close\r\n\r\n{"a":`,
      )
      expect(answer).toContain(`"code":"${code}"`)
    }
  })

  it('cut off a sender that never ends its request', async () => {
    const answer = await raw('POST /graphs/team/query HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"qu')
    expect(answer).toContain('408 Request Timeout')
    expect(answer).toContain('"code":"request_timeout"')
  })

  it('survive bytes that are not HTTP', async () => {
    const answer = await raw('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n')
    expect(answer).toContain('"code":"request_malformed"')
    expect(await get('/healthz', `X: ${'x'.repeat(20_000)}\r\n`)).toContain('"code":"headers_too_large"')
    expect((await call('healthz')).status).toBe(200)
  })
})

describe('a download', () => {
  it('that its receiver does not take is ended, one that is taken slowly is not', async () => {
    const other = await fixture.serve({ limits: { receiveIdleMs: 1000 } })
    const at = (id: OperationId, options: CallOptions) =>
      callOperation(other.url, id, { ...options, params: { graph_id: 'team' } })
    await at('createBranch', { body: { name: 'wide' } })
    const line = (i: number) =>
      `${JSON.stringify({ type: 'Person', data: { name: `${i}${'x'.repeat(2000)}` } })}\n`
    const data = Array.from({ length: 7_000 }, (_, i) => line(i)).join('')
    expect((await at('load', { body: { data, branch: 'wide' } })).status).toBe(200)
    const download = async (pauses: number[]) => {
      const { hostname, port } = new URL(other.url)
      const socket = connect(Number(port), hostname)
      const body = '{"branch":"wide"}'
      const type = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n`
      socket.write(
        `POST /graphs/team/export HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKENS.operator}\r\n${type}\r\n${body}`,
      )
      let end = ''
      socket.on('data', (bytes) => {
        end = (end + bytes.toString('latin1')).slice(-5)
        const ms = pauses.shift()
        if (ms === undefined) return
        socket.pause()
        setTimeout(() => socket.resume(), ms)
      })
      socket.on('error', () => {})
      await new Promise((resolve) => socket.once('close', resolve))
      return end === '0\r\n\r\n' ? 'whole' : 'ended'
    }
    expect(await download(Array.from({ length: 20 }, () => 50))).toBe('whole')
    expect(await download([4000])).toBe('ended')
  })
})

describe('the console', () => {
  it('is served at the root with a policy that lets only its own scripts run', async () => {
    const page = await fetch(server.url)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'")
    expect(page.headers.get('x-content-type-options')).toBe('nosniff')
    const etag = page.headers.get('etag') as string
    expect((await fetch(server.url, { headers: { 'if-none-match': etag } })).status).toBe(304)
    const asset = await fetch(`${server.url}/assets/app-1.js`)
    expect(asset.headers.get('cache-control')).toContain('immutable')
    expect(asset.headers.get('content-type')).toContain('text/javascript')
  })

  it.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/assets/%2e%2e%2f%2e%2e%2fsecret.txt',
    '/..%5csecret.txt',
    '//secret.txt',
    '/assets/app-1.js%00.txt',
    '/%',
    '/console/../cluster.yaml',
  ])('gives no file outside its directory for %s', async (path) => {
    const answer = await get(path)
    expect(answer).toMatch(/^HTTP\/1.1 4\d\d/)
    expect(answer).not.toContain('secret\n')
    expect(answer).toContain('"error"')
  })

  it('says how to build it when it is not built', async () => {
    const bare = await fixture.serve()
    const page = await fetch(bare.url)
    expect(page.status).toBe(503)
    expect(await page.text()).toContain('npm run build')
  })
})

describe('browsers', () => {
  it('cannot be used by another site to call the interface', async () => {
    const foreign = await call('getSnapshot', { headers: { origin: 'https://evil.example' } })
    expect([foreign.status, foreign.json.error.code]).toEqual([403, 'origin_not_allowed'])
    expect((await call('getSnapshot', { headers: { origin: server.url } })).status).toBe(200)
  })
})
