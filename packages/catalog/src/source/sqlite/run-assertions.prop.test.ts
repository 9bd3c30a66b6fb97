import { rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CheckedAssertion } from '../assertion/assertion-definition.js'
import { runAssertions } from './run-assertions.js'
import { scratch } from './small-warehouse.test.data.js'

/** One column of whole numbers, one of texts; both with NULLs. */
type Row = readonly [number | null, string | null]

const rows = fc.array(
  fc.tuple(
    fc.option(fc.integer({ min: -5, max: 5 })),
    fc.option(fc.string({ unit: 'grapheme', maxLength: 4 })),
  ),
  { maxLength: 30 },
)
const bounds = fc
  .tuple(fc.integer({ min: -5, max: 5 }), fc.integer({ min: 0, max: 5 }))
  .map(([min, width]) => ({ min, max: min + width }))

function repeats(values: readonly (number | string | null)[]): number {
  const present = values.filter((v) => v !== null)
  return present.length - new Set(present).size
}

/** SQLite counts the characters of a text up to the first NUL, as code points. */
function characters(text: string): number {
  return Array.from(text.split('\0', 1)[0] as string).length
}

let space: ReturnType<typeof scratch>
beforeAll(() => {
  space = scratch()
})
afterAll(() => space.dispose())

async function failures(data: readonly Row[], assertions: readonly CheckedAssertion[]): Promise<number[]> {
  const url = join(space.dir, 'p.db')
  rmSync(url, { force: true })
  const db = new Database(url)
  db.exec('CREATE TABLE t (n INTEGER, s TEXT)')
  const insert = db.prepare('INSERT INTO t VALUES (?, ?)')
  db.transaction(() => {
    for (const row of data) insert.run(...row)
  })()
  db.close()
  const outcomes = await runAssertions({ url, platformInstance: 'p' }, assertions)
  return outcomes.map((o) => {
    expect(o.status).toBe(o.failed > 0 ? 'FAILURE' : 'SUCCESS')
    expect(o.failed).toBeLessThanOrEqual(o.total)
    if (o.type !== 'row_count')
      expect(o.sampleKeys.length).toBe(o.type === 'unique' ? o.sampleKeys.length : Math.min(5, o.failed))
    return o.failed
  })
}

describe('assertions judged inside the database', () => {
  it('fail exactly the rows that a reading of the data in memory finds', async () => {
    await fc.assert(
      fc.asyncProperty(
        rows,
        bounds,
        fc.array(fc.string({ unit: 'grapheme', maxLength: 4 }), { minLength: 1, maxLength: 4 }),
        async (data, range, values) => {
          const n = data.map(([x]) => x)
          const s = data.map(([, x]) => x)
          const lengths = { min: Math.max(0, range.min), max: Math.max(0, range.max) }
          const outside = (x: number | null, b: { min: number; max: number }): boolean =>
            x !== null && (x < b.min || x > b.max)
          const cases: [CheckedAssertion, number][] = [
            [
              { name: 'a', dataset: 't', column: 'n', type: 'not_null', parameters: {} },
              n.filter((x) => x === null).length,
            ],
            [
              { name: 'b', dataset: 't', column: 'n', type: 'range', parameters: range },
              n.filter((x) => outside(x, range)).length,
            ],
            [
              { name: 'c', dataset: 't', column: 's', type: 'length', parameters: lengths },
              s.filter((x) => x !== null && outside(characters(x), lengths)).length,
            ],
            [
              { name: 'd', dataset: 't', column: 's', type: 'accepted_values', parameters: { values } },
              s.filter((x) => x !== null && !values.includes(x)).length,
            ],
            [{ name: 'e', dataset: 't', column: 'n', type: 'unique', parameters: {} }, repeats(n)],
            [{ name: 'f', dataset: 't', column: 's', type: 'unique', parameters: {} }, repeats(s)],
            [
              { name: 'g', dataset: 't', type: 'row_count', parameters: { equals: 10 } },
              Math.abs(10 - data.length),
            ],
            [
              {
                name: 'h',
                dataset: 't',
                column: 'n',
                type: 'relationship',
                parameters: { to: { dataset: 't', column: 'n' } },
              },
              0,
            ],
          ]
          expect(
            await failures(
              data,
              cases.map(([a]) => a),
            ),
          ).toEqual(cases.map(([, failed]) => failed))
        },
      ),
      { numRuns: 60 },
    )
  })
})
