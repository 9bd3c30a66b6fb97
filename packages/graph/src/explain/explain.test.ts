import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GraphAction } from '../api.js'
import { Graph } from '../graph.js'
import { scratch } from '../testing/scratch.js'
import type { Explanation, PlanNode } from './explanation.js'
import { flat } from './plan-tree.js'

const SCHEMA = `
node Person {
  name: String @key
  age: I32?
  email: String? @unique
  mood: enum(good, bad)?
  bio: String? @index
  motto: String?
  @index(age)
}
node City { country: String name: String @key(country, name) }
node Note { text: String }
edge Knows: Person -> Person { since: Date? }
edge LivesIn: Person -> City
`
/** Enough to count as a large type. */
const PEOPLE = 10_100
const files = scratch()
let large: Graph
let graph: Graph
let past: string
beforeAll(() => {
  large = Graph.create(files.path('large.gp'), { schema: SCHEMA })
  large.transact({}, (tx) => {
    for (let i = 0; i < PEOPLE; i++) tx.upsertNode('Person', { name: `p${i}` })
  })
  graph = Graph.create(files.path('people.gp'), { schema: SCHEMA })
  graph.transact({}, (tx) => {
    for (let i = 0; i < 600; i++) {
      tx.upsertNode('Person', {
        name: `p${i}`,
        age: i % 100,
        mood: i % 2 ? 'good' : 'bad',
        bio: `word${i % 50} both`,
      })
    }
    tx.upsertNode('City', { country: 'se', name: 'Lund' })
    for (let i = 0; i < 300; i++) tx.insertEdge('Knows', `p${i}`, `p${(i * 7) % 300}`)
  })
  past = graph.head().id
  graph.transact({}, (tx) => {
    for (let i = 0; i < 20; i++) tx.patchNode('Person', `p${i}`, { age: 77 })
  })
  graph.createBranch('side')
  graph.transact({ branch: 'side' }, (tx) => void tx.upsertNode('Person', { name: 'side-only', age: 50 }))
})
afterAll(() => {
  graph.close()
  large.close()
  files.remove()
})

const text = (body: string, params = ''): string => `query q(${params}) { ${body} }`
const steps = ({ statements }: Explanation): PlanNode[] => statements.flatMap((s) => flat(s.plan))
const summaries = (explanation: Explanation): string[] => steps(explanation).flatMap((n) => n.summary ?? [])
const uses = ({ indexes }: Explanation): string[] =>
  indexes.map((i) => `${i.kind} ${i.type}${i.properties.length > 0 ? `.${i.properties.join('+')}` : ''}`)

const READS = [
  'match { $p: Person } return { $p.name } limit 7',
  'match { $p: Person  $p.age > 97 } return { $p.name } order { $p.age desc, $p.name } limit 40',
  'match { $p: Person { name: "p7" }  $p knows $q } return { $q.name }',
  'match { $p: Person { name: "p7" }  $p knows{1,3} $q } return { $q.name }',
  'match { $p: Person { name: "p7" }  $w = $p knows{1,2} $q } return { nodes($w) as way }',
  'match { $p: Person search($p.bio, "word7") } return { $p.name, bm25($p.bio, "word7") as score } order { score desc }',
  'match { $p: Person { age: 3 } optional { $p livesIn $c } not { $p knows $_ } } return { $p.name, $c }',
  'match { $p: Person { age: 3 } $p.mood = "bad" or $p.name = "p3" } return { $p.mood, count($p) as n }',
  'match { $p $e:knows $q } return { $e, $q.name }',
  'match { $a: Person { age: 3 } $b: Person { age: 4 } $a.mood = $b.mood } return { count($a) as n }',
]

describe('an explanation of a read', () => {
  it('agrees with the query on its rows and its commit, at the head, on a branch and at a past commit', () => {
    for (const body of READS) {
      for (const at of [{}, { branch: 'side' }, { commit: past }]) {
        const result = graph.query(text(body), {}, at)
        const { rows, commit, executed } = graph.explain(text(body), {}, at)
        expect({ body, at, returned: rows.returned, commit, executed }).toEqual({
          body,
          at,
          returned: result.rowCount,
          commit: result.commit,
          executed: true,
        })
      }
    }
  })

  it('has each step of SQLite in its tree once, and counts rows wherever the counting run has the same plan', () => {
    for (const body of READS) {
      const explanation = graph.explain(text(body))
      const ids = steps(explanation).map((n) => n.id)
      expect(ids).toHaveLength(new Set(ids).size)
      expect(steps(explanation).every((n) => n.parent === 0 || ids.includes(n.parent))).toBe(true)
      expect({ body, counted: explanation.rows.scanned !== null }).toEqual({ body, counted: true })
    }
  })

  it('names the index that answers in the terms of the schema', () => {
    expect(uses(graph.explain(text(READS[2] as string)))).toEqual([
      'key Person.name',
      'edge-ends Knows.from+to',
      'entity Person',
    ])
    expect(uses(graph.explain(text('match { $p: Person { age: 5 } } return { $p.name }')))).toEqual([
      'index Person.age',
    ])
    expect(uses(graph.explain(text('match { $p: Person { email: "x@y" } } return { $p.name }')))).toEqual([
      'unique Person.email',
    ])
    const city = 'match { $c: City { country: "se", name: "Lund" } } return { $c.name }'
    expect(uses(graph.explain(text(city)))).toEqual(['key City.country+name'])
    expect(uses(graph.explain(text(READS[5] as string)))).toContain('full-text Person.bio')
  })

  it('counts what it looks at: one row by key, all rows of a type in a scan, which is flagged', () => {
    const byKey = large.explain(text('match { $p: Person { name: "p7" } } return { $p.age }'))
    expect(byKey.rows).toEqual({ returned: 1, truncated: false, scanned: 1 })
    expect([byKey.scans, byKey.advice]).toEqual([[], []])
    const scan = large.explain(text('match { $p: Person  $p.motto = "none" } return { $p.name }'))
    expect(scan.rows).toEqual({ returned: 0, truncated: false, scanned: PEOPLE })
    expect(scan.scans).toEqual([{ type: 'Person', entity: 'node', variable: 'p', visitedRows: PEOPLE }])
    expect(summaries(scan)).toEqual(['scan every Person $p'])
    const first = large.explain(text('match { $p: Person } return { $p.name } limit 5'))
    expect([first.rows.scanned, first.advice]).toEqual([5, []])
  })

  it('advises an index for a condition on a large type, and none where it would not help', () => {
    const advice = (body: string) => large.explain(text(body)).advice.map((a) => [a.code, a.type, a.property])
    const add = (property: string) => [['add_index', 'Person', property]]
    expect(advice('match { $p: Person  $p.motto = "none" } return { $p.name }')).toEqual(add('motto'))
    expect(advice('match { $p: Person  search($p.motto, "x") } return { $p.name }')).toEqual(add('motto'))
    expect(advice('match { $p: Person  $p.motto contains "x" } return { $p.name }')).toEqual([])
    expect(advice('match { $n: Note { text: "x" } } return { $n }')).toEqual([])
    expect(advice('match { $p: Person } return { count($p) as n }')).toEqual([['narrow', 'Person', null]])
  })

  it('says when several hops were walked over adjacency arrays', () => {
    const always = Graph.open(graph.root, { readOnly: true, adjacency: 'always' })
    const never = Graph.open(graph.root, { readOnly: true, adjacency: 'never' })
    try {
      const walk = text(READS[3] as string)
      const [over, without] = [always.explain(walk), never.explain(walk)]
      expect([over.statements[0]?.walks, without.statements[0]?.walks]).toEqual(['arrays', 'sql'])
      expect([uses(over), uses(without)].map((u) => u.includes('adjacency Knows'))).toEqual([true, false])
      expect(summaries(over)).toContain('walk Knows over adjacency arrays')
      expect(over.rows.returned).toBe(without.rows.returned)
    } finally {
      always.close()
      never.close()
    }
  })

  it('holds no value of a parameter, of a literal or of a row', () => {
    const secret = 'PRIVATE-7531'
    const query = text(
      `match { $p: Person  $p.motto != $given  $p.name starts_with "p1"  $p.motto != "${secret}" } return { $p.name }`,
      '$given: String, $other: I32?',
    )
    const explanation = graph.explain(query, { given: secret })
    expect(JSON.stringify(explanation)).not.toMatch(/PRIVATE|7531|p1/)
    expect(explanation.params).toEqual([
      { name: 'given', type: 'String', nullable: false, given: true },
      { name: 'other', type: 'I32', nullable: true, given: false },
    ])
    expect(explanation.statements[0]?.bindings).toContain('$given')
  })

  it("has the planner's estimate once there are statistics", () => {
    const query = text('match { $p: Person { age: 5 } } return { $p.name }')
    const copy = Graph.create(files.path('counted.gp'), { schema: SCHEMA })
    copy.transact({}, (tx) => {
      for (let i = 0; i < 200; i++) tx.upsertNode('Person', { name: `p${i}`, age: i % 10 })
    })
    expect(steps(copy.explain(query))[0]?.estimatedRows).toBe(null)
    copy.optimize()
    expect(steps(copy.explain(query))[0]?.estimatedRows).toBe(20)
    copy.close()
  })

  it('cuts rows where the query would, within one deadline', () => {
    const all = text('match { $p: Person } return { $p.name }')
    expect(graph.explain(all, {}, { maxRows: 10 }).rows).toMatchObject({ returned: 10, truncated: true })
    const product = text(
      'match { $a: Person $b: Person $c: Person $d: Person $e: Person } return { count($a) as n }',
    )
    expect(() => graph.explain(product, {}, { deadlineMs: 30 })).toThrow(
      expect.objectContaining({ code: 'query_deadline_exceeded' }),
    )
  })

  it('refuses what the query would be refused for', () => {
    const code = (run: () => unknown): string => {
      try {
        run()
        return 'none'
      } catch (error) {
        return (error as { code: string }).code
      }
    }
    expect(code(() => graph.explain('query q() { match { $p: Nobody } return { $p } }'))).toBe(
      'query_invalid',
    )
    expect(code(() => graph.explain(text('match { $p: Person } return { $p.name }'), { x: 1 }))).toBe(
      'param_unknown',
    )
    expect(code(() => graph.explain(text(READS[0] as string), {}, { branch: 'none' }))).toBe(
      'branch_not_found',
    )
  })
})

describe('an explanation of a write', () => {
  const WRITES = [
    'insert Person { name: "new" }',
    'update Person set { age: 1 } where mood = "good"',
    'delete Person where name = "p1"',
    'delete Knows where from = "p1"',
  ]

  it('changes nothing', () => {
    const state = () => [graph.commits({ limit: 100 }).length, graph.head().id, [...graph.export()].length]
    const before = state()
    for (const body of WRITES) {
      const { executed, rows } = graph.explain(text(body))
      expect([executed, rows.returned]).toEqual([false, null])
    }
    expect(state()).toEqual(before)
    expect(graph.query(text('match { $p: Person { name: "new" } } return { $p.name }')).rowCount).toBe(0)
  })

  it('says how each statement finds its rows, and what goes with them', () => {
    const of = (body: string) => large.explain(text(body))
    const whole = of(WRITES[1] as string)
    expect(whole.statements[0]).toMatchObject({ what: 'update Person', walks: null })
    expect(whole.scans).toEqual([{ type: 'Person', entity: 'node', variable: null, visitedRows: null }])
    expect(whole.advice.map((a) => a.property)).toEqual(['mood'])
    const byKey = of(WRITES[2] as string)
    expect(byKey.statements[0]?.what).toBe('delete Person with its Knows, LivesIn edges')
    expect(byKey.statements[0]?.bindings).toEqual(['literal'])
    expect([uses(byKey), byKey.scans]).toEqual([['key Person.name'], []])
    expect(of(WRITES[0] as string).statements).toEqual([
      { what: 'insert Person', sql: null, bindings: [], walks: null, plan: [] },
    ])
  })

  it('asks policy for the change, a read for the read', () => {
    const asked: GraphAction[] = []
    const gated = Graph.open(graph.root, {
      readOnly: true,
      authorize: ({ action }) => void asked.push(action),
    })
    gated.explain(text(WRITES[1] as string))
    expect([...new Set(asked.splice(0))]).toEqual(['change'])
    gated.explain(text(READS[0] as string))
    expect([...new Set(asked)]).toEqual(['read'])
    gated.close()
  })
})
