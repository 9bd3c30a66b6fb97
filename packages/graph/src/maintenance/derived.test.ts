import Database from 'better-sqlite3'
import { afterAll, expect, it } from 'vitest'
import { Graph } from '../graph.js'
import { dropTextIndexes } from '../search/text-index.js'
import { scratch } from '../testing/scratch.js'

const files = scratch()
afterAll(() => files.remove())

const SCHEMA = `
node Doc { slug: String @key n: I32? title: String? @index body: String? @index vec: Vector(2)? @index(n) }
edge Cites: Doc -> Doc { w: I32? }
`
const WORDS = ['fox', 'dog', 'hen', 'owl']

/** Branches and history around: updates, deletes, a merge, a migration on one side. */
function populated(root: string): Graph {
  const graph = Graph.create(root, { schema: SCHEMA })
  const text = (i: number): string => `${WORDS[i % 4]} and ${WORDS[(i * 3 + 1) % 4]}`
  graph.transact({}, (tx) => {
    for (let i = 0; i < 24; i++)
      tx.upsertNode('Doc', { slug: `d${i}`, n: i % 5, title: text(i), body: text(i + 2), vec: [i - 12, 3] })
    for (let i = 0; i < 40; i++) tx.insertEdge('Cites', `d${i % 24}`, `d${(i * 7) % 24}`, { w: i % 3 })
  })
  graph.createBranch('side')
  graph.transact({ branch: 'side' }, (tx) => {
    for (let i = 0; i < 6; i++) tx.patchNode('Doc', `d${i}`, { title: text(i + 1), n: 9 })
    tx.deleteNode('Doc', 'd20')
    tx.insertEdge('Cites', 'd1', 'd2', { w: 8 })
  })
  graph.createBranch('side/deep', { from: 'side' })
  graph.transact({ branch: 'side/deep' }, (tx) => tx.deleteNode('Doc', 'd3'))
  graph.transact({}, (tx) => tx.deleteNode('Doc', 'd21'))
  graph.merge({ source: 'side' })
  graph.applySchema(
    SCHEMA.replace('n: I32?', 'rank: I64? @rename_from("n")').replace('@index(n)', '@index(rank)'),
    {
      branch: 'side',
    },
  )
  return graph
}

const QUERIES = [
  'match { $d: Doc } return { $d }',
  'match { $d: Doc { slug: "d4" } $d cites $e } return { $e.slug }',
  'match { $d: Doc { slug: "d1" } $d cites{1,4} $e } return { $e.slug }',
  'match { $d: Doc $d cites{1,3} $e } return { count($e) as n }',
  'match { $d: Doc $d $c:cites $e  $c.w > 1 } return { $c, $e.slug }',
  'match { $d: Doc search($d.title, "fox") } return { $d.slug }',
  'match { $d: Doc fuzzy($d.body, "dug") } return { $d.slug }',
  'match { $d: Doc } return { $d.slug } order { bm25($d.title, "owl hen") } limit 7',
  'match { $d: Doc } return { $d.slug } order { rrf(nearest($d.vec, $v), bm25($d.body, "dog")) } limit 7',
]

/** Every answer of every branch and of every commit, of its changes too. */
function answers(root: string): unknown {
  return (['auto', 'always', 'never'] as const).map((adjacency) => {
    const graph = Graph.open(root, { adjacency, readOnly: true })
    try {
      const ask = (ctx: { branch?: string; commit?: string }) =>
        QUERIES.map((q) => graph.query(`query q($v: Vector(2)) { ${q} }`, { v: [1, 1] }, ctx).rows)
      const branches = graph.branches().map((b) => b.name)
      const commits = [...new Set(branches.flatMap((branch) => graph.commits({ branch }).map((c) => c.id)))]
      return [
        branches.map((branch) => [branch, ask({ branch }), [...graph.export({ branch })]]),
        commits.map((commit) => [commit, ask({ commit })]),
      ]
    } finally {
      graph.close()
    }
  })
}

/** Name and definition of everything in the file, and what the derived tables hold. */
function structures(root: string): { readonly schema: unknown; readonly derived: unknown } {
  const db = new Database(`${root}/graph.db`, { readonly: true })
  try {
    const schema = db.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name').all()
    const tables = ['all_births', 'all_ends', 'hidden', 'text_indexes', 'text_lengths']
    const there = new Set(schema.map((s) => (s as { name: string }).name))
    const derived = tables
      .filter((table) => there.has(table))
      .map((table) => [table, db.prepare(`SELECT * FROM ${table} ORDER BY 1, 2, 3`).all()])
    return { schema, derived }
  } finally {
    db.close()
  }
}

function change(root: string, body: (db: Database.Database) => void): void {
  const db = new Database(`${root}/graph.db`)
  db.transaction(() => body(db))()
  db.close()
}

it('obligation 19: with every index and full-text table dropped all answers are the same, and repair restores each to the byte', () => {
  const root = files.path('dropped.gp')
  populated(root).close()
  const [before, whole] = [answers(root), structures(root)]
  const indexes: string[] = []
  change(root, (db) => {
    const names = db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
      .pluck()
      .all()
    for (const name of names as string[]) {
      db.exec(`DROP INDEX "${name}"`)
      indexes.push(name)
    }
    dropTextIndexes(db)
    db.exec('DROP TABLE text_indexes; DROP TABLE text_lengths')
  })
  expect(structures(root).schema).not.toEqual(whole.schema)
  expect(answers(root)).toEqual(before)
  const graph = Graph.open(root)
  const report = graph.repair()
  expect(report.unrepairable).toEqual([])
  const repaired = report.repaired.map((r) => `${r.structure} ${r.subject}`).sort()
  expect(repaired).toEqual(
    [...indexes.map((name) => `index ${name}`), 'text index Doc.body', 'text index Doc.title'].sort(),
  )
  expect(graph.repair()).toMatchObject({ healthy: true, repaired: [], unrepairable: [] })
  graph.close()
  expect(structures(root)).toEqual(whole)
  expect(answers(root)).toEqual(before)
})

it('obligation 19: emptied births and ends, in commits and beside them, are reported and restored one by one', () => {
  const root = files.path('emptied.gp')
  populated(root).close()
  const [before, whole] = [answers(root), structures(root)]
  const own =
    'UPDATE commits SET born_tid = NULL, first_vid = NULL, last_vid = NULL, ended_tid = NULL, ended_vid = NULL'
  change(root, (db) => db.exec(`DELETE FROM births; DELETE FROM ends; ${own}`))
  // What a reader sees of any branch or commit does not come from them.
  expect(answers(root)).toEqual(before)
  const graph = Graph.open(root)
  const report = graph.repair()
  expect([...new Set(report.repaired.map((r) => r.structure))].sort()).toEqual(['births', 'ends'])
  expect(report.unrepairable).toEqual([])
  graph.close()
  expect(structures(root)).toEqual(whole)
})
