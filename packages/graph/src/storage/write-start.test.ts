import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Graph } from '../graph.js'
import { Lifeline } from '../query/deadline.js'
import { scratch } from '../testing/scratch.js'
import { openDatabase } from './database.js'
import { detachGraph } from './detach.js'

const files = scratch()
afterAll(() => files.remove())

const SCHEMA = 'node Item { key: String @key  n: I32?  note: String? }'
let count = 0
let graph: Graph
beforeEach(() => {
  graph = Graph.create(files.path(`g${++count}.gp`), { schema: SCHEMA })
  set(graph, 1)
})
afterEach(() => graph.close())

/** One commit; the one before it on this connection has left what it starts from. */
function set(on: Graph, n: number, ctx: { branch?: string; ifCommit?: string } = {}): string {
  const { commit } = on.transact(ctx, (tx) => tx.upsertNode('Item', { key: 'a', n }))
  return commit?.id as string
}

function line(branch: string): string[] {
  return graph.commits({ branch }).map((commit) => commit.id)
}

describe('what a write starts from, after a write of the same connection', () => {
  it('is the commit of another connection when there is one between them', () => {
    const other = Graph.open(graph.root)
    const ids: string[] = []
    for (let n = 2; n < 12; n++) ids.unshift(set(n % 3 === 0 ? other : graph, n))
    other.close()
    expect(line('main').slice(0, 10)).toEqual(ids)
    expect(graph.repair({ dryRun: true }).healthy).toBe(true)
  })

  it('is the head of the branch that is written to, in any order of branches', () => {
    graph.createBranch('side')
    const main = [set(graph, 2)]
    const side = [set(graph, 3, { branch: 'side' })]
    side.unshift(set(graph, 4, { branch: 'side' }))
    main.unshift(set(graph, 5))
    side.unshift(set(graph, 6, { branch: 'side' }))
    expect(line('main').slice(0, 2)).toEqual(main)
    expect(line('side').slice(0, 3)).toEqual(side)
    expect(graph.repair({ dryRun: true }).healthy).toBe(true)
  })

  it('is not a branch that this connection has deleted since, nor the one that had its name', () => {
    graph.createBranch('side')
    set(graph, 2, { branch: 'side' })
    graph.deleteBranch('side')
    expect(() => set(graph, 3, { branch: 'side' })).toThrow(/There is no branch "side"/)
    graph.createBranch('side')
    expect(graph.transact({ branch: 'side' }, (tx) => tx.node('Item', 'a')?.data.n).result).toBe(1)
    expect(set(graph, 4, { branch: 'side' })).toBe(line('side')[0])
    expect(line('side')).toHaveLength(3)
  })

  it('is the last commit still after a write that was rolled back or changed nothing', () => {
    const head = set(graph, 2)
    const fails = () =>
      graph.transact({}, (tx) => {
        tx.upsertNode('Item', { key: 'b', n: 1 })
        throw new Error('no')
      })
    expect(fails).toThrow('no')
    expect(graph.transact({}, (tx) => tx.upsertNode('Item', { key: 'a', n: 2 })).commit).toBeNull()
    const next = set(graph, 3, { ifCommit: head })
    expect(line('main').slice(0, 2)).toEqual([next, head])
    expect(() => set(graph, 4, { ifCommit: head })).toThrow(/is .*, not/)
  })

  it('knows of what a migration or a merge of this connection has done', () => {
    graph.createBranch('side')
    set(graph, 2, { branch: 'side' })
    const merged = graph.merge({ source: 'side', target: 'main' }).commit?.id
    const next = set(graph, 3)
    expect(line('main').slice(0, 2)).toEqual([next, merged])
    graph.deleteBranch('side')
    graph.applySchema('node Item { key: String @key  n: I32? }', { allowDataLoss: true })
    graph.transact({}, (tx) => tx.patchNode('Item', 'a', { n: 4 }))
    expect(() => graph.transact({}, (tx) => tx.patchNode('Item', 'a', { note: 'x' }))).toThrow(/note/)
    expect(graph.transact({}, (tx) => tx.node('Item', 'a')?.data).result).toEqual({ key: 'a', n: 4 })
  })

  it('knows that the graph was deleted by somebody else', () => {
    set(graph, 2)
    detachGraph(graph.root)
    expect(() => set(graph, 3)).toThrow(/was deleted while it was open/)
  })

  it('knows of a change made past the library on another connection', () => {
    const head = set(graph, 2)
    const db = openDatabase(graph.root, new Lifeline())
    db.exec("INSERT INTO meta(key, value) VALUES ('deleted', 1)")
    expect(() => set(graph, 3)).toThrow(/was deleted while it was open/)
    db.exec("DELETE FROM meta WHERE key = 'deleted'")
    db.close()
    const next = set(graph, 4)
    expect(line('main').slice(0, 2)).toEqual([next, head])
  })
})
