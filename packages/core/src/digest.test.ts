import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, jsonDigest, sha256 } from './digest.js'

describe('canonicalJson', () => {
  it('is the same text for objects that differ in member order only', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const reversed = Object.fromEntries(Object.entries(object).reverse())
        expect(canonicalJson(reversed)).toBe(canonicalJson(object))
      }),
    )
  })

  it('parses back to the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('drops undefined members and refuses non-finite numbers', () => {
    expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}')
    expect(() => canonicalJson([Number.NaN])).toThrow(RangeError)
  })
})

it('jsonDigest is the SHA-256 of the canonical text', () => {
  expect(jsonDigest({ b: 1, a: [] })).toBe(sha256('{"a":[],"b":1}'))
  expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
})
