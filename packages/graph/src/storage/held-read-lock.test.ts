import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { ReadQuery } from '@groundplane/lang'
import Database from 'better-sqlite3'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Graph } from '../graph.js'
import { scratch } from '../testing/scratch.js'
import { HeldReadLock } from './held-read-lock.js'

const files = scratch()
afterAll(() => files.remove())
let made = 0

/** A file with a table of numbers in a log, a reader with its lock, and another connection as another process has it. */
function doors() {
  const file = files.path(`lock${made++}.db`)
  const other = new Database(file, { timeout: 0 })
  other.pragma('journal_mode = WAL')
  other.exec('CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1)')
  const reader = new Database(file)
  const clock = { ms: 1000 }
  const lock = new HeldReadLock(reader, () => clock.ms)
  const sum = reader.prepare('SELECT sum(n) FROM t').pluck()
  /** So many reads, `everyMs` apart. */
  const read = (times: number, everyMs: number): unknown => {
    let last: unknown
    for (let i = 0; i < times; i++) {
      clock.ms += everyMs
      lock.beforeRead()
      last = sum.get()
    }
    return last
  }
  /** Whether the whole log could be folded back and emptied just now. */
  const folds = (): boolean => (other.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[])[0]?.busy === 0
  const write = (n: number) => other.prepare('INSERT INTO t VALUES (?)').run(n)
  return { lock, reader, read, folds, write, clock }
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

describe('the read lock that is held over reads in quick succession', () => {
  it('is taken when reads come quickly and nobody writes, and never when they come slowly', () => {
    const slow = doors()
    slow.read(500, 2)
    expect(slow.lock.held).toBe(false)
    const quick = doors()
    quick.read(500, 0.1)
    expect(quick.lock.held).toBe(true)
  })

  it('hides no commit of another connection from the reads it serves', () => {
    const { lock, read, write } = doors()
    read(500, 0.1)
    expect(lock.held).toBe(true)
    write(10)
    expect(read(1, 0.1)).toBe(11)
    write(100)
    expect(read(1, 0.1)).toBe(111)
  })

  it('keeps the log from being folded while it is held, and no longer', () => {
    const { lock, read, folds, write } = doors()
    read(500, 0.1)
    expect(folds()).toBe(false)
    lock.release()
    expect(folds()).toBe(true)
    read(1000, 0.1)
    write(2)
    expect(lock.held).toBe(true)
    vi.runAllTimers()
    expect(lock.held).toBe(false)
    expect(folds()).toBe(true)
  })

  it('is not held while somebody writes again and again, so that the log can be folded between any two reads', () => {
    const { lock, read, folds, write } = doors()
    for (let n = 0; n < 100; n++) {
      write(n)
      read(100, 0.2)
      expect(lock.held).toBe(false)
    }
    expect(folds()).toBe(true)
    read(1000, 0.1)
    expect(lock.held).toBe(true)
  })

  it('goes on over turns of the event loop while reads go on, and ends with them', () => {
    const { lock, read, clock } = doors()
    read(500, 0.1)
    for (let i = 0; i < 5; i++) {
      read(40, 1)
      vi.advanceTimersToNextTimer()
      expect(lock.held).toBe(true)
    }
    clock.ms += 25
    vi.advanceTimersToNextTimer()
    expect(lock.held).toBe(false)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is not taken within a transaction of its reader, nor while it is barred, nor once closed', () => {
    const { lock, reader, read } = doors()
    reader.exec('BEGIN')
    read(500, 0.1)
    expect(lock.held).toBe(false)
    reader.exec('COMMIT')
    lock.bar()
    read(500, 0.1)
    expect(lock.held).toBe(false)
    lock.allow()
    read(1000, 0.1)
    expect(lock.held).toBe(true)
    lock.close()
    read(1000, 0.1)
    expect(lock.held).toBe(false)
  })
})

describe('a graph that is read in quick succession', () => {
  it('folds its log back whole when it is told to in the midst of them, and writes and closes', () => {
    vi.useRealTimers()
    const root = files.path('g.gp')
    const graph = Graph.create(root, { schema: 'node P { k: String @key  n: I32? }' })
    const put = (n: number) => graph.transact({}, (tx) => tx.upsertNode('P', { k: 'a', n }))
    put(1)
    const text = 'query point($k: String) { match { $p: P { k: $k } } return { $p.n as n } }'
    const query = graph.prepare(graph.checkedQuery(text) as ReadQuery)
    const readForAWhile = (n: number): void => {
      for (let i = 0; i < 30_000; i++) {
        const found = query.all({ k: 'a' })[0]?.n
        if (found !== n) throw new Error(`read ${found}, not ${n}`)
      }
    }
    readForAWhile(1)
    expect(graph.optimize().checkpointed).toBe(true)
    expect(statSync(join(root, 'graph.db-wal')).size).toBe(0)
    put(2)
    readForAWhile(2)
    graph.close()
    const again = Graph.open(root)
    expect(again.optimize().checkpointed).toBe(true)
    again.close()
  })
})
