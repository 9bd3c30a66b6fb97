import { describe, expect, it } from 'vitest'
import { isUlid, ulidSource, ulidTimeMs } from './ulid.js'

describe('ulidSource', () => {
  it('grows strictly while the clock stands still or steps back', () => {
    const times = [5, 5, 5, 4, 3, 6, 6, 1]
    let i = 0
    const ids = ulidSource(() => times[i++ % times.length] as number)
    let last = ''
    for (let n = 0; n < 10_000; n++) {
      const id = ids.next()
      expect(isUlid(id)).toBe(true)
      expect(id > last).toBe(true)
      last = id
    }
  })

  it('carries into the time part when the tail is full', () => {
    const full = ulidSource(
      () => 7,
      (n) => new Uint8Array(n).fill(255),
    )
    const first = full.next()
    // The first tail digit keeps one bit free; count it up to the end by hand is 2^79 steps,
    // so only the neighbouring step is checked here.
    expect(first.slice(10)).toBe('FZZZZZZZZZZZZZZZ')
    expect(full.next().slice(10)).toBe('G000000000000000')
  })

  it('encodes the time so that it can be read back', () => {
    const id = ulidSource(() => 1_469_918_176_385).next()
    expect(id.slice(0, 10)).toBe('01ARYZ6S41')
    expect(ulidTimeMs(id)).toBe(1_469_918_176_385)
  })
})
