import { describe, expect, it } from 'vitest'
import { namesWithin } from './known-names.js'

describe('names that help somebody who used another one', () => {
  it('are told whole, as many as are read at a glance, with how many there are besides', () => {
    expect(namesWithin([])).toBe('')
    expect(namesWithin(['a', 'b'])).toBe('a, b')
    expect(namesWithin(Array.from({ length: 32 }, () => 'a'))).toMatch(/^(a, ){29}a and 2 more$/)
    expect(namesWithin(['a', 'x'.repeat(5_000), 'b'])).toBe('a and 2 more')
    expect(namesWithin(['x'.repeat(5_000)])).toBe('1, too long to tell here')
  })
})
