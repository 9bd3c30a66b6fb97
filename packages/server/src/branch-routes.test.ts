import type { OperationId } from '@groundplane/protocol'
import { afterAll, beforeAll, expect, it } from 'vitest'
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
const put = (name: string, age: number, branch = 'main') =>
  call('runMutation', {
    body: {
      query: 'query put($n: String, $a: I32) { insert Person { name: $n, age: $a } }',
      params: { n: name, a: age },
      branch,
    },
  })

it('branches are made, written, merged, followed and deleted over HTTP', async () => {
  await put('base', 1)
  const start = (await call('pollChanges', { query: 'start=now' })).json
  expect(start).toMatchObject({ blocks: [], caught_up: true })
  const made = await call('createBranch', { body: { name: 'review/1', from: 'main' } })
  expect([made.status, made.json.name, made.json.from]).toEqual([200, 'review/1', 'main'])
  expect((await call('createBranch', { body: { name: 'review/1' } })).status).toBe(409)
  await put('new', 2, 'review/1')
  expect((await call('listBranches')).json.branches).toEqual(['main', 'review/1'])

  const preview = await call('mergeBranch', { body: { source: 'review/1', dry_run: true } })
  expect(preview.json).toMatchObject({ outcome: 'fast_forward', dry_run: true, inserted: 1, commit: null })
  const stale = await call('mergeBranchIf', {
    body: { source: 'review/1' },
    headers: { 'groundplane-if-graph-commit': '01ARZ3NDEKTSV4RRFFQ69G5FAV' },
  })
  expect([stale.status, stale.json.precondition_failure.expected]).toEqual([
    412,
    '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  ])
  const merged = await call('mergeBranch', { body: { source: 'review/1', target: 'main' } })
  expect(merged.json).toMatchObject({ outcome: 'fast_forward', source: 'review/1', target: 'main' })
  expect(merged.json.commit.merged_parent_commit_id).toBeTypeOf('string')
  expect((await call('mergeBranch', { body: { source: 'review/1' } })).json.outcome).toBe(
    'already_up_to_date',
  )

  const feed = await call('pollChanges', { query: `cursor=${start.cursor}&type=Person&branch=main` })
  expect([feed.status, feed.json.error?.code]).toEqual([400, 'cursor_rejected'])
  const page = (await call('pollChanges', { query: `cursor=${start.cursor}` })).json
  expect(
    page.blocks.map((b: { changes: { op: string; id: string }[] }) => b.changes.map((c) => [c.op, c.id])),
  ).toEqual([[['insert', 'new']]])

  const gone = await call('deleteBranch', { params: { branch: 'review/1' } })
  expect([gone.status, gone.json.name]).toEqual([200, 'review/1'])
  expect((await call('deleteBranch', { params: { branch: 'review/1' } })).status).toBe(404)
})

it('are told with their last commit, whether they are protected, and what the caller may do on each', async () => {
  await call('createBranch', { body: { name: 'draft' } })
  await put('drafted', 3, 'draft')
  const standing = async (token: string) =>
    (await call('listBranches', { query: 'standing=true', token })).json.details
  const [main, draft] = await standing(TOKENS.operator)
  expect([main.name, main.protected, draft.name, draft.protected]).toEqual(['main', true, 'draft', false])
  expect(draft).toMatchObject({ commit: { graph_commit_id: draft.head, actor_id: 'operator', inserted: 1 } })
  expect(draft.allowed).toEqual(expect.arrayContaining(['read', 'change', 'branch_merge', 'branch_delete']))
  expect((await standing(TOKENS.viewer))[1].allowed).toEqual(['read'])
  expect((await call('listBranches')).json.details[1]).not.toHaveProperty('allowed')
})

it('are merged only as they were looked at, where the merge says at which commit that was', async () => {
  const { head } = (await call('listBranches')).json.details.find((b: { name: string }) => b.name === 'draft')
  await put('sneaked', 4, 'draft')
  const stale = await call('mergeBranch', { body: { source: 'draft', source_commit: head } })
  expect([stale.status, stale.json.error.code]).toEqual([412, 'commit_mismatch'])
  const now = (await call('listBranches')).json.details.find((b: { name: string }) => b.name === 'draft').head
  const body = { source: 'draft', source_commit: now, delete_branch: true }
  expect((await call('mergeBranch', { body })).json).toMatchObject({ branch_deleted: true })
})

it('every conflict of a merge comes with status 409', async () => {
  await call('createBranch', { body: { name: 'clash' } })
  await put('both', 1, 'clash')
  await put('both', 2)
  const { status, json } = await call('mergeBranch', { body: { source: 'clash' } })
  expect([status, json.error.code]).toEqual([409, 'merge_conflict'])
  expect(json.merge_conflicts).toMatchObject([
    {
      kind: 'divergent_insert',
      entity_kind: 'node',
      type_name: 'Person',
      entity_id: 'both',
      properties: ['age'],
    },
  ])
})

it('a reader may list and follow branches, and do nothing to them', async () => {
  const token = TOKENS.viewer
  expect((await call('listBranches', { token })).status).toBe(200)
  expect((await call('pollChanges', { token })).status).toBe(200)
  expect((await call('createBranch', { token, body: { name: 'x' } })).status).toBe(403)
  expect((await call('mergeBranch', { token, body: { source: 'clash' } })).status).toBe(403)
  expect((await call('deleteBranch', { token, params: { branch: 'clash' } })).status).toBe(403)
})
