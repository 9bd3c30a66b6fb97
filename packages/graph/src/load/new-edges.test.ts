import { afterAll, expect, it } from 'vitest'
import type { Graph } from '../graph.js'
import { scratch, socialGraph } from '../testing/scratch.js'

const files = scratch()
afterAll(() => files.remove())
let made = 0

const person = (name: string) => JSON.stringify({ type: 'Person', data: { name } })
const knows = (from: string, to: string, data: Record<string, unknown> = {}) =>
  JSON.stringify({ edge: 'Knows', from, to, data })
const name = (i: number) => `p${i}`

/** Two people who know each other: no type of it is fresh. */
async function populated(): Promise<Graph> {
  const graph = socialGraph(files.path(`g${made++}.gp`))
  await graph.load([person('p0'), person('p1'), knows('p0', 'p1', { id: 'first' })], { mode: 'append' })
  return graph
}

/** What a graph holds, but for ids that were made up. */
const content = (graph: Graph, branch = 'main'): string[] =>
  [...graph.export({ branch })].map((line) => line.replace(/"id":"[0-9A-Z]{26}",?/, '')).sort()

/** 200 people in a ring, each edge before its people or after them, every seventh with an id of its own. */
function ring(first: number, count: number): { nodes: string[]; edges: string[] } {
  const numbers = Array.from({ length: count }, (_, i) => first + i)
  return {
    nodes: numbers.map((i) => person(name(i))),
    edges: numbers.map((i) =>
      knows(name(i), name(first + ((i - first + 1) % count)), {
        since: `20${String(10 + (i % 90))}-01-01`,
        ...(i % 7 === 0 && { id: `k${i}` }),
      }),
    ),
  }
}

it.each(['append', 'merge'] as const)(
  'edges into a type that has rows are the same written together, one by one, and before their nodes (%s)',
  async (mode) => {
    const { nodes, edges } = ring(2, 200)
    const together = await populated()
    const result = await together.load([...nodes, ...edges], { mode })
    expect([result.nodes, result.edges, result.inserted]).toEqual([200, 200, 400])
    const before = await populated()
    await before.load([...edges, ...nodes], { mode })
    const single = await populated()
    for (const line of [...nodes, ...edges]) await single.load([line], { mode })
    expect(content(together)).toEqual(content(single))
    expect(content(before)).toEqual(content(single))
    expect(together.changes(result.commit?.id as string)).toHaveLength(400)
    for (const graph of [together, before]) expect(graph.repair().healthy).toBe(true)
    const walked = together.query(
      'query q() { match { $a: Person { name: "p2" } $a knows{1,4} $b } return { $b.name } order { $b.name } }',
    )
    expect(walked.rows.map((row) => row['b.name'])).toEqual(['p3', 'p4', 'p5', 'p6'])
  },
)

it('on a branch they are of that branch only, and merge into main', async () => {
  const graph = await populated()
  graph.createBranch('b')
  const { nodes, edges } = ring(2, 40)
  await graph.load([...nodes, ...edges], { mode: 'append', branch: 'b' })
  expect(content(graph)).toHaveLength(3)
  expect(content(graph, 'b')).toHaveLength(83)
  graph.merge({ source: 'b' })
  expect(content(graph)).toEqual(content(graph, 'b'))
  expect(graph.repair().healthy).toBe(true)
})

it('an edge that breaks a rule refuses all of them, with its line', async () => {
  const graph = await populated()
  const { nodes, edges } = ring(2, 100)
  const wrong = [...nodes, ...edges, knows('p2', 'p3', { since: 'yesterday' }), knows('p2', 'nobody')]
  const error = await graph.load(wrong, { mode: 'append' }).catch((e) => e)
  expect(
    error.diagnostics.map((d: { code: string; range: { start: { line: number } } }) => [
      d.code,
      d.range.start.line,
    ]),
  ).toEqual([
    ['type_mismatch', 201],
    ['endpoint_not_found', 202],
  ])
  expect(content(graph)).toHaveLength(3)
  const homes = [
    '{"type":"City","data":{"code":1,"title":"a"}}',
    '{"type":"City","data":{"code":2,"title":"b"}}',
  ]
  await graph.load([...homes, '{"edge":"LivesIn","from":"p0","to":"1"}'], { mode: 'append' })
  const second = await graph
    .load(['{"edge":"LivesIn","from":"p0","to":"2"}'], { mode: 'append' })
    .catch((e) => e)
  expect(second.diagnostics.map((d: { code: string }) => d.code)).toEqual(['cardinality_violation'])
})
