import { describe, expect, test } from 'vitest'
import { judgeAffected } from './affected.js'
import type { AssertionFacts, DatasetFacts, UpstreamFacts } from './facts.js'
import { rankSuspects, selectCulprits, weighAgainstReference } from './suspects.js'
import { nameStems, sentenceWords } from './words.js'

function dataset(name: string, columns: string, more: Partial<DatasetFacts> = {}): DatasetFacts {
  const fields = columns.split(' ').map((path) => ({ path, description: '', tags: [], terms: [] }))
  return {
    urn: name,
    name,
    kind: 'table',
    description: '',
    tags: [],
    terms: [],
    owners: [],
    fields,
    sql: '',
    ...more,
  }
}

const SHOP = [
  dataset('customers', 'customer_id city'),
  dataset('orders', 'order_id customer_id status'),
  dataset('items', 'order_id product_id seller_id price'),
  dataset('products', 'product_id category_name weight'),
  dataset('v_order_details', 'order_id customer_id city price', { kind: 'view' }),
  dataset('v_seller_performance', 'seller_id revenue', {
    kind: 'view',
    description: 'Feeds the revenue dashboard.',
    sql: 'SELECT s.seller_id, sum(i.price) AS revenue FROM items AS i JOIN sellers AS s ON s.seller_id = i.seller_id GROUP BY 1',
  }),
]

const about = (sentence: string) => judgeAffected(sentenceWords(sentence), SHOP)
const names = (sentence: string) => about(sentence).affected.map((a) => a.name)

describe('words of a sentence', () => {
  test('are compared in the singular, without those that say only that something is wrong', () => {
    const { words, symptoms } = sentenceWords('The product categories are BLANK, and boxes?!')
    expect(words.map((w) => w.stem)).toEqual(['product', 'category', 'box'])
    expect(symptoms).toEqual([{ text: 'blank', checks: expect.arrayContaining(['not_null']) }])
  })

  test('meet the parts of technical names, however these are written', () => {
    expect(nameStems('v_order_details')).toEqual(['order', 'detail'])
    expect(nameStems('orderItems.sellerIDs')).toEqual(
      ['order', 'item', 'seller', 'id'].map((s) => expect.stringContaining(s[0] as string)),
    )
    expect(sentenceWords('seller_id wrong').words.map((w) => w.stem)).toEqual(['seller', 'id'])
  })
})

describe('what a sentence is about', () => {
  test('is told by names before columns, and by rare words before common ones', () => {
    expect(names('customers missing from order details')).toEqual(['v_order_details'])
    expect(names('seller numbers look too low')[0]).toBe('v_seller_performance')
  })

  test('is found through a word that means the same, and says so', () => {
    const [best] = about('turnover looks wrong').affected
    expect(best?.matches).toEqual([expect.objectContaining({ word: 'turnover', through: 'price' })])
  })

  test.each(['the coffee machine is broken', 'employee salaries look wrong', 'is down again', ''])(
    'is nothing for "%s"',
    (sentence) => {
      expect(names(sentence)).toEqual([])
    },
  )

  test('is nothing when most of it is unknown, and the nearest is named', () => {
    const judgement = about('the website of the parking garage is down for customers')
    expect(judgement.affected).toEqual([])
    expect(judgement.nearest?.name).toBe('customers')
    expect(judgement.unknown).toEqual(['website', 'parking', 'garage'])
  })

  test('is found among many datasets, of which only those a search returned are at hand', () => {
    const hits = SHOP.filter((d) => d.name.startsWith('v_seller'))
    const population = { size: 5000, matching: new Map([['revenue', 3]]) }
    const sentence = sentenceWords('revenue wrong, says Bob')
    expect(judgeAffected(sentence, hits, population).affected).toHaveLength(1)
  })

  test('does not depend on the order of the datasets', () => {
    const reversed = judgeAffected(sentenceWords('revenue dashboard wrong'), [...SHOP].reverse())
    expect(reversed).toEqual(about('revenue dashboard wrong'))
  })
})

describe('suspects', () => {
  const failing = (
    name: string,
    of: string,
    column: string | null,
    check: string,
    more: Partial<AssertionFacts> = {},
  ): AssertionFacts => ({
    urn: name,
    name,
    dataset: of,
    column,
    check,
    severity: null,
    failing: true,
    passing: false,
    failed: 10,
    total: 100,
    definition: {},
    ...more,
  })
  const up = (of: string, urn: string): UpstreamFacts => ({ of, urn, degree: 1, path: [of, urn] })
  const rank = (sentence: string, assertions: AssertionFacts[], upstreams: UpstreamFacts[]) => {
    const words = sentenceWords(sentence)
    const { affected, rarity } = judgeAffected(words, SHOP)
    return rankSuspects({
      sentence: words,
      affected,
      upstreams,
      assertions,
      reach: [],
      datasets: SHOP,
      rarity,
    })
  }
  const isNew = () => 'production-only' as const

  test('with a failing assertion come before those without', () => {
    const ranked = rank(
      'seller performance wrong',
      [failing('price_range', 'items', 'price', 'range')],
      [up('v_seller_performance', 'products'), up('v_seller_performance', 'items')],
    )
    expect(ranked.map((s) => s.name)).toEqual(['items', 'products'])
    expect(ranked[1]?.why).toContain('no assertion watches it')
  })

  test('the sentence names come before those it does not, and alone are acted on', () => {
    const ranked = rank(
      'seller numbers look too low',
      [
        failing('products_count', 'products', null, 'row_count', { failed: 1e6 }),
        failing('seller_length', 'items', 'seller_id', 'length'),
      ],
      [up('v_seller_performance', 'products'), up('v_seller_performance', 'items')],
    )
    expect(ranked.map((s) => s.name)).toEqual(['items', 'products'])
    const { culprits, others } = selectCulprits(ranked, isNew)
    expect(culprits.map((c) => c.suspect.name)).toEqual(['items'])
    expect(others.map((c) => c.suspect.name)).toEqual(['products'])
  })

  test('whose failing column is only joined on count, when the SQL of the view uses it', () => {
    const [items] = rank(
      'revenue dashboard wrong',
      [failing('seller_length', 'items', 'seller_id', 'length')],
      [up('v_seller_performance', 'items')],
    )
    expect(items?.failing[0]?.reaches).toEqual(['v_seller_performance'])
  })

  test('tell first what explains the sentence, and last what the reference has as well', () => {
    const ranked = rank(
      'seller numbers look too low',
      [
        failing('a_price', 'items', 'price', 'range', { failed: 1e6 }),
        failing('b_seller', 'items', 'seller_id', 'length'),
        failing('c_order', 'items', 'order_id', 'not_null'),
      ],
      [up('v_seller_performance', 'items')],
    )
    expect(ranked[0]?.why).toMatch(/^b_seller fails: 10 of 100 rows; the sentence names seller_id/)
    const [weighed] = weighAgainstReference(ranked, (a) =>
      a.name === 'b_seller' ? 'both-fail' : 'production-only',
    )
    expect(weighed?.why).toMatch(/^a_price fails/)
    expect(weighed?.why).toMatch(/b_seller fails: .*the reference fails the same way.*; upstream of/)
    expect(weighed?.score).toBe(ranked[0]?.score)
  })

  test('whose failing column nothing uses are no culprits', () => {
    const ranked = rank(
      'revenue dashboard wrong',
      [failing('weight_range', 'products', 'weight', 'range')],
      [up('v_seller_performance', 'products')],
    )
    expect(ranked[0]?.why).toContain('nothing of what is affected is made with weight')
    expect(selectCulprits(ranked, isNew).culprits).toEqual([])
  })

  test('that fail in the reference, too, are no culprits', () => {
    const ranked = rank(
      'revenue dashboard wrong',
      [failing('items_count', 'items', null, 'row_count')],
      [up('v_seller_performance', 'items')],
    )
    expect(selectCulprits(ranked, () => 'both-fail').culprits).toEqual([])
    expect(selectCulprits(ranked, () => undefined).culprits).toEqual([])
    expect(selectCulprits(ranked, isNew).culprits).toHaveLength(1)
  })
})
