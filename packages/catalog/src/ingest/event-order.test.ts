import { expect, it } from 'vitest'
import { aspect, bench, table } from '../testing/shop.js'

const dataset = table('i', 'orders')
const assertion = 'urn:li:assertion:orders_not_empty'
const run = (at: number, type: 'SUCCESS' | 'FAILURE') =>
  aspect(assertion, 'assertionRunEvent', {
    timestampMillis: at,
    runId: `run-${at}`,
    assertionUrn: assertion,
    asserteeUrn: dataset,
    status: 'COMPLETE',
    result: { type, unexpectedCount: at },
  })
const definition = aspect(assertion, 'assertionInfo', {
  type: 'DATASET',
  datasetAssertion: { dataset, scope: 'DATASET_ROWS', operator: 'NOT_NULL' },
})

/** What is told of the assertion once the events have come. */
function told(batches: ReturnType<typeof aspect>[][]) {
  const b = bench()
  try {
    const commits = batches.map((batch) => b.catalog.ingest(batch).commit)
    const { data } = b.catalog.getDatasetAssertions({ urn: dataset, run_events_count: 10 })
    return { commits, assertions: data.assertions }
  } finally {
    b.close()
  }
}

it('runs that come late, twice or before their definition leave what the newest of them says', () => {
  const schema = aspect(dataset, 'schemaMetadata', { fields: [] })
  const events = [run(1_000, 'SUCCESS'), run(2_000, 'FAILURE'), run(3_000, 'SUCCESS')]
  const [first, second, third] = events as [(typeof events)[0], (typeof events)[0], (typeof events)[0]]
  const { assertions } = told([[schema, definition], [first], [second], [third]])
  expect(assertions[0]).toMatchObject({ latestResultType: 'SUCCESS', runSummary: { total: 3, failed: 1 } })
  for (const order of [
    [[schema, definition, third, second, first]],
    [[third], [schema], [first, second], [definition]],
    [[schema, definition], [third, third], [first], [third], [second], [first]],
  ])
    expect(told(order).assertions).toEqual(assertions)
})

it('an event that came before makes no commit', () => {
  const event = run(1_000, 'FAILURE')
  const { commits } = told([
    [aspect(dataset, 'schemaMetadata', { fields: [] }), definition, event],
    [event],
    [event, event],
  ])
  expect(commits.map((commit) => commit !== null)).toEqual([true, false, false])
})
