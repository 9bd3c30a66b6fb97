import { describe, expect, test } from 'vitest'
import type { Check, Verdict } from '../wire/types'
import { checksOf, countVerdicts, orderChecks } from './verdicts'

const urn = (instance: string, table: string) =>
  `urn:li:dataset:(urn:li:dataPlatform:sqlite,${instance}.main.${table},PROD)`

function check(assertion: string, table: string, verdict: Verdict, failed = 0): Check {
  return {
    assertion,
    dataset: urn('olist_dirty', table),
    column: null,
    reference: { result: 'SUCCESS', failed: 0, total: null, assertion: null },
    production: { result: failed > 0 ? 'FAILURE' : 'SUCCESS', failed, total: null, assertion: null },
    verdict,
    description: null,
    inScope: true,
  }
}

const checks = [
  check('order_id_unique', 'olist_orders', 'both-pass'),
  check('product_category_not_null', 'olist_products', 'production-only', 988),
  check('stale', 'olist_sellers', 'missing'),
  check('customers_row_count', 'olist_customers', 'production-only', 7955),
  check('seller_id_length', 'olist_order_items', 'production-only', 5632),
]

describe('the verdict table', () => {
  test('production-only failures come first, the largest on top, whatever the order of arrival', () => {
    const expected = [
      'customers_row_count',
      'seller_id_length',
      'product_category_not_null',
      'stale',
      'order_id_unique',
    ]
    expect(orderChecks(checks).map((row) => row.assertion)).toEqual(expected)
    expect(orderChecks([...checks].reverse()).map((row) => row.assertion)).toEqual(expected)
  })

  test('only verdicts that occur are offered, and their counts add up to the rows', () => {
    const counts = countVerdicts(checks)
    expect(counts).toEqual([
      { verdict: 'production-only', count: 3 },
      { verdict: 'missing', count: 1 },
      { verdict: 'both-pass', count: 1 },
    ])
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(checks.length)
  })

  test('a dataset finds its checks from either instance', () => {
    expect(checksOf(checks, urn('olist_source', 'olist_customers')).map((row) => row.assertion)).toEqual([
      'customers_row_count',
    ])
    expect(checksOf(checks, 'olist_geolocation')).toEqual([])
  })
})
