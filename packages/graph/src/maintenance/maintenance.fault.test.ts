import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterAll, expect, it } from 'vitest'
import type { GraphError } from '../error.js'
import { Graph } from '../graph.js'
import { scratch, socialGraph } from '../testing/scratch.js'

const files = scratch()
afterAll(() => files.remove())

/** Kills the child a moment after it began its n-th maintenance. */
function killInside(root: string, kind: string, round: number, extraMs: number): Promise<void> {
  return new Promise((resolve) => {
    const script = fileURLToPath(new URL('../testing/maintenance-child.js', import.meta.url))
    const child = spawn(process.execPath, [script, root, kind], { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    let armed = false
    child.stdout.on('data', (data: Buffer) => {
      text += data
      if (armed || text.split('begin\n').length <= round) return
      armed = true
      setTimeout(() => child.kill('SIGKILL'), extraMs)
    })
    child.on('exit', () => resolve())
  })
}

const ALL = 'query q() { match { $p: Person } return { $p } }'

it.each(['optimize', 'repair', 'cleanup'])(
  'obligations 3 and 4: a kill inside %s leaves a graph that is sound, and no commit half removed',
  async (kind) => {
    const root = files.path(`${kind}.gp`)
    const made = socialGraph(root)
    made.transact({}, (tx) => {
      for (let i = 0; i < 300; i++) tx.upsertNode('Person', { name: `p${i}` })
    })
    if (kind === 'repair') {
      const db = new Database(`${root}/graph.db`)
      db.exec('DELETE FROM births; DROP INDEX "ix:node_Person:p_age:cold"')
      db.close()
    }
    made.close()
    for (let round = 1; round <= 5; round++) {
      await killInside(root, kind, round, (round * 5) % 13)
      const graph = Graph.open(root)
      const head = graph.query(ALL).rows
      // What a commit still answers is all of it; what it does not is said.
      for (const commit of graph.commits().slice(0, -2)) {
        try {
          expect(graph.query(ALL, {}, { commit: commit.id }).rowCount).toBeGreaterThanOrEqual(299)
        } catch (error) {
          expect((error as GraphError).code).toBe('commit_removed')
        }
      }
      if (kind === 'repair') graph.repair()
      expect(graph.repair()).toMatchObject({ healthy: true, repaired: [], unrepairable: [] })
      expect(graph.query(ALL).rows).toEqual(head)
      graph.close()
    }
  },
  120_000,
)
