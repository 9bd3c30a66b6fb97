import { afterAll, describe, expect, it } from 'vitest'
import type { GraphError } from '../error.js'
import { scratch, socialGraph } from '../testing/scratch.js'

const files = scratch()
afterAll(() => files.remove())
let made = 0
const fresh = () => socialGraph(files.path(`g${made++}.gp`))
const person = (name: string, more = {}) => JSON.stringify({ type: 'Person', data: { name, ...more } })
const knows = (from: string, to: string, data = {}) => JSON.stringify({ edge: 'Knows', from, to, data })
const failed = (p: Promise<unknown>): Promise<GraphError> =>
  p.then(
    () => Promise.reject(new Error('expected a failure')),
    (e) => e,
  )

describe('load', () => {
  it('takes edges before their nodes, bytes cut anywhere, blank lines and a byte order mark', async () => {
    const g = fresh()
    const bytes = Buffer.from(`\uFEFF${knows('ä', 'b')}\r\n\n${person('ä')}\n${person('b')}`)
    async function* chunks() {
      for (let i = 0; i < bytes.length; i += 7) yield bytes.subarray(i, i + 7)
    }
    const result = await g.load(chunks(), { mode: 'append' })
    expect([result.nodes, result.edges, result.inserted, result.commit?.kind]).toEqual([2, 1, 3, 'load'])
  })

  it('begins a branch that is not there from the one that is named, in the same commit', async () => {
    const g = fresh()
    await g.load([person('a')], { mode: 'append' })
    const at = g.head().id
    const begun = await g.load([person('b'), knows('a', 'b')], {
      mode: 'append',
      branch: 'draft',
      from: 'main',
    })
    expect([begun.branchCreated, begun.commit?.branch, begun.commit?.parents]).toEqual([true, 'draft', [at]])
    expect(begun.types).toEqual([
      { kind: 'node', name: 'Person', lines: 1 },
      { kind: 'edge', name: 'Knows', lines: 1 },
    ])
    const there = await g.load([person('c')], { mode: 'append', branch: 'draft', from: 'main' })
    expect([there.branchCreated, there.commit?.parents]).toEqual([false, [begun.commit?.id]])
    const past = await g.load([person('d')], { mode: 'append', branch: 'past', from: at })
    expect([past.branchCreated, past.commit?.parents]).toEqual([true, [at]])
    expect(g.head().id).toBe(at)
  })

  it('leaves no branch behind when it fails, and begins one all the same when nothing changes', async () => {
    const g = fresh()
    await g.load([person('a')], { mode: 'append' })
    const at = g.head().id
    const names = () => g.branches().map((branch) => branch.name)
    const to = { branch: 'draft', from: 'main' }
    expect((await failed(g.load([person('a')], { mode: 'append', ...to }))).code).toBe('load_rejected')
    const elsewhere = { mode: 'merge', ifCommit: '01ARZ3NDEKTSV4RRFFQ69G5FAV', ...to } as const
    expect((await failed(g.load([person('b')], elsewhere))).code).toBe('commit_mismatch')
    const nowhere = { mode: 'merge', branch: 'draft', from: 'nothing' } as const
    expect((await failed(g.load([person('b')], nowhere))).code).toBe('branch_not_found')
    expect((await failed(g.load([person('b')], { ...nowhere, branch: '../x', from: 'main' }))).code).toBe(
      'branch_name_invalid',
    )
    expect(names()).toEqual(['main'])
    const same = await g.load([person('a')], { mode: 'merge', ...to })
    expect([same.branchCreated, same.commit, g.head('draft').id]).toEqual([true, null, at])
  })

  it('reports all bad lines with their numbers and loads nothing', async () => {
    const g = fresh()
    const lines = [
      person('a'),
      'no json',
      '',
      person('b', { age: 'x' }),
      knows('a', 'zz'),
      '{"type":"Nope"}',
      '[]',
      person('a'),
    ]
    const error = await failed(g.load(lines, { mode: 'append' }))
    expect(error.code).toBe('load_rejected')
    expect(error.diagnostics?.map((d) => [d.range?.start.line, d.code])).toEqual([
      [2, 'invalid_json'],
      [4, 'type_mismatch'],
      [6, 'unknown_type'],
      [7, 'invalid_line'],
      [8, 'key_conflict'],
      [5, 'endpoint_not_found'],
    ])
    expect(g.head().kind).toBe('init')
  })

  it('names the line of a violation that only the final state shows', async () => {
    const error = await failed(
      fresh().load([person('a', { email: 'e@x' }), person('b', { email: 'e@x' })], { mode: 'merge' }),
    )
    expect(error.diagnostics?.map((d) => [d.range?.start.line, d.code])).toEqual([[2, 'unique_violation']])
  })

  it('merge upserts, the last line of a key wins with a warning, and the same data again is no commit', async () => {
    const g = fresh()
    const lines = [person('a', { age: 1 }), person('b'), person('a', { age: 2 })]
    const first = await g.load(lines, { mode: 'merge' })
    expect([first.inserted, first.warnings.map((w) => [w.code, w.range?.start.line])]).toEqual([
      2,
      [['duplicate_key', 3]],
    ])
    const again = await g.load([person('a', { age: 2 }), person('b')], { mode: 'merge' })
    expect([again.unchanged, again.commit]).toEqual([2, null])
  })

  it('overwrite replaces the touched types only and refuses to leave edges without nodes', async () => {
    const g = fresh()
    const city = JSON.stringify({ type: 'City', data: { code: 1, title: 'x' } })
    await g.load([person('a'), person('b'), knows('a', 'b'), city], { mode: 'append' })
    const error = await failed(g.load([person('a')], { mode: 'overwrite' }))
    expect(error.diagnostics?.map((d) => d.code)).toEqual(['orphan_edge'])
    const same = await g.load([knows('a', 'b')], { mode: 'overwrite' })
    expect([same.unchanged, same.commit]).toEqual([1, null])
    const done = await g.load([person('a'), person('c'), knows('a', 'c')], { mode: 'overwrite' })
    expect([done.inserted, done.deleted]).toEqual([2, 2])
    expect(g.snapshot().types.map((t) => t.rows)).toEqual([2, 1, 0, 1, 0])
  })

  it('names the line that is not UTF-8 and loads nothing', async () => {
    const g = fresh()
    const bytes = [Buffer.from(`${person('a')}\n`), Buffer.from([0xff, 0xfe, 0x0a])]
    const error = await failed(g.load(bytes, { mode: 'append' }))
    expect([error.code, error.message]).toEqual(['load_not_utf8', 'The data is not UTF-8 near line 2.'])
    expect(g.head().kind).toBe('init')
  })

  it('takes back what export gives, ids included', async () => {
    const g = fresh()
    await g.load(
      [
        person('a', { tags: ['x'] }),
        '{"type":"Note","data":{"text":"t"}}',
        knows('a', 'a', { since: '2020-02-29' }),
      ],
      { mode: 'append' },
    )
    const copy = fresh()
    await copy.load(g.export(), { mode: 'append' })
    expect([...copy.export()]).toEqual([...g.export()])
  })

  it('lets readers see the graph as it was, and writers write, while the source is still being sent', async () => {
    const g = fresh()
    async function* lines() {
      yield person('a')
      expect(g.snapshot().types[0]?.rows).toBe(0)
      g.transact({}, (tx) => tx.upsertNode('Person', { name: 'other' }))
      yield person('b')
    }
    const loaded = await g.load(lines(), { mode: 'append' })
    expect([loaded.inserted, g.snapshot().types[0]?.rows]).toEqual([2, 3])
  })
})
