import { expect, it } from 'vitest'
import { harvestSummary } from './harvest-contents.js'

const NOTHING = { tables: 0, views: 0, rows: 0, written: 0, commit: null }

it('the line that closes a harvest counts what its source has, in the words of that source', () => {
  expect(harvestSummary({ ...NOTHING, tables: 2, views: 1, rows: 1_007, written: 30, commit: '01K' })).toBe(
    '2 tables, 1 view, 1,007 rows counted; 30 aspects written',
  )
  const counts = { validations: 1, expectations: 18, results: 1_036 }
  expect(harvestSummary({ ...NOTHING, counts })).toBe(
    '1 validation, 18 expectations, 1,036 results; unchanged',
  )
  expect(harvestSummary({ ...NOTHING, counts: { validations: 0 } })).toBe('nothing; unchanged')
})
