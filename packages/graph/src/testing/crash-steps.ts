import type { Graph } from '../graph.js'

const people = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) =>
    JSON.stringify({ type: 'Person', data: { name: `p${from + i}` } }),
  )

const update = (set: string, where: string): string =>
  `query m() { update Person set { ${set} } where ${where} }`

/** Widens, renames, fills a default, drops softly, adds a full-text index. */
function migrated(source: string): string {
  return source
    .replace('age: I32?', 'years: I64? @rename_from("age")')
    .replaceAll('(age', '(years')
    .replace('mood: enum(good, bad)?', 'mood: enum(good, bad, none) @default(none)')
    .replace('text: String', 'text: String @index')
    .replace('title: String', '')
}

/** What the step before left out, under names that are new; drops hard. */
function eroded(source: string): string {
  return source.replace('tags: [String]?', '').replace('node Extra { name: String @key }', '')
}

/**
 * Writes of every kind on a social graph, in order. Each changes what a reader
 * sees and is one durable step: a commit, a branch, a cleanup. `crash.fault.test`
 * kills them at every boundary.
 */
export const CRASH_STEPS: readonly ((graph: Graph) => unknown)[] = [
  (graph) =>
    graph.transact({}, (tx) => {
      for (let i = 0; i < 10; i++) tx.upsertNode('Person', { name: `p${i}`, age: i, tags: [`t${i}`] })
      for (let i = 1; i < 10; i++) tx.insertEdge('Knows', `p${i}`, 'p0')
      for (const text of ['one two', 'two three']) tx.upsertNode('Note', { id: text.slice(0, 3), text })
    }),
  (graph) => graph.load([...people(10, 20), '{"edge":"Knows","from":"p10","to":"p11"}'], { mode: 'append' }),
  (graph) => graph.createBranch('side'),
  (graph) => graph.mutate(update('mood: "good"', 'age < 5'), {}, { branch: 'side' }),
  (graph) => graph.mutate('query m() { delete Person where name = "p9" }'),
  (graph) => graph.merge({ source: 'side' }),
  (graph) => graph.applySchema(`${graph.schema().source}\nnode Extra { name: String @key }`),
  (graph) => graph.load(['{"type":"Extra","data":{"name":"e"}}', ...people(0, 3)], { mode: 'merge' }),
  (graph) => graph.mutate(update('mood: "bad"', 'name = "p7"'), {}, { branch: 'side' }),
  // Brings the newer schema along.
  (graph) => graph.merge({ source: 'main', target: 'side' }),
  (graph) => graph.merge({ source: 'side' }),
  (graph) => graph.deleteBranch('side'),
  (graph) => graph.applySchema(migrated(graph.schema().source)),
  (graph) => graph.createBranch('late', { fromCommit: graph.commits()[2]?.id as string }),
  (graph) => graph.mutate(update('age: 40', 'name = "p1"'), {}, { branch: 'late' }),
  (graph) => graph.mutate(update('years: 41', 'name = "p2"')),
  (graph) => graph.deleteBranch('late'),
  (graph) => graph.applySchema(eroded(graph.schema().source), { allowDataLoss: true }),
  (graph) => graph.cleanup({ keep: 2 }),
  (graph) => graph.load(people(0, 18), { mode: 'overwrite' }),
]
