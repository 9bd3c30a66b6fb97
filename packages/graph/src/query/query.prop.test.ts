import { checkQueries, type ReadQuery } from '@groundplane/lang'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import type { Json } from '../api.js'
import { Graph } from '../graph.js'
import { evaluate, type OracleGraph } from '../testing/oracle.js'
import { propRuns } from '../testing/prop-runs.js'
import { scratch } from '../testing/scratch.js'

const files = scratch()
afterAll(() => files.remove())

const SCHEMA = `
node A { name: String @key n: I32? s: String? l: [String]? @index(n) }
node B { name: String @key n: I32? }
edge Link: A -> A { w: I32? }
edge Owns: A -> B { w: I32? }
`
const ENDS = { Link: { from: 'A', to: 'A' }, Owns: { from: 'A', to: 'B' } }

const small = fc.option(fc.integer({ min: 0, max: 3 }))
const word = fc.constantFrom('', 'a', 'ab', 'b', 'é', '𝒳', '\uFFFF')
const nodeA = fc.record({ n: small, s: fc.option(word), l: fc.option(fc.array(word, { maxLength: 2 })) })
const data = fc.record({
  a: fc.array(nodeA, { minLength: 1, maxLength: 5 }),
  b: fc.array(fc.record({ n: small }), { maxLength: 3 }),
  link: fc.array(fc.tuple(fc.nat(), fc.nat(), small), { maxLength: 9 }),
  owns: fc.array(fc.tuple(fc.nat(), fc.nat(), small), { maxLength: 5 }),
  drop: fc.array(fc.nat(), { maxLength: 2 }),
})

type Data = typeof data extends fc.Arbitrary<infer T> ? T : never

/** Writes the data in several commits, some rows twice and some deleted again, so that history lies around. */
function build(graph: Graph, d: Data): OracleGraph {
  const A = d.a.map((_, i) => `a${i}`)
  const B = d.b.map((_, i) => `b${i}`)
  graph.transact({}, (tx) => {
    A.forEach((name) => void tx.upsertNode('A', { name, n: 9, s: 'old' }))
    A.slice(1).forEach((name) => void tx.insertEdge('Link', 'a0', name, { w: 9 }))
  })
  graph.transact({}, (tx) => {
    for (const edge of [...tx.edges('Link')]) tx.deleteEdge('Link', edge.id)
    for (const i of d.drop) tx.deleteNode('A', A[i % A.length] as string)
  })
  graph.transact({}, (tx) => {
    d.a.forEach((row, i) => void tx.upsertNode('A', { name: A[i], ...row }))
    d.b.forEach((row, i) => void tx.upsertNode('B', { name: B[i], ...row }))
    for (const [x, y, w] of d.link)
      tx.insertEdge('Link', A[x % A.length] as string, A[y % A.length] as string, { w })
    if (B.length > 0)
      for (const [x, y, w] of d.owns)
        tx.insertEdge('Owns', A[x % A.length] as string, B[y % B.length] as string, { w })
  })
  return read(graph)
}

function read(graph: Graph): OracleGraph {
  return graph.transact({}, (tx) => ({
    ends: ENDS,
    nodes: ['A', 'B'].flatMap((type) =>
      [...tx.nodes(type)].map((n) => ({ kind: 'node' as const, type, ...n })),
    ),
    edges: ['Link', 'Owns'].flatMap((type) =>
      [...tx.edges(type)].map((e) => ({ kind: 'edge' as const, type, ...e })),
    ),
  })).result
}

const op = fc.constantFrom('=', '!=', '<', '<=', '>', '>=')
const hops = fc.option(
  fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(2)).map(([min, more]) => `{${min},${min + more}}`),
  { nil: '' },
)
const hop = (from: string, to: string): fc.Arbitrary<string> =>
  fc.oneof(
    hops.map((h) => `$${from} link${h} $${to}`),
    hops.map((h) => `$${from} <link>${h} $${to}`),
  )
const filter = (v: string): fc.Arbitrary<string> =>
  fc.oneof(
    fc.tuple(op, fc.nat(3)).map(([o, n]) => `$${v}.n ${o} ${n}`),
    op.map((o) => `$${v}.n ${o} $p`),
    fc
      .tuple(fc.constantFrom('contains', 'starts_with', '=', '<'), fc.constantFrom('a', 'b', 'é', '𝒳'))
      .map(([o, s]) => `$${v}.s ${o} "${s}"`),
    fc.constantFrom('a', 'b', '').map((s) => `$${v}.l contains "${s}"`),
    fc.nat(4).map((i) => `$${v}.name != "a${i}"`),
    fc.tuple(fc.nat(3), fc.nat(3)).map(([x, y]) => `$${v}.n = ${x} or $${v}.n > ${y}`),
  )
const block = fc.oneof(
  fc.constant('not { $x link $_ }'),
  fc.constant('not { $_ link $x }'),
  fc.constant('not { $x owns $k }'),
  hop('x', 'm').map((h) => `not { ${h}\n $m.n > 1 }`),
  hop('x', 'm').map((h) => `exists { ${h} }`),
  hop('x', 'm').chain((h) => filter('m').map((f) => `optional { ${h}\n ${f} }`)),
  hop('x', 'm').map((h) => `optional { $mw = ${h} }`),
  fc.constant('optional { $x owns $m }'),
  fc.constant('optional { $x $me:link $m }'),
)
const queryText = fc
  .record({
    first: fc.oneof(
      fc.constant('$x: A'),
      fc.nat(5).map((i) => `$x: A { name: "a${i}" }`),
      fc.nat(3).map((n) => `$x: A { n: ${n} }`),
    ),
    second: fc.option(
      fc.oneof(
        hop('x', 'y').map((h) => `$w = ${h}`),
        hop('x', 'y'),
        hop('y', 'x'),
        fc.constant('$x $e:link $y'),
        fc.constant('$y: A'),
      ),
    ),
    third: fc.option(fc.constantFrom('$x owns $b', '$_ link $x', '$z owns $b')),
    filters: fc.array(filter('x'), { maxLength: 2 }),
    block: fc.option(block),
    shape: fc.constantFrom('rows', 'entities', 'count', 'group', 'distinct'),
    order: fc.constantFrom('', 'order { $x.n }', 'order { $x.n desc }', 'order { $x.s desc, $x.n }'),
    page: fc.constantFrom('', 'limit 3', 'limit 2 offset 1'),
  })
  .map((q) => {
    const clauses = [q.first, q.second, q.third, ...q.filters, q.block].filter((c) => c)
    const others = ['y', 'e', 'b', 'z', 'm', 'me'].filter((v) => clauses.some((c) => visible(c as string, v)))
    const results: Record<string, string> = {
      rows: [
        '$x.name',
        '$x.n',
        '$x.l',
        ...['w', 'mw']
          .filter((v) => clauses.some((c) => (c as string).includes(`$${v} = `)))
          .map((v) => `nodes($${v}), length($${v})`),
        ...others.map((v) => (v === 'e' || v === 'me' ? `$${v}.w` : `$${v}.name`)),
      ].join(', '),
      entities: ['x', ...others].map((v) => `$${v}`).join(', '),
      count: 'count($x) as c, sum($x.n) as s, avg($x.n) as a, min($x.s) as lo, max($x.n) as hi',
      group: `$x.n, count(${others.length > 0 ? `$${others[0]}` : '$x'}) as c, max($x.name) as m`,
      distinct: '$x.n, $x.s',
    }
    const order = q.shape === 'rows' || q.shape === 'entities' ? q.order : ''
    const head = q.shape === 'distinct' ? 'return distinct' : 'return'
    return `query q($p: I32?) { match { ${clauses.join('\n')} } ${head} { ${results[q.shape]} } ${order} ${q.page} }`
  })

/** Whether a clause binds a variable that the result may use. */
function visible(clause: string, name: string): boolean {
  return !clause.startsWith('not') && !clause.startsWith('exists') && new RegExp(`\\$${name}\\b`).test(clause)
}

let made = 0
const runs = propRuns(60)

it('answers every query as the naive evaluator does, at the head, on a branch and at a past commit', () => {
  let checked = 0
  let tried = 0
  fc.assert(
    fc.property(data, fc.array(queryText, { minLength: 10, maxLength: 10 }), small, (d, texts, p) => {
      const graph = Graph.create(files.path(`g${made++}.gp`), { schema: SCHEMA })
      try {
        const oracle = build(graph, d)
        const past = graph.head().id
        const schema = graph.schema().model
        const params: Record<string, Json> = { p }
        const agreed = texts.map((text) => {
          tried++
          const { queries, diagnostics } = checkQueries(text, schema)
          const query = queries[0] as ReadQuery | undefined
          if (!query || diagnostics.some((x) => x.severity === 'error')) return null
          checked++
          const wanted = evaluate(query, oracle, params)
          expect({ text, rows: graph.query(text, params, { deadlineMs: 25_000 }).rows }).toEqual({
            text,
            rows: wanted,
          })
          if (checked % 4 === 0) {
            const { returned } = graph.explain(text, params).rows
            expect({ text, explained: returned }).toEqual({ text, explained: wanted.length })
          }
          return { text, wanted }
        })
        graph.transact({}, (tx) => {
          for (const a of [...tx.nodes('A')].slice(0, 2)) tx.deleteNode('A', a.id)
          tx.upsertNode('A', { name: 'a9', n: 1 })
          tx.insertEdge('Link', 'a9', 'a9')
        })
        // A branch of the past that has superseded every A and come back to the same values.
        graph.createBranch('b', { fromCommit: past })
        for (const bump of [100, 0]) {
          graph.transact({ branch: 'b' }, (tx) => {
            for (const a of oracle.nodes.filter((n) => n.type === 'A'))
              tx.patchNode('A', a.id, { n: bump === 0 ? (a.data.n ?? null) : bump })
          })
        }
        for (const a of agreed) {
          if (a) {
            const rows = graph.query(a.text, params, { branch: 'b', deadlineMs: 25_000 }).rows
            expect({ text: a.text, rows }).toEqual({ text: a.text, rows: a.wanted })
          }
        }
        for (const a of agreed) {
          if (a)
            expect({
              text: a.text,
              rows: graph.query(a.text, params, { commit: past, deadlineMs: 25_000 }).rows,
            }).toEqual({
              text: a.text,
              rows: a.wanted,
            })
        }
      } finally {
        graph.close()
      }
    }),
    runs,
  )
  // Guards the test itself: most generated texts must be real queries.
  expect(checked / tried).toBeGreaterThan(0.7)
}, 7_200_000)
