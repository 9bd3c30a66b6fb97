import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { afterAll, expect, it } from 'vitest'
import { Graph } from './graph.js'
import { GraphService } from './service/graph-service.js'
import { scratch, socialGraph } from './testing/scratch.js'

const files = scratch()
let damaged = 0
afterAll(() => files.remove())
const code = (body: () => unknown): string => {
  try {
    body()
  } catch (error) {
    return (error as { code: string }).code
  }
  return 'no error'
}

it('obligations 5, 6: after a lost answer of create the graph is found whole, and a second create leaves it alone', () => {
  const root = files.path('twice.gp')
  const graph = socialGraph(root)
  graph.transact({}, (tx) => tx.upsertNode('Person', { name: 'a' }))
  const head = graph.head().id
  graph.close()
  expect(code(() => socialGraph(root))).toBe('graph_exists')
  const again = Graph.open(root)
  expect([again.head().id, again.snapshot().types[0]?.rows]).toEqual([head, 1])
  again.close()
})

it('obligation 6: an error after create has published the graph leaves the whole graph there', () => {
  const root = files.path('published.gp')
  const late = new Error('after the commit point')
  const options = {
    schema: 'node A { name: String @key }',
    // Read when the files are in place and the handle is made.
    get embedder(): undefined {
      throw late
    },
  }
  expect(() => Graph.create(root, options as never)).toThrow(late)
  const graph = Graph.open(root)
  graph.transact({}, (tx) => tx.upsertNode('A', { name: 'a' }))
  expect([graph.commits().map((c) => c.kind), graph.repair().healthy]).toEqual([['mutation', 'init'], true])
  graph.close()
})

it.each([
  ['is no database', 'graph_unreadable', (file: string) => writeFileSync(file, 'no database at all')],
  ['is empty', 'graph_unreadable', (file: string) => writeFileSync(file, '')],
  ['ends in the middle', 'graph_unreadable', (file: string) => truncateSync(file, 9000)],
  [
    'is a database of something else',
    'graph_unreadable',
    (file: string) => replace(file, 'CREATE TABLE t (a)'),
  ],
  [
    'has a newer format',
    'graph_format_unsupported',
    (file: string) => edit(file, "UPDATE meta SET value = 999 WHERE key = 'format'"),
  ],
])(
  'obligation 9: a file that %s is refused loudly (%s) by readers and writers, and left as it is',
  (_, wanted, damage) => {
    const root = files.path(`damaged-${damaged++}.gp`)
    socialGraph(root).close()
    damage(`${root}/graph.db`)
    const bytes = readFileSync(`${root}/graph.db`)
    for (const readOnly of [true, false]) expect(code(() => Graph.open(root, { readOnly }))).toBe(wanted)
    expect(readFileSync(`${root}/graph.db`).equals(bytes)).toBe(true)
  },
)

it('obligation 12: a read-only open writes nothing, and its handle refuses to', () => {
  const root = files.path('readonly.gp')
  socialGraph(root).close()
  const before = readFileSync(`${root}/graph.db`)
  const graph = Graph.open(root, { readOnly: true })
  expect(code(() => graph.transact({}, (tx) => tx.upsertNode('Person', { name: 'a' })))).toBe(
    'graph_read_only',
  )
  graph.close()
  expect(readFileSync(`${root}/graph.db`).equals(before)).toBe(true)
})

it('obligations 10, 24: a write that stops in the middle or is refused leaves no state: every table is as it was', async () => {
  const root = files.path('stopped.gp')
  const graph = socialGraph(root)
  graph.transact({}, (tx) => {
    for (const name of ['a', 'b']) tx.upsertNode('Person', { name, age: 1, email: `${name}@x` })
    tx.insertEdge('Knows', 'a', 'b')
  })
  graph.createBranch('side')
  graph.transact({ branch: 'side' }, (tx) => tx.patchNode('Person', 'a', { age: 2 }))
  graph.transact({}, (tx) => tx.patchNode('Person', 'a', { age: 3 }))
  const before = contents(root)
  const stop = new Error('stop')
  expect(() =>
    graph.transact({}, (tx) => {
      tx.upsertNode('Person', { name: 'c' })
      tx.insertEdge('Knows', 'a', 'a')
      tx.deleteNode('Person', 'b')
      throw stop
    }),
  ).toThrow(stop)
  async function* lines() {
    yield '{"type":"Person","data":{"name":"c"}}'
    throw stop
  }
  await expect(graph.load(lines(), { mode: 'append' })).rejects.toBe(stop)
  const bad = ['{"type":"Person","data":{"name":"c"}}', '{"type":"Person","data":{"name":"d","age":999}}']
  await expect(graph.load(bad, { mode: 'merge' })).rejects.toMatchObject({ code: 'load_rejected' })
  const twin = 'query m() { insert Person { name: "c" } update Person set { email: "a@x" } where name = "b" }'
  expect(code(() => graph.mutate(twin))).toBe('constraint_violation')
  expect(code(() => graph.merge({ source: 'side' }))).toBe('merge_conflict')
  expect(graph.merge({ source: 'side', dryRun: true }).conflicts).toHaveLength(1)
  const unsupported = graph.schema().source.replace('code: I64', 'code: String')
  expect(code(() => graph.applySchema(`${unsupported}\nnode New { a: String @key }`))).toBe(
    'migration_unsupported',
  )
  const unique = graph.schema().source.replace('age: I32?', 'age: I32? @unique')
  graph.transact({}, (tx) => tx.patchNode('Person', 'b', { age: 3 }))
  const head = contents(root)
  expect(head).not.toEqual(before)
  expect(code(() => graph.applySchema(`${unique}\nnode New { a: String @key }`))).toBe('constraint_violation')
  expect(code(() => graph.createBranch('side'))).toBe('branch_exists')
  graph.cleanup({ keep: 1, dryRun: true })
  graph.repair({ dryRun: true })
  expect(contents(root)).toEqual(head)
  expect(readdirSync(root).filter((name) => !name.startsWith('graph.db'))).toEqual([])
  graph.close()
})

it('obligation 14: what was checked against an older schema is refused, not run', () => {
  const root = files.path('stale.gp')
  const graph = socialGraph(root)
  const other = Graph.open(root)
  const prepared = other.prepare(
    other.checkedQuery('query q() { match { $p: Person } return { $p.name } }') as never,
  )
  graph.applySchema(`${graph.schema().source}\nnode Extra { name: String @key }`)
  expect(code(() => prepared.all())).toBe('schema_changed')
  other.close()
  graph.close()
})

it('obligation 20: the writer, its rows, its history, another handle and a service agree', async () => {
  const root = files.path('agree.gp')
  const aged = socialGraph(root)
  const text = 'query q() { match { $p: Person } return { $p.name as name, $p.age as age } }'
  aged.query(text)
  const writer = Graph.open(root)
  const { result, commit } = writer.transact({}, (tx) => {
    tx.upsertNode('Person', { name: 'a', age: 1 })
    return tx.node('Person', 'a')?.data.age
  })
  const service = await GraphService.start(root)
  const fresh = Graph.open(root)
  const rows = [{ name: 'a', age: result }]
  expect([aged.query(text).rows, fresh.query(text).rows, (await service.query(text)).rows]).toEqual([
    rows,
    rows,
    rows,
  ])
  expect(fresh.changes(commit?.id as string).map((c) => [c.op, c.id, c.after?.age])).toEqual([
    ['inserted', 'a', 1],
  ])
  await service.close()
  for (const graph of [aged, writer, fresh]) graph.close()
})

it('obligation 21: with clock and ids given, the same writes leave the same history and the same rows', () => {
  const trace = (name: string): string => {
    let n = 0
    const ids = { next: () => `01ARZ3NDEKTSV4RRFFQ69${String(n++).padStart(5, '0')}` }
    const graph = Graph.create(files.path(name), {
      schema: 'node A { a: String @key } edge E: A -> A',
      graphId: 'g',
      clock: () => 1_700_000_000_000,
      ids: ids as never,
    })
    graph.transact({}, (tx) => {
      tx.upsertNode('A', { a: 'x' })
      tx.insertEdge('E', 'x', 'x')
    })
    const seen = JSON.stringify([graph.commits(), [...graph.export()]])
    graph.close()
    return seen
  }
  expect(trace('one.gp')).toBe(trace('two.gp'))
})

it('obligation 22: a point read after many commits runs the same statements, by the same plan, over the same one row', () => {
  const root = files.path('depth.gp')
  const graph = socialGraph(root)
  graph.transact({}, (tx) => tx.upsertNode('Person', { name: 'a', age: 0 }))
  const text = 'query q($n: String) { match { $p: Person { name: $n } } return { $p.age as age } }'
  const cost = (): unknown => {
    const fresh = Graph.open(root)
    fresh.query(text, { n: 'a' })
    const warm = statementsOf(() => fresh.query(text, { n: 'a' }))
    const plan = fresh.explain(text, { n: 'a' })
    fresh.close()
    return [warm, plan.statements]
  }
  const few = cost()
  for (let i = 1; i <= 150; i++) graph.transact({}, (tx) => tx.patchNode('Person', 'a', { age: i }))
  expect(graph.query(text, { n: 'a' }).rows).toEqual([{ age: 150 }])
  expect(cost()).toEqual(few)
  // What the plan's index holds of it: one row, however many versions there are.
  const db = new Database(`${root}/graph.db`, { readonly: true })
  const count = (where: string) => db.prepare(`SELECT COUNT(*) FROM node_Person ${where}`).pluck().get()
  expect([count(''), count('INDEXED BY "ix:node_Person:id:hot" WHERE br = 1 AND ended IS NULL')]).toEqual([
    151, 1,
  ])
  db.close()
  graph.close()
})

/** Texts of the statements that run inside. */
function statementsOf(body: () => unknown): string[] {
  const probe = new Database(':memory:')
  const prototype = Object.getPrototypeOf(probe.prepare('SELECT 1')) as Record<
    string,
    (...a: unknown[]) => unknown
  >
  probe.close()
  const ran: string[] = []
  const originals = ['run', 'get', 'all', 'iterate'].map((name) => [name, prototype[name]] as const)
  for (const [name, original] of originals) {
    prototype[name] = function (this: { source: string }, ...args: unknown[]) {
      ran.push(this.source)
      return original?.apply(this, args)
    }
  }
  try {
    body()
  } finally {
    for (const [name, original] of originals) if (original) prototype[name] = original
  }
  return ran
}

/** Every row of every table. */
function contents(root: string): unknown {
  const db = new Database(`${root}/graph.db`, { readonly: true })
  try {
    const tables = db
      .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .all() as {
      name: string
      sql: string
    }[]
    return tables.map(({ name, sql }) => [name, sql, db.prepare(`SELECT * FROM "${name}"`).raw().all()])
  } finally {
    db.close()
  }
}

function edit(file: string, statement: string): void {
  const db = new Database(file)
  db.exec(statement)
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
}

function replace(file: string, statement: string): void {
  rmSync(file)
  edit(file, statement)
}
