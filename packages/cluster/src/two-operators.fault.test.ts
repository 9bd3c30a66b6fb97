import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type StorageRoot, storageRoot } from '@groundplane/storage'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadApplied } from './applied.js'
import { applyCluster } from './apply.js'
import type { ApplyDocument } from './documents.js'
import { importCluster } from './refresh.js'
import { forceUnlock, statusCluster } from './status.js'
import { ClusterFixture, codes, FRIENDS } from './testing/cluster-fixture.js'
import { NO_S3, S3ClusterFixture } from './testing/s3-fixture.js'

const CHILD = fileURLToPath(new URL('./testing/operator-child.js', import.meta.url))
const STATE = '__cluster/state.json'
const LOCK = '__cluster/lock.json'
const INTENTS = '__cluster/recoveries/'

interface Operator {
  readonly process: ChildProcessWithoutNullStreams
  /** Until it stands at its step. */
  readonly waiting: Promise<void>
  /** Lets it go on to its end. */
  finish(): Promise<ApplyDocument>
  kill(): Promise<void>
}

function operator(dir: string, actor: string, step = 'none'): Operator {
  const child = spawn(process.execPath, [CHILD, dir, actor, step])
  let output = ''
  let errors = ''
  child.stderr.on('data', (text) => {
    errors += text
  })
  const closed = once(child, 'close')
  const waiting = new Promise<void>((resolve) => {
    child.stdout.on('data', (text) => {
      output += text
      if (output.startsWith('waiting\n')) resolve()
    })
  })
  return {
    process: child,
    waiting,
    async finish() {
      child.stdin.end('\n')
      await closed
      if (errors !== '') throw new Error(errors)
      return JSON.parse(output.replace('waiting\n', '')) as ApplyDocument
    },
    async kill() {
      child.kill('SIGKILL')
      await closed
    },
  }
}

const kinds: [kind: string, missing: boolean, make: () => ClusterFixture][] = [
  ['a directory', false, () => new ClusterFixture()],
  ['S3', NO_S3, () => new S3ClusterFixture()],
]

describe.each(kinds)('two operators on %s', { timeout: 120_000 }, (_kind, missing, make) => {
  let fixture: ClusterFixture
  let storage: StorageRoot
  beforeEach(async () => {
    if (missing) return
    fixture = make()
    storage = fixture instanceof S3ClusterFixture ? fixture.storage : storageRoot(fixture.dir)
    await importCluster(fixture.dir)
  })
  afterEach(() => fixture?.dispose())

  const json = async (key: string) => {
    const found = await storage.get(key)
    return found ? JSON.parse(Buffer.from(found.body).toString('utf8')) : undefined
  }
  const lockOff = () =>
    fixture.edit('cluster.yaml', (text) => text.replace('graphs:', 'state: { lock: false }\ngraphs:'))

  it.skipIf(missing)(
    'at once: the first to lock wins, and the other is told who holds the lock',
    async () => {
      const ada = operator(fixture.dir, 'ada', 'before ledger')
      await ada.waiting
      const { lock_id } = await json(LOCK)
      const ben = await operator(fixture.dir, 'ben').finish()
      expect(ben).toMatchObject({ ok: false, state_written: false, changes: [] })
      expect(codes(ben, 'error')).toEqual(['state_lock_held'])
      expect(ben.diagnostics[0]?.message).toContain(`by ada, process ${ada.process.pid}`)
      expect(ben.diagnostics[0]?.remedy).toContain(lock_id)
      expect(await ada.finish()).toMatchObject({ ok: true, converged: true })
      expect(await json(STATE)).toMatchObject({ state_revision: 2, written_by: 'ada' })
      expect(await json(LOCK)).toBeUndefined()
    },
  )

  it.skipIf(missing)(
    'without the lock: the first to write the ledger wins, and the other is told that it moved',
    async () => {
      await applyCluster(fixture.dir)
      lockOff()
      fixture.write('queries/friends.gq', FRIENDS)
      const ada = operator(fixture.dir, 'ada', 'before ledger')
      await ada.waiting
      const ben = await operator(fixture.dir, 'ben').finish()
      expect(ben).toMatchObject({ ok: true, converged: true, state_written: true })
      const written = await storage.get(STATE)
      const told = await ada.finish()
      expect(told).toMatchObject({ ok: false, converged: false, state_written: false })
      expect(codes(told, 'error')).toEqual(['state_cas_mismatch'])
      expect((await storage.get(STATE))?.etag).toBe(written?.etag)
      expect(await json(STATE)).toMatchObject({ written_by: 'ben' })
    },
  )

  it.skipIf(missing)(
    'four at once, and again: the ledger is whole at every look, and every revision has one writer',
    async () => {
      let stop = false
      const revisions: number[] = []
      const looking = (async () => {
        while (!stop) {
          revisions.push((await json(STATE)).state_revision)
          await new Promise((resolve) => setImmediate(resolve))
        }
      })()
      let wrote = 0
      for (const [round, name] of ['one', 'two'].entries()) {
        fixture.write(`queries/${name}.gq`, FRIENDS.replace('friends', name))
        const documents = await Promise.all(
          Array.from({ length: 4 }, (_, i) => operator(fixture.dir, `operator-${round}-${i}`).finish()),
        )
        for (const document of documents) {
          if (document.ok) expect(document.converged).toBe(true)
          else expect(codes(document, 'error')).toEqual(['state_lock_held'])
        }
        const writers = documents.filter((d) => d.state_written)
        expect(writers).toHaveLength(1)
        expect((await json(STATE)).written_by).toBe(writers[0]?.actor)
        wrote += writers.length
      }
      stop = true
      await looking
      expect(revisions).toEqual([...revisions].sort((a, b) => a - b))
      expect(await json(STATE)).toMatchObject({ state_revision: 1 + wrote })
      expect(await storage.list(INTENTS)).toEqual([])
      expect((await loadApplied(fixture.dir)).quarantined).toEqual([])
    },
  )

  it.skipIf(missing)(
    'when one died on another machine: its lock is reported with its owner and released by its exact id only',
    async () => {
      const ada = operator(fixture.dir, 'ada', 'after create graph.knowledge')
      await ada.waiting
      await ada.kill()
      // The same lock as a machine elsewhere would have left it: from here nobody can tell that its owner is gone.
      const found = await storage.get(LOCK)
      const lock = {
        ...(await json(LOCK)),
        host: 'elsewhere',
        owner: `0123456789abcdef-${ada.process.pid}-1`,
      }
      await storage.put(LOCK, JSON.stringify(lock), { ifMatch: found?.etag as string })
      const ben = await operator(fixture.dir, 'ben').finish()
      expect(codes(ben, 'error')).toEqual(['state_lock_held'])
      expect(ben.diagnostics[0]?.message).toContain(`by ada, process ${ada.process.pid} on elsewhere`)
      expect((await statusCluster(fixture.dir)).state_observations).toMatchObject({
        locked: true,
        lock_id: lock.lock_id,
        lock_actor: 'ada',
        lock_host: 'elsewhere',
        lock_pid: ada.process.pid,
      })
      expect(codes(await forceUnlock(fixture.dir, `${lock.lock_id}0`), 'error')).toEqual([
        'state_lock_id_mismatch',
      ])
      expect(await json(LOCK)).toEqual(lock)
      expect(await forceUnlock(fixture.dir, lock.lock_id)).toMatchObject({ ok: true, lock_removed: true })
      const after = await operator(fixture.dir, 'ben').finish()
      expect(after).toMatchObject({ ok: true, converged: true })
      expect(await storage.list(INTENTS)).toEqual([])
    },
  )

  it.skipIf(missing)(
    'when one died on this machine: the next command names the owner and takes over exactly that lock',
    async () => {
      const ada = operator(fixture.dir, 'ada', 'after intent graph.knowledge')
      await ada.waiting
      await ada.kill()
      const { lock_id } = await json(LOCK)
      const ben = await operator(fixture.dir, 'ben').finish()
      expect(ben).toMatchObject({ ok: true, converged: true })
      const told = ben.diagnostics.find((d) => d.code === 'state_lock_abandoned')
      expect(told?.message).toContain(lock_id)
      expect(told?.message).toContain(`by ada, process ${ada.process.pid}`)
      expect(await json(LOCK)).toBeUndefined()
    },
  )

  it.skipIf(missing)(
    'when one is killed at any step: the other converges, and once more changes no byte',
    async () => {
      for (const step of [
        'after intent graph.knowledge',
        'after create graph.knowledge',
        'after payload query.knowledge.find_person',
        'before ledger',
        'after ledger',
        'before unlock',
      ]) {
        const own = make()
        const root = own instanceof S3ClusterFixture ? own.storage : storageRoot(own.dir)
        await importCluster(own.dir)
        const imported = (await root.get(STATE))?.etag
        const ada = operator(own.dir, 'ada', step)
        await ada.waiting
        await ada.kill()
        // What was made before the ledger is written is inert: its bytes have not moved.
        if (!['after ledger', 'before unlock'].includes(step))
          expect((await root.get(STATE))?.etag, step).toBe(imported)
        expect(await applyCluster(own.dir), step).toMatchObject({ ok: true, converged: true })
        const { etag } = (await root.get(STATE)) ?? {}
        expect(await root.list(INTENTS), step).toEqual([])
        expect(await root.get(LOCK), step).toBeNull()
        expect(await applyCluster(own.dir), step).toMatchObject({ converged: true, state_written: false })
        expect((await root.get(STATE))?.etag, step).toBe(etag)
        own.dispose()
      }
    },
  )
})
