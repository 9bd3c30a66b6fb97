import { expect, test } from 'vitest'
import type { LineagePage } from '../catalog/answers'
import { columnTrace } from './column-trace'

const page = (
  hits: [urn: string, degree: number, column: string, path: string[]][],
  total = hits.length,
): LineagePage => ({
  total,
  offset: 0,
  returned: hits.length,
  hasMore: total > hits.length,
  searchResults: hits.map(([urn, degree, column, path]) => ({
    entity: { urn, type: 'DATASET' },
    degree,
    lineageColumns: [column],
    path,
  })),
})

test('steps go with the flow of data, on both sides of the start', () => {
  const trace = columnTrace(
    'view',
    'revenue',
    page([
      ['items', 1, 'price', ['view', 'items']],
      ['raw', 2, 'amount', ['view', 'items', 'raw']],
    ]),
    page([['report', 1, 'total', ['view', 'report']]]),
  )
  expect([...trace.edges].sort()).toEqual(['items\nview', 'raw\nitems', 'view\nreport'])
  expect(Object.fromEntries(trace.ranks)).toEqual({ view: 0, items: -1, raw: -2, report: 1 })
  expect(trace.columns.get('raw')).toEqual(['amount'])
  expect(trace.columns.get('view')).toEqual(['revenue'])
  expect(trace.missing).toBe(0)
})

test('what an answer had no room for is counted', () => {
  expect(columnTrace('a', 'x', page([['b', 1, 'y', ['a', 'b']]], 5), page([])).missing).toBe(4)
})
