import Database from 'better-sqlite3'
import { afterAll, describe, expect, it } from 'vitest'
import type { Graph } from './graph.js'
import { GraphService } from './service/graph-service.js'
import { translated } from './storage/database.js'
import { scratch, socialGraph } from './testing/scratch.js'
import type { Transaction } from './write/transaction.js'

const files = scratch()
afterAll(() => files.remove())
let made = 0
const fresh = (): Graph => socialGraph(files.path(`g${made++}.gp`))

const code = (expected: string) =>
  expect.objectContaining({ code: expected, remedy: expect.stringMatching(/\S/) })
const ADD = 'query add($name: String) { insert Person { name: $name } }'
const COUNT = 'query people() { match { $p: Person } return { count($p) as n } }'
const people = (g: Graph) => g.query(COUNT).rows[0]?.['n']

describe('a graph that is used in a way it cannot be used', () => {
  it('explains a write at a branch and not at a past commit', () => {
    const g = fresh()
    const { id } = g.head()
    expect(() => g.explain(ADD, { name: 'a' }, { commit: id })).toThrow(code('snapshot_not_writable'))
    expect(g.explain(ADD, { name: 'a' }).query.kind).toBe('write')
    expect(people(g)).toBe(0)
  })

  it('runs a read as a query and not as a mutation', () => {
    const g = fresh()
    expect(() => g.mutate(COUNT)).toThrow(code('not_a_write_query'))
    expect(g.head().kind).toBe('init')
    g.mutate(ADD, { name: 'a' })
    expect(people(g)).toBe(1)
  })

  it('wants the name of the query when a text holds several, and takes it', () => {
    const g = fresh()
    const both = `${COUNT}\n${COUNT.replace('people', 'again')}`
    expect(() => g.query(both)).toThrow(code('query_name_required'))
    expect(g.query(both, {}, { name: 'again' }).rows).toEqual([{ n: 0 }])
  })

  it('keeps nothing of a transaction whose body is asynchronous', () => {
    const g = fresh()
    const body = async (tx: Transaction) => tx.upsertNode('Person', { name: 'a' })
    expect(() => g.transact({}, body)).toThrow(code('transaction_async'))
    expect(people(g)).toBe(0)
    g.transact({}, (tx) => tx.upsertNode('Person', { name: 'a' }))
    expect(people(g)).toBe(1)
  })

  it('refuses a transaction that has ended', () => {
    const g = fresh()
    let kept: Transaction | undefined
    g.transact({}, (tx) => {
      kept = tx
      tx.upsertNode('Person', { name: 'a' })
    })
    expect(() => kept?.upsertNode('Person', { name: 'b' })).toThrow(code('transaction_closed'))
    expect(people(g)).toBe(1)
  })

  it('refuses a write inside a write, and ends the outer one as if it had failed', () => {
    const g = fresh()
    const nested = () =>
      g.transact({}, (tx) => {
        tx.upsertNode('Person', { name: 'a' })
        g.mutate(ADD, { name: 'b' })
      })
    expect(nested).toThrow(code('write_in_progress'))
    expect(people(g)).toBe(0)
    g.mutate(ADD, { name: 'b' })
    expect(people(g)).toBe(1)
  })

  it('makes an edge of two nodes and not of a node and nothing', () => {
    const g = fresh()
    for (const name of ['a', 'b']) g.mutate(ADD, { name })
    const know = 'query know($from: String?) { insert Knows { from: $from, to: "b" } }'
    expect(() => g.mutate(know, { from: null })).toThrow(code('endpoint_missing'))
    expect(g.mutate(know, { from: 'a' }).affected.edges).toBe(1)
  })

  it('merges two branches and not one with itself', () => {
    const g = fresh()
    expect(() => g.merge({ source: 'main' })).toThrow(code('merge_same_branch'))
    g.createBranch('draft')
    expect(g.merge({ source: 'draft' }).outcome).toBe('already-up-to-date')
  })

  it('answers nothing after its service has closed', async () => {
    const g = fresh()
    const service = await GraphService.start(g.root)
    expect((await service.query(COUNT)).rows).toEqual([{ n: 0 }])
    await service.close()
    await expect(service.query(COUNT)).rejects.toThrow(code('graph_closed'))
    await expect(service.mutate(ADD, { name: 'a' })).rejects.toThrow(code('graph_closed'))
    await expect(service.snapshot()).rejects.toThrow(code('graph_closed'))
    await expect(service.createBranch('b')).rejects.toThrow(code('graph_closed'))
    expect(() => service.export()).toThrow(code('graph_closed'))
    expect(people(g)).toBe(0)
  })
})

describe('what SQLite refuses', () => {
  const failureOf = (sql: string, before = ''): unknown => {
    const db = new Database(':memory:')
    try {
      db.exec(before)
      db.prepare(sql).run()
    } catch (error) {
      return error
    } finally {
      db.close()
    }
    throw new Error('expected a failure')
  }

  it('a full disk is a failure of the disk, of which nothing was kept', () => {
    const full = failureOf(
      'INSERT INTO t VALUES (zeroblob(100000))',
      'CREATE TABLE t (x); PRAGMA max_page_count = 3',
    )
    expect(translated(full)).toEqual(code('graph_io_failed'))
  })

  it('a value larger than a cell can be is too large', () => {
    const db = new Database(':memory:')
    expect(() => db.prepare('SELECT zeroblob(2147483647)').get()).toThrow()
    try {
      db.prepare('SELECT zeroblob(2147483647)').get()
    } catch (error) {
      expect(translated(error)).toEqual(code('value_too_large'))
    }
    db.close()
  })
})
