import { spawn } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { GraphError } from './error.js'
import { Graph } from './graph.js'
import { CRASH_STEPS } from './testing/crash-steps.js'
import { scratch, socialGraph } from './testing/scratch.js'

/** Every n-th statement boundary is hit; with 1, all of them (`npm run test:faults`). */
const STRIDE = Number(process.env.GROUNDPLANE_CRASH_STRIDE ?? 40)
const RANDOM_ROUNDS = Number(process.env.GROUNDPLANE_CRASH_ROUNDS ?? 3)
const SEED = Number(process.env.GROUNDPLANE_CRASH_SEED ?? Date.now() % 2 ** 31)

const files = scratch()
const script = fileURLToPath(new URL('./testing/steps-child.js', import.meta.url))
const start = files.path('start.gp')
/** What a reader sees after each number of steps. */
const states: string[] = []
let statements = 0
let wallMs = 0

interface Run {
  readonly acknowledged: number
  /** Null when the child did not come to its end. */
  readonly statements: number | null
}

function run(root: string, killAt: number, afterMs?: number): Promise<Run> {
  const child = spawn(process.execPath, [script, root, String(killAt)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const timer = afterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), afterMs)
  let text = ''
  child.stdout.on('data', (data: Buffer) => {
    text += data
  })
  return new Promise((resolve) => {
    child.on('close', () => {
      clearTimeout(timer)
      const ended = /^statements (\d+)$/m.exec(text)?.[1]
      resolve({
        acknowledged: text.split('\n').filter((line) => line.startsWith('acknowledged')).length,
        statements: ended === undefined ? null : Number(ended),
      })
    })
  })
}

/** All that a reader can see, at every commit; ids and times, which each run makes anew, left out. */
function stateOf(graph: Graph): string {
  return JSON.stringify(
    graph
      .branches()
      .map(({ name: branch }) => [
        branch,
        graph.snapshot({ branch }).types,
        graph.commits({ branch }).map((commit) => [commit.kind, commit.changes, seenAt(graph, commit.id)]),
      ]),
  )
}

/** What a commit answers, or the code it is refused with once its data is gone. */
function seenAt(graph: Graph, commit: string): unknown {
  try {
    return [
      graph.schema({ commit }).source,
      [...graph.export({ commit })].map((line) => line.replace(/"id":"[^"]*"/g, '"id"')).sort(),
      graph
        .changes(commit)
        .map((c) =>
          [c.op, c.type, c.before, c.after].map((x) => JSON.stringify(x)?.replace(/"id":"[^"]*"/g, '"id"')),
        ),
    ]
  } catch (error) {
    return (error as GraphError).code
  }
}

/** Runs the child until it is killed; judges what it left. True when it was killed before its end. */
async function killAndLook(killAt: number, afterMs?: number): Promise<boolean> {
  const root = files.path('killed.gp')
  cpSync(start, root, { recursive: true })
  const { acknowledged, statements: ended } = await run(root, killAt, afterMs)
  const graph = Graph.open(root)
  const at = states.indexOf(stateOf(graph))
  // The last step may have landed without its acknowledgement having been heard; no other may.
  expect([acknowledged, acknowledged + 1], `killed at ${killAt}, after ${afterMs} ms`).toContain(at)
  expect(graph.repair({ dryRun: true })).toMatchObject({ healthy: true, repaired: [], unrepairable: [] })
  for (const work of CRASH_STEPS.slice(at)) await work(graph)
  expect(stateOf(graph)).toBe(states.at(-1))
  graph.close()
  rmSync(root, { recursive: true })
  return ended === null
}

beforeAll(async () => {
  const graph = socialGraph(start)
  graph.close()
  const inProcess = files.path('in-process.gp')
  cpSync(start, inProcess, { recursive: true })
  const reference = Graph.open(inProcess)
  states.push(stateOf(reference))
  for (const work of CRASH_STEPS) {
    await work(reference)
    states.push(stateOf(reference))
  }
  reference.close()
  const undisturbed = files.path('undisturbed.gp')
  cpSync(start, undisturbed, { recursive: true })
  const startedAt = performance.now()
  statements = (await run(undisturbed, 0)).statements as number
  wallMs = performance.now() - startedAt
}, 120_000)
afterAll(() => {
  files.remove()
  console.info(`crash: ${statements} boundaries, every ${STRIDE}, GROUNDPLANE_CRASH_SEED=${SEED}`)
})

it('the steps differ in what they leave, so that a lost or torn one would be seen', () => {
  expect(new Set(states).size).toBe(CRASH_STEPS.length + 1)
  expect(statements).toBeGreaterThan(100)
})

it('obligations 1, 2, 3: killed at a write boundary, each acknowledged commit is there, none is torn, and the work can go on', async () => {
  for (let at = 1 + (SEED % STRIDE); at <= statements; at += STRIDE) {
    expect(await killAndLook(at)).toBe(true)
  }
}, 3_600_000)

it('obligations 1, 2, 3: the same at random moments', async () => {
  let seed = SEED
  for (let round = 0; round < RANDOM_ROUNDS; round++) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    await killAndLook(0, wallMs * (0.3 + (0.7 * seed) / 0x7fffffff))
  }
}, 3_600_000)
