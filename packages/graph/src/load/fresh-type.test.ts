import Database from 'better-sqlite3'
import { afterAll, expect, it } from 'vitest'
import { Graph } from '../graph.js'
import { scratch } from '../testing/scratch.js'

const files = scratch()
afterAll(() => files.remove())

const SCHEMA = `
node Person { name: String @key  age: I32?  email: String? @unique  @index(age) }
edge Knows: Person -> Person @card(0..3) { since: I32? }
`
const MANY = 6000
let made = 0

function empty(): Graph {
  return Graph.create(files.path(`fresh${made++}.gp`), { schema: SCHEMA })
}

function node(i: number, age = i % 90): string {
  return JSON.stringify({ type: 'Person', data: { name: `p${i}`, age } })
}

function edge(from: number, to: number, data: object = {}): string {
  return JSON.stringify({ edge: 'Knows', from: `p${from}`, to: `p${to}`, data })
}

function lines(): string[] {
  const nodes = Array.from({ length: MANY }, (_, i) => node(i))
  const edges = Array.from({ length: MANY }, (_, i) => edge(i, (i * 7) % MANY, { since: i % 30 }))
  return [...edges.slice(0, 50), ...nodes, ...edges.slice(50)]
}

function indexes(graph: Graph): unknown[] {
  const db = new Database(`${graph.root}/graph.db`)
  try {
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
    return db.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name").all()
  } finally {
    db.close()
  }
}

it('a large load into an empty graph leaves the same indexes and the same rows as many small ones', async () => {
  const [large, small] = [empty(), empty()]
  const before = indexes(large)
  const result = await large.load(lines(), { mode: 'append' })
  expect(result).toMatchObject({ nodes: MANY, edges: MANY, inserted: 2 * MANY, updated: 0 })
  expect(indexes(large)).toEqual(before)
  const all = lines().sort((a, b) => Number(b.includes('"type"')) - Number(a.includes('"type"')))
  for (let at = 0; at < all.length; at += 3000) await small.load(all.slice(at, at + 3000), { mode: 'append' })
  const text = (graph: Graph): string[] =>
    [...graph.export()].map((line) => line.replace(/"id":"[^"]*",?/, '')).sort()
  expect(text(large)).toEqual(text(small))
  const seen = large.transact({}, (tx) => tx.patchNode('Person', 'p17', { age: 1 }))
  expect(large.changes(seen.commit?.id as string)).toMatchObject([{ op: 'updated', id: 'p17' }])
  large.close()
  small.close()
})

it('a large merge into an empty graph keeps the last line of an entity and warns', async () => {
  const graph = empty()
  const twice = [...lines(), node(5, 77), node(6, 6), node(5, 78)]
  const result = await graph.load(twice, { mode: 'merge' })
  expect(result).toMatchObject({ inserted: 2 * MANY, updated: 0, unchanged: 1 })
  expect(result.warnings.map((w) => w.code)).toEqual(['duplicate_key', 'duplicate_key', 'duplicate_key'])
  expect(graph.transact({}, (tx) => tx.node('Person', 'p5')?.data.age).result).toBe(78)
  expect((await graph.load(lines().slice(50, 60), { mode: 'merge' })).commit).not.toBeNull()
  graph.close()
})

it.each(['append', 'overwrite'] as const)(
  'a large %s into an empty graph refuses an entity that stands in it twice, and nothing lands',
  async (mode) => {
    const graph = empty()
    const before = indexes(graph)
    await expect(graph.load([...lines(), node(5)], { mode })).rejects.toMatchObject({
      code: 'load_rejected',
      diagnostics: [{ code: 'key_conflict', range: { start: { line: 2 * MANY + 1 } } }],
    })
    expect(graph.snapshot().types.every((t) => t.rows === 0)).toBe(true)
    expect(indexes(graph)).toEqual(before)
    graph.close()
  },
)

it('what only the final state decides is checked and located after a large load', async () => {
  const graph = empty()
  const crowd = [1, 2, 3, 4].map((to) => edge(MANY - 1, to))
  const twin = (i: number): string =>
    JSON.stringify({ type: 'Person', data: { name: `twin${i}`, email: 'one@example.org' } })
  await expect(
    graph.load([...lines(), ...crowd, twin(1), twin(2)], { mode: 'append' }),
  ).rejects.toMatchObject({
    diagnostics: [
      { code: 'unique_violation', range: { start: { line: 2 * MANY + 6 } } },
      { code: 'cardinality_violation' },
    ],
  })
  graph.close()
})

it('an edge with an id given twice is one edge in a merge and a violation in an append', async () => {
  const nodes = [node(1), node(2)]
  const twice = [edge(1, 2, { id: 'e1', since: 1 }), edge(2, 1, { id: 'e1', since: 2 })]
  const merged = empty()
  await merged.load([...nodes, ...twice], { mode: 'merge' })
  expect(merged.transact({}, (tx) => [...tx.edges('Knows')]).result).toEqual([
    { id: 'e1', from: 'p2', to: 'p1', data: { since: 2 } },
  ])
  merged.close()
  const appended = empty()
  await expect(appended.load([...nodes, ...twice], { mode: 'append' })).rejects.toMatchObject({
    diagnostics: [{ code: 'key_conflict' }],
  })
  appended.close()
})
