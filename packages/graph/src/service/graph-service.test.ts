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
