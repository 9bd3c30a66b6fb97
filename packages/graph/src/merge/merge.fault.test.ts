import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { Graph } from '../graph.js'
import { scratch, socialGraph } from '../testing/scratch.js'

const files = scratch()
afterAll(() => files.remove())
const CHILD = fileURLToPath(new URL('../testing/merge-crash-child.js', import.meta.url))

interface Acknowledged {
  readonly created: number
  readonly merged: number
}

/** Kills the child after so many lines and a moment more; resolves with what it had acknowledged. */
function killAfter(root: string, lines: number, extraMs: number): Promise<Acknowledged> {
  return new Promise((resolve) => {
    const running = spawn(process.execPath, [CHILD, root], { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    let armed = false
    running.stdout.on('data', (data: Buffer) => {
      text += data
      if (!armed && text.split('\n').length > lines) {
        armed = true
        setTimeout(() => running.kill('SIGKILL'), extraMs)
      }
    })
    const last = (word: string): number =>
      Number([...text.matchAll(new RegExp(`${word} (\\d+)\\n`, 'g'))].at(-1)?.[1] ?? -1)
    running.on('exit', () =>
      resolve({ created: last('created'), merged: Math.max(last('ready'), last('merged')) }),
    )
  })
}

it('obligations 2 and 3: after a kill each branch and each merge is there wholly or not at all, acknowledged ones are', async () => {
  const root = files.path('merge.gp')
  socialGraph(root).close()
  for (let round = 0; round < 8; round++) {
    const { created, merged } = await killAfter(root, 2 + round, (round * 5) % 13)
    const graph = Graph.open(root)
    const merges = graph.commits().filter((c) => c.kind === 'merge')
    expect(merges.length).toBeGreaterThanOrEqual(merged)
    for (const commit of merges) {
      expect(commit.parents).toHaveLength(2)
      expect(graph.changes(commit.id).filter((c) => c.type === 'Knows')).toHaveLength(20)
    }
    const rows = (type: string) => graph.snapshot().types.find((t) => t.name === type)?.rows
    expect(rows('Knows')).toBe(merges.length * 20)
    if (created >= merges.length) expect(graph.branches().map((b) => b.name)).toContain(`work/${created}`)
    for (const { name } of graph.branches()) {
      const knows = graph.snapshot({ branch: name }).types.find((t) => t.name === 'Knows')?.rows as number
      expect(knows % 20).toBe(0)
    }
    expect(graph.repair({ dryRun: true })).toMatchObject({ healthy: true })
    graph.close()
  }
}, 90_000)
