import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SearchDocument } from './document.js'
import { editDistance } from './edit-distance.js'
import { evaluateWords } from './evaluate.js'
import { TextIndex } from './text-index.js'
import { firstInOrder } from './top.js'

const WORD = fc.constantFrom('order', 'orders', 'customer', 'custmer', 'revenue', 'daily', 'status')

const DOCUMENT = fc.record({
  urn: fc.integer({ min: 0, max: 9 }).map((i) => `urn:li:dataset:${i}`),
  name: fc.array(WORD, { minLength: 1, maxLength: 3 }).map((all) => all.join('_')),
  field: fc.array(WORD, { maxLength: 3 }),
  tag: fc.constantFrom('pii', 'gold'),
  uses: fc.nat(5),
})

function documentOf({
  urn,
  name,
  field,
  tag,
  uses,
}: typeof DOCUMENT extends fc.Arbitrary<infer T> ? T : never) {
  const document: SearchDocument = {
    urn,
    type: 'DATASET',
    name,
    description: null,
    uses,
    parts: [{ name: 'name', text: name }, ...field.map((text) => ({ name: 'fieldPaths', text }))],
    values: {
      tags: [{ value: tag, label: tag, entity: false }],
      fieldPaths: field.map((path) => ({ value: path, label: path, entity: false })),
    },
  }
  return document
}

/** All that the index answers, by URN. */
function answers(index: TextIndex, question: string) {
  const { scores, matched } = evaluateWords(index, question)
  const numbers = Array.from({ length: index.end }, (_, i) => i).filter((i) => index.all()[i] === 1)
  return {
    matched,
    documents: numbers
      .map((i) => ({
        urn: index.urnOf(i),
        score: scores[i],
        tags: index.valuesOf(i, 'tags'),
        paths: index.valuesOf(i, 'fieldPaths'),
        gold: index.passing('tags', (v) => v.value === 'gold')[i],
        phrase: index.hasPhrase(i, ['order', 'status']),
        parts: index.partsWith(i, ['order', 'status']),
      }))
      .sort((a, b) => (a.urn < b.urn ? -1 : 1)),
    facets: [...index.counts('tags', Uint32Array.from(numbers))].map(([v, n]) => [v.value, n]).sort(),
  }
}

describe('a text index', () => {
  it('answers by what it holds, in whatever order that came, was replaced, removed and laid together', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: DOCUMENT.map((document) => ({ put: documentOf(document) })) },
      { weight: 2, arbitrary: fc.nat(9).map((i) => ({ remove: `urn:li:dataset:${i}` })) },
      { weight: 1, arbitrary: fc.constant({ settle: true as const }) },
    )
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        fc.array(WORD, { minLength: 1, maxLength: 2 }),
        (steps, asked) => {
          const index = new TextIndex()
          const held = new Map<string, SearchDocument>()
          for (const one of steps) {
            if ('put' in one) {
              index.put(one.put)
              held.set(one.put.urn, one.put)
            } else if ('remove' in one) {
              index.remove(one.remove)
              held.delete(one.remove)
            } else index.settle()
          }
          const fresh = new TextIndex()
          for (const document of [...held.values()].sort((a, b) => (a.urn < b.urn ? 1 : -1)))
            fresh.put(document)
          const question = asked.join(' ')
          expect(answers(index, question)).toEqual(answers(fresh, question))
          expect(index.size).toBe(held.size)
        },
      ),
      { numRuns: Number(process.env['GROUNDPLANE_PROP_RUNS'] ?? 200) },
    )
  })

  it('puts first what has a word as it was asked, however well others match what may have been meant', () => {
    fc.assert(
      fc.property(fc.array(DOCUMENT, { maxLength: 12 }), (all) => {
        const index = new TextIndex()
        for (const document of all) index.put(documentOf(document))
        const { scores } = evaluateWords(index, 'custmer')
        const having = new Set(index.holding('custmer'))
        const told = (has: boolean) => [...scores].filter((score, i) => score !== 0 && having.has(i) === has)
        expect(Math.min(...told(true))).toBeGreaterThan(Math.max(0, ...told(false)))
      }),
    )
  })
})

it('the first of an order are those that sorting puts first', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(1000)), fc.nat(60), (numbers, count) => {
      const sorted = [...numbers].sort((a, b) => b - a)
      expect(firstInOrder(Uint32Array.from(numbers), count, (a, b) => a > b)).toEqual(sorted.slice(0, count))
    }),
  )
})

it('the distance of two words is their least number of edits, up to a limit', () => {
  /** By trying every way, for words this short. */
  const naive = (a: string, b: string): number => {
    if (a === '' || b === '') return a.length + b.length
    const same = a[0] === b[0] ? 0 : 1
    const swap = a.length > 1 && b.length > 1 && a[0] === b[1] && a[1] === b[0]
    return Math.min(
      naive(a.slice(1), b.slice(1)) + same,
      naive(a.slice(1), b) + 1,
      naive(a, b.slice(1)) + 1,
      ...(swap ? [naive(a.slice(2), b.slice(2)) + 1] : []),
    )
  }
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 5 })
  fc.assert(
    fc.property(word, word, fc.constantFrom(1, 2), (a, b, limit) => {
      expect(editDistance(a, b, limit)).toBe(Math.min(naive(a, b), limit + 1))
    }),
  )
})
