import { describe, expect, it } from 'vitest'
import { nearestName } from './nearest-name.js'

describe('the nearest name', () => {
  it.each([
    ['one letter less', 'datset', 'dataset'],
    ['one letter more', 'datasset', 'dataset'],
    ['another letter', 'dataget', 'dataset'],
    ['two neighbours swapped, which is one edit', 'dni', 'din'],
    ['another case', 'DATASET', 'dataset'],
    ['a slip in a word of one letter', 'b', 'a'],
  ])('is found over %s', (_slip, name, meant) => {
    expect(nearestName(name, ['unrelated', meant])).toBe(meant)
  })

  it('is none beyond a third of the length', () => {
    expect(nearestName('abcdef', ['abcdxy'])).toBe('abcdxy')
    expect(nearestName('abcdef', ['abcxyz'])).toBeUndefined()
    expect(nearestName('abcde', ['abcxy'])).toBeUndefined()
    expect(nearestName('name', [])).toBeUndefined()
  })

  it('is the nearer of two, and the first of two that are equally near', () => {
    expect(nearestName('person', ['parson', 'person_'])).toBe('parson')
    expect(nearestName('persons', ['pers', 'person'])).toBe('person')
  })

  it('is not sought for a word too long for a name, nor beyond 2000 candidates', () => {
    const long = 'x'.repeat(65)
    expect(nearestName(long, [long])).toBeUndefined()
    const many = [...Array.from({ length: 2000 }, (_, i) => `other_${i}`), 'target']
    expect(nearestName('targat', many)).toBeUndefined()
    expect(nearestName('targat', many.slice(1))).toBe('target')
  })
})
