import { afterAll, describe, expect, it } from 'vitest'
import type { ReadContext } from '../api.js'
import { Graph } from '../graph.js'
import { scratch } from '../testing/scratch.js'

const SCHEMA = `
node Person { name: String @key  age: I32?  city: String?  @index(age) }
node City { name: String @key }
edge Knows: Person -> Person { since: I32? @index }
edge LivesIn: Person -> City
`
const files = scratch()

/** The same graph around `p0100`, whatever its size. On `side` and on `deep`, which is forked off it, some of it differs; so it did in the past. */
interface Sized {
  readonly graph: Graph
  readonly places: Readonly<Record<string, ReadContext>>
}

const person = (i: number): string => `p${String(i).padStart(4, '0')}`

const made = new Map<string, Sized>()
afterAll(() => {
  for (const { graph } of made.values()) graph.close()
  files.remove()
})

function sized(size: number, counted: boolean): Sized {
  const key = `${size} ${counted}`
  const known = made.get(key) ?? build(size, counted)
  made.set(key, known)
  return known
}

function build(size: number, counted: boolean): Sized {
  const root = files.path(`${size}-${counted}.gp`)
  const fresh = Graph.create(root, { schema: SCHEMA })
  fresh.transact({}, (tx) => {
    for (let i = 0; i < size; i++) {
      tx.upsertNode('Person', { name: person(i), age: i >> 2, city: `c${i >> 2}` })
      tx.upsertNode('City', { name: `c${i}` })
    }
    for (let i = 0; i < size; i++) {
      for (const step of [1, 7, 20])
        tx.insertEdge('Knows', person(i), person((i + step) % size), { since: step })
      tx.insertEdge('LivesIn', person(i), `c${i - (i % 10)}`)
    }
  })
  const past = fresh.head().id
  fresh.createBranch('side')
  fresh.transact({ branch: 'side' }, (tx) => {
    tx.upsertNode('Person', { name: 'x', age: 1 })
    tx.insertEdge('Knows', 'p0100', 'x')
    tx.insertEdge('Knows', 'x', 'p0102')
    tx.patchNode('Person', 'p0101', { city: 'c25' })
    tx.deleteNode('Person', 'p0107')
  })
  fresh.transact({}, (tx) => {
    tx.patchNode('Person', 'p0100', { city: 'c25' })
    tx.deleteNode('Person', 'p0120')
  })
  fresh.createBranch('deep', { from: 'side' })
  fresh.transact({ branch: 'deep' }, (tx) => tx.insertEdge('Knows', 'x', 'p0100'))
  const places = { main: {}, side: { branch: 'side' }, deep: { branch: 'deep' }, past: { commit: past } }
  if (counted) fresh.optimize()
  fresh.close()
  return { graph: Graph.open(root, { readOnly: true, adjacency: 'never' }), places }
}

const P = '$a: Person { name: "p0100" }'
/** What chooses by an index or a key looks at no more of a larger type. */
const PATTERNS = {
  'a hop forward': `${P} $a knows $b`,
  'a hop backward': `${P} $b knows $a`,
  'two hops': `${P} $a knows $b  $b knows $c  $c.age > 0`,
  'a hop to another type and back': `${P} $a livesIn $c  $b livesIn $c`,
  'an undirected hop': `${P} $a <knows> $b`,
  'undirected hops, and one by their end': `${P} $a <knows> $b  $b <knows> $c  $d livesIn $e  $d <knows> $c`,
  'an edge binding': `${P} $a $e:knows $b  $e.since > 1`,
  'a negation': `${P} $a knows $b  not { $b knows $c  $c.city = "c25" }`,
  'a negation of a walk': `${P} not { $a knows{1,2} $b  $b.city = "c25" }`,
  'a negation of a walk that goes on': `${P} not { $a knows{1,2} $b  $b livesIn $c  $c.name = "c25" }`,
  'an existence': `${P} exists { $a knows $b  $b.city = "c25" }`,
  'an optional hop': `${P} optional { $a livesIn $c }`,
  'an optional walk': `${P} optional { $a knows{1,2} $b  $b livesIn $c }`,
  'a walk': `${P} $a knows{1,3} $b`,
  'a walk backward': `${P} $b knows{1,3} $a`,
  'an undirected walk': `${P} $a <knows>{1,2} $b`,
  'a walk of two hops and more': `${P} $a knows{2,3} $b`,
  'a walk to what an index also finds': `${P} $a knows{1,3} $b  $b: Person { age: 30 }`,
  'a walk between two keys': `${P} $b: Person { name: "p0122" }  $a knows{1,3} $b`,
  'a walk to what a filter chooses': `$a knows{1,2} $b  $b.name = "p0100"`,
  'a walk, then a hop': `${P} $a knows{1,2} $b  $b livesIn $c`,
  'a walk, then a hop to a key': `${P} $a knows{1,2} $b  $b livesIn $c  $c: City { name: "c100" }`,
  'a hop, then a walk': `${P} $a knows $b  $b knows{1,2} $c`,
  'a walk to the end of a hop': `$x: Person { name: "p0081" }  $x knows $b  $a knows{1,2} $b`,
  'two walks, one behind the other': `${P} $a knows{1,2} $b  $b livesIn $c  $d livesIn $c  $d knows{1,2} $e`,
  'walks to one end': `${P} $x: Person { name: "p0101" }  $a knows{1,2} $b  $x knows{1,2} $b`,
  'walks round in a circle': `${P} $a knows{1,2} $b  $b knows{1,2} $c  $c knows{1,2} $a`,
  'a walk beside an equality': `${P} $a knows{1,2} $b  $b.city = $a.city`,
  'a path': `${P} $w = $a knows{1,3} $b  length($w) > 1`,
  'an undirected path': `${P} $w = $a <knows>{1,2} $b  length($w) > 1`,
  'a key': P,
  'an indexed value': '$a: Person { age: 25 }',
  'a range of an index': '$a: Person  $a.age > 24  $a.age < 27',
  'a beginning of a key': '$a: Person  $a.name starts_with "p010"',
}

describe.each([
  ['without statistics', false],
  ['with statistics', true],
])('%s', (_, counted) => {
  const visits = ({ graph, places }: Sized, place: string, body: string) => {
    const { rows, scans } = graph.explain(`query q() { ${body} }`, {}, places[place])
    return { place, body, ...rows, scans }
  }

  it.each(Object.entries(PATTERNS))(
    '%s looks at as many rows in a graph of four times the size, wherever it is asked',
    (_, pattern) => {
      const [small, large] = [sized(200, counted), sized(800, counted)]
      const named = /length\(\$w\)/.test(pattern) ? 'nodes($w) as way' : '$a.name'
      for (const place of counted ? ['main', 'side'] : ['main', 'side', 'deep', 'past'])
        for (const result of counted || place === 'deep' ? [named] : [named, 'count($a) as n']) {
          const body = `match { ${pattern} } return { ${result} }`
          const [few, many] = [small, large].map((graph) => visits(graph, place, body))
          expect(many).toEqual({ ...few, scans: [], scanned: expect.any(Number) })
          expect(many?.scanned).toBeGreaterThan(0)
          // Statistics of another graph may make for another plan.
          const enough = (counted ? 2 : 1) * Number(few?.scanned)
          expect({ body, place, enough, scanned: many?.scanned }).toSatisfy((v) => v.scanned <= v.enough)
        }
    },
  )
})

describe('an update or delete', () => {
  const CHOICES = {
    'a range of an index': 'update Person set { city: "x" } where age < 20',
    'one value of an index': 'update Person set { city: "x" } where age = 20',
    'a range of a key': 'delete Person where name >= "p0190"',
    'a beginning of a key': 'delete Person where name starts_with "p01"',
    'edges from one node': 'delete Knows where from = "p0100"',
    'edges to some nodes': 'delete Knows where to < "p0010"',
    'edges by a range of an index': 'update Knows set { since: 3 } where since >= 20',
  }

  it.each(Object.entries(CHOICES))(
    '%s is found by an index, on main and on branches, with and without statistics',
    (_, body) => {
      for (const counted of [false, true]) {
        const { graph, places } = sized(200, counted)
        for (const place of ['main', 'side', 'deep']) {
          const { scans, indexes, statements } = graph.explain(`query q() { ${body} }`, {}, places[place])
          const found = { body, place, scans, found: indexes.length > 0, sql: statements[0]?.sql ?? null }
          expect(found).toEqual({ body, place, scans: [], found: true, sql: expect.any(String) })
        }
      }
    },
  )
})
