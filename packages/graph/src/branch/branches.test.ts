import { GroundplaneError } from '@groundplane/core'
import { afterAll, describe, expect, it } from 'vitest'
import { Graph } from '../graph.js'
import { GraphService } from '../service/graph-service.js'
import { scratch, socialGraph } from '../testing/scratch.js'

const files = scratch()
afterAll(() => files.remove())
let made = 0
const fresh = (): Graph => socialGraph(files.path(`b${made++}.gp`))
const codeOf = (body: () => unknown): string | undefined => {
  try {
    body()
    return undefined
  } catch (error) {
    return (error as GroundplaneError).code
  }
}
const AGES = 'query q() { match { $p: Person } return { $p.name, $p.age } }'
const ages = (graph: Graph, ctx: { branch?: string; commit?: string } = {}) =>
  graph.query(AGES, {}, ctx).rows.map((r) => `${r['p.name']}${r['p.age'] ?? ''}`)

describe('a branch', () => {
  it('starts as its parent is and goes its own way on every write path', async () => {
    const graph = fresh()
    graph.transact({}, (tx) => {
      for (const name of ['a', 'b', 'c']) tx.upsertNode('Person', { name, age: 1 })
    })
    const fork = graph.head()
    expect(graph.createBranch('review/2026-11')).toMatchObject({
      name: 'review/2026-11',
      head: fork.id,
      parent: 'main',
      forkedAt: fork.id,
    })
    const on = { branch: 'review/2026-11' }
    expect(graph.head(on.branch).id).toBe(fork.id)
    graph.transact(on, (tx) => tx.patchNode('Person', 'a', { age: 2 }))
    graph.mutate('query m() { delete Person where name = "b" }', {}, on)
    await graph.load(['{"type":"Person","data":{"name":"d","age":4}}'], { mode: 'merge', ...on })
    graph.mutate('query m() { update Person set { age: 9 } where name = "c" }')
    expect(ages(graph)).toEqual(['a1', 'b1', 'c9'])
    expect(ages(graph, on)).toEqual(['a2', 'c1', 'd4'])
    expect(graph.commits(on).map((c) => c.branch)).toEqual([
      ...Array(3).fill('review/2026-11'),
      'main',
      'main',
    ])
    expect([...graph.export(on)]).toEqual([
      '{"type":"Person","data":{"name":"a","age":2}}',
      '{"type":"Person","data":{"name":"c","age":1}}',
      '{"type":"Person","data":{"name":"d","age":4}}',
    ])
    expect(graph.snapshot(on).types[0]?.rows).toBe(3)
  })

  it('obligation 16: is made from any commit, and reads at any commit of any branch stay as they were', () => {
    const graph = fresh()
    const commits = [1, 2, 3].map(
      (age) => graph.transact({}, (tx) => tx.upsertNode('Person', { name: 'a', age })).commit?.id as string,
    )
    graph.createBranch('old', { fromCommit: commits[0] as string })
    const onOld = graph.transact({ branch: 'old' }, (tx) => tx.upsertNode('Person', { name: 'x', age: 7 }))
      .commit?.id as string
    graph.createBranch('nested', { from: 'old' })
    graph.transact({ branch: 'nested' }, (tx) => tx.deleteNode('Person', 'a'))
    graph.transact({ branch: 'old' }, (tx) => tx.patchNode('Person', 'x', { age: 8 }))
    const all = () => [
      ...commits.map((commit) => ages(graph, { commit })),
      ages(graph, { commit: onOld }),
      ages(graph, { branch: 'old', commit: onOld }),
      ages(graph, { branch: 'nested' }),
    ]
    const before = all()
    expect(before).toEqual([['a1'], ['a2'], ['a3'], ['a1', 'x7'], ['a1', 'x7'], ['x7']])
    graph.transact({}, (tx) => tx.deleteNode('Person', 'a'))
    graph.deleteBranch('old')
    expect(codeOf(() => ages(graph, { branch: 'old' }))).toBe('branch_not_found')
    expect(ages(graph, { commit: onOld })).toEqual(['a1', 'x7'])
    expect(ages(graph, { branch: 'nested' })).toEqual(['x7'])
    expect(codeOf(() => ages(graph, { branch: 'nested', commit: commits[2] as string }))).toBe(
      'commit_not_on_branch',
    )
  })

  it('obligation 15: deleted and made again is another branch to every reader and cache', () => {
    const graph = fresh()
    const other = Graph.open(graph.root)
    graph.transact({}, (tx) => tx.upsertNode('Person', { name: 'a', age: 1 }))
    graph.createBranch('b')
    const first = graph.transact({ branch: 'b' }, (tx) => tx.patchNode('Person', 'a', { age: 2 })).commit
    const prepared = graph.prepare(graph.checkedQuery(AGES))
    const elsewhere = other.prepare(other.checkedQuery(AGES))
    const seen = () => [prepared, elsewhere].map((p) => p.all({}, { branch: 'b' })[0]?.['p.age'])
    expect(seen()).toEqual([2, 2])
    graph.deleteBranch('b')
    graph.createBranch('b')
    expect(seen()).toEqual([1, 1])
    expect(ages(graph, { commit: first?.id as string })).toEqual(['a2'])
    expect(codeOf(() => graph.transact({ branch: 'b', ifCommit: first?.id as string }, () => 1))).toBe(
      'commit_mismatch',
    )
    expect(codeOf(() => graph.deleteBranch('b', { ifCommit: first?.id as string }))).toBe('commit_mismatch')
    other.close()
  })

  it('obligation 15: deleted and made again is walked and merged as what it is now, also by handles and threads that knew the first', async () => {
    const graph = fresh()
    const arrays = Graph.open(graph.root, { adjacency: 'always' })
    const service = await GraphService.start(graph.root)
    graph.transact({}, (tx) => {
      for (const name of ['a', 'b', 'c', 'd']) tx.upsertNode('Person', { name, age: 1 })
      tx.insertEdge('Knows', 'a', 'b')
    })
    const walk = 'query w() { match { $p: Person { name: "a" } $p knows{1,4} $q } return { $q.name as q } }'
    const reached = async () => [
      ...[graph, arrays].map((g) => g.query(walk, {}, { branch: 'x' }).rows.map((r) => r.q)),
      (await service.query(walk, {}, { branch: 'x' })).rows.map((r) => r.q),
    ]
    graph.createBranch('x')
    graph.transact({ branch: 'x' }, (tx) => {
      tx.insertEdge('Knows', 'b', 'c')
      tx.patchNode('Person', 'a', { age: 7 })
    })
    expect(await reached()).toEqual(Array(3).fill(['b', 'c']))
    graph.deleteBranch('x')
    graph.createBranch('x')
    expect(await reached()).toEqual(Array(3).fill(['b']))
    graph.transact({ branch: 'x' }, (tx) => tx.insertEdge('Knows', 'b', 'd'))
    expect(await reached()).toEqual(Array(3).fill(['b', 'd']))
    // What the first of the name had changed is not in it.
    expect(arrays.merge({ source: 'x' }).commit?.changes).toEqual({ inserted: 1, updated: 0, deleted: 0 })
    expect(ages(graph)).toEqual(['a1', 'b1', 'c1', 'd1'])
    expect(graph.query(walk).rows).toEqual([{ q: 'b' }, { q: 'd' }])
    await service.close()
    for (const g of [graph, arrays]) g.close()
  })

  it('is held to every constraint on every write path', async () => {
    const graph = fresh()
    graph.transact({}, (tx) => {
      tx.upsertNode('Person', { name: 'a', email: 'a@x' })
      tx.upsertNode('City', { code: 1, title: 'x' })
      tx.upsertNode('City', { code: 2, title: 'y' })
      tx.insertEdge('LivesIn', 'a', '1')
    })
    graph.createBranch('b')
    const on = { branch: 'b' }
    const bodies: (() => unknown)[] = [
      () => graph.transact(on, (tx) => tx.upsertNode('Person', { name: 'b', email: 'a@x' })),
      () => graph.transact(on, (tx) => tx.insertEdge('LivesIn', 'a', '2')),
      () => graph.transact(on, (tx) => tx.insertEdge('LivesIn', 'a', '3')),
      () => graph.mutate('query m() { update Person set { age: 999 } where name = "a" }', {}, on),
      () => graph.mutate('query m() { insert Person { name: "z", email: "no" } }', {}, on),
    ]
    for (const body of bodies) expect(codeOf(body)).toBe('constraint_violation')
    const load = graph.load(['{"type":"Person","data":{"name":"a"}}'], { mode: 'append', ...on })
    expect(await load.catch((e) => e.diagnostics[0].code)).toBe('key_conflict')
    expect(graph.head('b').id).toBe(graph.head().id)
  })

  it('is refused a name that could be taken for something else, and one in use', () => {
    const graph = fresh()
    for (const name of [
      '',
      'a//b',
      '/a',
      'a/',
      '-x',
      'a b',
      '..',
      'a\u0000',
      graph.head().id,
      'x'.repeat(201),
    ])
      expect(codeOf(() => graph.createBranch(name))).toBe('branch_name_invalid')
    graph.createBranch('a/b')
    graph.createBranch('a')
    expect(codeOf(() => graph.createBranch('a/b'))).toBe('branch_exists')
    expect(codeOf(() => graph.createBranch('main'))).toBe('branch_exists')
    expect(codeOf(() => graph.createBranch('c', { from: 'none' }))).toBe('branch_not_found')
    expect(codeOf(() => graph.deleteBranch('main'))).toBe('branch_undeletable')
    expect(graph.branches().map((b) => b.name)).toEqual(['main', 'a', 'a/b'])
  })

  it('obligation 25: is read and written only while its head is the one expected, no-op writes included', async () => {
    const graph = fresh()
    const head = graph.head().id
    graph.createBranch('b', { ifCommit: head })
    graph.transact({ branch: 'b', ifCommit: head }, (tx) => tx.upsertNode('Person', { name: 'a' }))
    const stale = { branch: 'b', ifCommit: head }
    const bodies: (() => unknown)[] = [
      () => graph.transact(stale, () => 'nothing'),
      () => graph.query(AGES, {}, stale),
      () => graph.prepare(graph.checkedQuery(AGES)).all({}, stale),
      () => [...graph.export(stale)],
      () => graph.snapshot(stale),
      () => graph.createBranch('c', { from: 'b', ifCommit: head }),
      () => graph.deleteBranch('b', { ifCommit: head }),
      () => graph.merge({ source: 'b', ifSourceCommit: head }),
      () => graph.mutate('query m() { update Person set { age: 1 } where name = "nobody" }', {}, stale),
      () => graph.mutate('query m() { delete Person where name = "nobody" }', {}, stale),
      () => graph.applySchema(graph.schema().source, stale),
    ]
    for (const body of bodies) expect(codeOf(body)).toBe('commit_mismatch')
    for (const lines of [[], ['{"type":"Person","data":{"name":"a"}}']])
      await expect(graph.load(lines, { mode: 'merge', ...stale })).rejects.toMatchObject({
        code: 'commit_mismatch',
      })
    expect(graph.commits({ branch: 'b' })).toHaveLength(2)
  })

  it('is judged by policy under its own name, also when it is read through a commit id', () => {
    const root = files.path('policy.gp')
    const open = socialGraph(root)
    open.createBranch('secret')
    const id = open.transact({ branch: 'secret' }, (tx) => tx.upsertNode('Person', { name: 'a' })).commit
      ?.id as string
    open.close()
    const asked: string[] = []
    const graph = Graph.open(root, {
      authorize: ({ action, branch }) => {
        asked.push(`${action} ${branch}`)
        if (branch === 'secret') throw new GroundplaneError('denied', 'forbidden', 'no')
      },
    })
    const bodies: (() => unknown)[] = [
      () => graph.query(AGES, {}, { commit: id }),
      () => graph.commit(id),
      () => graph.changes(id),
      () => graph.head('secret'),
      () => graph.createBranch('x', { fromCommit: id }),
      () => graph.createBranch('x', { from: 'secret' }),
      () => graph.deleteBranch('secret'),
      () => graph.merge({ source: 'secret' }),
      () => graph.merge({ source: 'main', target: 'secret' }),
    ]
    for (const body of bodies) expect(codeOf(body)).toBe('forbidden')
    expect(new Set(asked)).toEqual(
      new Set([
        'read secret',
        'branch_create x',
        'branch_delete secret',
        'branch_merge main',
        'branch_merge secret',
      ]),
    )
    expect(graph.branches().map((b) => b.name)).toEqual(['main', 'secret'])
  })
})
