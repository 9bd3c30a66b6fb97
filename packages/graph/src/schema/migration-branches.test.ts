import { afterAll, expect, it } from 'vitest'
import type { GraphError } from '../error.js'
import { Graph } from '../graph.js'
import { scratch } from '../testing/scratch.js'

const files = scratch()
afterAll(() => files.remove())

const OLD = 'node Person { name: String @key age: I32? nick: String? @index(nick) }'
const NEW = 'node Person { name: String @key years: I64? @rename_from("age") nick: String @default("none") }'

it('each branch reads and writes with the schema of its own head until it is migrated', () => {
  const graph = Graph.create(files.path('g.gp'), { schema: OLD })
  graph.transact({}, (tx) => tx.upsertNode('Person', { name: 'a', age: 1, nick: 'x' }))
  graph.createBranch('side')
  graph.applySchema(NEW)
  graph.transact({}, (tx) => tx.upsertNode('Person', { name: 'main', years: '9007199254740993' }))
  graph.transact({ branch: 'side' }, (tx) => tx.upsertNode('Person', { name: 'side', age: 2 }))
  const old = 'query q() { match { $p: Person } return { $p } }'
  expect(graph.query(old, {}, { branch: 'side' }).rows.map((r) => r.p)).toEqual([
    { id: 'a', name: 'a', age: 1, nick: 'x' },
    { id: 'side', name: 'side', age: 2, nick: null },
  ])
  expect(graph.query(old).rows.map((r) => r.p)).toEqual([
    { id: 'a', name: 'a', years: 1, nick: 'x' },
    { id: 'main', name: 'main', years: '9007199254740993', nick: 'none' },
  ])
  // The index only the side's schema asks for is still there, so a repair has nothing to do.
  expect(graph.repair()).toMatchObject({ healthy: true, repaired: [] })

  const hard = () => graph.applySchema('node Person { name: String @key }', { allowDataLoss: true })
  expect(() => hard()).toThrow('Branch side still reads Person.years')

  expect(graph.applySchema(NEW, { branch: 'side' })?.changes).toEqual({ inserted: 0, updated: 1, deleted: 0 })
  expect(graph.query(old, {}, { branch: 'side' }).rows.map((r) => r.p)).toEqual([
    { id: 'a', name: 'a', years: 1, nick: 'x' },
    { id: 'side', name: 'side', years: 2, nick: 'none' },
  ])
  graph.deleteBranch('side')
  expect(hard()?.kind).toBe('schema')
  expect(graph.repair()).toMatchObject({ healthy: true, repaired: [], unrepairable: [] })
})

it('obligation 16: cleanup keeps what live branches read, their fork points and merge bases', () => {
  const graph = Graph.create(files.path('kept.gp'), { schema: OLD })
  const put = (branch: string, name: string, age: number) =>
    graph.transact({ branch }, (tx) => tx.upsertNode('Person', { name, age })).commit?.id as string
  put('main', 'a', 1)
  graph.createBranch('side')
  graph.createBranch('gone')
  put('side', 'a', 2)
  put('side', 'b', 3)
  const lost = put('gone', 'c', 4)
  for (let i = 10; i < 20; i++) put('main', 'a2', i)
  graph.merge({ source: 'side', target: 'main' })
  put('main', 'a', 5)
  put('side', 'b', 6)
  graph.deleteBranch('gone')
  const read = (branch: string) =>
    graph.query('query q() { match { $p: Person } return { $p } }', {}, { branch }).rows
  const before = [read('main'), read('side')]
  expect(graph.cleanup({ keep: 1, vacuum: true }).removedCommits).toBeGreaterThan(8)
  expect([read('main'), read('side')]).toEqual(before)
  expect(graph.repair()).toMatchObject({ healthy: true, repaired: [], unrepairable: [] })
  let code = ''
  try {
    graph.query('query q() { match { $p: Person } return { $p } }', {}, { commit: lost })
  } catch (error) {
    code = (error as GraphError).code
  }
  expect(code).toBe('commit_removed')
  graph.merge({ source: 'side', target: 'main' })
  expect(read('main')).toEqual([
    { p: { id: 'a', name: 'a', age: 5, nick: null } },
    { p: { id: 'a2', name: 'a2', age: 19, nick: null } },
    { p: { id: 'b', name: 'b', age: 6, nick: null } },
  ])
})
