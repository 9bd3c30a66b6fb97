import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { checkSource } from '../../job/check-source.js'
import { harvestSource } from '../../job/harvest-source.js'
import type { BoundSource } from '../../job/source-binding.js'
import { POSTGRES_PROGRAMS, PostgresServer } from '../../testing/postgres-server.js'
import {
  FAULTS,
  makeShop,
  READER,
  READER_PASSWORD,
  SHOP_METADATA,
  shopUrl,
} from '../../testing/postgres-shop.js'
import { bench } from '../../testing/shop.js'
import { type CheckedAssertion, SEVERITIES } from '../assertion/assertion-definition.js'
import { parseAssertions } from '../assertion/parse-assertions.js'
import type { AssertionOutcome } from '../assertion/run-assertions.js'
import { PostgresChecks } from './open-checks.js'

const SET = `
version: 1
assertions:
  customers_count: { dataset: customers, type: row_count, equals: 4 }
  items_some: { dataset: sales.items, type: row_count, min: 1, max: 100 }
  seller_length: { dataset: sales.items, column: seller_id, type: length, equals: 4 }
  price_positive: { dataset: sales.items, column: price, type: range, min: 0.01, max: 1000 }
  status_known: { dataset: sales.orders, column: status, type: accepted_values, values: [created, shipped] }
  quantity_known: { dataset: sales.items, column: quantity, type: accepted_values, values: [1, 2] }
  paid_known: { dataset: sales.items, column: paid, type: accepted_values, values: [true] }
  order_has_customer: { dataset: sales.orders, column: customer_id, type: not_null }
  customer_exists: { dataset: sales.orders, column: customer_id, type: relationship, to: { dataset: customers, column: customer_id } }
  item_unique: { dataset: sales.items, column: item_id, type: unique }
  placed_in_2017: { dataset: sales.orders, column: placed_at, type: range, min: 2017-01-01, max: 2017-12-31 }
  fresh: { dataset: sales.orders, column: placed_at, type: freshness, max_age: 30d }
  no_lost: { dataset: sales.orders, type: sql, query: "SELECT * FROM sales.orders WHERE status = 'lost' -- lost;\\n;" }
  view_rows: { dataset: sales.revenue, type: row_count, min: 1 }
  odd: { dataset: 'Odd "name', column: A B, type: range, min: 1 }
`
const NOW = Date.UTC(2017, 5, 15)
const environment = { READER_PASSWORD }

function checked(text: string): CheckedAssertion[] {
  const { assertions, diagnostics } = parseAssertions(text)
  expect(diagnostics).toEqual([])
  return assertions
}

const brief = (outcomes: AssertionOutcome[]) => outcomes.map((o) => [o.name, o.status, o.failed, o.total])

describe.skipIf(!POSTGRES_PROGRAMS)('running assertions inside PostgreSQL', { timeout: 120_000 }, () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await PostgresServer.start()
    await makeShop(server, 'clean')
    await makeShop(server, 'dirty')
    await server.run('dirty', FAULTS)
    await server.run(
      'clean',
      `CREATE TABLE loose (a integer, b integer, code text, at text, day date, far timestamptz, epoch bigint, gone timestamptz);
       INSERT INTO loose VALUES (1, 1, 'x', '2017-06-01', '2017-06-01', 'infinity', 1496275200, NULL),
         (1, 1, 'y', 'never', '2017-05-01', '2017-06-01 12:00+02', NULL, NULL),
         (1, 2, '5', '2017-06-14T10:00:00Z', NULL, NULL, NULL, NULL);
       INSERT INTO loose (a, b) VALUES (NULL, 1), (NULL, 1);
       GRANT SELECT ON loose TO ${READER}; GRANT UPDATE ON customers TO ${READER}`,
    )
  })
  afterAll(() => server.stop())

  async function run(
    database: string,
    text = SET,
    options: { now?: number; metadata?: string; queryMs?: number } = {},
  ): Promise<AssertionOutcome[]> {
    const checks = await PostgresChecks.open(
      {
        url: shopUrl(server, database),
        password: '${READER_PASSWORD}',
        platformInstance: 'pg',
        metadata: options.metadata ?? SHOP_METADATA,
      },
      { environment },
    )
    try {
      return await checks.run(checked(text), {
        clock: () => options.now ?? NOW,
        ...(options.queryMs !== undefined && { queryMs: options.queryMs }),
      })
    } finally {
      await checks.close()
    }
  }

  it('passes every kind of claim on clean data, in the order of the file', async () => {
    expect(brief(await run('clean'))).toEqual([
      ['customers_count', 'SUCCESS', 0, 4],
      ['items_some', 'SUCCESS', 0, 6],
      ['seller_length', 'SUCCESS', 0, 6],
      ['price_positive', 'SUCCESS', 0, 6],
      ['status_known', 'SUCCESS', 0, 6],
      ['quantity_known', 'SUCCESS', 0, 6],
      ['paid_known', 'SUCCESS', 0, 6],
      ['order_has_customer', 'SUCCESS', 0, 6],
      ['customer_exists', 'SUCCESS', 0, 6],
      ['item_unique', 'SUCCESS', 0, 6],
      ['placed_in_2017', 'SUCCESS', 0, 6],
      ['fresh', 'SUCCESS', 0, 1],
      ['no_lost', 'SUCCESS', 0, 6],
      ['view_rows', 'SUCCESS', 0, 6],
      ['odd', 'SUCCESS', 0, 1],
    ])
  })

  it('fails each by exactly the rows at fault and names them by key', async () => {
    const failed = (await run('dirty')).filter((o) => o.status === 'FAILURE')
    expect(failed.map((o) => [o.name, o.failed, o.total, [...o.sampleKeys].sort()])).toEqual([
      ['customers_count', 2, 4, []],
      ['seller_length', 1, 6, ['item_id=2']],
      ['price_positive', 1, 6, ['item_id=3']],
      ['status_known', 1, 6, ['order_id=o3, placed_at=2017-04-01 10:00:00']],
      ['order_has_customer', 1, 6, ['order_id=o4, placed_at=2017-05-01 10:00:00']],
      [
        'customer_exists',
        2,
        6,
        ['order_id=o2, placed_at=2017-03-01 10:00:00', 'order_id=o3, placed_at=2017-04-01 10:00:00'],
      ],
      ['no_lost', 1, 6, ['order_id=o3, placed_at=2017-04-01 10:00:00']],
    ])
    expect(failed.map((o) => o.message)).toContain('customers has 2 rows, expected 4: 2 missing')
  })

  it('counts rows beyond the first of equal keys, leaves nulls out, and names rows without a key by their place', async () => {
    const text = `version: 1
assertions:
  one: { dataset: loose, column: a, type: unique }
  two: { dataset: loose, type: unique, columns: [a, b] }
  values: { dataset: loose, column: code, type: accepted_values, values: [x] }
  whole: { dataset: loose, column: a, type: range, max: 0.5 }
  number: { dataset: loose, column: a, type: accepted_values, values: [1.00, one] }
`
    expect((await run('clean', text)).map((o) => [o.failed, o.total, o.sampleKeys])).toEqual([
      [2, 3, ['ctid=(0,1)', 'ctid=(0,2)', 'ctid=(0,3)']],
      [1, 3, ['ctid=(0,1)', 'ctid=(0,2)']],
      [2, 5, ['ctid=(0,2)', 'ctid=(0,3)']],
      [3, 5, ['ctid=(0,1)', 'ctid=(0,2)', 'ctid=(0,3)']],
      [0, 5, []],
    ])
  })

  it('judges freshness of times, days, texts and seconds by the clock it is given', async () => {
    const columns = ['at', 'day', 'far', 'epoch', 'code', 'gone']
    const text = `version: 1\nassertions:\n${columns.map((c) => `  ${c}: { dataset: loose, column: ${c}, type: freshness, max_age: 20d }\n`).join('')}`
    expect((await run('clean', text)).map((o) => [o.name, o.status, o.message])).toEqual([
      ['at', 'SUCCESS', undefined],
      ['day', 'SUCCESS', undefined],
      ['far', 'SUCCESS', undefined],
      ['epoch', 'SUCCESS', undefined],
      ['code', 'ERROR', 'no value of loose.code can be read as a time'],
      ['gone', 'FAILURE', 'loose.gone has no value at all'],
    ])
    const late = await run('clean', text, { now: NOW + 90 * 86_400_000 })
    expect(late.slice(0, 4).map((o) => o.message)).toEqual([
      'the newest at of loose is 2017-06-14T10:00:00.000Z, older than 20d',
      'the newest day of loose is 2017-06-01T00:00:00.000Z, older than 20d',
      'the newest far of loose is 2017-06-01T10:00:00.000Z, older than 20d',
      'the newest epoch of loose is 2017-06-01T00:00:00.000Z, older than 20d',
    ])
  })

  it('counts what is missing, does not fit or is refused as errors, each alone', async () => {
    const text = `version: 1
assertions:
  gone: { dataset: custmers, type: row_count, min: 1 }
  no_column: { dataset: sales.orders, column: statsu, type: not_null }
  no_fit: { dataset: sales.items, column: item_id, type: relationship, to: { dataset: customers, column: customer_id } }
  no_date: { dataset: sales.orders, column: placed_at, type: range, min: soon }
  bad_sql: { dataset: sales.orders, type: sql, query: SELECT nope FROM sales.orders }
  writes: { dataset: customers, type: sql, query: UPDATE customers SET city = 'x' RETURNING * }
  writes_inside: { dataset: customers, type: sql, query: "WITH w AS (DELETE FROM customers RETURNING *) SELECT * FROM w" }
  two: { dataset: customers, type: sql, query: SELECT 1; DROP TABLE customers }
  escapes: { dataset: customers, type: sql, query: "SELECT 1) ; DROP TABLE customers; --" }
  endless: { dataset: customers, type: sql, query: "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT x FROM n WHERE x < 0" }
  slow_end: { dataset: customers, type: sql, query: "SELECT pg_sleep(0.3) FROM generate_series(1, 10)" }
  fine: { dataset: sales.orders, column: status, type: not_null }
  after: { dataset: customers, type: sql, query: SELECT 1 FROM customers WHERE false }
`
    const outcomes = await run('clean', text, { queryMs: 1500 })
    expect(outcomes.map((o) => [o.name, o.status, o.message ?? ''])).toEqual([
      ['gone', 'ERROR', 'there is no table or view "custmers". Did you mean "customers"?'],
      ['no_column', 'ERROR', expect.stringContaining('Did you mean "status"?')],
      ['no_fit', 'ERROR', 'operator does not exist: text = bigint'],
      ['no_date', 'ERROR', 'invalid input syntax for type timestamp: "…" (22007)'],
      ['bad_sql', 'ERROR', 'column "nope" does not exist'],
      ['writes', 'ERROR', expect.stringContaining('not a single SELECT')],
      ['writes_inside', 'ERROR', expect.any(String)],
      ['two', 'ERROR', expect.stringContaining('not a single SELECT')],
      ['escapes', 'ERROR', expect.stringContaining('not a single SELECT')],
      ['endless', 'ERROR', 'the query did not finish within 1500 ms'],
      ['slow_end', 'ERROR', 'the query did not finish within 1500 ms'],
      ['fine', 'SUCCESS', ''],
      ['after', 'SUCCESS', ''],
    ])
    expect(brief(await run('clean')).filter(([, status]) => status !== 'SUCCESS')).toEqual([])
  })

  it('never shows a value of a column tagged pii: no key, no computed column, no refusal holds one', async () => {
    const text = `version: 1
assertions:
  city: { dataset: customers, column: city, type: accepted_values, values: [Natal] }
  all: { dataset: customers, type: sql, query: "SELECT * FROM customers ORDER BY 1" }
  alias: { dataset: customers, type: sql, query: SELECT email AS customer_id FROM customers }
  cast: { dataset: customers, type: sql, query: SELECT email::integer FROM customers }
  raised: { dataset: customers, type: sql, query: "SELECT (xpath('/a', ('<a>' || email)::xml)) FROM customers" }
  hidden: { dataset: customers, column: email, type: freshness, max_age: 1d }
`
    const keyIsPii =
      'tags: { pii: }\ndatasets:\n  customers:\n    columns: { customer_id: { tags: [pii] }, email: { tags: [pii] } }\n'
    const shown = await run('clean', text)
    expect(shown.map((o) => o.sampleKeys).slice(0, 3)).toEqual([
      ['customer_id=c1', 'customer_id=c3'],
      ['customer_id=c0', 'customer_id=c1', 'customer_id=c2', 'customer_id=c3'],
      [],
    ])
    const hidden = await run('clean', text, { metadata: keyIsPii })
    expect(hidden.map((o) => o.sampleKeys).slice(0, 3)).toEqual([['ctid=(0,2)', 'ctid=(0,4)'], [], []])
    expect(shown.map((o) => o.status)).toEqual(['FAILURE', 'FAILURE', 'FAILURE', 'ERROR', 'ERROR', 'ERROR'])
    expect(shown[3]?.message).toBe('invalid input syntax for type integer: "…" (22P02)')
    expect(JSON.stringify([shown, hidden])).not.toContain('@example.com')
    expect(JSON.stringify(hidden)).not.toMatch(/c[0-3]\b/)
  })

  it('is an error, not a silent success, where a policy hides rows from this user', async () => {
    await makeShop(server, 'hiding')
    await server.run(
      'hiding',
      'ALTER TABLE customers ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON customers USING (false)',
    )
    const [count, orders] = await run(
      'hiding',
      'version: 1\nassertions:\n  a: { dataset: customers, type: row_count, max: 10 }\n  b: { dataset: sales.orders, type: row_count, min: 1 }\n',
    )
    expect(count).toMatchObject({ status: 'ERROR', message: expect.stringContaining('row-level security') })
    expect(orders).toMatchObject({ status: 'SUCCESS' })
  })

  it.each(['"; DROP TABLE orders; --', "' OR 1=1 --", "x', 'y", '$1'])(
    'takes %s as a name and as a value, never as SQL',
    async (evil) => {
      const quoted = JSON.stringify(evil)
      const text = `version: 1\nassertions:\n  a: { dataset: ${quoted}, column: x, type: not_null }\n  b: { dataset: loose, column: ${quoted}, type: not_null }\n  c: { dataset: loose, column: code, type: accepted_values, values: [${quoted}] }\n  d: { dataset: loose, column: code, type: range, min: ${quoted}, max: ${quoted} }\n`
      const [a, b, c, d] = await run('clean', text)
      expect([a?.status, b?.status]).toEqual(['ERROR', 'ERROR'])
      expect(c).toMatchObject({ status: 'FAILURE', failed: 3 })
      expect(d).toMatchObject({ status: 'FAILURE', failed: 3 })
    },
  )

  it('runs again what has new data or a new definition, and nothing else', async () => {
    vi.stubEnv('READER_PASSWORD', READER_PASSWORD)
    const b = bench()
    const source: BoundSource = {
      name: 'shop',
      kind: 'postgres',
      url: shopUrl(server, 'clean'),
      password: '${READER_PASSWORD}',
      platformInstance: 'pg',
      env: 'PROD',
    }
    const text = `version: 1\nassertions:\n  a: { dataset: customers, type: row_count, equals: 4, severity: ${SEVERITIES[0]} }\n  b: { dataset: sales.orders, column: status, type: not_null }\n`
    const check = async (source_: string) => {
      const { outcomes, skipped, commit } = await checkSource(b.catalog, source, {
        name: 'shop',
        source: source_,
      })
      return [outcomes.length, skipped, commit !== null]
    }
    try {
      await harvestSource(b.catalog, source)
      expect(await check(text)).toEqual([2, 0, true])
      expect(await check(text)).toEqual([0, 2, false])
      expect(await check(text.replace('equals: 4', 'equals: 5'))).toEqual([1, 1, true])
      await server.run('clean', "INSERT INTO customers VALUES ('c9')")
      expect(await check(text.replace('equals: 4', 'equals: 5'))).toEqual([2, 0, true])
      const urn = 'urn:li:dataset:(urn:li:dataPlatform:postgres,pg.clean.public.customers,PROD)'
      expect(b.catalog.getDatasetAssertions({ urn })).toMatchObject({ data: { total: 1 } })
    } finally {
      vi.unstubAllEnvs()
      b.close()
    }
  })
})
