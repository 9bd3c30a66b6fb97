import { GroundplaneError } from '@groundplane/core'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { scratch, socialGraph } from '../testing/scratch.js'
import { GraphService } from './graph-service.js'
import type { Operation } from './operation.js'

const files = scratch()
socialGraph(files.path('s.gp')).close()
const seen: Operation[] = []
const service = await GraphService.start(files.path('s.gp'), {
  readers: 1,
  maxQueued: 1,
  maxRows: 3,
  observe: (operation) => void seen.push(operation),
  authorize: ({ principal }) => {
    if (principal?.actor === 'nobody') throw new GroundplaneError('denied', 'forbidden', 'no')
  },
})
beforeEach(() => {
  seen.length = 0
})
afterAll(async () => {
  await service.close()
  files.remove()
})

const ada = { actor: 'ada', tenant: 'default', roles: [] }
const ALL = 'query all() { match { $p: Person } return { $p.name } }'
const ADD = 'query add($n: String) { insert Person { name: $n } }'
const product = `query q() { match { ${Array.from({ length: 22 }, (_, i) => `$v${i}: Person`).join('\n')} } return { count($v0) as n } }`
const codeOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'ok').catch((error) => error.code)

it('an operation is observed once, with what it read or wrote and who asked, and without what was passed', async () => {
  for (const n of ['secret-a', 'secret-b', 'secret-c', 'secret-d']) {
    await service.mutate(ADD, { n }, { principal: ada, origin: { requestId: 'r1', storedQuery: 'add' } })
  }
  await service.query(ALL, {}, { principal: ada })
  const head = service.graph.head().id
  expect(seen.map(({ kind, outcome, rows, actor }) => [kind, outcome, rows, actor])).toEqual([
    ...Array.from({ length: 4 }, () => ['mutate', 'ok', 1, 'ada']),
    ['read', 'ok', 3, 'ada'],
  ])
  expect(seen[3]).toMatchObject({
    commit: head,
    branch: 'main',
    origin: { requestId: 'r1', storedQuery: 'add' },
  })
  expect(seen[4]).toMatchObject({ commit: head, query: { name: 'all', text: ALL }, origin: {} })
  expect(seen.every((o) => o.ms >= 0)).toBe(true)
  expect(JSON.stringify(seen)).not.toContain('secret')
})

it('every way to end is told apart', async () => {
  const cancelled = new AbortController()
  const running = codeOf(service.query(product, {}, { signal: cancelled.signal }))
  const waiting = codeOf(service.query(product, {}, { deadlineMs: 40 }))
  expect(await codeOf(service.query(product))).toBe('graph_overloaded')
  expect(await waiting).toBe('query_deadline_exceeded')
  cancelled.abort()
  expect(await running).toBe('query_cancelled')
  await codeOf(service.query('query q() { match {', {}))
  await codeOf(service.query(ALL, {}, { principal: { ...ada, actor: 'nobody' } }))
  expect(seen.map(({ outcome, code }) => [outcome, code])).toEqual([
    ['rejected', 'graph_overloaded'],
    ['deadline', 'query_deadline_exceeded'],
    ['cancelled', 'query_cancelled'],
    ['refused', 'query_invalid'],
    ['refused', 'forbidden'],
  ])
})

it('its activity says how many readers are busy and how many requests wait', async () => {
  const stop = new AbortController()
  const work = [1, 2].map(() => codeOf(service.query(product, {}, { signal: stop.signal })))
  await new Promise((resolve) => setImmediate(resolve))
  expect(service.activity).toMatchObject({ readers: 1, readersBusy: 1, readsWaiting: 1, writesPending: 0 })
  const write = service.createBranch('x')
  expect(service.activity.writesPending).toBe(1)
  await write
  stop.abort()
  await Promise.all(work)
  expect(service.activity).toMatchObject({ readersBusy: 0, readsWaiting: 0, writesPending: 0 })
})

it('an export counts its lines, and one that is left early is not done', async () => {
  for await (const _ of service.export());
  for await (const _ of service.export()) break
  expect(seen.map(({ kind, outcome, rows }) => [kind, outcome, rows])).toEqual([
    ['export', 'ok', 4],
    ['export', 'cancelled', 0],
  ])
})

it('an explanation is made on a reader, under policy, within deadline and row limit, and of a write changes nothing', async () => {
  const read = await service.explain(ALL)
  expect(read.rows).toEqual({ returned: 3, truncated: true, scanned: 4 })
  const head = service.graph.head().id
  const write = await service.explain(ADD, { n: 'never' }, { principal: ada })
  expect([write.executed, write.statements[0]?.what, service.graph.head().id]).toEqual([
    false,
    'insert Person',
    head,
  ])
  expect((await service.explain('query d() { delete Person where age = 3 }')).indexes).toEqual([
    { kind: 'index', type: 'Person', properties: ['age'] },
  ])
  expect(await codeOf(service.explain(product, {}, { deadlineMs: 60 }))).toBe('query_deadline_exceeded')
  const nobody = { principal: { ...ada, actor: 'nobody' } }
  expect(await codeOf(service.explain(ALL, {}, nobody))).toBe('forbidden')
  expect(await codeOf(service.explain(ADD, {}, nobody))).toBe('forbidden')
  expect(seen.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
    'explain ok',
    'explain ok',
    'explain ok',
    'explain deadline',
    'explain refused',
    'explain refused',
  ])
})
