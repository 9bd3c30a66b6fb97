import { sha256 } from '@groundplane/core'
import { explainOutput, type OperationId } from '@groundplane/protocol'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RunningServer } from '../main.js'
import { ClusterFixture, TOKENS } from '../testing/cluster-fixture.js'
import { type CallOptions, callOperation } from '../testing/http-call.js'

let fixture: ClusterFixture
let server: RunningServer
/** Whose deadline no product of people keeps. */
let hurried: RunningServer
const lines: string[] = []

beforeAll(async () => {
  fixture = await ClusterFixture.create()
  server = await fixture.serve({
    slowQueryMs: 0,
    logLevel: 'warn',
    logTo: { write: (line) => void lines.push(line) },
  })
  hurried = await fixture.serve({
    slowQueryMs: 0,
    logLevel: 'warn',
    logTo: { write: (line) => void lines.push(line) },
    limits: { queryMs: 100 },
  })
  await call('runMutation', { body: { query: ADD, params: { name: 'Ada', age: 36 } } })
})
afterAll(() => fixture?.remove())
beforeEach(() => {
  lines.length = 0
})

const call = (id: OperationId, options: CallOptions = {}) =>
  callOperation(server.url, id, { ...options, params: { graph_id: 'team', ...options.params } })
const inAHurry = (body: Record<string, unknown>) =>
  callOperation(hurried.url, 'runQuery', { params: { graph_id: 'team' }, body })
const slow = () => lines.map((line) => JSON.parse(line)).filter((line) => line.event === 'slow_query')

const FIND = 'query find($n: String) { match { $p: Person { name: $n } } return { $p.age as age } }'
const ADD = 'query add($name: String, $age: I32?) { insert Person { name: $name, age: $age } }'
const PRODUCT = `query product() { match { ${Array.from({ length: 22 }, (_, i) => `$v${i}: Person`).join('\n')} } return { count($v0) as n } }`

describe('explain over HTTP', () => {
  it('answers how a query is answered, in the schema that is published, and no rows', async () => {
    const { status, json } = await call('runQuery', {
      body: { query: FIND, params: { n: 'Ada' }, explain: true },
    })
    expect(status).toBe(200)
    expect(explainOutput.parse(json)).toMatchObject({
      query_name: 'find',
      query_kind: 'read',
      query_digest: sha256(FIND),
      executed: true,
      target: { branch: 'main', snapshot: null },
      params: [{ name: 'n', type: 'String', nullable: false, given: true }],
      indexes: [{ kind: 'key', type: 'Person', properties: ['name'] }],
      scans: [],
      rows: { returned: 1, truncated: false, scanned: 1 },
    })
    expect(JSON.stringify(json)).not.toContain('Ada')
    expect(json.rows).not.toBeInstanceOf(Array)
  })

  it('plans a write and does not do it, as text and stored', async () => {
    const before = (await call('listCommits')).json.commits
    const text = await call('runQuery', { body: { query: ADD, params: { name: 'Never' }, explain: true } })
    const stored = await call('invokeQuery', {
      params: { name: 'add_person' },
      body: { params: { name: 'Never' }, explain: true },
    })
    expect([text.json.executed, stored.json.executed]).toEqual([false, false])
    expect(stored.json.query_name).toBe('add_person')
    expect((await call('listCommits')).json.commits).toEqual(before)
  })

  it('needs the right that the query needs', async () => {
    const viewer = { token: TOKENS.viewer }
    const status = async (id: OperationId, options: CallOptions) =>
      (await call(id, { ...options, ...viewer })).status
    expect(await status('runQuery', { body: { query: FIND, params: { n: 'Ada' }, explain: true } })).toBe(200)
    expect(await status('runQuery', { body: { query: ADD, params: { name: 'x' }, explain: true } })).toBe(403)
    const stored = { params: { name: 'find_person' }, body: { params: { name: 'Ada' }, explain: true } }
    expect(await status('invokeQuery', stored)).toBe(404)
    expect(
      (await call('runQuery', { body: { query: FIND, explain: true }, token: TOKENS.stranger })).status,
    ).toBe(403)
  })

  it('is held to the deadline of a query', async () => {
    for (const n of ['a', 'b', 'c', 'd', 'e'])
      await call('runMutation', { body: { query: ADD, params: { name: n } } })
    const { status, json } = await inAHurry({ query: PRODUCT, explain: true })
    expect([status, json.error.code]).toEqual([504, 'query_deadline_exceeded'])
  })
})

describe('the slow-query log', () => {
  it('has one line for a query, with who, where and how long, and no value of a parameter', async () => {
    const headers = { 'x-request-id': 'request-7' }
    const body = { query: FIND, params: { n: 'Ada' } }
    const { json } = await call('runQuery', { body, headers })
    expect(slow()).toEqual([
      {
        level: 40,
        time: expect.any(Number),
        event: 'slow_query',
        graph: 'team',
        kind: 'read',
        query: 'find',
        stored: false,
        digest: sha256(FIND),
        actor: 'operator',
        branch: 'main',
        ms: expect.any(Number),
        rows: 1,
        commit: json.graph_commit_id,
        outcome: 'ok',
        requestId: 'request-7',
        msg: 'slow query',
      },
    ])
    await call('invokeQuery', {
      params: { name: 'add_person' },
      body: { params: { name: 'Secret-951', age: 7 } },
    })
    const text = 'query lit() { match { $p: Person { name: "Secret-951" } } return { $p.age } }'
    await call('runQuery', { body: { query: text } })
    expect(slow().map(({ kind, query, stored }) => [kind, query, stored])).toEqual([
      ['read', 'find', false],
      ['mutate', 'add_person', true],
      ['read', 'lit', false],
    ])
    expect(lines.join('')).not.toMatch(/Secret-951|Ada|token-/)
  })

  it('has the query that ran into its deadline, with the code', async () => {
    await inAHurry({ query: PRODUCT })
    expect(slow()).toMatchObject([
      { query: 'product', outcome: 'deadline', code: 'query_deadline_exceeded', rows: 0, commit: null },
    ])
  })

  it('has nothing below its threshold', async () => {
    const quiet: string[] = []
    const other = await fixture.serve({
      slowQueryMs: 3_600_000,
      logLevel: 'warn',
      logTo: { write: (line) => void quiet.push(line) },
    })
    const body = { query: FIND, params: { n: 'Ada' } }
    const { status } = await callOperation(other.url, 'runQuery', { params: { graph_id: 'team' }, body })
    expect([status, quiet]).toEqual([200, []])
    await other.close()
  })
})

describe('the metrics of graphs', () => {
  const scraped = async (from = server) =>
    (await (await fetch(`${from.url}/metrics`, { headers: authorized })).text()).split('\n')
  const authorized = { authorization: `Bearer ${TOKENS.operator}` }
  const value = (text: readonly string[], series: string) =>
    Number(text.find((line) => line.startsWith(`${series} `))?.split(' ')[1] ?? 0)

  it('count operations by kind and outcome, rows, and what was not finished', async () => {
    const series = {
      read: 'groundplane_graph_operation_seconds_count{graph="team",kind="read",outcome="ok"}',
      refused: 'groundplane_graph_operation_seconds_count{graph="team",kind="mutate",outcome="refused"}',
      rows: 'groundplane_graph_rows_total{graph="team",kind="read"}',
      stored: 'groundplane_stored_query_seconds_count{graph="team",query="find_person",outcome="ok"}',
      exported: 'groundplane_graph_operation_seconds_count{graph="team",kind="export",outcome="ok"}',
    }
    const read = async () => {
      const text = await scraped()
      return Object.fromEntries(Object.entries(series).map(([name, s]) => [name, value(text, s)]))
    }
    const before = await read()
    await call('runQuery', { body: { query: FIND, params: { n: 'Ada' } } })
    await call('invokeQuery', { params: { name: 'find_person' }, body: { params: { name: 'Ada' } } })
    await inAHurry({ query: PRODUCT })
    await call('runMutation', { body: { query: ADD }, token: TOKENS.viewer })
    await call('exportGraph', { body: {} })
    const after = await read()
    const grown = Object.fromEntries(
      Object.entries(after).map(([name, n]) => [name, n - (before[name] as number)]),
    )
    expect(grown).toEqual({ read: 2, refused: 1, rows: 2, stored: 1, exported: 1 })
    const deadline = 'groundplane_graph_unfinished_total{graph="team",kind="read",reason="deadline"}'
    expect(value(await scraped(hurried), deadline)).toBeGreaterThan(0)
  })

  it('have no label that a caller chooses, and say how busy each graph is', async () => {
    const count = async () =>
      (await scraped()).filter((line) => /^groundplane_(graph|stored)_/.test(line)).length
    await call('runQuery', { body: { query: FIND, params: { n: 'Ada' } } })
    const before = await count()
    for (let i = 0; i < 20; i++) {
      const name = `chosen_${i}`
      await call('runQuery', { body: { query: FIND.replace('find', name), params: { n: 'Ada' }, name } })
      await call('invokeQuery', { params: { name }, body: {} })
    }
    expect(await count()).toBe(before)
    const text = await scraped()
    expect(text.join('\n')).not.toContain('chosen_')
    for (const gauge of ['readers_busy', 'reads_waiting', 'writes_pending'])
      expect(text).toContain(`groundplane_graph_${gauge}{graph="team"} 0`)
  })
})
