import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Graph } from '../graph.js'
import { FORMAT_VERSION } from './format.js'

/**
 * A graph of format 2 as version 0.1.0 wrote it (74 commits on main, a branch merged and gone on with, a deleted
 * branch, a cleanup, a migration), and what that version answered about it.
 */
const kept = (name: string): Buffer =>
  gunzipSync(readFileSync(new URL(`../../src/testing/formats/${name}.gz`, import.meta.url)))

interface Answers {
  readonly main: string[]
  readonly work: string[]
  readonly branches: unknown[]
  readonly commits: { readonly id: string }[]
  readonly onWork: { readonly id: string }[]
  readonly past: Readonly<Record<string, string[]>>
  readonly changes: Readonly<Record<string, unknown[]>>
}

let dir: string
let root: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gp-upgrade-'))
  root = join(dir, 'old.gp')
  mkdirSync(root)
  writeFileSync(join(root, 'graph.db'), kept('format-2.db'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

function formatOf(path: string): unknown {
  const db = new Database(join(path, 'graph.db'), { readonly: true })
  try {
    return db.prepare("SELECT value FROM meta WHERE key = 'format'").pluck().get()
  } finally {
    db.close()
  }
}

function answersOf(graph: Graph): Answers {
  const commits = graph.commits()
  return {
    main: [...graph.export()],
    work: [...graph.export({ branch: 'work' })],
    branches: graph.branches(),
    commits,
    onWork: graph.commits({ branch: 'work' }),
    past: Object.fromEntries(commits.slice(0, 8).map(({ id }) => [id, [...graph.export({ commit: id })]])),
    changes: Object.fromEntries(commits.slice(0, 6).map(({ id }) => [id, graph.changes(id)])),
  }
}

describe('a graph of format 2', () => {
  it('answers as it did, is healthy, and takes writes, merges and cleanups', () => {
    const { healthy: _, ...expected } = JSON.parse(kept('format-2.answers.json').toString()) as Answers & {
      healthy: boolean
    }
    expect(formatOf(root)).toBe(2)
    const graph = Graph.open(root)
    try {
      expect(formatOf(root)).toBe(FORMAT_VERSION)
      expect(JSON.parse(JSON.stringify(answersOf(graph)))).toEqual(expected)
      for (const { id } of expected.commits) expect(graph.commit(id).id).toBe(id)
      expect(graph.repair({ dryRun: true })).toMatchObject({ healthy: true, repaired: [], unrepairable: [] })
      graph.transact({ branch: 'work' }, (tx) => tx.upsertNode('Person', { name: 'new', age: 1 }))
      expect(graph.merge({ source: 'work' }).outcome).toBe('merged')
      expect(graph.commits({ limit: 2 })[1]?.id).toBe(expected.commits[0]?.id)
      expect(graph.cleanup({ keep: 1 }).removedCommits).toBeGreaterThan(0)
      expect(graph.repair()).toMatchObject({ healthy: true })
    } finally {
      graph.close()
    }
  })

  it('is brought up to date for a reader too, and once', () => {
    const reader = Graph.open(root, { readOnly: true })
    try {
      expect(formatOf(root)).toBe(FORMAT_VERSION)
      expect(reader.commits()).toHaveLength(76)
    } finally {
      reader.close()
    }
    const before = readFileSync(join(root, 'graph.db'))
    Graph.open(root, { readOnly: true }).close()
    expect(readFileSync(join(root, 'graph.db')).equals(before)).toBe(true)
  })

  it('stays what it was when its upgrade does not get to its end', () => {
    const db = new Database(join(root, 'graph.db'))
    // What the upgrade makes is there already: it fails half way.
    db.exec('CREATE TABLE commit_ids (other TEXT)')
    db.close()
    expect(() => Graph.open(root)).toThrow(/commit_ids/)
    const after = new Database(join(root, 'graph.db'))
    expect(after.prepare('SELECT COUNT(*) FROM commits').pluck().get()).toBe(79)
    after.exec('DROP TABLE commit_ids')
    after.close()
    expect(formatOf(root)).toBe(2)
    Graph.open(root).close()
    expect(formatOf(root)).toBe(FORMAT_VERSION)
  })

  it.skipIf(process.getuid?.() === 0)('is refused with a remedy to who may not write it', () => {
    chmodSync(join(root, 'graph.db'), 0o444)
    chmodSync(root, 0o555)
    try {
      expect(() => Graph.open(root, { readOnly: true })).toThrow(
        expect.objectContaining({ code: 'graph_format_outdated' }),
      )
    } finally {
      chmodSync(root, 0o755)
    }
  })
})
