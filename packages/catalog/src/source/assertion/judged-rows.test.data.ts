import fc from 'fast-check'
import { expect } from 'vitest'
import type { CheckedAssertion } from './assertion-definition.js'
import type { AssertionOutcome } from './run-assertions.js'

/** A row of the table `t`: one column `n` of whole numbers, one `s` of texts; both with NULLs. */
export type Row = readonly [number | null, string | null]

/** Rows of a table, what is claimed of them, and how many rows break each claim by a reading of them in memory. */
export interface JudgedRows {
  readonly rows: readonly Row[]
  readonly cases: readonly (readonly [assertion: CheckedAssertion, failed: number])[]
}

/** `texts`: what the kind of source can store in a column of texts. */
export function judgedRows(texts: fc.Arbitrary<string>): fc.Arbitrary<JudgedRows> {
  const rows = fc.array(fc.tuple(fc.option(fc.integer({ min: -5, max: 5 })), fc.option(texts)), {
    maxLength: 30,
  })
  const bounds = fc
    .tuple(fc.integer({ min: -5, max: 5 }), fc.integer({ min: 0, max: 5 }))
    .map(([min, width]) => ({ min, max: min + width }))
  const values = fc.array(texts, { minLength: 1, maxLength: 4 })
  return fc.tuple(rows, bounds, values).map(([data, range, accepted]) => ({
    rows: data,
    cases: casesOf(data, range, accepted),
  }))
}

function casesOf(
  data: readonly Row[],
  range: { readonly min: number; readonly max: number },
  values: readonly string[],
): [CheckedAssertion, number][] {
  const n = data.map(([x]) => x)
  const s = data.map(([, x]) => x)
  const lengths = { min: Math.max(0, range.min), max: Math.max(0, range.max) }
  const outside = (x: number | null, b: { min: number; max: number }): boolean =>
    x !== null && (x < b.min || x > b.max)
  const at = { dataset: 't' }
  return [
    [{ name: 'a', ...at, column: 'n', type: 'not_null', parameters: {} }, n.filter((x) => x === null).length],
    [
      { name: 'b', ...at, column: 'n', type: 'range', parameters: range },
      n.filter((x) => outside(x, range)).length,
    ],
    [
      { name: 'c', ...at, column: 's', type: 'length', parameters: lengths },
      s.filter((x) => x !== null && outside(characters(x), lengths)).length,
    ],
    [
      { name: 'd', ...at, column: 's', type: 'accepted_values', parameters: { values } },
      s.filter((x) => x !== null && !values.includes(x)).length,
    ],
    [{ name: 'e', ...at, column: 'n', type: 'unique', parameters: {} }, repeats(n)],
    [{ name: 'f', ...at, column: 's', type: 'unique', parameters: {} }, repeats(s)],
    [{ name: 'g', ...at, type: 'row_count', parameters: { equals: 10 } }, Math.abs(10 - data.length)],
    [
      {
        name: 'h',
        ...at,
        column: 'n',
        type: 'relationship',
        parameters: { to: { dataset: 't', column: 'n' } },
      },
      0,
    ],
  ]
}

function repeats(values: readonly (number | string | null)[]): number {
  const present = values.filter((v) => v !== null)
  return present.length - new Set(present).size
}

/** Code points; SQLite counts those up to the first NUL, which PostgreSQL does not store. */
function characters(text: string): number {
  return Array.from(text.split('\0', 1)[0] as string).length
}

/** Each claim fails by exactly its rows, and samples are as many as there can be. */
export function expectJudged({ cases }: JudgedRows, outcomes: readonly AssertionOutcome[]): void {
  for (const o of outcomes) {
    expect(o.status, o.message).toBe(o.failed > 0 ? 'FAILURE' : 'SUCCESS')
    expect(o.failed).toBeLessThanOrEqual(o.total)
    if (o.type !== 'row_count')
      expect(o.sampleKeys.length).toBe(o.type === 'unique' ? o.sampleKeys.length : Math.min(5, o.failed))
  }
  expect(outcomes.map((o) => o.failed)).toEqual(cases.map(([, failed]) => failed))
}
