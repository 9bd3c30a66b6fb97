import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from './main.js'
import { ClusterFixture, CONFIG, TOKENS } from './testing/cluster-fixture.js'
import { callOperation } from './testing/http-call.js'

// What a server keeps shut unless a rule opens it.

const POLICY = `version: 1
rules:
  - { id: all-read, allow: { actors: [operator, viewer], actions: [read] } }
  - { id: all-call, allow: { actors: [operator, viewer], actions: [invoke_query] } }
  - { id: operator-writes, allow: { actors: [operator], actions: [change] } }
`

let fixture: ClusterFixture
let server: RunningServer
beforeAll(async () => {
  fixture = await ClusterFixture.create()
  fixture.write('base.policy.yaml', POLICY)
  // No bundle speaks for the server itself.
  fixture.write(
    'cluster.yaml',
    `${CONFIG}policies:\n  base: { file: base.policy.yaml, applies_to: [team] }\n`,
  )
  await fixture.apply()
  server = await fixture.serve()
})
afterAll(() => fixture?.remove())

const params = { graph_id: 'team' }
const people = () =>
  callOperation(server.url, 'runQuery', {
    params,
    body: { query: 'query all() { match { $p: Person } return { $p.name as name } }' },
  })

describe('a served cluster', () => {
  it('keeps the list of its graphs to itself until a policy of the server opens it', async () => {
    for (const token of Object.values(TOKENS)) {
      const { status, json } = await callOperation(server.url, 'listGraphs', { token })
      expect([status, json.error.code]).toEqual([403, 'forbidden'])
    }
  })

  it('is not opened by the loss of the graph that its policies speak for', async () => {
    const hurt = await ClusterFixture.create()
    try {
      hurt.write(
        'cluster.yaml',
        `${CONFIG}policies:\n  base: { file: base.policy.yaml, applies_to: [team] }\n`,
      )
      await hurt.apply()
      rmSync(join(hurt.dir, 'graphs/team.gp'), { recursive: true })
      const opened = hurt.serve({ tokens: undefined as never, unauthenticated: true })
      await expect(opened).rejects.toMatchObject({ code: 'unauthenticated_conflict' })
      const anonymous = hurt.serve({ tokens: undefined as never })
      await expect(anonymous).rejects.toMatchObject({ code: 'tokens_required' })
      expect(await hurt.serve()).toMatchObject({ mode: 'policy', graphs: ['catalog'] })
    } finally {
      await hurt.remove()
    }
  })

  it('gates a stored mutation twice: who may call it and may not write changes nothing', async () => {
    const add = (token: string) =>
      callOperation(server.url, 'invokeQuery', {
        params: { ...params, name: 'add_person' },
        body: { params: { name: 'Ada', age: 36 } },
        token,
      })
    const refused = await add(TOKENS.viewer)
    expect([refused.status, refused.json.error.code]).toEqual([403, 'forbidden'])
    expect((await people()).json.rows).toEqual([])
    // And who may write and not call is told that there is none.
    fixture.write(
      'base.policy.yaml',
      POLICY.replace(
        'id: all-call, allow: { actors: [operator, viewer]',
        'id: all-call, allow: { actors: [viewer]',
      ),
    )
    await fixture.apply()
    expect(await server.reload()).toBe('switched')
    expect((await add(TOKENS.operator)).status).toBe(404)
    expect((await people()).json.rows).toEqual([])
    fixture.write('base.policy.yaml', POLICY)
    await fixture.apply()
    expect(await server.reload()).toBe('switched')
    expect((await add(TOKENS.operator)).json).toMatchObject({ inserted: 1 })
    expect((await people()).json.rows).toEqual([{ name: 'Ada' }])
  })

  it('answers a graph route without its graph with 404, with the token of anybody', async () => {
    const routes = [
      'snapshot',
      'schema',
      'branches',
      'commits',
      'queries',
      'query',
      'mutate',
      'load',
      'export',
      'changes',
    ]
    for (const route of routes) {
      for (const method of ['GET', 'POST']) {
        const answer = await fetch(`${server.url}/${route}`, {
          method,
          headers: { authorization: `Bearer ${TOKENS.operator}`, 'content-type': 'application/json' },
          ...(method === 'POST' && { body: '{}' }),
        })
        const body = (await answer.json()) as { error: { code: string } }
        expect([method, route, answer.status, body.error.code]).toEqual([
          method,
          route,
          404,
          'route_not_found',
        ])
      }
    }
  })
})
