import type { Worker } from 'node:worker_threads'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { scratch, socialGraph } from '../testing/scratch.js'
import { GraphService } from './graph-service.js'

const files = scratch()
socialGraph(files.path('s.gp')).close()
const service = await GraphService.start(files.path('s.gp'), { readers: 1, deadlineMs: 60_000 })

/** The threads that the service has started since the test began, as Node tells of them. */
const threads: Worker[] = []
const keep = (worker: Worker): void => void threads.push(worker)
process.on('worker', keep)
beforeEach(() => {
  threads.length = 0
})
afterAll(async () => {
  process.off('worker', keep)
  await service.close()
  files.remove()
})

const RUNAWAY = `query q() { match { ${Array.from({ length: 22 }, (_, i) => `$v${i}: Person`).join('\n')} } return { count($v0) as n } }`
const NAMES = 'query q() { match { $p: Person } return { $p.name } }'

it('a read whose thread dies fails with graph_worker_failed, and a new thread answers the next', async () => {
  await service.mutate('query m() { insert Person { name: "a" } insert Person { name: "b" } }')
  await service.mutate('query m() { insert Person { name: "c" } insert Person { name: "d" } }')
  threads.length = 0
  const reading = startedThread()
  const failed = service.query(RUNAWAY).catch((error) => error)
  await (await reading).terminate()
  expect(await failed).toMatchObject({ kind: 'unavailable', code: 'graph_worker_failed' })
  expect((await service.query(NAMES)).rowCount).toBe(4)
  expect(threads).toHaveLength(2)
})

it('a write whose thread dies in the middle leaves nothing of it, and the next write lands', async () => {
  const before = service.graph.head().id
  await service.mutate('query m() { insert Person { name: "writer" } }')
  const head = service.graph.head().id
  expect(head).not.toBe(before)
  const writing = startedThread()
  const other = await GraphService.start(files.path('s.gp'))
  const failed = other
    .load(manyPeople(), { mode: 'append', onProgress: () => void writing.then((w) => w.terminate()) })
    .catch((error) => error)
  expect(await failed).toMatchObject({ kind: 'unavailable', code: 'graph_worker_failed' })
  expect(other.graph.head().id).toBe(head)
  const { commit } = await other.mutate('query m() { insert Person { name: "after" } }')
  expect(commit?.parents).toEqual([head])
  expect(other.graph.repair().healthy).toBe(true)
  await other.close()
})

it('a thread that cannot start fails its request the same way, and one that can is tried the next time', async () => {
  const started = await GraphService.start(files.path('s.gp'))
  process.once('worker', (worker) => void worker.terminate())
  const failed = started.query('query q() { match { $p: Person } return { count($p) as n } }')
  await expect(failed).rejects.toMatchObject({ code: 'graph_worker_failed' })
  expect((await started.query(NAMES)).rowCount).toBeGreaterThan(0)
  await started.close()
})

function startedThread(): Promise<Worker> {
  return new Promise((resolve) => process.once('worker', resolve))
}

async function* manyPeople(): AsyncIterable<string> {
  for (let i = 0; i < 100_000; i++) yield JSON.stringify({ type: 'Person', data: { name: `many ${i}` } })
}
