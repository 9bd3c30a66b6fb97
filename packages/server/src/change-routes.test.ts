import { join } from 'node:path'
import { Graph } from '@groundplane/graph'
import { changeBaselineRecord, changeDiff, changeFeed, type OperationId } from '@groundplane/protocol'
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
const put = async (name: string, age: number, branch = 'main'): Promise<string> => {
  const query = 'query put($n: String, $a: I32) { insert Person { name: $n, age: $a } }'
  const { json } = await call('runMutation', { body: { query, params: { n: name, a: age }, branch } })
  return json.commit.graph_commit_id
}
const head = async () => (await call('listCommits', { query: 'limit=1' })).json.commits[0].graph_commit_id
const changesOf = (json: { changes: { op: string; id: string }[] }) =>
  json.changes.map((c) => `${c.op} ${c.id}`)
const linesOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('the difference of two commits', () => {
  it('is the net change with a receipt, of commits or of branches for their heads, in pages', async () => {
    const first = await put('d1', 1)
    await put('d2', 1)
    await put('d2', 2)
    const last = await put('d3', 1)
    const diff = (await call('pollChanges', { query: `from=${first}` })).json
    expect(changeDiff.parse(diff)).toMatchObject({ from: first, to: last, next_page_token: null })
    expect(changesOf(diff)).toEqual(['insert d2', 'insert d3'])
    expect(diff.receipt).toEqual({ graph: 'team', commit: last, at: expect.any(String) })
    expect(changesOf((await call('pollChanges', { query: `from=${last}&to=${first}` })).json)).toEqual([
      'delete d2',
      'delete d3',
    ])
    const page = (await call('pollChanges', { query: `from=${first}&to=${last}&limit=1` })).json
    const rest = await call('pollChanges', {
      query: `from=${first}&to=${last}&limit=1&page_token=${page.next_page_token}`,
    })
    expect([...changesOf(page), ...changesOf(rest.json)]).toEqual(['insert d2', 'insert d3'])
    await call('createBranch', { body: { name: 'diff/1' } })
    await put('d1', 9, 'diff/1')
    expect(changesOf((await call('pollChanges', { query: 'from=main&to=diff/1' })).json)).toEqual([
      'update d1',
    ])
    expect(
      changesOf((await call('pollChanges', { query: 'from=main&branch=diff/1&op=insert' })).json),
    ).toEqual([])
  })

  it.each([
    ['to=main', 400, 'changes_question'],
    ['from=main&start=now', 400, 'changes_question'],
    ['from=main&cursor=x', 400, 'changes_question'],
    ['from=nope', 404, 'branch_not_found'],
    ['from=01ARZ3NDEKTSV4RRFFQ69G5FAV', 404, 'commit_not_found'],
    ['from=main&page_token=x', 400, 'cursor_rejected'],
  ])('of %s is refused with %i %s', async (query, status, code) => {
    const answer = await call('pollChanges', { query })
    expect([answer.status, answer.json.error.code]).toEqual([status, code])
  })
})

describe('a baseline', () => {
  it('is the branch at one commit, ends with the cursor, and the feed goes on from there', async () => {
    await put('b1', 1)
    const baseline = await call('captureBaseline', { body: { type: ['Person'] } })
    expect(baseline.headers.get('content-type')).toMatch(/^application\/x-ndjson/)
    const lines = linesOf(baseline.text)
    const { snapshot_commit_id, resume_cursor } = changeBaselineRecord.parse(lines.at(-1)).baseline
    expect([snapshot_commit_id, baseline.headers.get('groundplane-snapshot-id')]).toEqual([
      await head(),
      snapshot_commit_id,
    ])
    const exported = linesOf((await call('exportGraph', { body: { snapshot: snapshot_commit_id } })).text)
    expect(lines.slice(0, -1)).toEqual(exported.filter((line) => line.type === 'Person'))
    const next = await put('b2', 1)
    const poll = await call('pollChanges', { query: `cursor=${resume_cursor}&type=Person` })
    const { blocks, receipt } = changeFeed.parse(poll.json)
    expect(blocks.map((b) => [b.cause.graph_commit_id, changesOf(b)])).toEqual([[next, ['insert b2']]])
    expect(receipt.commit).toBe(next)
  })

  it('that broke off is gone on with, byte for byte', async () => {
    const whole = (await call('captureBaseline')).text
    const { snapshot_commit_id: snapshot } = linesOf(whole).at(-1).baseline
    await put('after', 1)
    const received = whole.split('\n').slice(0, 2).join('\n').length + 1
    const rest = await call('captureBaseline', { body: { snapshot, skip: 2 } })
    expect(whole.slice(0, received) + rest.text).toBe(whole)
    for (const body of [{ skip: 2 }, { snapshot, skip: 10_000 }]) {
      const refused = await call('captureBaseline', { body })
      expect([refused.status, refused.json.error.code]).toEqual([400, 'baseline_skip'])
    }
  })

  it('needs the right to export, also of whoever may read', async () => {
    const refused = await call('captureBaseline', { token: TOKENS.viewer })
    expect([refused.status, refused.json.error.code]).toEqual([403, 'forbidden'])
    expect((await call('captureBaseline', { body: { branch: 'nope' } })).status).toBe(404)
  })
})

describe('a feed whose changes a cleanup has removed', () => {
  it('answers 410 with the place of the gap, and a baseline is the way on', async () => {
    const { cursor } = (await call('pollChanges')).json
    const lost = await put('g', 1)
    await put('g', 2)
    const graph = Graph.open(join(fixture.dir, 'graphs', 'team.gp'))
    graph.cleanup({ keep: 1 })
    graph.close()
    const gap = await call('pollChanges', { query: `cursor=${cursor}` })
    expect([gap.status, gap.json.error.code]).toEqual([410, 'changes_gone'])
    expect(gap.json.change_feed_gap).toEqual({ cursor, first_unreadable_commit_id: lost })
    expect(gap.json.error.remedy).toContain('baseline')
    for (const answer of [
      await call('getCommitChanges', { params: { commit_id: lost } }),
      await call('pollChanges', { query: `from=${lost}` }),
    ]) {
      expect([answer.status, answer.json.error.code]).toEqual([410, 'changes_gone'])
      expect(answer.json.change_feed_gap.first_unreadable_commit_id).toBe(lost)
    }
    const query = 'query q() { match { $p: Person } return { $p.name } }'
    const past = await call('runQuery', { body: { query, snapshot: lost } })
    expect([past.status, past.json.error.code, past.json.change_feed_gap]).toEqual([
      410,
      'commit_removed',
      undefined,
    ])
    const { resume_cursor } = linesOf((await call('captureBaseline')).text).at(-1).baseline
    await put('g', 3)
    const on = (await call('pollChanges', { query: `cursor=${resume_cursor}` })).json
    expect(on.blocks.flatMap(changesOf)).toEqual(['update g'])
  })
})

describe('a conditional load', () => {
  const line = (name: string) => JSON.stringify({ type: 'Person', data: { name } })

  it('happens when the branch is where the caller thinks, with its message, else not at all', async () => {
    for (const [id, options] of [
      ['loadIf', (name: string) => ({ body: { data: line(name), mode: 'merge', message: `of ${name}` } })],
      [
        'loadNdjsonIf',
        (name: string) => ({
          rawBody: line(name),
          query: `mode=merge&message=of%20${name}`,
          headers: { 'content-type': 'application/x-ndjson' },
        }),
      ],
    ] as const) {
      const at = await head()
      const condition = (commit: string, name: string) => {
        const given: CallOptions = options(name)
        return { ...given, headers: { ...given.headers, 'groundplane-if-graph-commit': commit } }
      }
      const done = await call(id, condition(at, `${id}-1`))
      expect([done.status, done.json.inserted, done.json.commit.message]).toEqual([200, 1, `of ${id}-1`])
      const late = await call(id, condition(at, `${id}-2`))
      expect([late.status, late.json.precondition_failure]).toEqual([
        412,
        { expected: at, actual: done.json.commit.graph_commit_id },
      ])
      expect((await call(id, options(`${id}-3`))).json.error.code).toBe('precondition_missing')
      expect(await head()).toBe(done.json.commit.graph_commit_id)
    }
  })
})

describe('a load into a branch that is not there', () => {
  const body = (name: string, branch: string) => ({
    data: JSON.stringify({ type: 'Person', data: { name } }),
    mode: 'merge',
    branch,
  })

  it('begins it where `from` says, and is refused without', async () => {
    const at = await head()
    const lost = await call('load', { body: body('forked', 'fork/1') })
    expect([lost.status, lost.json.error.code]).toEqual([404, 'branch_not_found'])
    const begun = (await call('load', { body: { ...body('forked', 'fork/1'), from: 'main' } })).json
    expect(begun).toMatchObject({
      branch: 'fork/1',
      base_branch: 'main',
      branch_created: true,
      nodes: [{ name: 'Person', entities_loaded: 1 }],
      edges: [],
      total_entities: 1,
    })
    expect(begun.commit.parent_commit_id).toBe(at)
    const streamed = await call('loadNdjson', {
      rawBody: body('second', 'fork/1').data,
      query: 'mode=merge&branch=fork/1&from=main',
      headers: { 'content-type': 'application/x-ndjson' },
    })
    expect([streamed.json.branch_created, streamed.json.nodes]).toEqual([
      false,
      [{ name: 'Person', entities_loaded: 1 }],
    ])
    expect(await head()).toBe(at)
  })

  it('asks policy whether the branch may be made', async () => {
    const refused = await call('load', {
      token: TOKENS.viewer,
      body: { ...body('no', 'fork/2'), from: 'main' },
    })
    expect(refused.status).toBe(403)
    expect((await call('listBranches')).json.branches).not.toContain('fork/2')
  })
})

describe('the changes of a commit', () => {
  it('are those of the kinds, types and operations asked for, in pages of their own', async () => {
    const line = (name: string) => JSON.stringify({ type: 'Person', data: { name } })
    const edge = JSON.stringify({ edge: 'Knows', from: 'w1', to: 'w2' })
    const loaded = await call('load', { body: { data: [line('w1'), line('w2'), edge].join('\n') } })
    const commit = loaded.json.commit.graph_commit_id
    const of = async (query: string) =>
      (await call('getCommitChanges', { params: { commit_id: commit }, query })).json
    const ids = async (query: string) => (await of(query)).changes.map((c: { id: string }) => c.id)
    expect(await ids('kind=node')).toEqual(['w1', 'w2'])
    expect(await ids('type=Knows')).toHaveLength(1)
    expect(await ids('op=delete')).toEqual([])
    expect(await ids('kind=node&kind=edge&op=insert')).toHaveLength(3)
    const first = await of('kind=node&limit=1')
    const second = await of(`kind=node&limit=1&page_token=${first.next_page_token}`)
    expect([first.changes[0].id, second.changes[0].id, second.next_page_token]).toEqual(['w1', 'w2', null])
  })

  it('are not paged by the token of another list', async () => {
    const commits = (await call('listCommits', { query: 'limit=1' })).json
    const refused = await call('getCommitChanges', {
      params: { commit_id: commits.commits[0].graph_commit_id },
      query: `page_token=${commits.next_page_token}`,
    })
    expect([refused.status, refused.json.error.code]).toEqual([400, 'page_token_invalid'])
  })
})

describe('a conditional branch operation', () => {
  it('is refused when the head is another', async () => {
    const at = await head()
    const condition = (commit: string) => ({ headers: { 'groundplane-if-graph-commit': commit } })
    const other = '01ARZ3NDEKTSV4RRFFQ69G5FAV'
    const body = { name: 'cond/1' }
    expect((await call('createBranchIf', { body, ...condition(other) })).status).toBe(412)
    expect((await call('createBranchIf', { body, ...condition(at) })).json.graph_commit_id).toBe(at)
    const moved = await put('c', 1, 'cond/1')
    const params = { branch: 'cond/1' }
    expect((await call('deleteBranchIf', { params, ...condition(at) })).status).toBe(412)
    const gone = await call('deleteBranchIf', { params, ...condition(moved) })
    expect([gone.status, gone.json.graph_commit_id]).toEqual([200, moved])
  })
})

describe('a schema over HTTP', () => {
  const wider = 'node Person { name: String @key age: I32? nick: String? } edge Knows: Person -> Person'

  it('is planned on the live graph, with steps, diagnostics and a receipt', async () => {
    const plan = (await call('planSchema', { body: { schema_source: wider } })).json
    expect(plan).toMatchObject({ uri: '/graphs/team', supported: true, step_count: plan.steps.length })
    expect(plan.steps.map((s: { kind: string }) => s.kind)).toContain('add_property')
    expect(plan.receipt.commit).toBe(await head())
    const wrong = (await call('planSchema', { body: { schema_source: 'node Person { name: Strng @key }' } }))
      .json
    expect([wrong.supported, wrong.diagnostics[0].code]).toEqual([false, 'unknown-value-type'])
    expect(
      (await call('planSchema', { token: TOKENS.stranger, body: { schema_source: wider } })).status,
    ).toBe(403)
  })

  it('is never applied: the cluster owns it, which only those who could apply it are told', async () => {
    const before = (await call('getSchema')).json.schema_digest
    const denied = await call('applySchema', { token: TOKENS.viewer, body: { schema_source: wider } })
    expect([denied.status, denied.json.error.code]).toEqual([403, 'forbidden'])
    const refused = await call('applySchema', { body: { schema_source: wider } })
    expect([refused.status, refused.json.error.code, refused.json.code]).toEqual([
      409,
      'schema_managed_by_cluster',
      'conflict',
    ])
    expect(refused.json.error.remedy).toContain('cluster apply')
    expect((await call('getSchema')).json.schema_digest).toBe(before)
    expect((await call('applySchema', { body: {} })).status).toBe(400)
  })
})
