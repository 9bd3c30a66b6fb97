import { afterAll, expect, it } from 'vitest'
import type { GraphError } from './error.js'
import type { Graph } from './graph.js'
import { GraphService } from './service/graph-service.js'
import { scratch, socialGraph } from './testing/scratch.js'

const files = scratch()
afterAll(() => files.remove())
let made = 0
const fresh = (): Graph => socialGraph(files.path(`g${made++}.gp`))

function nested(levels: number): unknown {
  let value: unknown = []
  for (let i = 1; i < levels; i++) value = i % 2 ? [value] : { a: value }
  return value
}
const failure = (body: () => unknown): GraphError => {
  try {
    body()
  } catch (error) {
    return error as GraphError
  }
  throw new Error('expected a failure')
}
const failed = (promise: Promise<unknown>): Promise<GraphError> =>
  promise.then(
    () => Promise.reject(new Error('expected a failure')),
    (error) => error,
  )
const names = 'query q($n: String?) { match { $p: Person $p.name = $n } return { $p.name } }'
const insert = 'query m($n: String, $t: [String]?) { insert Person { name: $n, tags: $t } }'

it('refuses a parameter of any depth with a code, on every door', async () => {
  const g = fresh()
  const deep = { n: nested(20_000) }
  const doors = [
    failure(() => g.query(names, deep)),
    failure(() => g.mutate(insert, { n: 'a', t: nested(20_000) })),
  ]
  const service = await GraphService.start(g.root)
  doors.push(await failed(service.query(names, deep)), await failed(service.mutate(insert, deep)))
  await service.close()
  expect(doors.map((e) => [e.kind, e.code])).toEqual(doors.map(() => ['invalid', 'value_too_deep']))
  expect(doors.every((e) => e.remedy)).toBe(true)
})

it('judges a value within the depth limit by its type, without writing out what is inside', () => {
  const g = fresh()
  expect(failure(() => g.query(names, { n: nested(64) })).message).toMatch(/a list is not a string/)
  expect(failure(() => g.query(names, { n: nested(65) })).code).toBe('value_too_deep')
  const prepared = g.prepare(g.checkedQuery(names) as never)
  expect(failure(() => prepared.all({ n: nested(20_000) })).code).toBe('param_invalid')
  expect(
    failure(() => g.transact({}, (tx) => tx.upsertNode('Person', { name: nested(20_000) as never }))).code,
  ).toBe('constraint_violation')
})

it('names the line of a load that nests too deep', async () => {
  const g = fresh()
  const line = (data: string) => `{"type":"Person","data":{"name":"a","tags":${data}}}`
  const deep = line('['.repeat(20_000) + ']'.repeat(20_000))
  const waiting = `{"edge":"Knows","from":"x","to":"y","data":{"since":${'['.repeat(9000)}${']'.repeat(9000)}}}`
  const error = await failed(g.load([line('[]'), deep, waiting], { mode: 'append' }))
  expect(error.diagnostics?.map((d) => [d.range?.start.line, d.code])).toEqual([
    [2, 'value_too_deep'],
    [3, 'value_too_deep'],
  ])
  expect(error.message).toBe('2 mistakes were found in the data; nothing was loaded.')
  expect(g.commits()).toHaveLength(1)
})

const chain = (n: number) =>
  `query q() { match { $p0: Person ${Array.from({ length: n }, (_, i) => `$p${i} knows $p${i + 1}`).join('\n')} } return { $p0.name } }`
const wide = (n: number) =>
  `query q() { match { $p: Person } return { ${Array.from({ length: n }, (_, i) => `$p.name as n${i}`).join(', ')} } }`
const alternatives = (n: number) =>
  `query q() { match { $p: Person (${Array.from({ length: n }, (_, i) => `$p.age = ${i}`).join(' or ')}) } return { $p.name } }`
const unions = (n: number) =>
  `query q() { match { $p: Person ${'not { $p knows $x $x <knows> $y optional { $y knows $z } } '.repeat(n)} } return { $p } }`

it.each([
  ['hops', chain(2000)],
  ['hops just past the limit', chain(32)],
  ['columns', wide(2001)],
  ['literals', alternatives(33_000)],
  ['blocks', unions(3000)],
])('refuses a query with too many %s as query_too_large', (_, text) => {
  const error = failure(() => fresh().query(text))
  expect([error.kind, error.code]).toEqual(['invalid', 'query_too_large'])
  expect(error.remedy).toMatch(/Split/)
})

it('runs a query that just fits', () => {
  const g = fresh()
  g.transact({}, (tx) => {
    tx.upsertNode('Person', { name: 'a' })
    tx.insertEdge('Knows', 'a', 'a')
  })
  expect(g.query(chain(31)).rowCount).toBe(1)
  expect(Object.keys(g.query(wide(2000)).rows[0] ?? {})).toHaveLength(2000)
  expect(g.query(alternatives(900)).rowCount).toBe(0)
})

it('takes a deadline of any length', async () => {
  const g = fresh()
  const service = await GraphService.start(g.root)
  expect((await service.query(names, { n: 'a' }, { deadlineMs: 99_999_999_999 })).rowCount).toBe(0)
  await service.close()
})
