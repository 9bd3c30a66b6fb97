import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { processIdentity } from '@groundplane/core'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { Graph } from '../graph.js'
import { SOCIAL, scratch, socialGraph } from '../testing/scratch.js'
import { detachGraph, removeDetached } from './detach.js'

const files = scratch()
afterAll(() => files.remove())

const ADD = 'query add($n: String) { insert Person { name: $n } }'
let count = 0
let root: string
beforeEach(() => {
  root = files.path(`g${++count}.gp`)
})

/** What stands in the directory for this graph, its remains included. */
const entries = () => readdirSync(files.dir).filter((name) => name.includes(`g${count}.gp`))

describe('deleting a graph', () => {
  it('takes the root away at once, then its remains, and is done when there is nothing', () => {
    socialGraph(root).close()
    detachGraph(root)
    expect(existsSync(root)).toBe(false)
    expect(entries()).toHaveLength(1)
    removeDetached(root)
    expect(entries()).toEqual([])
    detachGraph(root)
    removeDetached(root)
  })

  it('removes the remains of its own graph only, however many there are', () => {
    for (let round = 0; round < 2; round++) {
      socialGraph(root).close()
      detachGraph(root)
    }
    const other = files.path(`x-g${count}.gp`)
    socialGraph(other).close()
    detachGraph(other)
    expect(entries()).toHaveLength(3)
    removeDetached(root)
    expect(entries()).toEqual([`.x-g${count}.gp.deleted-1`])
  })

  it('is refused unless every branch is where it was seen', () => {
    const graph = socialGraph(root)
    graph.createBranch('review')
    const heads = () => Object.fromEntries(graph.branches().map((b) => [b.name, b.head]))
    const seen = heads()
    graph.mutate(ADD, { n: 'ada' }, { branch: 'review' })
    const refused = expect.objectContaining({ kind: 'stale', code: 'graph_moved' })
    expect(() => detachGraph(root, { ifHeads: seen })).toThrow(refused)
    expect(() => detachGraph(root, { ifHeads: { main: heads()['main'] as string } })).toThrow(refused)
    graph.mutate(ADD, { n: 'bob' }) // still there, and still written to
    detachGraph(root, { ifHeads: heads() })
    expect(existsSync(root)).toBe(false)
    graph.close()
  })

  it('waits for no export and takes nothing away while one runs', () => {
    const graph = socialGraph(root)
    graph.mutate(ADD, { n: 'ada' })
    graph.mutate(ADD, { n: 'bob' })
    const lines = graph.export()[Symbol.iterator]()
    lines.next()
    expect(() => detachGraph(root)).toThrow(expect.objectContaining({ code: 'graph_export_in_progress' }))
    expect(existsSync(root)).toBe(true)
    lines.return?.()
    detachGraph(root)
    graph.close()
  })

  it('is held up by the export of another machine, not by one of a process that is gone', () => {
    socialGraph(root).close()
    const [machine] = processIdentity().split('-')
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    writeFileSync(`${root}/.export.${machine}-${pid}-1.1`, '')
    const elsewhere = `${root}/.export.${'f'.repeat(16)}-1-1.1`
    writeFileSync(elsewhere, '') // of another machine nothing is known
    expect(() => detachGraph(root)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^An export /) }),
    )
    rmSync(elsewhere)
    detachGraph(root)
    expect(existsSync(root)).toBe(false)
  })

  it('refuses the writes of whoever still has it open, and lets them read on', () => {
    const open = socialGraph(root)
    open.mutate(ADD, { n: 'ada' })
    detachGraph(root)
    const refused = expect.objectContaining({ kind: 'conflict', code: 'graph_deleted' })
    expect(() => open.mutate(ADD, { n: 'bob' })).toThrow(refused)
    expect(() => open.createBranch('late')).toThrow(refused)
    expect(open.query('query all() { match { $p: Person } return { $p.name } }', {}).rowCount).toBe(1)
    open.close()
  })

  it('leaves a graph made anew at the same root alone, also when the old one is closed after it', () => {
    const old = socialGraph(root)
    old.mutate(ADD, { n: 'old' })
    detachGraph(root)
    removeDetached(root)
    const anew = Graph.create(root, { schema: SOCIAL })
    anew.mutate(ADD, { n: 'new' })
    old.close() // SQLite removes a log by its path when the last one leaves
    anew.mutate(ADD, { n: 'newer' })
    const reader = Graph.open(root, { readOnly: true })
    const names = reader.query(
      'query all() { match { $p: Person } return { $p.name } order { $p.name } }',
      {},
    )
    expect(names.rows.map((r) => Object.values(r)[0])).toEqual(['new', 'newer'])
    reader.close()
    anew.close()
    const again = Graph.open(root)
    expect(again.snapshot().types.find((t) => t.name === 'Person')?.rows).toBe(2)
    again.close()
  })

  it('takes away what cannot be opened only when nobody asks what it holds', () => {
    mkdirSync(root)
    writeFileSync(`${root}/graph.db`, 'not a database')
    expect(() => detachGraph(root, { ifHeads: { main: 'x' } })).toThrow()
    expect(existsSync(root)).toBe(true)
    detachGraph(root)
    removeDetached(root)
    expect(entries()).toEqual([])
  })
})
