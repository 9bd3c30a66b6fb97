import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
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

it('obligation 5: after a lost answer of making or deleting a branch a look tells what happened, and doing it again changes nothing', () => {
  const root = files.path('branches.gp')
  const graph = socialGraph(root)
  graph.createBranch('b')
  const made = graph.transact({ branch: 'b' }, (tx) => tx.upsertNode('Person', { name: 'a' })).commit?.id
  expect(code(() => graph.createBranch('b'))).toBe('branch_exists')
  const other = Graph.open(root)
  expect(other.branches().map((b) => [b.name, b.head])).toContainEqual(['b', made])
  graph.deleteBranch('b')
  expect(code(() => other.deleteBranch('b'))).toBe('branch_not_found')
  expect(other.branches().map((b) => b.name)).toEqual(['main'])
  for (const g of [graph, other]) g.close()
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

it('obligation 12: a read-only open repairs nothing of what is derived, answers without it, and refuses to repair', () => {
  const root = files.path('unrepaired.gp')
  const whole = socialGraph(root)
  whole.transact({}, (tx) => tx.upsertNode('Person', { name: 'a', age: 1 }))
  whole.close()
  const file = `${root}/graph.db`
  edit(file, 'DELETE FROM births; DROP INDEX "ix:node_Person:p_age:hot"')
  const before = readFileSync(file)
  const graph = Graph.open(root, { readOnly: true })
  expect(graph.query('query q() { match { $p: Person { age: 1 } } return { $p.name as n } }').rows).toEqual([
    { n: 'a' },
  ])
  const refused = [() => graph.repair(), () => graph.optimize(), () => graph.cleanup({ keep: 1 })]
  expect(refused.map(code)).toEqual(['graph_read_only', 'graph_read_only', 'graph_read_only'])
  graph.close()
  expect(readFileSync(file).equals(before)).toBe(true)
})

it('obligation 12: a read-only open of what a crash left reads its log and leaves it', () => {
  const root = files.path('logged.gp')
  const writer = socialGraph(root)
  writer.transact({}, (tx) => tx.upsertNode('Person', { name: 'a' }))
  // As a kill and a restart of the machine leave it: the commit is in the log only.
  const left = files.path('left.gp')
  cpSync(root, left, { recursive: true, filter: (file) => !file.endsWith('-shm') })
  writer.close()
  const bytes = () =>
    Buffer.concat(['graph.db', 'graph.db-wal'].map((name) => readFileSync(`${left}/${name}`)))
  const before = bytes()
  expect(readFileSync(`${left}/graph.db-wal`).length).toBeGreaterThan(0)
  const graph = Graph.open(left, { readOnly: true })
  expect(graph.snapshot().types[0]?.rows).toBe(1)
  graph.close()
  expect(bytes().equals(before)).toBe(true)
})

it.each([
  ['is not stored', 'DELETE FROM schemas'],
  ['is no JSON', "UPDATE schemas SET model = '{'"],
  ['is half written', 'UPDATE schemas SET layout = substr(layout, 1, length(layout) / 2)'],
])(
  'obligation 12: a schema that %s is refused, never guessed, by readers and writers, and left as it is',
  (_, damage) => {
    const root = files.path(`torn-${damaged++}.gp`)
    socialGraph(root).close()
    edit(`${root}/graph.db`, damage)
    const bytes = readFileSync(`${root}/graph.db`)
    for (const readOnly of [true, false]) {
      const graph = Graph.open(root, { readOnly })
      const doors = [
        () => graph.query('query q() { match { $p: Person } return { $p.name } }'),
        () => [...graph.export()],
        ...(readOnly ? [] : [() => graph.transact({}, (tx) => tx.upsertNode('Person', { name: 'a' }))]),
      ]
      for (const door of doors) expect(code(door)).toBe('graph_unreadable')
      graph.close()
    }
    expect(readFileSync(`${root}/graph.db`).equals(bytes)).toBe(true)
  },
)

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

it('obligation 16: a read that has begun goes on in its own moment, whatever is written meanwhile', async () => {
  const root = files.path('moment.gp')
  const graph = socialGraph(root)
  const put = (age: number) =>
    graph.transact({}, (tx) => {
      for (const name of ['a', 'b']) tx.upsertNode('Person', { name, age })
      tx.upsertNode('Note', { id: 'n', text: `at ${age}` })
    })
  put(1)
  const service = await GraphService.start(root)
  const seen = (line: string) => Object.values(JSON.parse(line).data).at(-1)
  const direct = graph.export()[Symbol.iterator]()
  const threaded = service.export({})[Symbol.asyncIterator]()
  const first = [seen(direct.next().value as string), seen((await threaded.next()).value as string)]
  put(2)
  graph.applySchema(graph.schema().source.replace('age: I32?', 'age: I64?'))
  const rest: unknown[][] = [[], []]
  for (const line of { [Symbol.iterator]: () => direct }) rest[0]?.push(seen(line))
  for await (const line of { [Symbol.asyncIterator]: () => threaded }) rest[1]?.push(seen(line))
  expect([first, rest]).toEqual([
    [1, 1],
    [
      [1, 'at 1'],
      [1, 'at 1'],
    ],
  ])
  expect([...graph.export()].map(seen)).toEqual([2, 2, 'at 2'])
  await service.close()
  graph.close()
})

it('obligation 18: optimize decides which indexes nobody wants in the write transaction that drops them', () => {
  const root = files.path('gates.gp')
  const graph = socialGraph(root)
  edit(`${root}/graph.db`, 'CREATE INDEX "ix:node_Person:unwanted:hot" ON node_Person(id)')
  const inside = new Map<string, boolean>()
  const ran = statementsOf(
    () => graph.optimize(),
    (text, within) => inside.set(text, within),
  )
  const looked = ran.filter((text) => /sqlite_schema/.test(text))
  const dropped = ran.filter((text) => text.startsWith('DROP INDEX'))
  expect([looked.length > 0, dropped.length > 0]).toEqual([true, true])
  for (const text of [...looked, ...dropped]) expect([text, inside.get(text)]).toEqual([text, true])
  graph.close()
})

it('obligation 20: what was claimed, the rows in the file, every way to read them, history, and handles old and new agree', async () => {
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
  expect(commit?.changes).toEqual({ inserted: 1, updated: 0, deleted: 0 })
  const db = new Database(`${root}/graph.db`, { readonly: true })
  expect(db.prepare('SELECT id, p_age FROM node_Person WHERE br = 1 AND ended IS NULL').all()).toEqual([
    { id: 'a', p_age: result },
  ])
  db.close()
  const views = [aged, writer, fresh].map((graph) => [
    graph.head().id,
    graph.snapshot().types[0]?.rows,
    [...graph.export()],
    graph
      .feed({ start: 'beginning' })
      .blocks.at(-1)
      ?.changes.map((c) => [c.op, c.id, c.after?.age]),
    graph.query(text, {}, { commit: commit?.id as string }).rows,
  ])
  const view = [
    commit?.id,
    1,
    ['{"type":"Person","data":{"name":"a","age":1}}'],
    [['inserted', 'a', 1]],
    rows,
  ]
  expect(views).toEqual([view, view, view])
  await service.close()
  for (const graph of [aged, writer, fresh]) graph.close()
})

it('obligation 21: with clock and ids given, the same writes leave the same history and the same rows', async () => {
  const NOW = 1_700_000_000_000
  const trace = async (name: string): Promise<unknown> => {
    let n = 0
    const ids = { next: () => `01ARZ3NDEKTSV4RRFFQ69${String(n++).padStart(5, '0')}` }
    const graph = Graph.create(files.path(name), {
      schema: 'node A { a: String @key } edge E: A -> A',
      graphId: 'g',
      clock: () => NOW,
      ids: ids as never,
    })
    graph.transact({}, (tx) => {
      tx.upsertNode('A', { a: 'x' })
      tx.insertEdge('E', 'x', 'x')
    })
    graph.createBranch('b')
    graph.mutate('query m() { insert A { a: "y" } }', {}, { branch: 'b' })
    await graph.load(['{"type":"A","data":{"a":"z"}}', '{"edge":"E","from":"z","to":"x"}'], {
      mode: 'append',
    })
    graph.merge({ source: 'b' })
    graph.applySchema('node A { a: String @key n: I32? } edge E: A -> A')
    graph.deleteBranch('b')
    const seen = [graph.commits(), graph.branches(), [...graph.export()], contents(graph.root)]
    expect(new Set(graph.commits().map((c) => Date.parse(c.at)))).toEqual(new Set([NOW]))
    graph.close()
    return seen
  }
  expect(await trace('one.gp')).toEqual(await trace('two.gp'))
})

it('obligation 22: after many commits a point read and a write run the same statements, the read by the same plan over the same one row', () => {
  const root = files.path('depth.gp')
  const graph = socialGraph(root)
  graph.transact({}, (tx) => tx.upsertNode('Person', { name: 'a', age: 0 }))
  const text = 'query q($n: String) { match { $p: Person { name: $n } } return { $p.age as age } }'
  const cost = (): unknown => {
    const fresh = Graph.open(root)
    fresh.query(text, { n: 'a' })
    const warm = statementsOf(() => fresh.query(text, { n: 'a' }))
    const plan = fresh.explain(text, { n: 'a' })
    const write = (age: number) => fresh.transact({}, (tx) => tx.patchNode('Person', 'a', { age }))
    write(101)
    const written = statementsOf(() => write(102))
    fresh.close()
    return [warm, plan.statements, written]
  }
  const few = cost()
  for (let i = 1; i <= 100; i++) graph.transact({}, (tx) => tx.patchNode('Person', 'a', { age: i }))
  expect(graph.query(text, { n: 'a' }).rows).toEqual([{ age: 100 }])
  expect(cost()).toEqual(few)
  // What the plan's index holds of it: one row, however many versions there are.
  const db = new Database(`${root}/graph.db`, { readonly: true })
  const count = (where: string) => db.prepare(`SELECT COUNT(*) FROM node_Person ${where}`).pluck().get()
  expect([count(''), count('INDEXED BY "ix:node_Person:id:hot" WHERE br = 1 AND ended IS NULL')]).toEqual([
    105, 1,
  ])
  db.close()
  graph.close()
})

type Methods = Record<string, (...args: unknown[]) => unknown>

/** Texts of the statements that run inside; `told` of each whether a transaction was open. */
function statementsOf(body: () => unknown, told?: (text: string, inTransaction: boolean) => void): string[] {
  const probe = new Database(':memory:')
  const statement = Object.getPrototypeOf(probe.prepare('SELECT 1')) as Methods
  probe.close()
  const ran: string[] = []
  const restores: (() => void)[] = []
  const watch = (
    prototype: Methods,
    name: string,
    read: (of: never, arg: unknown) => [string, Database.Database],
  ) => {
    const original = prototype[name] as Methods[string]
    prototype[name] = function (this: never, ...args: unknown[]) {
      const [text, db] = read(this, args[0])
      ran.push(text)
      told?.(text, db.inTransaction)
      return original.apply(this, args)
    }
    restores.push(() => {
      prototype[name] = original
    })
  }
  for (const name of ['run', 'get', 'all', 'iterate'])
    watch(statement, name, (of: { source: string; database: Database.Database }) => [of.source, of.database])
  watch(Database.prototype as never, 'exec', (db: Database.Database, sql) => [sql as string, db])
  try {
    body()
  } finally {
    for (const restore of restores) restore()
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
