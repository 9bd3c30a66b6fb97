import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, expect, it } from 'vitest'
import { Graph } from './graph.js'
import { GraphService } from './service/graph-service.js'
import { scratch, socialGraph } from './testing/scratch.js'

const files = scratch()
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

it('obligation 9: a file that is damaged, or of a newer format, is refused loudly and left as it is', () => {
  const root = files.path('damaged.gp')
  socialGraph(root).close()
  writeFileSync(`${root}/graph.db`, 'no database at all')
  expect(code(() => Graph.open(root))).toBe('graph_unreadable')
  expect(readFileSync(`${root}/graph.db`, 'utf8')).toBe('no database at all')
})

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

it('obligations 10, 24: a write that stops in the middle leaves no state', async () => {
  const root = files.path('stopped.gp')
  const graph = socialGraph(root)
  const head = graph.head().id
  const stop = new Error('stop')
  expect(() =>
    graph.transact({}, (tx) => {
      tx.upsertNode('Person', { name: 'a' })
      tx.insertEdge('Knows', 'a', 'a')
      throw stop
    }),
  ).toThrow(stop)
  async function* lines() {
    yield '{"type":"Person","data":{"name":"a"}}'
    throw stop
  }
  await expect(graph.load(lines(), { mode: 'append' })).rejects.toBe(stop)
  expect([graph.head().id, graph.snapshot().types.every((t) => t.rows === 0)]).toEqual([head, true])
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

it('obligation 22: a point read after many commits runs the same plan and reads the same rows as after few', () => {
  const graph = socialGraph(files.path('depth.gp'))
  const read = graph.prepare(
    graph.checkedQuery(
      'query q($n: String) { match { $p: Person { name: $n } } return { $p.age as age } }',
    ) as never,
  )
  const perRead = (): number => {
    const times = Array.from({ length: 200 }, () => {
      const startedAt = performance.now()
      read.all({ n: 'a' })
      return performance.now() - startedAt
    }).sort((x, y) => x - y)
    return times[50] as number
  }
  graph.transact({}, (tx) => tx.upsertNode('Person', { name: 'a', age: 0 }))
  const few = perRead()
  for (let i = 1; i <= 150; i++) graph.transact({}, (tx) => tx.patchNode('Person', 'a', { age: i }))
  expect(read.all({ n: 'a' })).toEqual([{ age: 150 }])
  expect(perRead()).toBeLessThan(10 * few + 0.1)
  graph.close()
})
