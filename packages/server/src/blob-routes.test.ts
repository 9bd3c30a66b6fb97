import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RunningServer } from './main.js'
import { ClusterFixture, TOKENS } from './testing/cluster-fixture.js'
import { callOperation } from './testing/http-call.js'

let fixture: ClusterFixture
let server: RunningServer
const content = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 256))

beforeAll(async () => {
  fixture = await ClusterFixture.create()
  server = await fixture.serve()
  const line = { type: 'Report', data: { name: 'r', file: `base64:${content.toString('base64')}` } }
  const loaded = await callOperation(server.url, 'load', {
    params: { graph_id: 'team' },
    body: { data: `${JSON.stringify(line)}\n{"type":"Report","data":{"name":"none"}}`, mode: 'append' },
  })
  expect(loaded.status).toBe(200)
})
afterAll(() => fixture?.remove())

const get = (headers: Record<string, string> = {}, change = '', method = 'GET') =>
  fetch(`${server.url}/graphs/team/blob?entity=node&type=Report&property=file&${change || 'id=r'}`, {
    method,
    redirect: 'manual',
    headers: { authorization: `Bearer ${TOKENS.operator}`, ...headers },
  })

const bytes = async (answer: Response) => Buffer.from(await answer.arrayBuffer())

it('a Blob is sent whole, with a validator, its length and the commit it was read at', async () => {
  const answer = await get()
  expect([answer.status, answer.headers.get('content-length')]).toEqual([200, '1000'])
  expect(answer.headers.get('etag')).toMatch(/^"sha256-[0-9a-f]{64}"$/)
  expect(answer.headers.get('groundplane-snapshot-id')).toMatch(/^[0-9A-Z]{26}$/)
  expect(await bytes(answer)).toEqual(content)
  const head = await get({ range: 'bytes=0-1' }, '', 'HEAD')
  expect([head.status, head.headers.get('content-length'), (await bytes(head)).length]).toEqual([
    200,
    '1000',
    0,
  ])
})

it.each([
  ['bytes=0-9', 206, 'bytes 0-9/1000', 0, 10],
  ['bytes=990-', 206, 'bytes 990-999/1000', 990, 1000],
  ['bytes=-5', 206, 'bytes 995-999/1000', 995, 1000],
  ['bytes=900-5000', 206, 'bytes 900-999/1000', 900, 1000],
  ['bytes=5-2', 200, null, 0, 1000],
  ['bytes=0-1,5-6', 200, null, 0, 1000],
  ['items=0-1', 200, null, 0, 1000],
])('the range %s is answered with %d', async (range, status, contentRange, start, end) => {
  const answer = await get({ range })
  expect([answer.status, answer.headers.get('content-range')]).toEqual([status, contentRange])
  expect(await bytes(answer)).toEqual(content.subarray(start, end))
})

it.each([
  ['bytes=1000-', { start: 1000, end: 1000, length: 1000 }],
  ['bytes=2000-2001', { start: 2000, end: 1000, length: 1000 }],
  ['bytes=-0', { start: 1000, end: 1000, length: 1000 }],
])('the range %s has no byte and is answered with 416 and the one error body', async (range, blobRange) => {
  const answer = await get({ range })
  expect([answer.status, answer.headers.get('content-range')]).toEqual([416, 'bytes */1000'])
  expect(await answer.json()).toMatchObject({
    error: { code: 'range_unsatisfiable' },
    code: 'bad_request',
    blob_range: blobRange,
  })
})

it('conditions are judged by the validator before any range', async () => {
  const etag = (await get()).headers.get('etag') as string
  const status = async (headers: Record<string, string>) =>
    (await get({ range: 'bytes=0-0', ...headers })).status
  expect(await status({ 'if-none-match': etag })).toBe(304)
  expect(await status({ 'if-none-match': `"other", W/${etag}` })).toBe(304)
  expect(await status({ 'if-none-match': '"other"' })).toBe(206)
  expect(await status({ 'if-match': '*' })).toBe(206)
  const other = await get({ 'if-match': '"other"' })
  expect([other.status, await other.json()]).toMatchObject([412, { error: { code: 'blob_changed' } }])
  expect(await status({ 'if-range': etag })).toBe(206)
  expect(await status({ 'if-range': '"other"' })).toBe(200)
})

it('what is not there, not a Blob or not allowed is refused', async () => {
  const codeOf = async (answer: Response) => {
    const body = (await answer.json()) as { error: { code: string } }
    return [answer.status, body.error.code]
  }
  expect(await codeOf(await get({}, 'id=none'))).toEqual([404, 'blob_not_found'])
  expect(await codeOf(await get({}, 'id=absent'))).toEqual([404, 'entity_not_found'])
  expect(await codeOf(await get({}, 'id=r&branch=main&snapshot=x'))).toEqual([400, 'target_ambiguous'])
  expect((await get({ authorization: 'Bearer wrong' })).status).toBe(401)
})

it('a reference to content kept elsewhere is taken under the bases of the cluster only, and answered by a redirect', async () => {
  const load = (uri: string) =>
    callOperation(server.url, 'load', {
      params: { graph_id: 'team' },
      body: { data: JSON.stringify({ type: 'Report', data: { name: 'ext', file: uri } }), mode: 'merge' },
    })
  const refused = await load('https://files.example.evil/reports/r.pdf')
  expect([refused.status, refused.json.error.diagnostics[0].code]).toEqual([422, 'external_blob_denied'])
  expect((await load('https://files.example/reports/r.pdf')).status).toBe(200)
  const answer = await get({}, 'id=ext')
  expect([answer.status, answer.headers.get('location')]).toEqual([
    302,
    'https://files.example/reports/r.pdf',
  ])
})
