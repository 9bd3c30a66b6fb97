import { afterAll, expect, it } from 'vitest'
import { Graph } from '../graph.js'
import { scratch } from '../testing/scratch.js'

const files = scratch()
afterAll(() => files.remove())

it('a merge brings a deletion whose last trace on the source was removed by a cleanup, and a diff tells of it', () => {
  const graph = Graph.create(files.path('g.gp'), { schema: 'node A { name: String @key }\nedge L: A -> A' })
  graph.createBranch('side')
  graph.transact({}, (tx) => {
    for (const name of ['a', 'b']) tx.upsertNode('A', { name })
    tx.insertEdge('L', 'b', 'b', { id: 'e' })
  })
  // The side has versions of its own of all three; then it deletes two.
  graph.merge({ source: 'main', target: 'side' })
  graph.transact({ branch: 'side' }, (tx) => {
    tx.deleteNode('A', 'a')
    tx.deleteEdge('L', 'e')
  })
  graph.transact({ branch: 'side' }, (tx) => tx.upsertNode('A', { name: 'c' }))
  graph.cleanup({ keep: 1 })
  graph.cleanup({ keep: 1 })
  const { changes } = graph.diff({ from: graph.head().id, to: graph.head('side').id })
  expect(changes.map((c) => `${c.op} ${c.id}`)).toEqual(['deleted a', 'inserted c', 'deleted e'])
  expect(graph.merge({ source: 'side' }).changes).toEqual({ inserted: 1, updated: 0, deleted: 2 })
  expect([...graph.export()]).toEqual([...graph.export({ branch: 'side' })])
  expect(graph.repair({ dryRun: true })).toMatchObject({ healthy: true })
  graph.close()
})
