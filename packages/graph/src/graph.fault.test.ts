import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterAll, expect, it } from 'vitest'
import { Graph } from './graph.js'
import { scratch, socialGraph } from './testing/scratch.js'

const files = scratch()
afterAll(() => files.remove())
const child = (name: string, ...args: string[]) =>
  spawn(process.execPath, [fileURLToPath(new URL(`./testing/${name}.js`, import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })

/** Kills the child after so many lines of output and a random moment more; resolves with the last acknowledged count. */
function killAfter(root: string, kind: string, lines: number, extraMs: number): Promise<number> {
  return new Promise((resolve) => {
    const running = child('crash-child', root, kind)
    let text = ''
    let armed = false
    running.stdout.on('data', (data: Buffer) => {
      text += data
      if (!armed && text.split('\n').length > lines) {
        armed = true
        setTimeout(() => running.kill('SIGKILL'), extraMs)
      }
    })
    running.on('exit', () =>
      resolve(Number([...text.matchAll(/(?:ready|acknowledged) (\d+)\n/g)].at(-1)?.[1])),
    )
  })
}

it.each(['transact', 'load'])(
  'shows each commit whole or not at all after a kill during %s',
  async (kind) => {
    const root = files.path(`${kind}.gp`)
    socialGraph(root).close()
    for (let round = 0; round < 6; round++) {
      const acknowledged = await killAfter(root, kind, 2 + (round % 3), (round * 7) % 11)
      const graph = Graph.open(root)
      const rows = graph.snapshot().types[0]?.rows as number
      expect(rows % 50).toBe(0)
      expect(rows).toBeGreaterThanOrEqual(acknowledged)
      const inserted = graph.commits().reduce((sum, c) => sum + c.changes.inserted - c.changes.deleted, 0)
      expect(inserted).toBe(graph.snapshot().types.reduce((sum, t) => sum + t.rows, 0))
      graph.close()
      const db = new Database(`${root}/graph.db`)
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
      db.close()
    }
  },
  60_000,
)

it('obligation 17: makes one linear chain of the commits of eight processes, with no lost write', async () => {
  const root = files.path('writers.gp')
  const graph = socialGraph(root)
  graph.transact({}, (tx) => tx.upsertNode('Person', { name: 'counter', age: 0 }))
  const exits = Array.from({ length: 8 }).map(
    () => new Promise((resolve) => child('writer-child', root, '10').on('exit', resolve)),
  )
  expect(await Promise.all(exits)).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
  expect(graph.transact({}, (tx) => tx.node('Person', 'counter')?.data.age).result).toBe(80)
  const commits = graph.commits()
  expect(commits.length).toBe(82)
  for (const [i, c] of commits.slice(0, -1).entries()) expect(c.parents).toEqual([commits[i + 1]?.id])
}, 60_000)
