import Database from 'better-sqlite3'
import { afterAll, describe, expect, it } from 'vitest'
import type { GraphError } from '../error.js'
import { Graph } from '../graph.js'
import { SOCIAL, scratch } from '../testing/scratch.js'

const files = scratch()
afterAll(() => files.remove())
let made = 0
const DAY = 86_400_000
let nowMs = Date.UTC(2026, 0, 1)

const SCHEMA = SOCIAL.replace('node Note { text: String }', 'node Note { text: String file: Blob? }')
const content = (text: string): string => `base64:${Buffer.from(text).toString('base64')}`

/** Ten commits, one a day, with updates, deletes, edges and content. */
function aged(): Graph {
  nowMs = Date.UTC(2026, 0, 1)
  const graph = Graph.create(files.path(`g${made++}.gp`), { schema: SCHEMA, clock: () => nowMs })
  for (let i = 0; i < 10; i++) {
    nowMs += DAY
    graph.transact({}, (tx) => {
      for (let k = 0; k <= i; k++) tx.upsertNode('Person', { name: `p${k}`, age: i })
      if (i > 0) tx.insertEdge('Knows', `p${i}`, `p${i - 1}`)
      if (i === 5) tx.deleteNode('Person', 'p2')
      tx.upsertNode('Note', { id: 'n', text: `t${i}`, file: content(`content ${i}`) })
    })
  }
  return graph
}

const QUERIES = [
  'query q() { match { $p: Person } return { $p } }',
  'query q() { match { $p: Person $p knows{1,4} $o } return { $p.name, $o.name } }',
  'query q() { match { $p: Person { age: 9 } not { $p knows $_ } } return { $p.name } }',
  'query q() { match { $n: Note } return { $n.text } }',
]
const answers = (graph: Graph, commit?: string): unknown =>
  QUERIES.map((q) => graph.query(q, {}, commit === undefined ? {} : { commit }).rows)

function failure(body: () => unknown): GraphError {
  try {
    body()
  } catch (error) {
    return error as GraphError
  }
  throw new Error('expected a failure')
}

function tamper(graph: Graph, ...statements: string[]): void {
  const db = new Database(`${graph.root}/graph.db`)
  db.unsafeMode()
  for (const statement of statements) db.exec(statement)
  db.close()
}

/** What only SQLite's own check of the file sees. */
const NULL_WHERE_NONE_MAY_BE = `PRAGMA writable_schema = ON;
  UPDATE sqlite_schema SET sql = replace(sql, 'actor TEXT', 'actor TEXT NOT NULL') WHERE name = 'commits'`

describe('repair', () => {
  it('finds nothing to do on a healthy graph, whatever was done to it before', () => {
    const graph = aged()
    expect(graph.repair()).toMatchObject({ healthy: true, repaired: [], unrepairable: [] })
    graph.applySchema(
      SCHEMA.replace('@index(age)', '').replace('big: I64?', 'big: I64? rank: I32 @default(1)'),
    )
    graph.cleanup({ keep: 3 })
    graph.optimize()
    expect(graph.repair()).toMatchObject({ healthy: true, repaired: [], unrepairable: [] })
    expect(graph.repair().checked).toMatchObject({ branches: 1, commits: 12, tables: 5, blobs: 3 })
  })

  it('obligation 19: without any index answers are the same and writes go on; repair restores them all', () => {
    const graph = aged()
    const commits = graph.commits().map((c) => c.id)
    const before = commits.map((c) => answers(graph, c))
    const db = new Database(`${graph.root}/graph.db`)
    const names = db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
      .pluck()
      .all() as string[]
    for (const name of names) db.exec(`DROP INDEX "${name}"`)
    db.close()
    expect(commits.map((c) => answers(graph, c))).toEqual(before)
    const again = Graph.open(graph.root)
    expect(answers(again)).toEqual(before[0])
    again.transact({}, (tx) => {
      tx.upsertNode('Person', { name: 'p9', age: 77 })
      tx.deleteNode('Person', 'p0')
      tx.upsertNode('Person', { name: 'p0', age: 1 })
    })
    expect(failure(() => again.transact({}, (tx) => tx.insertEdge('LivesIn', 'p9', '1'))).code).toBe(
      'constraint_violation',
    )
    const report = again.repair()
    expect(report.repaired.map((r) => r.subject).sort()).toEqual([...names].sort())
    expect(report.unrepairable).toEqual([])
    expect(again.repair().healthy).toBe(true)
  })

  it.each([
    ['DELETE FROM births', 'births'],
    ['UPDATE births SET last_vid = first_vid WHERE tid = 1', 'births'],
    ['DELETE FROM ends', 'ends'],
    ['INSERT INTO ends SELECT 11, 1, MAX(vid), 1 FROM node_Person', 'ends'],
    ['UPDATE commits SET main_seq = 1', 'head of main'],
    ['UPDATE commits SET updated = updated + 1 WHERE seq = 4', 'commit counts'],
    ['UPDATE types SET next_eid = 1', 'entity counter'],
    ['UPDATE blobs SET size = 1', 'blob'],
    ['DROP INDEX "ix:node_Person:p_age:hot"', 'index'],
    [
      'DROP INDEX "ix:node_Person:p_age:hot"; CREATE INDEX "ix:node_Person:p_age:hot" ON node_Person(id)',
      'index',
    ],
    ['DROP INDEX branches_live', 'index'],
  ])('obligation 4: rebuilds after %s, and finds nothing to do the second time', (damage, structure) => {
    const graph = aged()
    const before = [answers(graph), graph.commits().map((c) => [c, graph.changes(c.id)])]
    tamper(graph, damage)
    expect(graph.repair({ dryRun: true }).healthy).toBe(false)
    const report = graph.repair()
    expect(new Set(report.repaired.map((r) => r.structure))).toEqual(new Set([structure]))
    expect(report.unrepairable).toEqual([])
    expect(graph.repair().healthy).toBe(true)
    expect([answers(graph), graph.commits().map((c) => [c, graph.changes(c.id)])]).toEqual(before)
  })

  it.each([
    ['UPDATE commits SET born_tid = NULL', 'births'],
    ['UPDATE commits SET last_vid = first_vid - 1 WHERE born_tid = 1 AND seq > 2', 'births'],
    ['UPDATE commits SET ended_tid = NULL', 'ends'],
    ['UPDATE commits SET ended_vid = (SELECT MAX(vid) FROM node_Person) WHERE seq = 40', 'ends'],
    ['UPDATE commits SET main_seq = 1', 'head of main'],
    ["INSERT INTO commit_ids VALUES ('01', 3)", 'commit ids'],
    ['UPDATE commit_ids SET seq = seq + 1', 'commit ids'],
    ['DELETE FROM commit_ids', 'commit ids'],
  ])('rebuilds what one-row commits keep in their own rows after %s', (damage, structure) => {
    const graph = Graph.create(files.path(`g${made++}.gp`), { schema: SCHEMA })
    graph.transact({}, (tx) => {
      for (let k = 0; k < 5; k++) tx.upsertNode('Person', { name: `p${k}`, age: 1 })
    })
    graph.createBranch('b')
    for (let i = 0; i < 70; i++)
      graph.transact({ branch: i % 9 === 8 ? 'b' : 'main' }, (tx) =>
        tx.patchNode('Person', `p${i % 5}`, { age: i + 2 }),
      )
    const all = () =>
      ['main', 'b'].map((branch) =>
        graph.commits({ branch }).map((c) => [graph.commit(c.id), graph.changes(c.id)]),
      )
    const before = all()
    expect(before[0]).toHaveLength(65)
    tamper(graph, damage)
    const report = graph.repair()
    expect(new Set(report.repaired.map((r) => r.structure))).toEqual(new Set([structure]))
    expect(report.unrepairable).toEqual([])
    expect(graph.repair().healthy).toBe(true)
    expect(all()).toEqual(before)
  })

  it.each([
    ['DELETE FROM node_Person WHERE vid = 3', 'repair_version_missing'],
    ["DELETE FROM node_Person WHERE id = 'p9' AND ended IS NULL", 'repair_counts'],
    ['UPDATE node_Person SET born = 99 WHERE vid = 3', 'repair_version'],
    ['UPDATE node_Person SET ended = NULL WHERE vid = 1', 'repair_version'],
    ['UPDATE branches SET head_seq = 5 WHERE br = 2', 'repair_head'],
    ['DELETE FROM commits WHERE seq = 4', 'repair_commit'],
    ['DELETE FROM blobs WHERE rowid = 3', 'repair_blob_missing'],
    ["UPDATE blobs SET content = x'00'", 'repair_blob_damaged'],
    ['DROP TABLE edge_Knows', 'repair_table_missing'],
    ["UPDATE node_Person SET id = 'p8' WHERE id = 'p9' AND ended IS NULL", 'repair_index'],
    [NULL_WHERE_NONE_MAY_BE, 'repair_file_damaged'],
  ])('reports and does not guess after %s', (damage, code) => {
    const graph = aged()
    graph.createBranch('b')
    tamper(graph, 'DROP INDEX "ix:node_Person:id:hot"; DROP INDEX "ix:node_Person:eid:hot"', damage)
    const report = graph.repair()
    expect(report.healthy).toBe(false)
    expect(report.unrepairable.map((d) => d.code)).toContain(code)
  })
})

describe('cleanup', () => {
  it('obligation 16: kept commits go on answering, removed ones say so, and no more than that is gone', () => {
    const graph = aged()
    const commits = graph.commits().map((c) => c.id)
    const before = commits.map((c) => [answers(graph, c), graph.changes(c)])
    const preview = graph.cleanup({ keep: 4, dryRun: true })
    expect(commits.map((c) => [answers(graph, c), graph.changes(c)])).toEqual(before)
    const report = graph.cleanup({ keep: 4 })
    expect({ ...report, fileBytes: 0, dryRun: 0 }).toEqual({ ...preview, fileBytes: 0, dryRun: 0 })
    expect([report.keptCommits, report.removedCommits]).toEqual([4, 7])
    expect(commits.slice(0, 4).map((c) => [answers(graph, c), graph.changes(c)])).toEqual(before.slice(0, 4))
    for (const commit of commits.slice(4)) {
      expect(failure(() => answers(graph, commit)).code).toBe('commit_removed')
      expect(failure(() => graph.changes(commit)).code).toBe('commit_removed')
      expect(failure(() => [...graph.export({ commit })]).code).toBe('commit_removed')
      expect(graph.commit(commit).id).toBe(commit)
    }
    // The note of the oldest kept commit, and the one before it, which its change shows.
    expect(report.removedBlobs).toBe(5)
    expect(graph.cleanup({ keep: 4 })).toMatchObject({
      removedCommits: 0,
      removedVersions: 0,
      removedBlobs: 0,
    })
    expect(graph.repair().healthy).toBe(true)
  })

  it('by age keeps what is younger, and with both rules whatever one of them keeps', () => {
    const graph = aged()
    nowMs += DAY / 2
    expect(graph.cleanup({ olderThanMs: 2 * DAY, dryRun: true }).keptCommits).toBe(2)
    expect(graph.cleanup({ olderThanMs: 2 * DAY, keep: 5, dryRun: true }).keptCommits).toBe(5)
    expect(graph.cleanup({ olderThanMs: 0, dryRun: true }).keptCommits).toBe(1)
    expect(graph.cleanup({ keep: 0, vacuum: true }).keptCommits).toBe(1)
    expect(graph.repair().healthy).toBe(true)
    expect(failure(() => graph.cleanup({})).code).toBe('cleanup_policy')
    expect(failure(() => graph.cleanup({ keep: -1 })).code).toBe('cleanup_policy')
  })

  it('leaves the head answering and writable, ids and entity numbers included', () => {
    const graph = aged()
    const head = answers(graph)
    graph.cleanup({ keep: 1, vacuum: true })
    expect(answers(graph)).toEqual(head)
    graph.transact({}, (tx) => tx.upsertNode('Person', { name: 'p2', age: 3 }))
    graph.transact({}, (tx) => tx.deleteNode('Person', 'p3'))
    expect(graph.repair().healthy).toBe(true)
    expect(graph.changes(graph.head().id).length).toBeGreaterThan(0)
  })
})

it('optimize changes no answer and leaves an empty log', () => {
  const graph = aged()
  const commits = graph.commits().map((c) => c.id)
  const before = commits.map((c) => answers(graph, c))
  graph.applySchema(SCHEMA.replace('@index(age)', ''))
  const report = graph.optimize()
  expect([report.checkpointed, report.analyzed > 0]).toEqual([true, true])
  expect(commits.map((c) => answers(graph, c))).toEqual(before)
})

it('optimize keeps no statistics of what every commit changes: they would have it read all commits to find one', () => {
  const graph = aged()
  graph.optimize()
  const db = new Database(`${graph.root}/graph.db`, { readonly: true })
  const tables = db.prepare('SELECT DISTINCT tbl FROM sqlite_stat1 ORDER BY tbl').pluck().all()
  db.close()
  expect(tables).toContain('node_Person')
  expect(tables.filter((table) => !/^(node|edge)_/.test(String(table)))).toEqual([])
})
