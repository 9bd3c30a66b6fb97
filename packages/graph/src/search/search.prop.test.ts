import { checkQueries, type ReadQuery } from '@groundplane/lang'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import type { Json, ReadContext, Row, WriteContext } from '../api.js'
import { Graph } from '../graph.js'
import { forkMain } from '../testing/branch.js'
import { evaluate, type OracleGraph } from '../testing/oracle.js'
import { PROP_TIMEOUT_MS, propRuns } from '../testing/prop-runs.js'
import { scratch } from '../testing/scratch.js'
import { dropTextIndexes } from './text-index.js'

const files = scratch()
afterAll(() => files.remove())

const SCHEMA = `
node Doc { slug: String @key n: I32? title: String? @index body: String? vec: Vector(2)? @index(n) }
edge Cites: Doc -> Doc
`
const word = fc.constantFrom('fox', 'Fox', 'fóx', 'dog', 'dogs', 'ΣΑΣ', 'σας', 'x1', 'a')
const glue = fc.constantFrom(' ', ', ', '-', '"', "' OR '", ' AND ', '*', '(', ')', ':', '\n', ' NEAR ')
const text = fc.array(fc.tuple(word, glue), { maxLength: 6 }).map((parts) => parts.flat().join(''))
const vector = fc.tuple(fc.integer({ min: -2, max: 2 }), fc.integer({ min: -2, max: 2 }))
const doc = fc.record({
  n: fc.option(fc.nat(3)),
  title: fc.option(text),
  body: fc.option(text),
  vec: fc.option(vector),
})
const step = fc.array(fc.tuple(fc.nat(5), fc.option(doc, { freq: 4 })), { minLength: 1, maxLength: 4 })
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

const property = fc.constantFrom('title', 'body')
const filter = fc.oneof(
  property.map((p) => `search($d.${p}, $q)`),
  property.map((p) => `match_text($d.${p}, $q)`),
  property.map((p) => `fuzzy($d.${p}, $q)`),
  fc.tuple(property, fc.nat(2)).map(([p, n]) => `fuzzy($d.${p}, "fix", ${n})`),
  property.map((p) => `search($d.${p}, "dogs x1") or $d.n > 1`),
  fc.constant('$d.n < 2'),
  fc.constant('$d cites $e\nsearch($e.title, $q)'),
  fc.constant('$e: Doc\nsearch($d.title, $e.body)'),
  fc.constant('not { $d cites $f\n fuzzy($f.title, $q, 1) }'),
  fc.constant('optional { $d cites $g\n search($g.body, "fox") }'),
)
const ranking = fc.oneof(
  property.map((p) => `bm25($d.${p}, $q)`),
  fc.constant('nearest($d.vec, $v)'),
  fc.constant('rrf(nearest($d.vec, $v), bm25($d.title, $q))'),
  fc.constant('rrf(bm25($d.title, $q), bm25($d.body, "fox dog"), 5)'),
)
const queryText = fc
  .record({
    filters: fc.array(filter, { maxLength: 2 }),
    rank: fc.option(ranking, { freq: 4 }),
    how: fc.constantFrom('direct', 'alias', 'alias desc'),
    limit: fc.integer({ min: 1, max: 7 }),
  })
  .map(({ filters, rank, how, limit }) => {
    const match = ['$d: Doc', ...filters].join('\n')
    const has = (v: string): boolean => match.includes(`$${v}`) && !match.includes(`$d cites $${v}\n fuzzy`)
    const results = ['$d.slug', ...(has('e') ? ['$e.slug as other'] : []), 'search($d.title, $q) as hit']
    if (rank) results.push(`${rank} as rank`)
    const order = rank
      ? `order { ${how === 'direct' ? rank : how.replace('alias', 'rank')} } limit ${limit}`
      : ''
    return `query q($q: String, $v: Vector(2)) { match { ${match} } return { ${results.join(', ')} } ${order} }`
  })

function write(graph: Graph, changes: Step, ctx: WriteContext): void {
  graph.transact(ctx, (tx) => {
    for (const [i, data] of changes) {
      if (data) tx.upsertNode('Doc', { slug: `d${i}`, ...data })
      else tx.deleteNode('Doc', `d${i}`)
    }
    const slugs = [...tx.nodes('Doc')].map((n) => n.id)
    for (const [i] of changes) {
      const [from, to] = [slugs[i % slugs.length], slugs[(i * 7 + 1) % slugs.length]]
      if (from !== undefined && to !== undefined) tx.insertEdge('Cites', from, to)
    }
  })
}

function contents(graph: Graph, ctx: ReadContext): OracleGraph {
  const lines = [...graph.export(ctx)].map((line) => JSON.parse(line))
  return {
    ends: { Cites: { from: 'Doc', to: 'Doc' } },
    nodes: lines
      .filter((l) => l.type)
      .map((l) => ({ kind: 'node', type: l.type, id: l.data.slug, data: l.data })),
    edges: lines
      .filter((l) => l.edge)
      .map((l) => ({ kind: 'edge', type: l.edge, id: l.data.id, from: l.from, to: l.to, data: {} })),
  }
}

/** The index gone, as after a restore that left it out. */
function dropIndexes(root: string): void {
  const db = new Database(`${root}/graph.db`)
  db.transaction(() => dropTextIndexes(db))()
  db.close()
}

let made = 0
const runs = propRuns(25)

it(
  'searches as the naive evaluator does on main, on a branch and at past commits, with the index and without',
  () => {
    let checked = 0
    let answered = 0
    const texts = fc.array(queryText, { minLength: 6, maxLength: 6 })
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 2, maxLength: 4 }),
        step,
        texts,
        text,
        vector,
        (main, branch, queries, q, v) => {
          const root = files.path(`g${made++}.gp`)
          const graph = Graph.create(root, { schema: SCHEMA })
          try {
            write(graph, main[0] as Step, {})
            forkMain(root, 'side')
            write(graph, branch, { branch: 'side' })
            for (const changes of main.slice(1)) write(graph, changes, {})
            const commits = graph.commits().map((c): ReadContext => ({ commit: c.id }))
            const places: ReadContext[] = [{}, { branch: 'side' }, ...commits]
            const model = graph.schema().model
            const params: Record<string, Json> = { q, v: [...v] }
            const seen: { ctx: ReadContext; source: string; rows: Row[] }[] = []
            for (const ctx of places) {
              const oracle = contents(graph, ctx)
              for (const source of queries) {
                const result = checkQueries(source, model)
                const query = result.queries[0] as ReadQuery | undefined
                if (!query) throw new Error(`${source}: ${result.diagnostics[0]?.message}`)
                checked++
                const rows = evaluate(query, oracle, params)
                if (rows.length > 0) answered++
                expect({ source, ctx, rows: graph.query(source, params, ctx).rows }).toEqual({
                  source,
                  ctx,
                  rows: close(rows),
                })
                seen.push({ ctx, source, rows: graph.query(source, params, ctx).rows as Row[] })
              }
            }
            dropIndexes(root)
            for (const { ctx, source, rows } of seen) {
              expect({ source, ctx, rows: graph.query(source, params, ctx).rows }).toEqual({
                source,
                ctx,
                rows,
              })
            }
          } finally {
            graph.close()
          }
        },
      ),
      runs,
    )
    expect(answered / checked).toBeGreaterThan(0.2)
  },
  PROP_TIMEOUT_MS,
)

/** Scores may differ in the last digits: the two add in different ways. */
function close(rows: readonly Row[]): Row[] {
  return rows.map((row) =>
    typeof row.rank === 'number' ? { ...row, rank: expect.closeTo(row.rank, 9) } : row,
  ) as Row[]
}
