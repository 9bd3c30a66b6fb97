import fc from 'fast-check'
import { expect, it } from 'vitest'
import { splitAnyWords, splitWords } from './words.js'

it('words of ASCII are found character by character as they are found by their Unicode properties', () => {
  const char = fc.constantFrom(...'abzABZ019_-. ()')
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: char })), (text) => {
      expect(splitWords(text)).toEqual(splitAnyWords(text))
    }),
  )
})
