import type { OperationId } from '@groundplane/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from './main.js'
import { ClusterFixture, TOKENS } from './testing/cluster-fixture.js'
import { type CallOptions, callOperation } from './testing/http-call.js'

let fixture: ClusterFixture
let server: RunningServer

beforeAll(async () => {
  fixture = await ClusterFixture.create()
  server = await fixture.serve()
})
afterAll(() => fixture?.remove())

const call = (id: OperationId, options: CallOptions = {}) =>
  callOperation(server.url, id, { ...options, params: { graph_id: 'team', ...options.params } })

const ALL =
  'query all() { match { $p: Person } return { $p.name as name, $p.age as age } order { $p.name asc } }'
const ADD = 'query add($name: String, $age: I32?) { insert Person { name: $name, age: $age } }'

describe('the graph routes', () => {
  it('write, read, and read at the commit before', async () => {
    const added = await call('runMutation', {
      body: { query: ADD, params: { name: 'Ada', age: 36 }, message: 'first' },
    })
    expect(added.status).toBe(200)
    expect(added.json).toMatchObject({ affected_nodes: 1, inserted: 1, actor_id: 'operator', branch: 'main' })
    expect(added.json.commit).toMatchObject({ actor_id: 'operator', message: 'first', kind: 'mutation' })

    const read = await call('runQuery', { body: { query: ALL } })
    expect(added.json.query_name).toBe('add')
    expect(read.json).toMatchObject({
      query_name: 'all',
      columns: ['name', 'age'],
      row_count: 1,
      rows: [{ name: 'Ada', age: 36 }],
    })
    expect(read.json.receipt).toEqual({
      graph: 'team',
      commit: added.json.commit.graph_commit_id,
      at: added.json.commit.at,
    })

    const before = added.json.commit.parent_commit_id
    expect((await call('runQuery', { body: { query: ALL, snapshot: before } })).json.rows).toEqual([])
    const both = await call('runQuery', { body: { query: ALL, snapshot: before, branch: 'main' } })
    expect([both.status, both.json.error.code]).toEqual([400, 'target_ambiguous'])
  })

  it('record the trace of the caller in the commit, and answer with it', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
    const { json, headers } = await call('runMutation', {
      body: { query: ADD, params: { name: 'Traced' } },
      headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, 'x-request-id': 'my-request' },
    })
    expect(json.commit.provenance).toMatchObject({ traceId, actor: 'operator' })
    expect(headers.get('traceparent')).toContain(traceId)
    expect(headers.get('x-request-id')).toBe('my-request')
  })

  it('refuse a conditional write when the branch has moved, and write nothing', async () => {
    const stale = (await call('listCommits', { query: 'limit=2' })).json.commits[1].graph_commit_id
    const head = (await call('listCommits', { query: 'limit=1' })).json.commits[0].graph_commit_id
    const body = { query: ADD, params: { name: 'Late' } }
    const refused = await call('runMutationIf', { body, headers: { 'groundplane-if-graph-commit': stale } })
    expect(refused.status).toBe(412)
    expect(refused.json.precondition_failure).toEqual({ expected: stale, actual: head })
    expect((await call('runMutationIf', { body })).json.error.code).toBe('precondition_missing')
    expect((await call('listCommits', { query: 'limit=1' })).json.commits[0].graph_commit_id).toBe(head)
    const done = await call('runMutationIf', { body, headers: { 'groundplane-if-graph-commit': head } })
    expect(done.status).toBe(200)
  })

  it('page through the commits, each once, newest first, and tell what each changed', async () => {
    const all = (await call('listCommits')).json.commits.map(
      (c: { graph_commit_id: string }) => c.graph_commit_id,
    )
    const paged: string[] = []
    let token: string | null = null
    do {
      const query: string = token === null ? 'limit=1' : `limit=1&page_token=${token}`
      const { json } = await call('listCommits', { query })
      paged.push(...json.commits.map((c: { graph_commit_id: string }) => c.graph_commit_id))
      token = json.next_page_token
    } while (token !== null)
    expect(paged).toEqual(all)
    expect((await call('listCommits', { query: 'page_token=junk' })).json.error.code).toBe(
      'page_token_invalid',
    )

    const { json } = await call('getCommitChanges', { params: { commit_id: all[0] } })
    expect(json.changes).toEqual([
      {
        id: 'Late',
        kind: 'node',
        op: 'insert',
        type: { id: 'Person', name: 'Person' },
        before: null,
        after: { properties: { name: 'Late', age: null } },
      },
    ])
    expect((await call('getCommit', { params: { commit_id: all[0] } })).json.graph_commit_id).toBe(all[0])
    expect((await call('getCommit', { params: { commit_id: '0'.repeat(26) } })).status).toBe(404)
  })

  it('load a stream, export it, and count it in the snapshot', async () => {
    const lines = Array.from({ length: 500 }, (_, i) =>
      JSON.stringify({ type: 'Person', data: { name: `P${i}`, age: i } }),
    )
    const halves = new ReadableStream({
      start(controller) {
        const bytes = Buffer.from(`${lines.join('\n')}\n`)
        controller.enqueue(bytes.subarray(0, 777))
        controller.enqueue(bytes.subarray(777))
        controller.close()
      },
    })
    const loaded = await call('loadNdjson', {
      rawBody: halves,
      query: 'mode=merge',
      headers: { 'content-type': 'application/x-ndjson' },
    })
    expect(loaded.json).toMatchObject({ node_lines: 500, inserted: 500, mode: 'merge', actor_id: 'operator' })
    const exported = await call('exportGraph', {})
    expect(exported.headers.get('content-type')).toMatch('application/x-ndjson')
    const people = (await call('getSnapshot')).json.datasets.find(
      (d: { type_name: string }) => d.type_name === 'Person',
    )
    expect(exported.text.trim().split('\n')).toHaveLength(people.entity_count)
    const again = await call('load', { body: { data: lines.join('\n'), mode: 'merge' } })
    expect(again.json).toMatchObject({ unchanged: 500, commit: null })
  })

  it('refuse a bad line with its position and leave everything as it was', async () => {
    const head = (await call('listCommits', { query: 'limit=1' })).json.commits[0].graph_commit_id
    const { status, json } = await call('loadNdjson', {
      rawBody: '{"type":"Person","data":{"name":"Ok"}}\n{"type":"Person","data":{"nam":"x"}}\n',
      headers: { 'content-type': 'application/x-ndjson' },
    })
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect(JSON.stringify(json.error)).toMatch(/nam/)
    expect((await call('listCommits', { query: 'limit=1' })).json.commits[0].graph_commit_id).toBe(head)
  })

  it('answer a query with mistakes by positioned diagnostics', async () => {
    const { status, json } = await call('runQuery', {
      body: { query: 'query q() { match { $p: Persn } return { $p.nam } }' },
    })
    expect([status, json.error.code]).toEqual([400, 'query_invalid'])
    expect(json.error.diagnostics[0]).toMatchObject({ severity: 'error', range: { start: { line: 1 } } })
  })

  it('refuse a write sent as a query and a query sent as a write', async () => {
    expect((await call('runQuery', { body: { query: ADD, params: { name: 'x' } } })).status).toBe(400)
    expect((await call('runMutation', { body: { query: ALL } })).status).toBe(400)
  })

  it('end a query at its deadline with 504, and go on answering', async () => {
    const hasty = await fixture.serve({ limits: { queryMs: 1500 } })
    const slow =
      'query slow() { match { $a: Person $b: Person $c: Person $d: Person } return { count($a) as n } }'
    const ask = (query: string) =>
      callOperation(hasty.url, 'runQuery', { params: { graph_id: 'team' }, body: { query } })
    const { status, json } = await ask(slow)
    expect([status, json.error.code]).toEqual([504, 'query_deadline_exceeded'])
    expect((await ask(ALL)).status).toBe(200)
    await hasty.close()
  })

  it('give the schema in force, at the commit its receipt names, and the branches', async () => {
    const { json } = await call('getSchema')
    expect(json.schema_source).toContain('node Person')
    const { commit_id, digest } = { commit_id: json.receipt.commit, digest: json.schema_digest }
    expect((await call('getCommit', { params: { commit_id } })).json.schema_digest).toBe(digest)
    expect((await call('listBranches')).json).toMatchObject({
      branches: ['main'],
      details: [{ name: 'main', parent: null }],
    })
  })
})

describe('stored queries', () => {
  it('that only read are refused on a condition, whatever kind the caller expects', async () => {
    const head = (await call('listCommits', { query: 'limit=1' })).json.commits[0].graph_commit_id
    for (const expect_mutation of [undefined, true, false]) {
      const { status, json } = await call('invokeQueryIf', {
        params: { name: 'find_person' },
        body: { params: { name: 'Eve' }, ...(expect_mutation !== undefined && { expect_mutation }) },
        headers: { 'groundplane-if-graph-commit': head },
      })
      expect([expect_mutation, status, json.error?.code]).toEqual([
        expect_mutation,
        400,
        'query_kind_mismatch',
      ])
    }
  })

  it('are listed with their parameters and run by name', async () => {
    const { json } = await call('listQueries')
    expect(json.queries.map((q: { name: string }) => q.name).sort()).toEqual(['add_person', 'find_person'])
    const find = json.queries.find((q: { name: string }) => q.name === 'find_person')
    expect(find).toMatchObject({ mutation: false, description: 'Find one person' })
    expect(find.params).toMatchObject([{ name: 'name', kind: 'string', nullable: false }])
    const added = await call('invokeQuery', {
      params: { name: 'add_person' },
      body: { params: { name: 'Eve', age: 7 } },
    })
    expect(added.json).toMatchObject({ query_name: 'add_person', inserted: 1 })
    const found = await call('invokeQuery', {
      params: { name: 'find_person' },
      body: { params: { name: 'Eve' } },
    })
    expect(found.json).toMatchObject({ query_name: 'find_person', rows: [{ name: 'Eve', age: 7 }] })
  })

  it('that do not exist and that may not be called give the same answer', async () => {
    const invoke = (name: string, token: string) =>
      call('invokeQuery', {
        params: { name },
        body: { params: { name: 'Eve' } },
        token,
        headers: { 'x-request-id': 'same' },
      })
    const denied = await invoke('find_person', TOKENS.viewer)
    const unknown = await invoke('find_persom', TOKENS.viewer)
    expect(denied.status).toBe(404)
    expect(denied.text).toBe(unknown.text.replaceAll('find_persom', 'find_person'))
    const absent = await invoke('find_persom', TOKENS.operator)
    expect(absent.text).toBe(unknown.text)
  })

  it('are not listed to whom may not call them', async () => {
    const { status, json } = await call('listQueries', { token: TOKENS.viewer })
    expect([status, json]).toEqual([200, { queries: [] }])
  })

  it('are refused when called as the other kind', async () => {
    const body = { params: { name: 'Zoe' }, expect_mutation: true }
    const { json } = await call('invokeQuery', { params: { name: 'find_person' }, body })
    expect(json.error.code).toBe('query_kind_mismatch')
  })
})

describe('policy on the routes', () => {
  it('lets a reader read and nothing else', async () => {
    const { viewer } = { viewer: TOKENS.viewer }
    expect((await call('getSnapshot', { token: viewer })).status).toBe(200)
    expect((await call('runQuery', { token: viewer, body: { query: ALL } })).status).toBe(200)
    for (const [id, options] of [
      ['runMutation', { body: { query: ADD, params: { name: 'No' } } }],
      ['load', { body: { data: '' } }],
      ['exportGraph', {}],
      ['listGraphs', {}],
    ] as const) {
      const { status, json } = await call(id, { ...options, token: viewer })
      expect([id, status, json.error.code]).toEqual([id, 403, 'forbidden'])
    }
  })

  it('refuses an actor no rule speaks of everywhere', async () => {
    for (const [id, options] of [
      ['getSnapshot', {}],
      ['getSchema', {}],
      ['listBranches', {}],
      ['listCommits', {}],
      ['listQueries', {}],
      ['runQuery', { body: { query: ALL } }],
      ['searchCatalog', {}],
      ['listRuns', {}],
      ['startIncident', { body: { sentence: 'revenue is wrong' } }],
    ] as const) {
      expect([id, (await call(id, { ...options, token: TOKENS.stranger })).status]).toEqual([id, 403])
    }
    const head = (await call('listCommits', { query: 'limit=1' })).json.commits[0].graph_commit_id
    expect((await call('getCommit', { params: { commit_id: head }, token: TOKENS.stranger })).status).toBe(
      403,
    )
    expect(
      (await call('getCommitChanges', { params: { commit_id: head }, token: TOKENS.stranger })).status,
    ).toBe(403)
  })

  it('lists the graphs to whom the cluster bundle allows it', async () => {
    expect((await call('listGraphs')).json.graphs).toEqual([
      { graph_id: 'catalog', uri: '/graphs/catalog', kind: 'catalog' },
      { graph_id: 'team', uri: '/graphs/team', kind: 'graph' },
    ])
  })
})

describe('a caller that leaves', () => {
  it('takes its query with it, so the next one does not wait', async () => {
    const slow =
      'query slow() { match { $a: Person $b: Person $c: Person $d: Person } return { count($a) as n } }'
    const post = (signal?: AbortSignal) =>
      fetch(`${server.url}/graphs/team/query`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKENS.operator}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query: signal ? slow : ALL }),
        ...(signal && { signal }),
      })
    const leaving = new AbortController()
    const left = [1, 2].map(() => post(leaving.signal).catch((error: Error) => error.name))
    // Both readers are taken: this one is answered only once they have been given up.
    let given = false
    const next = post().then(({ status }) => ({ status, given }))
    for (let i = 0; i < 5; i++) await call('healthz') // by now all three have arrived
    given = true
    leaving.abort()
    expect(await next).toEqual({ status: 200, given: true })
    expect(await Promise.all(left)).toEqual(['AbortError', 'AbortError'])
  }, 12_000) // below the deadline of 15 s, at which the readers would be free anyway
})
