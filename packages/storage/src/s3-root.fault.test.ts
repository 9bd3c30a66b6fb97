import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type S3RootOptions, s3Root } from './s3-root.js'
import type { StorageError } from './storage-error.js'
import type { StorageRoot } from './storage-root.js'
import { type Fault, FaultProxy, type Trap } from './testing/fault-proxy.js'
import { freshLocation, NO_S3 } from './testing/s3-bucket.js'

const ENDPOINT = process.env.AWS_ENDPOINT_URL as string
const pause = async () => {}

const isWrite: Trap['when'] = ({ method, conditional }) => method === 'PUT' && conditional
const isRead: Trap['when'] = ({ method }) => method === 'GET'

/** A fault for the next conditional put. */
const write = (kind: Fault['kind'], meanwhile?: () => Promise<void>): Trap => ({
  when: isWrite,
  fault: { kind } as Fault,
  ...(meanwhile && { meanwhile }),
})

describe.skipIf(NO_S3)('a root on S3 behind a broken network', () => {
  let proxy: FaultProxy
  let location: string
  let direct: StorageRoot
  let root: StorageRoot

  const through = (options: S3RootOptions = {}) =>
    s3Root(location, { endpoint: proxy.endpoint, pause, ...options })
  const text = async (key: string) => {
    const found = await direct.get(key)
    return found && Buffer.from(found.body).toString('utf8')
  }

  beforeEach(async () => {
    proxy = await FaultProxy.before(ENDPOINT)
    location = freshLocation()
    direct = s3Root(location)
    root = through()
    await root.put('warm', 'up', { ifNoneMatch: true }) // past the proof of conditions
  })
  afterEach(async () => {
    expect(proxy.unused).toBe(0)
    await proxy.close()
  })

  it.each<[string, Fault]>([
    ['the connection ends before the server hears of it', { kind: 'cut-before' }],
    ['the connection ends before the answer arrives', { kind: 'cut-after' }],
    ['the server throttles', { kind: 'answer', status: 503, code: 'SlowDown' }],
    ['the server fails before it wrote', { kind: 'answer', status: 500, code: 'InternalError' }],
    ['the server fails after it wrote', { kind: 'answer-after', status: 500, code: 'InternalError' }],
    [
      'another conditional write is in flight',
      { kind: 'answer', status: 409, code: 'ConditionalRequestConflict' },
    ],
  ])('creates, replaces and deletes by tag exactly once when %s', async (_, fault) => {
    proxy.trap({ when: isWrite, fault })
    const created = await root.put('x', '1', { ifNoneMatch: true })
    expect(await direct.get('x')).toMatchObject({ etag: created.etag })
    proxy.trap({ when: isWrite, fault })
    const replaced = await root.put('x', '2', { ifMatch: created.etag })
    expect(await direct.get('x')).toMatchObject({ etag: replaced.etag })
    expect(await text('x')).toBe('2')
    proxy.trap({ when: isWrite, fault })
    expect(await root.delete('x', { ifMatch: replaced.etag })).toBe(true)
    expect(await direct.get('x')).toBeNull()
  })

  it('knows that it lost when another writer was quicker while its request was lost, though both wrote the same', async () => {
    const { etag } = await root.put('x', '1')
    proxy.trap(write('cut-before', async () => void (await direct.put('x', '2', { ifMatch: etag }))))
    await expect(root.put('x', '2', { ifMatch: etag })).rejects.toMatchObject({ code: 'precondition_failed' })
    proxy.trap(write('cut-before', async () => void (await direct.put('y', 'same', { ifNoneMatch: true }))))
    await expect(root.put('y', 'same', { ifNoneMatch: true })).rejects.toMatchObject({
      code: 'precondition_failed',
    })
  })

  it('says that the outcome is unknown when others wrote on top of what may have been its write', async () => {
    const { etag } = await root.put('x', '1')
    const onTop = async () => {
      const now = await direct.get('x')
      await direct.put('x', '3', { ifMatch: now?.etag as string })
    }
    proxy.trap(write('cut-after', onTop))
    await expect(root.put('x', '2', { ifMatch: etag })).rejects.toMatchObject({
      code: 'storage_outcome_unknown',
    })
    expect(await text('x')).toBe('3')
  })

  it('says that the outcome is unknown when no attempt is answered, and that it failed when none was sent', async () => {
    const few = through({ attempts: 3 })
    await few.put('few', '1', { ifNoneMatch: true })
    proxy.trap(write('cut-before'), write('cut-before'), write('cut-before'))
    await expect(few.put('x', '1', { ifNoneMatch: true })).rejects.toMatchObject({
      code: 'storage_outcome_unknown',
    })
    const closed = s3Root(location, { endpoint: await nobodyListens(), pause })
    await expect(closed.put('x', '1')).rejects.toMatchObject({ code: 'storage_write_error' })
    await expect(closed.get('x')).rejects.toMatchObject({ code: 'storage_read_error' })
    expect(await direct.get('x')).toBeNull()
  })

  it('gives up a request that is not answered in time, and tries again', async () => {
    const hurried = through({ requestMs: 1500 })
    await hurried.put('hurried', '1', { ifNoneMatch: true })
    proxy.trap(write('silent'))
    await hurried.put('x', '1', { ifNoneMatch: true })
    expect(await text('x')).toBe('1')
  })

  it('reads whole or not at all: a body cut in the middle is read again', async () => {
    const body = 'x'.repeat(100_000)
    await direct.put('big', body)
    proxy.trap({ when: isRead, fault: { kind: 'cut-within' } })
    expect((await root.get('big'))?.body.length).toBe(body.length)
    proxy.trap(
      { when: isRead, fault: { kind: 'cut-after' } },
      { when: isRead, fault: { kind: 'cut-before' } },
    )
    expect(await root.list('')).toEqual(['big', 'warm'])
    proxy.trap({ when: ({ method }) => method === 'DELETE', fault: { kind: 'cut-after' } })
    expect(await root.delete('big')).toBe(true)
  })

  it('refuses to answer from half a listing', async () => {
    for (const key of ['a', 'b', 'c']) await direct.put(key, key)
    const paged = through({ pageKeys: 2, attempts: 1 })
    const second: Trap['when'] = ({ url }) => url.includes('continuation-token')
    proxy.trap({ when: second, fault: { kind: 'answer', status: 503, code: 'SlowDown' } })
    await expect(paged.list('')).rejects.toMatchObject({ code: 'storage_read_error' })
  })

  it('loses and doubles nothing under any mixture of faults: what it calls done is there once, what it calls refused is not', async () => {
    let seed = Number(process.env.GROUNDPLANE_FAULT_SEED ?? 20_261_121)
    const random = () => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
      return seed / 0x7fffffff
    }
    const kinds: Fault[] = [
      { kind: 'cut-before' },
      { kind: 'cut-after' },
      { kind: 'answer', status: 503, code: 'SlowDown' },
      { kind: 'answer-after', status: 500, code: 'InternalError' },
    ]
    await root.put('log', '[]')
    const done: string[] = []
    const refused: string[] = []
    const writer = async (name: string) => {
      const own = through({ random })
      for (let i = 0; i < 15; i++) {
        const found = await own.get('log')
        const log = JSON.parse(Buffer.from(found?.body ?? '').toString('utf8')) as string[]
        if (random() < 0.5)
          proxy.trap({ when: isWrite, fault: kinds[Math.floor(random() * kinds.length)] as Fault })
        const entry = `${name}${i}`
        const outcome = await own
          .put('log', JSON.stringify([...log, entry]), { ifMatch: found?.etag as string })
          .then(
            () => 'done',
            (error: StorageError) => error.code,
          )
        if (outcome === 'done') done.push(entry)
        else if (outcome === 'precondition_failed') refused.push(entry)
        else expect(outcome).toBe('storage_outcome_unknown')
      }
    }
    await Promise.all(['a', 'b', 'c'].map(writer))
    while (proxy.unused > 0)
      await root.put(`drain/${proxy.unused}`, '', { ifNoneMatch: true }).catch(() => {})
    const log = JSON.parse((await text('log')) as string) as string[]
    expect(new Set(log).size).toBe(log.length)
    expect(log.filter((entry) => done.includes(entry))).toHaveLength(done.length)
    expect(log.filter((entry) => refused.includes(entry))).toEqual([])
    expect(done.length).toBeGreaterThan(5)
    expect(refused.length).toBeGreaterThan(5)
  })
})

async function nobodyListens(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}
