import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { spoolBody } from './spooled-body.js'

const LIMITS = { maxBytes: 8_000_000, idleMs: 5_000 }

async function* sending(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

describe('a spooled body', () => {
  it.each([
    ['nothing', [0]],
    ['what fits into memory', [10, 20_000]],
    ['what goes to a file', [700_000, 700_000, 3, 2_000_000]],
  ])('gives back %s, byte for byte, and leaves no file', async (_what, sizes) => {
    const chunks = sizes.map((size, i) => Buffer.alloc(size, `chunk ${i} `))
    const body = await spoolBody(sending(...chunks), LIMITS)
    expect((await bytesOf(body.chunks())).equals(Buffer.concat(chunks))).toBe(true)
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('groundplane-body-'))).toEqual([])
    await body.close()
  })

  it('is refused when it is too long, and when its sender goes quiet', async () => {
    const long = sending(Buffer.alloc(3_000_000))
    await expect(spoolBody(long, { ...LIMITS, maxBytes: 2_000_000 })).rejects.toMatchObject({
      code: 'stream_too_large',
    })
    const quiet: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }),
    }
    await expect(spoolBody(quiet, { ...LIMITS, idleMs: 1 })).rejects.toMatchObject({ code: 'body_too_slow' })
  })
})
