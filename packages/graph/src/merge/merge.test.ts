import Database from 'better-sqlite3'
import { afterAll, describe, expect, it } from 'vitest'
import { GraphError } from '../error.js'
import { Graph } from '../graph.js'
import { scratch } from '../testing/scratch.js'
import type { Transaction } from '../write/transaction.js'
import type { MergeConflict } from './merge-result.js'

const files = scratch()
afterAll(() => files.remove())

const SCHEMA = `
node Person { name: String @key age: I32? email: String? @unique mood: String? bio: String? }
node City { code: String @key }
edge Knows: Person -> Person { since: I32? }
edge LivesIn: Person -> City @card(0..1)
`
let made = 0

/** A graph with a branch `b`, each side having done its part since they parted. */
function diverged(
  start: (tx: Transaction) => void,
  onMain: (tx: Transaction) => void,
  onBranch: (tx: Transaction) => void,
): Graph {
  const graph = Graph.create(files.path(`m${made++}.gp`), { schema: SCHEMA })
  graph.transact({}, start)
  graph.createBranch('b')
  graph.transact({}, onMain)
  graph.transact({ branch: 'b' }, onBranch)
  return graph
}

function conflictsOf(graph: Graph): MergeConflict[] {
  const heads = graph.branches().map((b) => b.head)
  let error: unknown
  try {
    graph.merge({ source: 'b' })
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(GraphError)
  expect((error as GraphError).code).toBe('merge_conflict')
  expect(graph.branches().map((b) => b.head)).toEqual(heads)
  const { conflicts } = graph.merge({ source: 'b', dryRun: true })
  expect((error as GraphError).details?.conflicts).toEqual(conflicts)
  return [...conflicts]
}

const people = (tx: Transaction) => {
  for (const name of ['a', 'b', 'c']) tx.upsertNode('Person', { name, age: 1, mood: 'calm' })
  for (const code of ['x', 'y']) tx.upsertNode('City', { code })
  tx.insertEdge('Knows', 'a', 'b', { id: 'k1', since: 1 })
}

describe('a merge', () => {
  it('brings the target to the source when only the source moved, as one commit with two parents', () => {
    const graph = diverged(
      people,
      () => {},
      (tx) => tx.patchNode('Person', 'a', { age: 2 }),
    )
    const [main, b] = [graph.head().id, graph.head('b').id]
    const result = graph.merge({ source: 'b', principal: { actor: 'ada', tenant: 't', roles: [] } })
    expect(result).toMatchObject({
      outcome: 'fast-forward',
      changes: { inserted: 0, updated: 1, deleted: 0 },
    })
    expect(result.commit).toMatchObject({ kind: 'merge', parents: [main, b], actor: 'ada', branch: 'main' })
    expect([...graph.export()]).toEqual([...graph.export({ branch: 'b' })])
    expect(graph.merge({ source: 'b' })).toMatchObject({ outcome: 'already-up-to-date', commit: null })
    expect(graph.merge({ source: 'main', target: 'b' })).toMatchObject({ outcome: 'already-up-to-date' })
  })

  it('merges different properties of one entity, and takes equal changes as one', () => {
    const graph = diverged(
      people,
      (tx) => {
        tx.patchNode('Person', 'a', { age: 5, mood: 'glad' })
        tx.upsertNode('Person', { name: 'new', age: 3 })
        tx.deleteNode('Person', 'c')
      },
      (tx) => {
        tx.patchNode('Person', 'a', { bio: 'hi', mood: 'glad' })
        tx.upsertNode('Person', { name: 'new', age: 3 })
        tx.deleteNode('Person', 'c')
      },
    )
    const result = graph.merge({ source: 'b' })
    expect(result).toMatchObject({ outcome: 'merged', changes: { inserted: 0, updated: 1, deleted: 0 } })
    expect(graph.transact({}, (tx) => tx.node('Person', 'a')?.data).result).toEqual({
      name: 'a',
      age: 5,
      email: null,
      mood: 'glad',
      bio: 'hi',
    })
    expect(graph.commits()[0]?.id).toBe(result.commit?.id)
  })

  it('records that equal histories have met, so that later changes are not judged against the old base', () => {
    const age = (n: number) => (tx: Transaction) => tx.patchNode('Person', 'a', { age: n })
    const graph = diverged(people, age(7), age(7))
    expect(graph.merge({ source: 'b' })).toMatchObject({
      outcome: 'merged',
      changes: { inserted: 0, updated: 0, deleted: 0 },
      commit: { kind: 'merge' },
    })
    graph.transact({}, age(8))
    expect(graph.merge({ source: 'b' }).outcome).toBe('already-up-to-date')
  })

  it('previews without a trace what it would do', () => {
    const graph = diverged(
      people,
      (tx) => tx.patchNode('Person', 'b', { age: 9 }),
      (tx) => {
        tx.deleteEdge('Knows', 'k1')
        tx.upsertNode('Person', { name: 'z' })
        tx.patchNode('Person', 'a', { age: 4 })
      },
    )
    const before = [graph.head().id, ...graph.export()]
    const preview = graph.merge({ source: 'b', dryRun: true })
    expect(preview).toMatchObject({
      outcome: 'merged',
      dryRun: true,
      commit: null,
      conflicts: [],
      changes: { inserted: 1, updated: 1, deleted: 1 },
    })
    expect(preview.preview?.map((c) => `${c.op} ${c.type} ${c.id}`)).toEqual([
      'updated Person a',
      'inserted Person z',
      'deleted Knows k1',
    ])
    expect([graph.head().id, ...graph.export()]).toEqual(before)
  })

  it('deletes the source afterwards when asked, unless it has moved on or policy says no', () => {
    const graph = diverged(
      people,
      () => {},
      (tx) => tx.upsertNode('Person', { name: 'z' }),
    )
    expect(graph.merge({ source: 'b', deleteBranch: true })).toMatchObject({ branchDeleted: true })
    expect(graph.branches().map((x) => x.name)).toEqual(['main'])
    graph.createBranch('b')
    expect(graph.merge({ source: 'b', deleteBranch: true })).toMatchObject({
      outcome: 'already-up-to-date',
      branchDeleted: true,
    })
  })

  it('settles a criss-cross against the merge of its bases', () => {
    const graph = diverged(
      people,
      (tx) => tx.patchNode('Person', 'a', { age: 2 }),
      (tx) => tx.patchNode('Person', 'a', { mood: 'glad' }),
    )
    graph.createBranch('old-main')
    graph.merge({ source: 'b' })
    graph.merge({ source: 'old-main', target: 'b' })
    graph.transact({}, (tx) => tx.patchNode('Person', 'a', { age: 3 }))
    graph.transact({ branch: 'b' }, (tx) => tx.patchNode('Person', 'a', { bio: 'hi' }))
    const result = graph.merge({ source: 'b' })
    expect(result.bases.length).toBe(2)
    expect(graph.transact({}, (tx) => tx.node('Person', 'a')?.data).result).toMatchObject({
      age: 3,
      mood: 'glad',
      bio: 'hi',
    })
  })

  it('reports the same property changed differently, with its values on all sides', () => {
    const graph = diverged(
      people,
      (tx) => tx.patchNode('Person', 'a', { age: 2, mood: 'glad' }),
      (tx) => tx.patchNode('Person', 'a', { age: 3, bio: 'x' }),
    )
    expect(conflictsOf(graph)).toMatchObject([
      {
        kind: 'divergent-update',
        entityKind: 'node',
        type: 'Person',
        id: 'a',
        properties: ['age'],
        base: { id: 'a', age: 1 },
        target: { age: 2 },
        source: { age: 3 },
      },
    ])
  })

  it('reports every conflict of every kind at once and publishes nothing', () => {
    const graph = diverged(
      people,
      (tx) => {
        tx.upsertNode('Person', { name: 'new', age: 1, email: 'e@x' })
        tx.patchNode('Person', 'a', { age: 2 })
        tx.patchNode('Person', 'b', { age: 2 })
        tx.insertEdge('Knows', 'a', 'c', { id: 'k2' })
        tx.insertEdge('LivesIn', 'a', 'x', { id: 'l1' })
      },
      (tx) => {
        tx.upsertNode('Person', { name: 'new', age: 2 })
        tx.patchNode('Person', 'a', { age: 3 })
        tx.deleteNode('Person', 'b')
        tx.deleteNode('Person', 'c')
        tx.insertEdge('LivesIn', 'a', 'y', { id: 'l2' })
        tx.upsertNode('Person', { name: 'twin', email: 'e@x' })
      },
    )
    const conflicts = conflictsOf(graph)
    expect(conflicts.map((c) => `${c.kind} ${c.type} ${c.id} ${c.properties.join()}`).sort()).toEqual([
      'cardinality-violation LivesIn a ',
      'delete-vs-update Person b age',
      'divergent-insert Person new age,email',
      'divergent-update Person a age',
      'orphan-edge Knows k2 to',
      'unique-violation Person twin email',
    ])
    for (const c of conflicts) expect([c.message, c.remedy].every((text) => text.length > 10)).toBe(true)
  })

  it('reports an edge of the source at a node that the target deleted', () => {
    const graph = diverged(
      people,
      (tx) => tx.deleteNode('Person', 'c'),
      (tx) => tx.insertEdge('Knows', 'c', 'a', { id: 'k9' }),
    )
    expect(conflictsOf(graph)).toMatchObject([
      { kind: 'orphan-edge', type: 'Knows', id: 'k9', properties: ['from'] },
    ])
  })

  it('holds what an older branch brings to the schema of today, and brings a newer schema along', () => {
    const graph = diverged(
      people,
      () => {},
      (tx) => tx.upsertNode('Person', { name: 'z', age: 200 }),
    )
    const strict = SCHEMA.replace('bio: String? }', 'bio: String? title: String? @range(age, 0..150) }')
    graph.applySchema(strict)
    expect(conflictsOf(graph)).toMatchObject([
      { kind: 'value-violation', type: 'Person', id: 'z', properties: ['age'] },
    ])
    const other = () => graph.merge({ source: 'main', target: 'b' })
    expect(other).toThrow(/cannot be merged/)
    graph.transact({ branch: 'b' }, (tx) => tx.patchNode('Person', 'z', { age: 20 }))
    expect(other()).toMatchObject({ outcome: 'merged' })
    expect(graph.schema({ branch: 'b' }).digest).toBe(graph.schema().digest)
    graph.transact({ branch: 'b' }, (tx) => tx.patchNode('Person', 'z', { title: 'Dr' }))
    expect(graph.merge({ source: 'b' }).outcome).toBe('fast-forward')
    expect(graph.transact({}, (tx) => tx.node('Person', 'z')?.data).result).toMatchObject({
      age: 20,
      title: 'Dr',
    })
  })

  it('refuses two branches that were migrated apart from one another', () => {
    const graph = diverged(
      people,
      () => {},
      () => {},
    )
    graph.applySchema(SCHEMA.replace('bio: String?', 'bio: String? title: String?'))
    graph.applySchema(SCHEMA.replace('bio: String?', 'bio: String? rank: I32?'), { branch: 'b' })
    const heads = graph.branches().map((b) => b.head)
    let error: unknown
    try {
      graph.merge({ source: 'b' })
    } catch (thrown) {
      error = thrown
    }
    expect(error).toMatchObject({ kind: 'conflict', code: 'merge_schemas_diverged' })
    expect(graph.branches().map((b) => b.head)).toEqual(heads)
  })

  it('costs what the source changed: no statement of it walks a table', () => {
    const graph = diverged(
      (tx) => {
        for (let i = 0; i < 3000; i++) tx.upsertNode('Person', { name: `p${i}` })
      },
      (tx) => void tx.upsertNode('Person', { name: 'm' }),
      (tx) => void tx.upsertNode('Person', { name: 'n' }),
    )
    const planned = plansOf(graph.root, (fresh) => fresh.merge({ source: 'b', dryRun: true }))
    expect(planned.length).toBeGreaterThan(5)
    // Lists given as parameters are walked; tables are searched.
    const walks = planned.filter(([, step]) => /^SCAN /.test(step) && !step.includes('VIRTUAL TABLE'))
    expect(walks.filter(([text]) => /"(node|edge)_|FROM commits|births|ends|hidden/.test(text))).toEqual([])
  })
})

/** Each statement a fresh handle prepares inside, with each step of its plan. */
function plansOf(root: string, body: (graph: Graph) => unknown): [string, string][] {
  const graph = Graph.open(root)
  const prototype = Database.prototype as unknown as { prepare(text: string): unknown }
  const original = prototype.prepare
  const prepared = new Map<string, Database.Database>()
  prototype.prepare = function (this: Database.Database, text: string) {
    prepared.set(text, this)
    return original.call(this, text)
  }
  try {
    body(graph)
  } finally {
    prototype.prepare = original
  }
  const plans = [...prepared]
    .filter(([text]) => /^\s*(SELECT|WITH|UPDATE|DELETE)/.test(text))
    .flatMap(([text, db]) => {
      // The plan depends on the text alone; parameters are left out.
      const steps = db.prepare(`EXPLAIN QUERY PLAN ${text}`)
      return steps
        .raw()
        .all(...argumentsOf(text))
        .map((row) => [text, (row as unknown[])[3]] as [string, string])
    })
  graph.close()
  return plans
}

/** Nulls for every parameter. */
function argumentsOf(text: string): unknown[] {
  const named = [...text.matchAll(/@(\w+)/g)].map(([, name]) => [name, null])
  if (named.length > 0) return [Object.fromEntries(named)]
  const numbered = [...text.matchAll(/\?(\d+)/g)].map(([, n]) => [n, null])
  if (numbered.length > 0) return [Object.fromEntries(numbered)]
  return [...text.matchAll(/\?/g)].map(() => null)
}
