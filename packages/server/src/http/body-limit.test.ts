import { expect, it } from 'vitest'
import { limitBody } from './body-limit.js'

async function* pieces(n: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < n; i++) yield new Uint8Array(10)
}

async function outcome(limits: { maxBytes?: number; idleMs?: number; maxMs?: number }): Promise<string> {
  let bytes = 0
  try {
    const all = { maxBytes: 1000, idleMs: 60_000, maxMs: 60_000, ...limits }
    for await (const piece of limitBody(pieces(10), all)) bytes += piece.length
    return `${bytes} bytes`
  } catch (error) {
    return (error as { code: string }).code
  }
}

it('a body passes as it is, until it is too long or takes too long in all', async () => {
  expect(await outcome({})).toBe('100 bytes')
  expect(await outcome({ maxBytes: 100 })).toBe('100 bytes')
  expect(await outcome({ maxBytes: 99 })).toBe('stream_too_large')
  expect(await outcome({ maxMs: 0 })).toBe('body_too_slow')
})
