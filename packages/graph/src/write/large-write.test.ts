import { systemClock, ulidSource } from '@groundplane/core'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { Graph } from '../graph.js'
import { Lifeline } from '../query/deadline.js'
import { openDatabase } from '../storage/database.js'
import { History } from '../storage/history.js'
import { SchemaStore } from '../storage/schema-store.js'
import { scratch } from '../testing/scratch.js'
import { abandonWrite, beginWrite, finishWrite, type WriteEnvironment } from './commit-writer.js'

const MANY = 5000

const files = scratch()
afterAll(() => files.remove())

let env: WriteEnvironment
let count = 0
beforeEach(() => {
  const root = files.path(`g${++count}.gp`)
  Graph.create(root, { schema: 'node Item { key: I32 @key }' }).close()
  const db = openDatabase(root, new Lifeline())
  env = {
    db,
    history: new History(db),
    schemas: new SchemaStore(db),
    clock: systemClock,
    ids: ulidSource(systemClock),
  }
  return () => db.close()
})

const cacheKiB = () => -(env.db.pragma('cache_size', { simple: true }) as number)

/** A write that has borne so many versions. */
function bearing(versions: number) {
  const write = beginWrite(env, {})
  const type = write.changes.nodeType('Item')
  for (let key = 0; key < versions; key++) write.changes.putNode(type, { key }, true)
  return { write, type }
}

it('a large write has a larger page cache than others until it is committed', () => {
  const before = cacheKiB()
  const { write } = bearing(MANY)
  expect(cacheKiB()).toBeGreaterThan(4 * before)
  finishWrite(env, write, {}, 'mutation')
  expect(cacheKiB()).toBe(before)
  finishWrite(env, bearing(0).write, {}, 'mutation')
})

it('a write of fewer versions keeps the page cache as it is', () => {
  const before = cacheKiB()
  const { write } = bearing(MANY - 1)
  expect(cacheKiB()).toBe(before)
  finishWrite(env, write, {}, 'mutation')
})

it('a large write that is abandoned, or changes nothing in the end, gives its page cache back', () => {
  const before = cacheKiB()
  bearing(MANY)
  abandonWrite(env)
  expect(cacheKiB()).toBe(before)
  const { write, type } = bearing(MANY)
  for (let key = 0; key < MANY; key++) {
    const row = write.changes.lookUp(type, String(key))
    if (row) write.changes.delete(type, row)
  }
  expect(finishWrite(env, write, {}, 'mutation')).toBeNull()
  expect(cacheKiB()).toBe(before)
})
