import { afterAll, expect, it } from 'vitest'
import type { GraphError } from './error.js'
import { Graph } from './graph.js'
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
const walks = (n: number, conditions = 0) =>
  `query q() { match { $p0: Person ${Array.from({ length: n }, (_, i) => `$p${i} knows{1,3} $p${i + 1}`).join('\n')} ${'$p1.name = "a" '.repeat(conditions)} } return { $p0.name } }`
const wide = (n: number) =>
  `query q() { match { $p: Person } return { ${Array.from({ length: n }, (_, i) => `$p.name as n${i}`).join(', ')} } }`
const alternatives = (n: number) =>
  `query q() { match { $p: Person (${Array.from({ length: n }, (_, i) => `$p.age = ${i}`).join(' or ')}) } return { $p.name } }`
const unions = (n: number) =>
  `query q() { match { $p: Person ${'not { $p knows $x $x <knows> $y optional { $y knows $z } } '.repeat(n)} } return { $p } }`

it.each([
  ['hops', chain(2000)],
  ['hops just past the limit', chain(32)],
  ['walks', walks(5000)],
  ['walks beside thousands of conditions', walks(100, 10_000)],
  ['columns', wide(2001)],
  ['literals', alternatives(33_000)],
  ['blocks', unions(3000)],
])('refuses a query with too many %s as query_too_large', (_, text) => {
  const error = failure(() => fresh().query(text))
  expect([error.kind, error.code]).toEqual(['invalid', 'query_too_large'])
  expect(error.remedy).toMatch(/Split/)
})

it.each([
  ['a sum', 'sum($p.weight)'],
  ['a mean', 'avg($p.weight)'],
  ['a product', '$p.weight * $p.weight'],
  ['a sum of whole numbers', '$p.big + $p.big'],
])('refuses %s that its type cannot hold as number_out_of_range', (_, expression) => {
  const g = Graph.create(files.path(`g${made++}.gp`), {
    schema: 'node Thing { name: String @key\n weight: F64\n big: I64 }',
  })
  g.transact({}, (tx) => {
    for (const name of ['a', 'b'])
      tx.upsertNode('Thing', { name, weight: 1.5e308, big: '9223372036854775807' })
  })
  const ask = (what: string) => g.query(`query q() { match { $p: Thing } return { ${what} as x } }`)
  const error = failure(() => ask(expression))
  expect([error.kind, error.code]).toEqual(['invalid', 'number_out_of_range'])
  expect(ask('max($p.weight)').rows).toEqual([{ x: 1.5e308 }])
  expect(ask('max($p.big)').rows).toEqual([{ x: '9223372036854775807' }])
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

it.each([
  ['maxRows', (g: Graph) => g.query(names, {}, { maxRows: Number.NaN })],
  ['maxRows', (g: Graph) => g.query(names, {}, { maxRows: '1; DROP TABLE meta' as never })],
  ['maxRows', (g: Graph) => g.explain(names, {}, { maxRows: -1 })],
  ['deadlineMs', (g: Graph) => g.query(names, {}, { deadlineMs: Number.NaN })],
  ['limit', (g: Graph) => g.commits({ limit: 1.5 })],
])('refuses an option that counts nothing: %s', (option, ask) => {
  const error = failure(() => ask(fresh()))
  expect([error.kind, error.code, error.details]).toEqual(['invalid', 'option_invalid', { option }])
})

it('takes a property called __proto__ for what it is, from the schema to the export', () => {
  const source =
    'node A { k: String @key __proto__: String? constructor: String? } edge Of: A -> A { __proto__: I32? }'
  const g = Graph.create(files.path('proto.gp'), { schema: source })
  g.mutate('query q($v: String) { insert A { k: "a", __proto__: $v } }', { v: 'x' })
  const { rows } = g.query(
    'query q() { match { $a: A { __proto__: "x" } } return { $a.__proto__ as __proto__ } }',
  )
  expect(JSON.stringify(rows)).toBe('[{"__proto__":"x"}]')
  g.applySchema(`${source} node B { __proto__: I32 @default(1) }`)
  expect([...g.export()]).toEqual(['{"type":"A","data":{"k":"a","__proto__":"x"}}'])
})

it.each(['\uD800', 'a\uDC00'])(
  'refuses half of a surrogate pair wherever it would be stored or compared: %j',
  async (half) => {
    const g = fresh()
    const literal = failure(() =>
      g.query(`query q() { match { $p: Person { name: "${half}" } } return { $p } }`),
    )
    expect(literal.diagnostics?.map((d) => d.code)).toEqual(['unexpected-character'])
    const given = { text: 't', id: half }
    expect(failure(() => g.transact({}, (tx) => tx.upsertNode('Note', given))).diagnostics?.[0]?.code).toBe(
      'invalid_id',
    )
    const loaded = await failed(g.load([JSON.stringify({ type: 'Note', data: given })], { mode: 'append' }))
    expect(loaded.diagnostics?.map((d) => d.code)).toEqual(['invalid_id'])
  },
)

it('refuses a list with holes, which would be stored as zeros', () => {
  const error = failure(() => fresh().mutate(insert, { n: 'a', t: new Array(3) }))
  expect(error.message).toMatch(/a list holds a null/)
})

it('quotes no more of what it was given than can be read', () => {
  const name = 'x'.repeat(1_000_000)
  const error = failure(() => fresh().head(name))
  expect([error.code, error.message.length < 3000]).toEqual(['branch_not_found', true])
})

it('refuses parameters that cannot be sent to a thread, and the threads go on', async () => {
  const g = fresh()
  const service = await GraphService.start(g.root, { deadlineMs: 20_000 })
  const symbols = [() => 1, Symbol('s'), () => 2].map((n) => failed(service.query(names, { n })))
  expect((await Promise.all(symbols)).map((e) => e.code)).toEqual([
    'param_invalid',
    'param_invalid',
    'param_invalid',
  ])
  expect((await failed(service.mutate(insert, { n: () => 1 }))).code).toBe('param_invalid')
  expect((await service.query(names, { n: 'a' })).rowCount).toBe(0)
  expect((await service.mutate(insert, { n: 'a', t: null })).inserted).toBe(1)
  expect((await failed(service.query(names, {}, { deadlineMs: Number.NaN }))).code).toBe('option_invalid')
  expect((await failed(service.feed({ deadlineMs: Number.NaN }))).code).toBe('option_invalid')
  await service.close()
})

it.each([
  ['concat', (inner: string) => `concat(${inner}, "a")`],
  ['coalesce', (inner: string) => `coalesce(${inner}, "a")`],
  ['a number as text', (inner: string) => `concat(length(${inner}), "a")`],
  ['U64', (inner: string) => `coalesce($p.huge, ${inner} + 1)`],
])('compiles calls in calls in a time that grows with their number: %s', (kind, call) => {
  const g = fresh()
  g.transact({}, (tx) => tx.upsertNode('Person', { name: 'b', huge: '18446744073709551615' }))
  let nested = kind === 'U64' ? '$p.huge' : '$p.name'
  for (let i = 0; i < 28; i++) nested = call(nested)
  expect(g.query(`query q() { match { $p: Person } return { ${nested} as r } }`).rowCount).toBe(1)
})

it('refuses a concat of more texts than one value could hold', () => {
  const nested = (levels: number): string =>
    levels === 0 ? '$p.name' : `concat(${Array.from({ length: 16 }, () => nested(levels - 1)).join(', ')})`
  const ask = (levels: number) => () =>
    fresh().query(`query q() { match { $p: Person } return { ${nested(levels)} as r } }`)
  expect(failure(ask(3)).code).toBe('query_too_large')
  expect(ask(2)().rowCount).toBe(0)
})

it('counts characters, not units, and cuts between them', () => {
  const g = fresh()
  g.transact({}, (tx) => tx.upsertNode('Person', { name: 'a𝒳é𝒳' }))
  const { rows } = g.query(
    'query q() { match { $p: Person } return { length($p.name) as n, substring($p.name, 1, 2) as s, substring($p.name, 3) as t, substring($p.name, 9, 1) as u } }',
  )
  expect(rows).toEqual([{ n: 4, s: '𝒳é', t: '𝒳', u: '' }])
})
