import type { Graph } from '../graph.js'

const people = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) =>
    JSON.stringify({ type: 'Person', data: { name: `p${from + i}` } }),
  )

/** Writes of every kind on a social graph, in order; each changes what a reader sees, and is one commit or one branch. */
export const CRASH_STEPS: readonly ((graph: Graph) => unknown)[] = [
  (graph) =>
    graph.transact({}, (tx) => {
      for (let i = 0; i < 10; i++) tx.upsertNode('Person', { name: `p${i}`, age: i })
      for (let i = 1; i < 10; i++) tx.insertEdge('Knows', `p${i}`, 'p0')
    }),
  (graph) => graph.load([...people(10, 20), '{"edge":"Knows","from":"p10","to":"p11"}'], { mode: 'append' }),
  (graph) => graph.createBranch('side'),
  (graph) =>
    graph.mutate('query m() { update Person set { mood: "good" } where age < 5 }', {}, { branch: 'side' }),
  (graph) => graph.mutate('query m() { delete Person where name = "p9" }'),
  (graph) => graph.merge({ source: 'side' }),
  (graph) => graph.applySchema(`${graph.schema().source}\nnode Extra { name: String @key }`),
  (graph) => graph.load(['{"type":"Extra","data":{"name":"e"}}', ...people(0, 3)], { mode: 'merge' }),
  (graph) => graph.deleteBranch('side'),
]
