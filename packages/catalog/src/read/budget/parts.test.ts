import { describe, expect, it } from 'vitest'
import { estimateTokens } from '../token-budget.js'
import { fitParts, type Part } from './parts.js'

const parts = (...at: string[]): Part[] => at.map((one) => ({ at: one, get: 'get_entities' }))
const long = (tokens: number) => 'x'.repeat(Math.ceil((tokens * 40) / 13))
const RECEIPT = { graph: 'g', commit: 'c', at: 't' }

describe('a document within a number of tokens', () => {
  it('is itself when it fits', () => {
    const document = { name: 'a', receipt: RECEIPT }
    expect(fitParts(document, parts('name'), 100)).toBe(document)
  })

  it('keeps parts in order of need, each whole if it still fits, and names the others before its receipt', () => {
    const document = { urn: 'u', about: long(300), sql: long(900), owner: 'ada', receipt: RECEIPT }
    const fit = fitParts(document, parts('about', 'sql', 'owner'), 500)
    expect(fit).toEqual({
      urn: 'u',
      about: document.about,
      owner: 'ada',
      omitted: [{ part: 'sql', tokens: expect.any(Number), get: 'get_entities' }],
      receipt: RECEIPT,
    })
    expect(Object.keys(fit).slice(-2)).toEqual(['omitted', 'receipt'])
    expect(estimateTokens(fit)).toBeLessThanOrEqual(500)
  })

  it('leaves items of a list, members of items and members of an object out one by one', () => {
    const document = {
      list: [long(10), long(900), 'c'],
      runs: [
        { at: 1, error: long(900) },
        { at: 2, error: 'short' },
      ],
      aspects: { big: long(900), small: 1 },
    }
    expect(fitParts(document, parts('list[]', 'runs[].error', 'aspects.*'), 300)).toEqual({
      list: [document.list[0], 'c'],
      runs: [{ at: 1 }, { at: 2, error: 'short' }],
      aspects: { small: 1 },
      omitted: [
        { part: 'list', items: 1, tokens: 901, get: 'get_entities' },
        { part: 'runs[].error', items: 1, tokens: expect.any(Number), get: 'get_entities' },
        { part: 'aspects.big', tokens: expect.any(Number), get: 'get_entities' },
      ],
    })
  })

  it('counts members that are many, or whose names are too long to be told', () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`a${i}`, long(100)]))
    expect(fitParts({ urn: 'u', aspects: many }, parts('aspects.*'), 10)).toEqual({
      urn: 'u',
      omitted: [{ part: 'aspects.*', items: 50, tokens: expect.any(Number), get: 'get_entities' }],
    })
    const named = fitParts({ aspects: { [long(90)]: 1 } }, parts('aspects.*'), 10)
    expect(named).toMatchObject({ omitted: [{ part: 'aspects.*', items: 1 }] })
  })

  it('keeps what is in no part, though that is too much, and what it named before', () => {
    const document = { urn: long(200), about: 'x', omitted: [{ part: 'sql', tokens: 1, get: 'query' }] }
    expect(fitParts(document, parts('about'), 100)).toEqual({
      urn: document.urn,
      omitted: [
        { part: 'sql', tokens: 1, get: 'query' },
        { part: 'about', tokens: expect.any(Number), get: 'get_entities' },
      ],
    })
  })
})
