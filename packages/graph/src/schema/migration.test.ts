import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import type { GraphError } from '../error.js'
import { Graph } from '../graph.js'
import { scratch } from '../testing/scratch.js'

const files = scratch()
afterAll(() => files.remove())
let made = 0

const SCHEMA = `
node Person {
  name: String @key
  age: I32?
  weight: F32?
  nick: String?
  secret: String?
}
node Visit { at: Date }
edge Knows: Person -> Person { since: Date? }
edge Paid: Visit -> Person
`

function people(schema = SCHEMA): Graph {
  const graph = Graph.create(files.path(`g${made++}.gp`), { schema })
  graph.transact({}, (tx) => {
    tx.upsertNode('Person', { name: 'ada', age: 36, weight: 60.5, nick: 'a', secret: 'QQsecretQQ' })
    tx.upsertNode('Person', { name: 'bob', age: -2147483648, weight: 0.1, nick: 'a' })
    tx.upsertNode('Person', { name: 'cyd' })
    tx.insertEdge('Knows', 'ada', 'bob')
  })
  return graph
}

function failure(body: () => unknown): GraphError {
  try {
    body()
  } catch (error) {
    return error as GraphError
  }
  throw new Error('expected a failure')
}

const all = (graph: Graph, returns: string, ctx = {}) =>
  graph.query(`query q() { match { $p: Person } return { $p.name as n, ${returns} } }`, {}, ctx).rows

describe('defaults', () => {
  const required = SCHEMA.replace('nick: String?', 'nick: String @default("none")')

  it('fill what a required property lacks, as new versions: the past keeps its nulls', () => {
    const graph = people()
    const before = graph.head().id
    const plan = graph.planSchema(required)
    expect([plan.supported, plan.steps]).toEqual([
      true,
      [
        {
          kind: 'require_property',
          entity: 'node',
          type: 'Person',
          property: 'nick',
          detail: 'filled with "none"',
        },
        { kind: 'change_metadata', entity: 'node', type: 'Person', property: 'nick' },
      ],
    ])
    const commit = graph.applySchema(required)
    expect(commit?.changes).toEqual({ inserted: 0, updated: 1, deleted: 0 })
    expect(graph.changes(commit?.id as string).map((c) => [c.id, c.before?.nick, c.after?.nick])).toEqual([
      ['cyd', null, 'none'],
    ])
    expect(all(graph, '$p.nick as v').map((r) => r.v)).toEqual(['a', 'a', 'none'])
    expect(all(graph, '$p.nick as v', { commit: before }).map((r) => r.v)).toEqual(['a', 'a', null])
  })

  it('reach a property that is added as required without touching a row', () => {
    const graph = people()
    const added = SCHEMA.replace(
      'secret: String?',
      `secret: String? rank: I64 @default(-9007199254740993) tag: String @default("it's \\"so\\"")
       on: Date @default("2026-01-31") yes: Bool @default(true)`,
    )
    expect(graph.applySchema(added)?.changes).toEqual({ inserted: 0, updated: 0, deleted: 0 })
    const row = all(graph, '$p.rank as r, $p.tag as t, $p.on as o, $p.yes as y')[0]
    expect(row).toEqual({
      n: 'ada',
      r: '-9007199254740993',
      t: `it's "so"`,
      o: '2026-01-31',
      y: true,
    })
  })

  it('stand in for what an insert, an upsert and a load line leave out, and not for an explicit null', async () => {
    const graph = people(required)
    graph.mutate('query m() { insert Person { name: "dot" } }')
    await graph.load(['{"type":"Person","data":{"name":"eve"}}'], { mode: 'append' })
    expect(all(graph, '$p.nick as v').map((r) => r.v)).toEqual(['a', 'a', 'none', 'none', 'none'])
    const error = failure(() =>
      graph.transact({}, (tx) => tx.upsertNode('Person', { name: 'x', nick: null })),
    )
    expect(error.diagnostics?.map((d) => d.code)).toEqual(['required_missing'])
  })

  it('of a nullable property stand in for what is left out; null stays null', () => {
    const graph = people(SCHEMA.replace('nick: String?', 'nick: String? @default("none")'))
    graph.transact({}, (tx) => {
      tx.upsertNode('Person', { name: 'x' })
      tx.upsertNode('Person', { name: 'y', nick: null })
    })
    expect(all(graph, '$p.nick as v').slice(-2)).toEqual([
      { n: 'x', v: 'none' },
      { n: 'y', v: null },
    ])
  })

  it('that break uniqueness are refused with nothing done', () => {
    const graph = people()
    graph.transact({}, (tx) => tx.upsertNode('Person', { name: 'dot' }))
    graph.transact({}, (tx) => tx.patchNode('Person', 'bob', { nick: 'b' }))
    const head = graph.head().id
    const unique = SCHEMA.replace('nick: String?', 'nick: String @default("none") @unique')
    expect(failure(() => graph.applySchema(unique)).diagnostics?.map((d) => d.code)).toEqual([
      'unique_violation',
    ])
    expect(graph.head().id).toBe(head)
    expect(all(graph, '$p.nick as v').map((r) => r.v)).toEqual(['a', 'b', null, null])
  })
})

describe('widening', () => {
  it('keeps every value, accepts wider ones after, and leaves the past as it was typed', () => {
    const graph = people()
    const before = graph.head().id
    graph.applySchema(SCHEMA.replace('age: I32', 'age: I64').replace('weight: F32', 'weight: F64'))
    graph.transact({}, (tx) => tx.patchNode('Person', 'cyd', { age: '9007199254740993', weight: 0.1 }))
    const values = [
      { n: 'ada', a: 36, w: 60.5 },
      { n: 'bob', a: -2147483648, w: Math.fround(0.1) },
    ]
    expect(all(graph, '$p.age as a, $p.weight as w')).toEqual([
      ...values,
      { n: 'cyd', a: '9007199254740993', w: 0.1 },
    ])
    expect(all(graph, '$p.age as a, $p.weight as w', { commit: before })).toEqual([
      ...values,
      { n: 'cyd', a: null, w: null },
    ])
    const narrow = graph.planSchema(SCHEMA)
    expect(narrow.diagnostics.map((d) => d.code)).toEqual(['migration_unsupported', 'migration_unsupported'])
  })
})

describe('rules for data that exists', () => {
  it('list each offending entity, up to a limit, and change nothing', () => {
    const graph = people()
    graph.transact({}, (tx) => {
      for (let i = 0; i < 150; i++) tx.upsertNode('Person', { name: `p${i}`, nick: 'many' })
    })
    const unique = graph.planSchema(SCHEMA.replace('nick: String?', 'nick: String? @unique'))
    expect(unique.supported).toBe(false)
    expect(unique.diagnostics).toHaveLength(100)
    expect(unique.diagnostics.slice(0, 2).map((d) => d.details)).toEqual([
      { type: 'Person', id: 'ada' },
      { type: 'Person', id: 'bob' },
    ])
    const range = graph.planSchema(SCHEMA.replace('secret: String?', 'secret: String? @range(age, 0..99)'))
    expect(range.diagnostics.map((d) => d.message)).toEqual([
      'Person "bob": age is -2147483648, below its least value 0.',
    ])
    const needed = graph.planSchema(SCHEMA.replace('secret: String?', 'secret: String'))
    expect(needed.diagnostics[0]?.remedy).toContain('@default')
  })
})

describe('drops', () => {
  const without = SCHEMA.replace('secret: String?', '')
    .replace('node Visit { at: Date }', '')
    .replace('edge Paid: Visit -> Person', '')

  it('are soft unless data loss is allowed: past commits answer', () => {
    const graph = people()
    const before = graph.head().id
    expect(graph.planSchema(without).steps.map((s) => [s.kind, s.mode])).toEqual([
      ['drop_type', 'soft'],
      ['drop_type', 'soft'],
      ['drop_property', 'soft'],
    ])
    graph.applySchema(without)
    expect(all(graph, '$p.secret as s', { commit: before })[0]).toEqual({ n: 'ada', s: 'QQsecretQQ' })
  })

  it('that are hard erase the data from every commit and from the file, and past reads say so', () => {
    const graph = people()
    graph.transact({}, (tx) => {
      const { id } = tx.upsertNode('Visit', { at: '2026-01-01' })
      tx.insertEdge('Paid', id, 'ada')
    })
    const before = graph.head().id
    const other = Graph.open(graph.root, { readOnly: true })
    expect(all(other, '$p.secret as s', { commit: before })[0]?.s).toBe('QQsecretQQ')
    expect(new Set(graph.planSchema(without, { allowDataLoss: true }).steps.map((s) => s.mode))).toEqual(
      new Set(['hard']),
    )
    graph.applySchema(without, { allowDataLoss: true })
    for (const g of [graph, other]) {
      const reads = [
        () => all(g, '$p.secret as s', { commit: before }),
        () => all(g, '$p', { commit: before }),
        () => g.query('query q() { match { $v: Visit } return { $v.at } }', {}, { commit: before }),
        () => [...g.export({ commit: before })],
      ]
      for (const read of reads) expect(failure(read).code).toBe('data_erased')
      expect(all(g, '$p.age as a', { commit: before })[0]).toEqual({ n: 'ada', a: 36 })
      expect(g.snapshot({ commit: before }).types.map((t) => t.name)).toEqual(['Person', 'Knows'])
      expect(g.changes(g.commits()[2]?.id as string).map((c) => c.after?.secret)).not.toContain('QQsecretQQ')
      expect(g.changes(before)).toEqual([])
    }
    other.close()
    graph.close()
    const bytes = readFileSync(`${graph.root}/graph.db`)
    expect(bytes.includes('QQsecretQQ')).toBe(false)
  })
})

it('a rename with a change in place keeps data, constraints and indexes', () => {
  const graph = people()
  const renamed = SCHEMA.replaceAll('Person', 'Human')
    .replace('node Human {', 'node Human @rename_from("Person") {')
    .replace(
      'edge Knows: Human -> Human { since: Date? }',
      'edge Trusts: Human -> Human @rename_from("Knows") { from_day: Date? @rename_from("since") }',
    )
    .replace('age: I32?', 'years: I64? @rename_from("age") @index')
  expect(graph.planSchema(renamed).supported).toBe(true)
  graph.applySchema(renamed)
  expect(
    graph.query('query q() { match { $a: Human $a trusts $b } return { $a.years as y, $b.name as b } }').rows,
  ).toEqual([{ y: 36, b: 'bob' }])
})
