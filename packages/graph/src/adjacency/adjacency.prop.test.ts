import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { Graph } from '../graph.js'
import { PROP_TIMEOUT_MS, propRuns } from '../testing/prop-runs.js'
import { scratch } from '../testing/scratch.js'

const files = scratch()
afterAll(() => files.remove())

const SCHEMA = 'node A { name: String @key }\nedge Link: A -> A { w: I32? }\n'
const NODES = 9

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('link' as const), from: fc.nat(NODES), to: fc.nat(NODES) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('unlink' as const), nth: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), node: fc.nat(NODES) }) },
)
const commit = fc.array(step, { minLength: 1, maxLength: 6 })
const bounds = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.nat(2))
  .map(([min, more]) => `{${min},${min + more}}`)
const walk = fc.tuple(fc.constantFrom('link', '<link>'), bounds).map(([edge, hops]) => `${edge}${hops}`)

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function apply(graph: Graph, steps: readonly Step[]): void {
  graph.transact({}, (tx) => {
    for (const s of steps) {
      if (s.kind === 'link') {
        for (const n of [s.from, s.to]) tx.upsertNode('A', { name: `a${n}` })
        tx.insertEdge('Link', `a${s.from}`, `a${s.to}`)
      } else if (s.kind === 'drop') tx.deleteNode('A', `a${s.node}`)
      else {
        const all = [...tx.edges('Link')]
        const edge = all[s.nth % Math.max(1, all.length)]
        if (edge) tx.deleteEdge('Link', edge.id)
      }
    }
  })
}

/** Each asks the same of arrays and of SQL: rows, counts, from either end, inside `not`, without a start. */
function queries(hops: string): string[] {
  return [
    `query q() { match { $a: A  $a ${hops} $b } return { $a.name as a, $b.name as b } }`,
    `query q() { match { $a: A { name: "a1" }  $a ${hops} $b } return { count($b) as n } }`,
    `query q() { match { $b: A { name: "a2" }  $a ${hops} $b } return { count($a) as n, count($a) as m } }`,
    `query q() { match { $a: A  $a link $c  $c ${hops} $b } return { count($b) as n } }`,
    `query q() { match { $a: A  not { $a ${hops} $b } } return { $a.name as a } }`,
    `query q() { match { $b: A { name: "a0" }  $a ${hops} $b  $a.name != "a3" } return { $a.name as a } }`,
  ]
}

it(
  'walks over arrays reach what walks in SQL reach, after every commit, at past commits and inside writes',
  () => {
    let n = 0
    fc.assert(
      fc.property(fc.array(commit, { minLength: 1, maxLength: 5 }), walk, (commits, hops) => {
        const root = files.path(`walk${n++}.gp`)
        const arrays = Graph.create(root, { schema: SCHEMA })
        arrays.close()
        const fast = Graph.open(root, { adjacency: 'always' })
        const slow = Graph.open(root, { adjacency: 'never' })
        try {
          commits.forEach((steps, i) => {
            // Written here and by another connection in turn: arrays must follow both.
            apply(i % 2 === 0 ? fast : slow, steps)
            for (const text of queries(hops)) expect(fast.query(text).rows).toEqual(slow.query(text).rows)
          })
          for (const past of fast.commits()) {
            for (const text of queries(hops)) {
              const at = { commit: past.id }
              expect(fast.query(text, {}, at).rows).toEqual(slow.query(text, {}, at).rows)
            }
          }
          const [, count] = queries(hops) as [string, string]
          const inside = fast.transact({}, (tx) => {
            for (const name of ['a1', 'fresh']) tx.upsertNode('A', { name })
            tx.insertEdge('Link', 'a1', 'fresh')
            tx.insertEdge('Link', 'fresh', 'fresh')
            return tx.all(fast.checkedQuery(count))
          }).result
          expect(inside).toEqual(slow.query(count).rows)
          expect(fast.query(count).rows).toEqual(inside)
        } finally {
          fast.close()
          slow.close()
        }
      }),
      propRuns(40),
    )
  },
  PROP_TIMEOUT_MS,
)
