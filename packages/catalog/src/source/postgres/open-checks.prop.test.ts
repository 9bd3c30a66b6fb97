import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { POSTGRES_PROGRAMS, PostgresServer } from '../../testing/postgres-server.js'
import { makeShop, READER, READER_PASSWORD, shopUrl } from '../../testing/postgres-shop.js'
import type { CheckedAssertion } from '../assertion/assertion-definition.js'
import { expectJudged, judgedRows, type Row } from '../assertion/judged-rows.test.data.js'
import type { AssertionOutcome } from '../assertion/run-assertions.js'
import { PostgresChecks } from './open-checks.js'

describe.skipIf(!POSTGRES_PROGRAMS)('assertions judged inside PostgreSQL', { timeout: 120_000 }, () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await PostgresServer.start()
    await makeShop(server, 'shop')
    await server.run('shop', `CREATE TABLE t (n smallint, s text); GRANT SELECT ON t TO ${READER}`)
  })
  afterAll(() => server.stop())

  async function run(
    data: readonly Row[],
    assertions: readonly CheckedAssertion[],
  ): Promise<AssertionOutcome[]> {
    await server.connected('shop', async (client) => {
      await client.query('TRUNCATE t')
      await client.query('INSERT INTO t SELECT * FROM unnest($1::smallint[], $2::text[])', [
        data.map(([n]) => n),
        data.map(([, s]) => s),
      ])
    })
    const checks = await PostgresChecks.open(
      { url: shopUrl(server, 'shop'), password: '${P}', platformInstance: 'p', schemas: ['public'] },
      { environment: { P: READER_PASSWORD } },
    )
    try {
      return await checks.run(assertions)
    } finally {
      await checks.close()
    }
  }

  it('fail exactly the rows that a reading of the data in memory finds', async () => {
    expect.hasAssertions()
    const texts = fc.string({ unit: 'grapheme', maxLength: 4 }).filter((s) => !s.includes('\0'))
    await fc.assert(
      fc.asyncProperty(judgedRows(texts), async (judged) => {
        expectJudged(
          judged,
          await run(
            judged.rows,
            judged.cases.map(([a]) => a),
          ),
        )
      }),
      { numRuns: 20 },
    )
  })
})
