import { rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CheckedAssertion } from '../assertion/assertion-definition.js'
import { expectJudged, judgedRows, type Row } from '../assertion/judged-rows.test.data.js'
import type { AssertionOutcome } from '../assertion/run-assertions.js'
import { runAssertions } from './run-assertions.js'
import { scratch } from './small-warehouse.test.data.js'

let space: ReturnType<typeof scratch>
beforeAll(() => {
  space = scratch()
})
afterAll(() => space.dispose())

function run(data: readonly Row[], assertions: readonly CheckedAssertion[]): Promise<AssertionOutcome[]> {
  const url = join(space.dir, 'p.db')
  rmSync(url, { force: true })
  const db = new Database(url)
  db.exec('CREATE TABLE t (n INTEGER, s TEXT)')
  const insert = db.prepare('INSERT INTO t VALUES (?, ?)')
  db.transaction(() => {
    for (const row of data) insert.run(...row)
  })()
  db.close()
  return runAssertions({ url, platformInstance: 'p' }, assertions)
}

describe('assertions judged inside a SQLite file', () => {
  it('fail exactly the rows that a reading of the data in memory finds', async () => {
    expect.hasAssertions()
    await fc.assert(
      fc.asyncProperty(judgedRows(fc.string({ unit: 'grapheme', maxLength: 4 })), async (judged) => {
        expectJudged(
          judged,
          await run(
            judged.rows,
            judged.cases.map(([a]) => a),
          ),
        )
      }),
      { numRuns: 60 },
    )
  })
})
