import { expect, test } from 'vitest'
import { describeArguments } from './arguments'

const urn = 'urn:li:dataset:(urn:li:dataPlatform:sqlite,olist_dirty.main.olist_orders,PROD)'

test('arguments read as one line, with URNs as people name them', () => {
  expect(describeArguments({ query: 'revenue', num_results: 5, upstream: true })).toBe(
    'query: "revenue", num_results: 5, upstream: true',
  )
  expect(describeArguments({ urn })).toBe('urn: olist_orders @ olist_dirty')
})

test('long lists are cut and say by how much; absent values are left out', () => {
  expect(describeArguments({ urns: [urn, 'a', 'b', 'c', 'd'], filter: null })).toBe(
    'urns: [olist_orders @ olist_dirty, "a", "b", +2]',
  )
  expect(describeArguments(undefined)).toBe('')
})
