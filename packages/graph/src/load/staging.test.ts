import { readdirSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import type { GraphError } from '../error.js'
import { GraphService } from '../service/graph-service.js'
import { scratch, socialGraph } from '../testing/scratch.js'
import { MAX_LINE_BYTES, numberedLines } from './lines.js'
import { discardStaged, stagedChunks, stageInput } from './staging.js'

const files = scratch()
afterAll(() => files.remove())
const person = (name: string, more = {}) => JSON.stringify({ type: 'Person', data: { name, ...more } })
const failed = (promise: Promise<unknown>): Promise<GraphError> =>
  promise.then(
    () => Promise.reject(new Error('expected a failure')),
    (error) => error,
  )
/** A sender that sends one line, then nothing until it is released. */
function stalled(first: string): { source: AsyncIterable<string>; asked: Promise<void>; release(): void } {
  let release = (): void => undefined
  let ask = (): void => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const asked = new Promise<void>((resolve) => {
    ask = resolve
  })
  async function* source() {
    yield first
    ask()
    await held
  }
  return { source: source(), asked, release }
}
async function* bytes(size: number, chunk: number) {
  for (let at = 0; at < size; at += chunk) yield new Uint8Array(Math.min(chunk, size - at)).fill(0x61)
}

describe('what many loads keep in memory', () => {
  const MIB = 1024 * 1024
  async function* lines(mebibytes: number) {
    for (let i = 0; i < mebibytes; i++) yield Buffer.from(`${'a'.repeat(MIB - 1)}\n`)
  }
  const held = (input: { memory: readonly Uint8Array[] }) =>
    input.memory.reduce((n, chunk) => n + chunk.length, 0)
  const read = (input: Parameters<typeof stagedChunks>[0]) =>
    [...stagedChunks(input)].reduce((n, chunk) => n + chunk.length, 0)

  it('is bounded for all of them, each still whole, and given back when they have ended', async () => {
    const g = socialGraph(files.path('many.gp'))
    const stage = (n: number) => stageInput(lines(n), g.root)
    const staged = []
    for (let i = 0; i < 12; i++) staged.push(await stage(12))
    expect(staged.map(held).reduce((sum, bytes) => sum + bytes, 0)).toBe(64 * MIB)
    expect(staged.map(read)).toEqual(staged.map(() => 12 * MIB))
    for (const input of staged) discardStaged(input)
    const broken = (async function* () {
      yield* lines(3)
      throw new Error('gone')
    })()
    await expect(stageInput(broken, g.root)).rejects.toThrow('gone')
    const again = [await stage(12), await stage(2)]
    expect(again.map(held)).toEqual([8 * MIB, 2 * MIB])
    for (const input of again) discardStaged(input)
    g.close()
  })
})

describe('a load whose sender stalls', () => {
  it('keeps no writer waiting, and lands when the rest has come', async () => {
    const g = socialGraph(files.path('stalled.gp'))
    const service = await GraphService.start(g.root)
    const sender = stalled(person('late'))
    const load = service.load(sender.source, { mode: 'append' })
    await sender.asked
    const mutated = await service.mutate('query m() { insert Person { name: "quick" } }')
    expect(mutated.inserted).toBe(1)
    g.transact({}, (tx) => tx.upsertNode('Person', { name: 'direct' }))
    sender.release()
    const loaded = await load
    expect([loaded.inserted, g.snapshot().types[0]?.rows]).toEqual([1, 3])
    await service.close()
    g.close()
  })

  it('leaves nothing when its source fails in the middle', async () => {
    const g = socialGraph(files.path('failing.gp'))
    const service = await GraphService.start(g.root)
    async function* source() {
      yield person('a')
      yield `${person('b')}\n`.repeat(400_000)
      throw new Error('connection lost')
    }
    expect((await failed(service.load(source(), { mode: 'append' }))).message).toBe('connection lost')
    expect([g.commits().length, readdirSync(g.root).filter((f) => !f.startsWith('graph.db'))]).toEqual([
      1,
      [],
    ])
    await service.close()
    g.close()
  })
})

it('answers graph_busy with a retry to a write whose turn does not come in time, and does not run it later', async () => {
  const g = socialGraph(files.path('busy.gp'))
  const service = await GraphService.start(g.root, { writeWaitMs: 1 })
  const lines = Array.from({ length: 30_000 }, (_, i) => person(`p${i}`)).join('\n')
  async function* source() {
    yield lines
  }
  const load = service.load(source(), { mode: 'append' })
  await new Promise((resolve) => setImmediate(resolve))
  const mutations = [0, 1, 2].map((i) =>
    service.mutate(`query m() { insert Person { name: "m${i}" } }`).then(
      () => 'written',
      (error: GraphError) => [error.kind, error.code, error.retry],
    ),
  )
  const answers = await Promise.all(mutations)
  await load
  const late = answers.filter((a) => a !== 'written')
  expect(late).toEqual(late.map(() => ['unavailable', 'graph_busy', { afterMs: 1000 }]))
  expect(late.length).toBeGreaterThan(0)
  await service.close()
  expect(g.snapshot().types[0]?.rows).toBe(30_000 + answers.length - late.length)
  g.close()
})

it('obligation 24: a mutation whose caller leaves while it waits for its turn is never run, one that has begun is', async () => {
  const g = socialGraph(files.path('left.gp'))
  const service = await GraphService.start(g.root)
  const lines = Array.from({ length: 20_000 }, (_, i) => person(`p${i}`)).join('\n')
  async function* source() {
    yield lines
  }
  const put = (name: string, signal?: AbortSignal) =>
    service.mutate(`query m() { insert Person { name: "${name}" } }`, {}, signal ? { signal } : {}).then(
      () => 'written',
      (error: GraphError) => error.code,
    )
  const load = service.load(source(), { mode: 'append' })
  // Behind the load, which has its turn first.
  while (service.activity.writesPending === 0) await new Promise((resolve) => setImmediate(resolve))
  const leaving = new AbortController()
  const left = put('left', leaving.signal)
  const gone = put('gone', AbortSignal.abort())
  const waits = put('waits', new AbortController().signal)
  await new Promise((resolve) => setImmediate(resolve))
  leaving.abort()
  expect(await Promise.all([left, gone, waits])).toEqual(['query_cancelled', 'query_cancelled', 'written'])
  await load
  const late = new AbortController()
  const begun = put('begun', late.signal)
  await new Promise((resolve) => setImmediate(resolve))
  late.abort()
  expect(await begun).toBe('written')
  await service.close()
  const names = g
    .query('query q() { match { $p: Person } return { $p.name as name } }')
    .rows.map((r) => r.name)
  expect(names).toHaveLength(20_002)
  expect(names).toEqual(expect.arrayContaining(['waits', 'begun']))
  g.close()
})

describe('lines', () => {
  const collect = async (source: AsyncIterable<string | Uint8Array>) => {
    const all: { text: string; line: number }[] = []
    for await (const batch of numberedLines(source)) all.push(...batch)
    return all
  }

  it('are split in time that grows with the bytes, however small the pieces', async () => {
    const before = process.cpuUsage()
    const lines = await collect(bytes(MAX_LINE_BYTES, 512))
    expect([lines.length, lines[0]?.text.length]).toEqual([1, MAX_LINE_BYTES])
    // Processor time, which a busy machine does not lengthen. Joined anew for each piece, the bytes take minutes.
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(10_000)
  })

  it('longer than the limit are refused by their number, in bytes or text, in one piece or many', async () => {
    const long = `${'a\n'.repeat(2)}${'b'.repeat(MAX_LINE_BYTES + 1)}\nc`
    async function* one(item: string | Uint8Array) {
      yield item
    }
    async function* cut() {
      const all = Buffer.from(long)
      for (let at = 0; at < all.length; at += 1 << 20) yield all.subarray(at, at + (1 << 20))
    }
    for (const source of [one(long), one(Buffer.from(long)), cut()]) {
      const error = await failed(collect(source))
      expect([error.kind, error.code, error.details?.line]).toEqual(['too-large', 'line_too_long', 3])
    }
  })

  it('without an end are given up before they fill the disk', async () => {
    const g = socialGraph(files.path('endless.gp'))
    let sent = 0
    async function* endless() {
      for (;;) {
        sent += 1 << 20
        yield new Uint8Array(1 << 20).fill(0x61)
      }
    }
    const error = await failed(g.load(endless(), { mode: 'append' }))
    expect([error.code, error.details?.line]).toEqual(['line_too_long', 1])
    expect(sent).toBeLessThan(2 * MAX_LINE_BYTES)
    g.close()
  })
})

describe('staged input', () => {
  it('gives back every byte, past what it keeps in memory too', async () => {
    const size = 20 * 1024 * 1024 + 7
    async function* counting() {
      const buffer = Buffer.alloc(100_003)
      for (let at = 0; at < size; at += buffer.length) {
        for (let i = 0; i < buffer.length; i += 4) buffer.writeUInt8((at + i) % 251, i)
        buffer[buffer.length - 1] = 0x0a
        yield buffer.subarray(0, Math.min(buffer.length, size - at))
      }
    }
    const wanted: Buffer[] = []
    for await (const b of counting()) wanted.push(Buffer.from(b))
    const staged = await stageInput(counting(), files.dir)
    expect(staged.file).not.toBeNull()
    expect(Buffer.concat([...stagedChunks(staged)]).equals(Buffer.concat(wanted))).toBe(true)
    expect(readdirSync(files.dir).filter((f) => f.startsWith('.load-'))).toEqual([])
    discardStaged(staged)
  })

  it('keeps a lone surrogate visible to the checks', async () => {
    const g = socialGraph(files.path('surrogate.gp'))
    async function* source() {
      yield `{"type":"Person","data":{"name":"x\uD800y"}}`
    }
    const error = await failed(g.load(source(), { mode: 'append' }))
    expect(error.diagnostics?.map((d) => [d.code, d.range?.start.line])).toEqual([['type_mismatch', 1]])
    g.close()
  })
})
