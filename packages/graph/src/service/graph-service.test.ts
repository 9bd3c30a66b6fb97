import { afterAll, expect, it } from 'vitest'
import { scratch, socialGraph } from '../testing/scratch.js'
import { GraphService } from './graph-service.js'

const files = scratch()
socialGraph(files.path('s.gp')).close()
const service = await GraphService.start(files.path('s.gp'), { deadlineMs: 20_000, maxRows: 5 })
afterAll(async () => {
  await service.close()
  files.remove()
})
const product = `query q() { match { ${Array.from({ length: 22 }, (_, i) => `$v${i}: Person`).join('\n')} } return { count($v0) as n } }`

it('caps rows and says so', async () => {
  await service.load(
    (async function* () {
      for (let i = 0; i < 8; i++) yield JSON.stringify({ type: 'Person', data: { name: `p${i}` } })
    })(),
    { mode: 'append' },
  )
  const result = await service.query('query q() { match { $p: Person } return { $p.name } }')
  expect([result.rowCount, result.truncated, result.commit]).toEqual([5, true, service.graph.head().id])
})

it('ends a runaway query at its deadline while another reader answers', async () => {
  const runaway = service.query(product, {}, { deadlineMs: 400 }).catch((e) => e.code)
  const quick = await service.query('query q() { match { $p: Person } return { $p.name } limit 1 }')
  expect(quick.rows).toEqual([{ 'p.name': 'p0' }])
  expect(await runaway).toBe('query_deadline_exceeded')
})

it('stops a query when its caller gives up', async () => {
  const controller = new AbortController()
  const running = service.query(product, {}, { signal: controller.signal }).catch((e) => e.code)
  await service.query('query q() { match { $p: Person } return { $p.name } limit 1 }')
  controller.abort()
  expect(await running).toBe('query_cancelled')
})

it('carries errors of the writer thread over with code, remedy and diagnostics', async () => {
  const error = await service.mutate('query m() { insert Person { name: "x", age: 999 } }').catch((e) => e)
  expect([error.kind, error.code, error.diagnostics[0].code]).toEqual([
    'unprocessable',
    'constraint_violation',
    'range_violation',
  ])
})

it('looks a key up while every reader is held by a runaway query', async () => {
  const runaways = [1, 2].map(() => service.query(product, {}, { deadlineMs: 600 }).catch((e) => e.code))
  const lookup = 'query k($n: String) { match { $p: Person { name: $n } } return { $p.name, $p.age } }'
  const startedAt = performance.now()
  const found = await service.query(lookup, { n: 'p3' })
  expect(performance.now() - startedAt).toBeLessThan(300)
  expect(found.rows).toEqual([{ 'p.name': 'p3', 'p.age': null }])
  expect(await Promise.all(runaways)).toEqual(['query_deadline_exceeded', 'query_deadline_exceeded'])
})

it('answers many different queries again and again, on any reader, with walks after every write', async () => {
  for (let round = 0; round < 4; round++) {
    await service.mutate('query m($a: String, $b: String) { insert Knows { from: $a, to: $b } }', {
      a: `p${round}`,
      b: `p${round + 1}`,
    })
    const walk =
      'query w() { match { $a: Person { name: "p0" } $a knows{1,6} $b } return { count($b) as n } }'
    const reached = await Promise.all([1, 2, 3, 4].map(() => service.query(walk)))
    expect(reached.map((r) => r.rows)).toEqual([1, 2, 3, 4].map(() => [{ n: round + 1 }]))
    const texts = Array.from(
      { length: 600 },
      (_, i) => `query q() { match { $p: Person  $p.age = ${i} } return { count($p) as n } }`,
    )
    if (round > 1) for (const text of texts) expect((await service.query(text)).rows).toEqual([{ n: 0 }])
  }
})
