import { afterAll, expect, it } from 'vitest'
import { scratch, socialGraph } from '../testing/scratch.js'
import { GraphService } from './graph-service.js'
import { explainAlone, readAlone } from './lone-read.js'

const files = scratch()
const graph = socialGraph(files.path('s.gp'))
const service = await GraphService.start(files.path('s.gp'))
afterAll(async () => {
  await service.close()
  graph.close()
  files.remove()
})
graph.load(
  Array.from({ length: 8 }, (_, i) => JSON.stringify({ type: 'Person', data: { name: `p${i}` } })),
  { mode: 'append' },
)
const NAMES = 'query q() { match { $p: Person } return { $p.name } }'
/** Looks at 8^22 combinations, which takes years: see graph-service.test.ts. */
const people = Array.from({ length: 22 }, (_, i) => `$v${i}: Person`).join('\n')
const RUNAWAY = `query q() { match { ${people} } return { count($v0) as n } }`

const codeOf = (reading: Promise<unknown>) => reading.then(String, (error) => error.code)

it('a lone read gives what a service gives: rows, the commit they are of, and the same refusals', async () => {
  const ada = 'query q($n: String) { match { $p: Person { name: $n } } return { $p.name } }'
  for (const [text, params, options] of [
    [NAMES, {}, {}],
    [NAMES, {}, { maxRows: 3 }],
    [NAMES, {}, { commit: graph.commits().at(-1)?.id as string }],
    [ada, { n: 'p3' }, {}],
  ] as const)
    expect(await readAlone(graph, text, params, options)).toEqual(await service.query(text, params, options))
  for (const [text, params, options] of [
    ['query q() { match { $p: Persn } return { $p } }', {}, {}],
    ['query q() { insert Person { name: "x" } }', {}, {}],
    [ada, {}, {}],
    [NAMES, {}, { ifCommit: 'not-the-head' }],
    [NAMES, {}, { maxRows: -1 }],
    [NAMES, {}, { deadlineMs: Number.NaN }],
  ] as const) {
    const there = await codeOf(service.query(text, params, options))
    expect([text, await codeOf(readAlone(graph, text, params, options))]).toEqual([text, there])
  }
})

it('a lone read has no more rows than its caller asks for, above the default of 10 000 too', async () => {
  const pairs =
    'query q() { match { $a: Person $b: Person $c: Person $d: Person $e: Person } return { $a.name } }'
  const counts = []
  for (const options of [{ maxRows: 20_000 }, {}]) {
    const { rowCount, truncated } = await readAlone(graph, pairs, {}, options)
    counts.push([rowCount, truncated])
  }
  expect(counts).toEqual([
    [20_000, true],
    [10_000, true],
  ])
})

it('a runaway lone read ends at its deadline, explained or run', async () => {
  expect(await codeOf(readAlone(graph, RUNAWAY, {}, { deadlineMs: 50 }))).toBe('query_deadline_exceeded')
  expect(await codeOf(explainAlone(graph, RUNAWAY, {}, { deadlineMs: 50 }))).toBe('query_deadline_exceeded')
})

it('an explanation is the one of a service but for its times', async () => {
  for (const text of [NAMES, 'query q() { insert Person { name: "x" } }']) {
    const [here, there] = [await explainAlone(graph, text), await service.explain(text)]
    expect({ ...here, timings: null }).toEqual({ ...there, timings: null })
  }
  expect((await readAlone(graph, NAMES)).rowCount).toBe(8)
})
