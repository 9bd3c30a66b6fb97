import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Graph } from '@groundplane/graph'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { renderExplanation } from './explain-view.js'

const dir = mkdtempSync(join(tmpdir(), 'groundplane-explain-'))
let graph: Graph
beforeAll(() => {
  graph = Graph.create(join(dir, 'people.gp'), {
    schema:
      'node Person { name: String @key age: I32? @index email: String? @unique bio: String? @index }\nedge Knows: Person -> Person',
  })
  graph.transact({}, (tx) => {
    for (const name of ['a', 'b', 'c']) tx.upsertNode('Person', { name, age: 3, bio: 'both words' })
    tx.insertEdge('Knows', 'a', 'b')
    tx.insertEdge('Knows', 'b', 'c')
  })
  graph.createBranch('side')
})
afterAll(() => {
  graph.close()
  rmSync(dir, { recursive: true, force: true })
})

/** Without the first line, the times and the SQL. */
function view(body: string, at: { branch?: string; maxRows?: number } = {}): string[] {
  const text = renderExplanation(graph.explain(`query q() { ${body} }`, {}, at))
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.slice(1, lines.indexOf('sql')).filter((line) => !line.startsWith('time'))
}

it('shows the plan as a tree in the names of the schema, rows beside it', () => {
  expect(view('match { $p: Person { name: "a" }  $p knows{1,2} $q } return { $q.name }')).toEqual([
    'match',
    '├─ look up Person $p by key (name)  1 row',
    '├─ for each row',
    '│  ├─ walk several hops',
    '│  │  └─ each further hop',
    '│  │     └─ follow Knows forward    2 rows',
    '│  ├─ group',
    '│  └─ look for Knows between two nodes',
    '├─ fetch Person $q reached by edge  2 rows',
    '└─ sort rows that are equal so far',
    'indexes  key of Person (name), ends of Knows, ids of Person',
    'rows     2 returned, 5 looked at',
  ])
})

it('tells the lookups of a branch as one step, and that rows were left out', () => {
  expect(view('match { $p: Person { age: 3 } } return { $p.name }', { branch: 'side', maxRows: 2 })).toEqual([
    'match',
    '├─ find Person $p by @index(age) (3 lookups)  3 rows',
    '└─ sort',
    'indexes  Person @index(age)',
    'rows     2 returned (there are more), 3 looked at',
  ])
})

it('says of a write that nothing was written', () => {
  expect(view('delete Person where email = "x"')).toEqual([
    'delete Person with its Knows edges',
    '├─ find Person by @unique(email)',
    '└─ sort',
    'indexes  Person @unique(email)',
    'rows     not executed; nothing was written',
  ])
})
