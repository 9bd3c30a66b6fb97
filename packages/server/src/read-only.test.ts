import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RunningServer } from './main.js'
import { ClusterFixture, TOKENS } from './testing/cluster-fixture.js'
import { callOperation } from './testing/http-call.js'

let fixture: ClusterFixture
let server: RunningServer
beforeAll(async () => {
  fixture = await ClusterFixture.create()
  server = await fixture.serve({ readOnly: true })
})
afterAll(() => fixture?.remove())

const ALL = 'query all() { match { $p: Person } return { $p.name as name } }'
const PUT = 'query put() { insert Person { name: "x" } }'

it('a read-only server answers reads and takes no write, whatever the policy allows', async () => {
  const params = { graph_id: 'team' }
  const call = (id: Parameters<typeof callOperation>[1], body: unknown, more = {}) =>
    callOperation(server.url, id, { params: { ...params, ...more }, body })
  expect((await call('runQuery', { query: ALL })).status).toBe(200)
  expect((await call('exportGraph', {})).status).toBe(200)
  expect((await call('invokeQuery', { params: { name: 'x' } }, { name: 'find_person' })).status).toBe(200)
  for (const answer of [
    await call('runMutation', { query: PUT }),
    await call('load', { data: '{"type":"Person","data":{"name":"y"}}\n' }),
    await call('createBranch', { name: 'b' }),
    await call('invokeQuery', { params: { name: 'z' } }, { name: 'add_person' }),
    await call('startIncident', { sentence: 'revenue is off' }),
  ])
    expect([answer.status, answer.json.error.code]).toEqual([403, 'server_read_only'])
  // Who may not anyway is told so, and nothing of the server.
  const viewer = await callOperation(server.url, 'runMutation', {
    params,
    body: { query: PUT },
    token: TOKENS.viewer,
  })
  expect(viewer.json.error.code).toBe('forbidden')
})
