import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Graph } from '../graph.js'

let dir: string
let graph: Graph

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gp-pages-'))
  graph = Graph.create(join(dir, 'g.gp'), { schema: 'node Person { name: String @key  age: I32? }' })
  graph.transact({}, (tx) => {
    for (let i = 0; i < 5000; i++) tx.upsertNode('Person', { name: `person number ${i}`, age: i })
  })
  // Some history, so that the indexes of it have more than one page.
  graph.mutate('query q() { update Person set { age: 1 } where age < 2500 }')
})
afterEach(() => {
  graph.close()
  rmSync(dir, { recursive: true, force: true })
})

/** Frames of the log since it began: a header of 32 bytes, then pages with 24 bytes before each. */
function framesWritten(body: () => void): number {
  graph.optimize() // The log is empty then.
  body()
  const log = readFileSync(join(dir, 'g.gp', 'graph.db-wal'))
  const pageBytes = log.readUInt32BE(8)
  return (log.length - 32) / (pageBytes + 24)
}

function logBytes(): number {
  return statSync(join(dir, 'g.gp', 'graph.db-wal')).size
}

describe('the log', () => {
  it('is folded back after a commit that changed very much, so that small ones after it are written over it', () => {
    graph.optimize()
    graph.transact({}, (tx) => {
      for (let i = 0; i < 10_000; i++) tx.upsertNode('Person', { name: `another ${i}`, age: i })
    })
    const large = logBytes()
    expect(large).toBeGreaterThan(500_000)
    for (let i = 0; i < 20; i++)
      graph.mutate(`query q() { update Person set { age: -1 } where name = "another ${i}" }`)
    expect(logBytes()).toBe(large)
  })
})

describe('a commit of one changed row', () => {
  it('writes the two versions, their entries in four indexes, and one page of history', () => {
    // Of twenty in a row each lies elsewhere; now and then a page is full.
    const frames = framesWritten(() => {
      for (let i = 0; i < 20; i++) {
        const name = `person number ${2500 + 120 * i}`
        expect(
          graph.mutate('query q($n: String) { update Person set { age: -1 } where name = $n }', { n: name })
            .commit,
        ).not.toBeNull()
      }
    })
    expect(frames / 20).toBeGreaterThanOrEqual(7)
    expect(frames / 20).toBeLessThan(9)
    // Each of them half the size that SQLite would choose.
    expect(logBytes() / 20).toBeLessThan(9 * (2048 + 24))
  })

  it('is made under the schema that another process has put in force since the text was checked', () => {
    const query = 'query q() { update Person set { age: 77 } where name = "person number 7" }'
    graph.mutate(query)
    const other = Graph.open(graph.root)
    other.applySchema('node Person { name: String @key  age: I32?  city: String? }')
    other.close()
    const changed = query.replace('77', '78')
    expect(graph.mutate(query).commit).toBeNull()
    expect(graph.mutate(changed).updated).toBe(1)
    expect(
      graph.mutate('query q() { update Person set { city: "Rome" } where name = "person number 7" }').updated,
    ).toBe(1)
  })
})
