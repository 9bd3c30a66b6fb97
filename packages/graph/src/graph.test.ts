import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import type { GraphError } from './error.js'
import { Graph } from './graph.js'
import { SOCIAL, scratch, socialGraph } from './testing/scratch.js'
import type { Transaction } from './write/transaction.js'

const files = scratch()
afterAll(() => files.remove())
let made = 0
const fresh = (): Graph => socialGraph(files.path(`g${made++}.gp`))

function failure(body: () => unknown): GraphError {
  try {
    body()
  } catch (error) {
    return error as GraphError
  }
  throw new Error('expected a failure')
}

const codes = (error: GraphError): string[] => (error.diagnostics ?? []).map((d) => d.code)
const rows = (g: Graph, text: string, params = {}, ctx = {}) => g.query(`query q${text}`, params, ctx).rows

describe('create and open', () => {
  it('makes the root whole, with an init commit, and refuses to make it twice', () => {
    const root = files.path('once.gp')
    const graph = socialGraph(root)
    expect(graph.id).toBe('once')
    expect(graph.head().kind).toBe('init')
    graph.close()
    expect(failure(() => socialGraph(root)).code).toBe('graph_exists')
    expect(readdirSync(files.dir).filter((n) => n.includes('creating'))).toEqual([])
  })

  it('leaves nothing behind when the schema is wrong', () => {
    const root = files.path('wrong.gp')
    expect(failure(() => Graph.create(root, { schema: 'node Person { name: Strin }' })).code).toBe(
      'schema_invalid',
    )
    expect(existsSync(root)).toBe(false)
  })

  it('tells a missing graph from a directory that is none', () => {
    expect(failure(() => Graph.open(files.path('absent.gp'))).code).toBe('graph_not_found')
    mkdirSync(files.path('empty.gp'))
    expect(failure(() => Graph.open(files.path('empty.gp'))).code).toBe('graph_not_found')
  })
})

describe('transact', () => {
  it('writes nothing when nothing changes, also after a detour', () => {
    const g = fresh()
    g.transact({}, (tx) => tx.upsertNode('Person', { name: 'a', age: 1 }))
    const head = g.head().id
    const same = g.transact({}, (tx) => tx.upsertNode('Person', { name: 'a', age: 1 }).effect)
    expect(same).toEqual({ result: 'unchanged', commit: null })
    const detour = g.transact({}, (tx) => {
      tx.patchNode('Person', 'a', { age: 2 })
      tx.deleteNode('Person', 'a')
      tx.upsertNode('Person', { name: 'a', age: 5 })
      tx.patchNode('Person', 'a', { age: 1 })
      tx.upsertNode('Person', { name: 'gone' })
      tx.deleteNode('Person', 'gone')
    })
    expect(detour.commit).toBeNull()
    expect(g.head().id).toBe(head)
    expect(rows(g, '() { match { $p: Person } return { $p.name, $p.age } }')).toEqual([
      { 'p.name': 'a', 'p.age': 1 },
    ])
  })

  it('leaves no trace of a body that throws', () => {
    const g = fresh()
    const head = g.head().id
    failure(() =>
      g.transact({}, (tx) => {
        tx.upsertNode('Person', { name: 'a' })
        throw new Error('stop')
      }),
    )
    expect(g.head().id).toBe(head)
    expect(g.snapshot().types.every((t) => t.rows === 0)).toBe(true)
  })

  it('refuses another head than the expected one, even for a write that would change nothing', () => {
    const g = fresh()
    const error = failure(() => g.transact({ ifCommit: '01ARZ3NDEKTSV4RRFFQ69G5FAV' }, () => undefined))
    expect([error.kind, error.code, error.details?.found]).toEqual(['stale', 'commit_mismatch', g.head().id])
  })

  it('makes exactly the given edges leave a node and touches no other', () => {
    const g = fresh()
    g.transact({}, (tx) => {
      for (const name of ['a', 'b', 'c', 'd']) tx.upsertNode('Person', { name })
      tx.setEdges('Knows', 'a', [{ to: 'b' }, { to: 'c', data: { since: '2020-01-01' } }])
    })
    const kept = g.transact({}, (tx) => tx.edgesFrom('Knows', 'a').find((e) => e.to === 'b')?.id).result
    const change = g.transact({}, (tx) => tx.setEdges('Knows', 'a', [{ to: 'd' }, { to: 'b' }]))
    expect(change.result).toEqual({ inserted: 1, updated: 0, deleted: 1 })
    expect(change.commit?.changes).toEqual({ inserted: 1, updated: 0, deleted: 1 })
    expect(g.transact({}, (tx) => tx.edgesFrom('Knows', 'a').find((e) => e.to === 'b')?.id).result).toBe(kept)
  })
})

describe('constraints', () => {
  it('reports every violation of a row at once', () => {
    const error = failure(() =>
      fresh().transact({}, (tx) => tx.upsertNode('Person', { age: 'x', mood: 'ugly', unknown: 1 } as never)),
    )
    expect(codes(error).sort()).toEqual([
      'enum_violation',
      'required_missing',
      'type_mismatch',
      'unknown_property',
    ])
  })

  it.each([
    ['range_violation', { name: 'a', age: 151 }],
    ['check_violation', { name: 'a', email: 'nobody' }],
    ['type_mismatch', { name: 'a', age: 1.5 }],
    ['type_mismatch', { name: '\uD800' }],
    ['type_mismatch', { name: 'a', huge: -1 }],
  ])('refuses a value: %s', (code, data) => {
    expect(codes(failure(() => fresh().transact({}, (tx) => tx.upsertNode('Person', data))))).toEqual([code])
  })

  it('judges unique by the final state, so values may be swapped, and nulls are exempt', () => {
    const g = fresh()
    g.transact({}, (tx) => {
      tx.upsertNode('Person', { name: 'a', email: 'a@x' })
      tx.upsertNode('Person', { name: 'b', email: 'b@x' })
      tx.upsertNode('Person', { name: 'c' })
      tx.upsertNode('Person', { name: 'd' })
    })
    g.transact({}, (tx) => {
      tx.patchNode('Person', 'a', { email: 'b@x' })
      tx.patchNode('Person', 'b', { email: 'a@x' })
    })
    expect(
      codes(failure(() => g.transact({}, (tx) => tx.patchNode('Person', 'c', { email: 'a@x' })))),
    ).toEqual(['unique_violation'])
  })

  it('counts edges per source, deletes edges with their node, and wants both ends to exist', () => {
    const g = fresh()
    g.transact({}, (tx) => {
      tx.upsertNode('Person', { name: 'a' })
      tx.upsertNode('City', { code: 1, title: 'x' })
      tx.upsertNode('City', { code: 2, title: 'y' })
      tx.insertEdge('LivesIn', 'a', '1')
    })
    expect(codes(failure(() => g.transact({}, (tx) => tx.insertEdge('LivesIn', 'a', '2'))))).toEqual([
      'cardinality_violation',
    ])
    expect(codes(failure(() => g.transact({}, (tx) => tx.insertEdge('LivesIn', 'a', '9'))))).toEqual([
      'endpoint_not_found',
    ])
    const gone = g.mutate('query m() { delete City where code = 1 }')
    expect([gone.affected, gone.deleted]).toEqual([{ nodes: 1, edges: 1 }, 2])
    expect(g.mutate('query m() { delete City where code = 1 }').commit).toBeNull()
  })

  it('keeps keys as they are', () => {
    const g = fresh()
    g.transact({}, (tx) => tx.upsertNode('Person', { name: 'a' }))
    expect(codes(failure(() => g.transact({}, (tx) => tx.patchNode('Person', 'a', { name: 'b' }))))).toEqual([
      'key_immutable',
    ])
  })

  it('patches and rewires only what is there', () => {
    const patch = (body: (tx: Transaction) => unknown) => failure(() => fresh().transact({}, body)).code
    expect(patch((tx) => tx.patchNode('Person', 'nobody', { age: 1 }))).toBe('node_not_found')
    expect(patch((tx) => tx.updateEdge('Knows', 'none', { since: '2020-01-01' }))).toBe('edge_not_found')
  })

  it('takes an id that is the key, or any for a type without one, and refuses what is no id', () => {
    const insert = (type: string, data: object) =>
      failure(() => fresh().transact({}, (tx) => tx.upsertNode(type, data as never)))
    expect(codes(insert('Person', { name: 'a', id: 'b' }))).toEqual(['id_not_key'])
    for (const id of ['', 7, 'x'.repeat(1025)]) {
      expect(codes(insert('Note', { text: 't', id }))).toEqual(['invalid_id'])
    }
    const g = fresh()
    g.transact({}, (tx) => {
      tx.upsertNode('Person', { name: 'a', id: 'a' })
      tx.upsertNode('Note', { text: 't', id: 'x'.repeat(1024) })
    })
    expect(rows(g, '() { match { $n: Note } return { $n.text } }')).toEqual([{ 'n.text': 't' }])
  })
})

describe('values', () => {
  it('keeps 64-bit integers through write, query, filter and export', () => {
    const g = fresh()
    const data = { name: 'a', big: '-9223372036854775808', huge: '18446744073709551615' }
    g.transact({}, (tx) => tx.upsertNode('Person', data))
    expect(
      rows(
        g,
        '($b: I64, $h: U64) { match { $p: Person { big: $b, huge: $h } } return { $p.big as b, $p.huge as h } }',
        { b: data.big, h: data.huge },
      ),
    ).toEqual([{ b: data.big, h: data.huge }])
    expect([...g.export()]).toEqual([JSON.stringify({ type: 'Person', data })])
  })

  it.each(["'; DROP TABLE meta; --", '"', '\\', '%', 'a\0b', '__proto__', '$p', '?1', '𝒳é'])(
    'treats %j as a value everywhere',
    (text) => {
      const g = fresh()
      g.transact({}, (tx) => tx.upsertNode('Person', { name: text, tags: [text] }))
      const found = rows(
        g,
        '($t: String) { match { $p: Person { name: $t } $p.tags contains $t $p.name starts_with $t } return { $p.name as x } }',
        { t: text },
      )
      expect(found).toEqual([{ x: text }])
      const past = g.head().id
      g.mutate('query m($t: String) { delete Person where name = $t }', { t: text })
      expect(rows(g, '() { match { $p: Person } return { $p.name as x } }')).toEqual([])
      expect(rows(g, '() { match { $p: Person } return { $p.name as x } }', {}, { commit: past })).toEqual([
        { x: text },
      ])
      expect(
        failure(() => g.query('query q() { match { $p: Person } return { $p.name } }', { [text]: 1 })).code,
      ).toBe('param_unknown')
    },
  )
})

describe('time', () => {
  it('gives the same answer at a commit whatever is written later, and lists what each commit changed', () => {
    const g = fresh()
    const answers: [string, unknown][] = []
    const ask = (ctx = {}): unknown => [
      rows(g, '() { match { $p: Person } return { $p } }', {}, ctx),
      rows(g, '() { match { $p: Person $p knows{1,3} $q } return { $p.name, $q.name } }', {}, ctx),
    ]
    for (let i = 0; i < 12; i++) {
      g.transact({}, (tx) => {
        tx.upsertNode('Person', { name: `p${i % 5}`, age: i })
        tx.upsertNode('Person', { name: `p${(i * 3) % 5}`, age: i })
        tx.insertEdge('Knows', `p${i % 5}`, `p${(i * 3) % 5}`)
        if (i % 4 === 3) tx.deleteNode('Person', `p${i % 5}`)
      })
      answers.push([g.head().id, ask()])
    }
    for (const [commit, answer] of answers) expect(ask({ commit })).toEqual(answer)
    const changes = g.commits().map((c) => {
      const list = g.changes(c.id)
      const count = (op: string): number => list.filter((e) => e.op === op).length
      return { inserted: count('inserted'), updated: count('updated'), deleted: count('deleted') }
    })
    expect(changes).toEqual(g.commits().map((c) => c.changes))
  })
})

describe('schema', () => {
  it('renames by metadata, drops softly, and reads old commits with their own schema', () => {
    const g = fresh()
    g.transact({}, (tx) => tx.upsertNode('Person', { name: 'a', age: 7, tags: ['x'] }))
    const before = g.head().id
    const next = SOCIAL.replace('node Person {', 'node Human @rename_from("Person") {')
      .replaceAll('Person ->', 'Human ->')
      .replaceAll('-> Person', '-> Human')
      .replace('age: I32?', 'years: I64? @rename_from("age")')
      .replace('@range(age', '@range(years')
      .replace('@index(age)', '')
      .replace('tags: [String]?', '')
      .replace('good, bad', 'good, bad, odd')
    const plan = g.planSchema(next)
    expect(plan.diagnostics.filter((d) => d.severity === 'error')).toEqual([])
    expect(new Set(plan.steps.map((s) => s.kind))).toEqual(
      new Set([
        'rename_type',
        'rename_property',
        'widen_property',
        'drop_property',
        'widen_enum',
        'remove_index',
      ]),
    )
    expect(g.applySchema(next)?.kind).toBe('schema')
    expect(g.applySchema(next)).toBeNull()
    expect(rows(g, '() { match { $p: Human } return { $p.years as y } }')).toEqual([{ y: 7 }])
    expect(
      rows(g, '() { match { $p: Person } return { $p.age as y, $p.tags as t } }', {}, { commit: before }),
    ).toEqual([{ y: 7, t: ['x'] }])
    g.applySchema(next.replace('big: I64?', 'big: I64? tags: [I32]?'))
    expect(rows(g, '() { match { $p: Human } return { $p.tags as t } }')).toEqual([{ t: null }])
  })

  it('finds every refusal before any effect', () => {
    const g = fresh()
    g.transact({}, (tx) => {
      for (const name of ['a', 'b']) tx.upsertNode('Person', { name, age: 100, mood: 'good' })
    })
    const head = g.head().id
    const attempts: [string, string][] = [
      [
        SOCIAL.replace('age: I32?', 'age: String?').replace('@range(age, 0..150)', ''),
        'migration_unsupported',
      ],
      [SOCIAL.replace('0..150', '0..99'), 'range_violation'],
      [SOCIAL.replace('age: I32?', 'age: I32? @unique'), 'unique_violation'],
      [SOCIAL.replace('email: String?', 'email: String'), 'required_missing'],
      [SOCIAL.replace('big: I64?', 'big: I64? extra: String'), 'required_missing'],
    ]
    for (const [schema, code] of attempts) {
      const plan = g.planSchema(schema)
      expect([plan.supported, plan.diagnostics.find((d) => d.severity === 'error')?.code]).toEqual([
        false,
        code,
      ])
      failure(() => g.applySchema(schema))
    }
    expect(g.head().id).toBe(head)
  })
})

describe('policy', () => {
  it('is asked before every operation and can deny each', () => {
    const asked: string[] = []
    const g = Graph.create(files.path('policed.gp'), {
      schema: SOCIAL,
      authorize: ({ action }) => {
        asked.push(action)
        throw new Error('denied')
      },
    })
    const calls = [
      () => g.query('query q() {}'),
      () => g.mutate('query q() {}'),
      () => g.transact({}, () => 1),
      () => [...g.export()],
      () => g.applySchema(SOCIAL),
    ]
    for (const call of calls) expect(failure(call).message).toBe('denied')
    expect(asked).toEqual(['read', 'change', 'change', 'export', 'schema_apply'])
  })
})
