import { afterAll, expect, it } from 'vitest'
import type { GraphError } from '../error.js'
import { Graph } from '../graph.js'
import { scratch } from '../testing/scratch.js'

const files = scratch()
afterAll(() => files.remove())

function codeOf(body: () => unknown): string {
  try {
    body()
  } catch (error) {
    return (error as GraphError).code
  }
  return 'no error'
}

it.each(['auto', 'always'] as const)(
  'a walk over edges that a hard drop erased says so and does not answer that there are none (adjacency %s)',
  (adjacency) => {
    const root = files.path(`walk-${adjacency}.gp`)
    const graph = Graph.create(root, { schema: 'node A { name: String @key }\nedge L: A -> A' })
    graph.transact({}, (tx) => {
      for (const name of ['x', 'y']) tx.upsertNode('A', { name })
      tx.insertEdge('L', 'x', 'y')
    })
    const commit = graph.head().id
    graph.applySchema('node A { name: String @key }', { allowDataLoss: true })
    const reader = Graph.open(root, { adjacency })
    for (const query of [
      '$x: A $x l $y } return { $y.name',
      '$x: A $x l{1,3} $y } return { $y.name',
      '$x: A { name: "x" } $x l{1,3} $y } return { count($y) as n',
      '$x: A not { $x l $_ } } return { $x.name',
      '$x: A optional { $x l $y } } return { $x.name',
      '$p = $x l{1,2} $y } return { nodes($p) as way',
    ])
      expect([query, codeOf(() => reader.query(`query q() { match { ${query} } }`, {}, { commit }))]).toEqual(
        [query, 'data_erased'],
      )
    reader.close()
    graph.close()
  },
)

it('a branch made at a commit of before a hard drop takes no write until its schema has let go of what is gone', async () => {
  const graph = Graph.create(files.path('write.gp'), { schema: 'node A { name: String @key p: I32? }' })
  graph.transact({}, (tx) => tx.upsertNode('A', { name: 'x', p: 1 }))
  const fromCommit = graph.head().id
  graph.applySchema('node A { name: String @key }', { allowDataLoss: true })
  graph.createBranch('old', { fromCommit })
  const branch = 'old'
  const line = ['{"type":"A","data":{"name":"y","p":5}}']
  expect(codeOf(() => graph.transact({ branch }, (tx) => tx.upsertNode('A', { name: 'y', p: 5 })))).toBe(
    'data_erased',
  )
  await expect(graph.load(line, { mode: 'append', branch })).rejects.toMatchObject({ code: 'data_erased' })
  graph.applySchema('node A { name: String @key }', { branch })
  graph.transact({ branch }, (tx) => tx.upsertNode('A', { name: 'y' }))
  expect([...graph.export({ branch })]).toHaveLength(2)
  // Or takes the schema of a branch that has.
  graph.createBranch('other', { fromCommit })
  expect(graph.merge({ source: 'main', target: 'other' }).outcome).toBe('fast-forward')
  graph.transact({ branch: 'other' }, (tx) => tx.upsertNode('A', { name: 'z' }))
  expect(graph.merge({ source: 'other' }).changes.inserted).toBe(1)
  graph.close()
})

it('a branch made at a commit of before an index was dropped has the index: a repair finds nothing to do', () => {
  const graph = Graph.create(files.path('index.gp'), {
    schema: 'node A { name: String @key p: I32? @index }',
  })
  const fromCommit = graph.head().id
  graph.applySchema('node A { name: String @key p: I32? }')
  graph.createBranch('old', { fromCommit })
  expect(graph.repair({ dryRun: true })).toMatchObject({ healthy: true, repaired: [] })
  graph.close()
})

it('a full-text index that only another branch wants takes in what is written on this one', () => {
  const graph = Graph.create(files.path('text.gp'), {
    schema: 'node A { name: String @key s: String? @index }',
  })
  graph.transact({}, (tx) => tx.upsertNode('A', { name: 'x', s: 'one' }))
  graph.createBranch('side')
  graph.applySchema('node A { name: String @key s: String? }', { branch: 'side' })
  graph.transact({ branch: 'side' }, (tx) => tx.upsertNode('A', { name: 'y', s: 'two' }))
  expect(graph.repair({ dryRun: true })).toMatchObject({ healthy: true, repaired: [] })
  graph.close()
})

it('a hard drop on a branch without a commit of its own is refused for the branch it was made from, and not for itself', () => {
  const graph = Graph.create(files.path('fresh.gp'), { schema: 'node A { name: String @key p: I32? }' })
  graph.transact({}, (tx) => tx.upsertNode('A', { name: 'x', p: 1 }))
  graph.createBranch('new')
  const drop = () => graph.applySchema('node A { name: String @key }', { branch: 'new', allowDataLoss: true })
  expect(codeOf(drop)).toBe('data_in_use')
  expect(graph.query('query q() { match { $x: A } return { $x.p } }').rows).toEqual([{ 'x.p': 1 }])
  graph.applySchema('node A { name: String @key }')
  expect(drop()?.kind).toBe('schema')
  graph.close()
})
