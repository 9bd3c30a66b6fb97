import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CheckedAssertion, claimDigest } from '../assertion/assertion-definition.js'
import { parseAssertions } from '../assertion/parse-assertions.js'
import type { AssertionOutcome } from '../assertion/run-assertions.js'
import { runAssertions } from './run-assertions.js'
import { METADATA, makeWarehouse, scratch } from './small-warehouse.test.data.js'

const SET = `
version: 1
assertions:
  customers_count: { dataset: customers, type: row_count, equals: 4 }
  items_some: { dataset: items, type: row_count, min: 1, max: 100 }
  seller_length: { dataset: items, column: seller_id, type: length, equals: 4 }
  price_positive: { dataset: items, column: price, type: range, min: 0 }
  status_known: { dataset: orders, column: status, type: accepted_values, values: [created, shipped] }
  order_has_customer: { dataset: orders, column: customer_id, type: not_null }
  customer_exists: { dataset: orders, column: customer_id, type: relationship, to: { dataset: customers, column: customer_id } }
  order_unique: { dataset: orders, column: order_id, type: unique }
  fresh: { dataset: orders, column: placed_at, type: freshness, max_age: 30d }
  no_late: { dataset: orders, type: sql, query: "SELECT order_id, status FROM orders WHERE status = 'lost' -- lost;\\n;" }
  odd: { dataset: 'odd "name', column: a b, type: range, min: 1 }
`
const NOW = Date.UTC(2017, 5, 15)

let space: ReturnType<typeof scratch>
let clean: string
let dirty: string
beforeAll(() => {
  space = scratch()
  clean = join(space.dir, 'clean.db')
  dirty = join(space.dir, 'dirty.db')
  makeWarehouse(clean)
  makeWarehouse(dirty, { fault: true })
})
afterAll(() => space.dispose())

function checked(text: string): CheckedAssertion[] {
  const { assertions, diagnostics } = parseAssertions(text)
  expect(diagnostics).toEqual([])
  return assertions
}

function run(
  url: string,
  text = SET,
  options: { now?: number; metadata?: string } = {},
): Promise<AssertionOutcome[]> {
  const source = { url, platformInstance: 'shop', metadata: options.metadata ?? METADATA }
  return runAssertions(source, checked(text), { clock: () => options.now ?? NOW })
}

const brief = (outcomes: AssertionOutcome[]) => outcomes.map((o) => [o.name, o.status, o.failed, o.total])

describe('running assertions inside a SQLite source', () => {
  it('kills a query that never ends, whether it returns rows or none, says so, and goes on with the next', async () => {
    const endless = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n'
    const text = `version: 1
assertions:
  endless: { dataset: orders, type: sql, query: "${endless}" }
  rowless: { dataset: orders, type: sql, query: "${endless} WHERE x < 0" }
  late: { dataset: orders, type: sql, query: SELECT 1 FROM orders WHERE status = 'lost' }
  items_some: { dataset: items, type: row_count, min: 1, max: 100 }
`
    const source = { url: clean, platformInstance: 'shop' }
    const outcomes = await runAssertions(source, checked(text), { queryMs: 1000 })
    expect(brief(outcomes)).toEqual([
      ['endless', 'ERROR', 0, 0],
      ['rowless', 'ERROR', 0, 0],
      ['late', 'SUCCESS', 0, 6],
      ['items_some', 'SUCCESS', 0, 6],
    ])
    for (const endless of outcomes.slice(0, 2))
      expect(endless.message).toBe('the query did not finish within 1000 ms')
  })

  it('passes all of them on clean data, in the order of the file', async () => {
    expect(brief(await run(clean))).toEqual([
      ['customers_count', 'SUCCESS', 0, 4],
      ['items_some', 'SUCCESS', 0, 6],
      ['seller_length', 'SUCCESS', 0, 6],
      ['price_positive', 'SUCCESS', 0, 6],
      ['status_known', 'SUCCESS', 0, 6],
      ['order_has_customer', 'SUCCESS', 0, 6],
      ['customer_exists', 'SUCCESS', 0, 6],
      ['order_unique', 'SUCCESS', 0, 6],
      ['fresh', 'SUCCESS', 0, 1],
      ['no_late', 'SUCCESS', 0, 6],
      ['odd', 'SUCCESS', 0, 1],
    ])
  })

  it('fails each by exactly the rows at fault and names them by key', async () => {
    const failed = (await run(dirty)).filter((o) => o.status === 'FAILURE')
    expect(failed.map((o) => [o.name, o.failed, o.total, o.sampleKeys])).toEqual([
      ['customers_count', 2, 4, []],
      ['seller_length', 1, 6, ['order_id=o1, line=1']],
      ['price_positive', 1, 6, ['order_id=o2, line=1']],
      ['status_known', 1, 6, ['order_id=o3']],
      ['order_has_customer', 1, 6, ['order_id=o4']],
      ['customer_exists', 2, 6, ['order_id=o2', 'order_id=o3']],
      ['no_late', 1, 6, ['order_id=o3']],
    ])
    expect(failed.map((o) => o.message)).toContain('customers has 2 rows, expected 4: 2 missing')
  })

  it('fails a row count with too many rows by the excess', async () => {
    const [count] = await run(
      clean,
      'version: 1\nassertions:\n  a: { dataset: items, type: row_count, equals: 5 }\n',
    )
    expect(count).toMatchObject({
      status: 'FAILURE',
      failed: 1,
      total: 6,
      message: expect.stringContaining('1 too many'),
    })
  })

  it('counts a missing table, a missing column and a failing query as errors, each alone', async () => {
    const text = `
version: 1
assertions:
  gone: { dataset: custmers, type: row_count, min: 1 }
  no_column: { dataset: orders, column: statsu, type: not_null }
  no_parent: { dataset: orders, column: customer_id, type: relationship, to: { dataset: orders, column: nope } }
  bad_sql: { dataset: orders, type: sql, query: SELECT nope FROM orders }
  writes: { dataset: orders, type: sql, query: DELETE FROM orders }
  two: { dataset: orders, type: sql, query: SELECT 1; SELECT 2 }
  fine: { dataset: orders, column: status, type: not_null }
`
    const outcomes = await run(clean, text)
    expect(outcomes.map((o) => [o.name, o.status])).toEqual([
      ['gone', 'ERROR'],
      ['no_column', 'ERROR'],
      ['no_parent', 'ERROR'],
      ['bad_sql', 'ERROR'],
      ['writes', 'ERROR'],
      ['two', 'ERROR'],
      ['fine', 'SUCCESS'],
    ])
    expect(outcomes[0]?.message).toBe('there is no table or view "custmers". Did you mean "customers"?')
    expect(outcomes[1]?.message).toContain('Did you mean "status"?')
  })

  it('judges freshness by the clock it is given', async () => {
    const late = (await run(clean, SET, { now: NOW + 90 * 86_400_000 })).find((o) => o.name === 'fresh')
    expect(late).toMatchObject({
      status: 'FAILURE',
      failed: 1,
      message: expect.stringContaining('2017-06-01T10:00:00.000Z'),
    })
  })

  it('counts rows beyond the first of equal keys as duplicates, and leaves NULLs out', async () => {
    const url = join(space.dir, 'duplicates.db')
    const db = new Database(url)
    db.exec('CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 1), (1, 1), (1, 2), (NULL, 1), (NULL, 1)')
    db.close()
    const text =
      'version: 1\nassertions:\n  one: { dataset: t, column: a, type: unique }\n  two: { dataset: t, type: unique, columns: [a, b] }\n'
    expect((await run(url, text)).map((o) => [o.failed, o.total, o.sampleKeys])).toEqual([
      [2, 3, ['rowid=1', 'rowid=2', 'rowid=3']],
      [1, 3, ['rowid=1', 'rowid=2']],
    ])
  })

  it('never samples a value of a column tagged pii: the rowid stands for the key, or nothing does', async () => {
    const text =
      'version: 1\nassertions:\n  a: { dataset: customers, column: city, type: accepted_values, values: [Natal] }\n  b: { dataset: customers, type: sql, query: SELECT * FROM customers }\n'
    const keyIsPii =
      'tags: { pii: }\ndatasets:\n  customers:\n    columns: { customer_id: { tags: [pii] } }\n'
    expect((await run(clean, text))[0]?.sampleKeys).toEqual(['customer_id=c1', 'customer_id=c3'])
    const [row, query] = await run(clean, text, { metadata: keyIsPii })
    expect(row?.sampleKeys).toEqual(['rowid=2', 'rowid=4'])
    expect(query?.sampleKeys).toEqual([])
  })

  it('shows of a custom query only unchanged key columns, not what an alias calls a key', async () => {
    const text =
      'version: 1\nassertions:\n  a: { dataset: orders, type: sql, query: SELECT customer_id AS order_id FROM orders }\n'
    expect((await run(clean, text))[0]).toMatchObject({ failed: 6, sampleKeys: [] })
  })

  it('gives the same claim the same digest under another name, and another claim another', async () => {
    const text = (name: string, equals: number) =>
      `version: 1\nassertions:\n  ${name}: { dataset: customers, type: row_count, equals: ${equals} }\n`
    const digest = (t: string) => claimDigest(checked(t)[0] as CheckedAssertion)
    expect(digest(text('a', 4))).toBe(digest(text('b', 4)))
    expect(digest(text('a', 4))).not.toBe(digest(text('a', 5)))
    expect((await run(clean, text('a', 4)))[0]?.claimDigest).toBe(digest(text('b', 4)))
  })

  it.each(['"; DROP TABLE orders; --', "' OR 1=1 --", '") OR ("1"="1'])(
    'takes %s as a name and as a value, never as SQL',
    async (evil) => {
      const quoted = JSON.stringify(evil)
      const text = `version: 1\nassertions:\n  a: { dataset: ${quoted}, column: x, type: not_null }\n  b: { dataset: orders, column: ${quoted}, type: not_null }\n  c: { dataset: orders, column: status, type: accepted_values, values: [${quoted}] }\n`
      const [a, b, c] = await run(clean, text)
      expect([a?.status, b?.status]).toEqual(['ERROR', 'ERROR'])
      expect(c).toMatchObject({ status: 'FAILURE', failed: 6 })
    },
  )
})
