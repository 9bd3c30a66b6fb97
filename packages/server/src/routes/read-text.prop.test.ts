import type { ReadOutput } from '@groundplane/protocol'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { queryText } from './read-text.js'

const text = fc.string({ unit: 'binary', maxLength: 8 })
const head = fc.record({
  query_name: text,
  target: fc.oneof(
    text.map((branch) => ({ branch, snapshot: null })),
    text.map((snapshot) => ({ branch: null, snapshot })),
  ),
  columns: fc.array(text, { maxLength: 3 }),
  column_types: fc.array(text, { maxLength: 3 }),
})
const receipt = fc.record({ graph: text, commit: text, at: text })
const value = fc.oneof(text, fc.double({ noNaN: true }), fc.constantFrom(null, true, [], [1, 'x']))
const rest = fc.record({
  rows: fc.array(fc.dictionary(text, value as fc.Arbitrary<never>, { maxKeys: 3 }), { maxLength: 2 }),
  truncated: fc.boolean(),
})

it('is what JSON.stringify gives, when queries, places and receipts come again in any order', () => {
  const run = fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), rest, fc.option(text))
  fc.assert(
    fc.property(
      fc.tuple(head, head, head),
      fc.tuple(receipt, receipt, receipt),
      fc.array(run, { minLength: 3, maxLength: 12 }),
      (heads, receipts, runs) => {
        for (const [of, at, to, { rows, truncated }, id] of runs) {
          const { columns, column_types } = heads[of] as ReadOutput
          const { query_name, target } = heads[at] as ReadOutput
          const receipt = receipts[to] as ReadOutput['receipt']
          const graph_commit_id = id ?? receipt.commit
          const answer: ReadOutput = {
            ...{ query_name, target, columns, column_types, row_count: rows.length, rows },
            ...{ truncated, graph_commit_id, receipt },
          }
          expect(queryText(answer)).toBe(JSON.stringify(answer))
        }
      },
    ),
  )
})
