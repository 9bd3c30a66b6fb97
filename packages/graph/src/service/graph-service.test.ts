import { GroundplaneError } from '@groundplane/core'
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
const people = (n: number) => Array.from({ length: n }, (_, i) => `$v${i}: Person`).join('\n')
const counted = (n: number) => `query q() { match { ${people(n)} } return { count($v0) as n } }`
/** Once 8 people are there it looks at 8^22 combinations, which takes years; see the test that says so. */
const product = counted(22)

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

it('the runaway query of these tests would run for longer than a minute, as each combination is looked at', async () => {
  const { rows } = await service.explain(counted(4))
  expect(rows.scanned).toBe(8 + 8 ** 2 + 8 ** 3 + 8 ** 4)
  const [combinations, fastestPerSecond] = [8 ** 22, 1e9]
  expect(combinations / fastestPerSecond).toBeGreaterThan(60)
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
  let ended = 0
  const leaving = new AbortController()
  const runaways = [1, 2].map(() =>
    service
      .query(product, {}, { signal: leaving.signal })
      .catch((e) => e.code)
      .finally(() => ended++),
  )
  const lookup = 'query k($n: String) { match { $p: Person { name: $n } } return { $p.name, $p.age } }'
  const found = await service.query(lookup, { n: 'p3' })
  expect(ended).toBe(0)
  expect(found.rows).toEqual([{ 'p.name': 'p3', 'p.age': null }])
  leaving.abort()
  expect(await Promise.all(runaways)).toEqual(['query_cancelled', 'query_cancelled'])
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
}, 120_000)

it('compares, polls and plans on a reader, under policy, and stops what takes too long', async () => {
  const from = service.graph.commits().at(-1)?.id as string
  const page = await service.diff({ from, to: 'main', limit: 3 })
  expect(page.changes.map((c) => c.id)).toEqual(
    service.graph.diff({ from, to: 'main', limit: 3 }).changes.map((c) => c.id),
  )
  expect((await service.feed({ start: 'beginning' })).caughtUp).toBe(true)
  expect((await service.planSchema('node Person { name: String @key }')).steps.length).toBeGreaterThan(0)
  const lines: string[] = []
  const { lines: all, cursor } = await service.baseline({ kinds: ['node'] })
  for await (const line of all) lines.push(line)
  expect(lines).toHaveLength(8)
  expect((await service.feed({ cursor, kinds: ['node'] })).blocks).toEqual([])
  const runaways = [1, 2].map(() => service.query(product, {}, { deadlineMs: 400 }).catch((e) => e.code))
  await new Promise((resolve) => setImmediate(resolve)) // both readers are taken
  expect(await service.feed({ start: 'beginning', deadlineMs: 1 }).catch((e) => e.code)).toBe(
    'query_deadline_exceeded',
  )
  await Promise.all(runaways)
})

it('asks policy for both ends of a diff and for the branch that a cursor knows', async () => {
  const asked: string[] = []
  const gated = await GraphService.start(files.path('s.gp'), {
    authorize: ({ action, branch }) => {
      asked.push(`${action} ${branch}`)
      if (branch === 'secret') throw new GroundplaneError('denied', 'forbidden', 'no')
    },
  })
  try {
    await service.createBranch('secret')
    const { cursor } = await service.feed({ branch: 'secret' })
    const codeOf = (work: Promise<unknown>) =>
      work.then(
        () => 'done',
        (error) => error.code,
      )
    expect(await codeOf(gated.diff({ from: 'main', to: 'secret' }))).toBe('forbidden')
    expect(await codeOf(gated.feed({ cursor: cursor as string }))).toBe('forbidden')
    expect(await codeOf(gated.baseline({ branch: 'secret' }))).toBe('forbidden')
    expect(await codeOf(gated.planSchema('node P {}', { branch: 'secret' }))).toBe('forbidden')
    expect(asked).toEqual(['read main', 'read secret', 'read secret', 'export secret', 'read secret'])
  } finally {
    await gated.close()
  }
})
