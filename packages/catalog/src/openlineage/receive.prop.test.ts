import { canonicalJson } from '@groundplane/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dataset, facet, runEvent, WAREHOUSE } from '../testing/lineage-events.js'
import { type Bench, bench } from '../testing/shop.js'

interface Line {
  readonly type?: string
  readonly edge?: string
  readonly from?: string
  readonly to?: string
  readonly data: Readonly<Record<string, unknown>>
}

/**
 * Everything in the graph but the ids of edges, which are drawn, and the bare nodes of what was spoken
 * of once and is not any more: neither an aspect, nor a measurement, nor an edge has anything to say of them.
 */
function contents({ graph }: Bench): unknown {
  const lines = [...graph.export()].map((line) => JSON.parse(line) as Line)
  const ends = new Set(
    lines.flatMap(({ edge, from, to }) => (edge === undefined || edge === 'OnPlatform' ? [] : [from, to])),
  )
  const isBare = ({ data }: Line) =>
    data['described'] === false &&
    !ends.has(data['urn'] as string) &&
    data['nullCount'] === undefined &&
    data['uniqueCount'] === undefined
  const gone = new Set(lines.filter(isBare).map(({ data }) => data['urn']))
  return lines
    .filter(({ data, from }) => !gone.has(data['urn']) && !gone.has(from))
    .map(({ data: { id, ...values }, ...rest }) =>
      canonicalJson({ ...rest, values, ...(rest.edge === undefined && { id }) }),
    )
    .sort()
}

const table = fc.constantFrom('a', 'b', 'c')
const column = fc.constantFrom('id', 'total')
/** Few, so that many events share one; two of them in one millisecond. */
const time = fc.constantFrom('09:00:00', '09:00:00.0001', '09:00:00.0002', '09:05:00', '10:00:00')

const schema = fc
  .uniqueArray(column, { minLength: 1 })
  .map((names) => facet({ fields: names.map((name) => ({ name, type: 'integer' })) }))
const columnLineage = fc.tuple(column, table, column).map(([output, of, field]) =>
  facet({
    fields: {
      [output]: { inputFields: [{ namespace: WAREHOUSE, name: `shop.public.${of}`, field }] },
    },
  }),
)
const metrics = fc
  .tuple(fc.nat(9), fc.option(column))
  .map(([rowCount, of]) =>
    facet({ rowCount, columnMetrics: of === null ? {} : { [of]: { nullCount: rowCount } } }),
  )
const assertions = fc
  .boolean()
  .map((success) => facet({ assertions: [{ assertion: 'not_null', success, column: 'id' }] }))
const lifecycle = fc.oneof(
  fc.constantFrom('CREATE', 'DROP').map((change) => facet({ lifecycleStateChange: change })),
  table.map((of) =>
    facet({
      lifecycleStateChange: 'RENAME',
      previousIdentifier: { namespace: WAREHOUSE, name: `shop.public.${of}` },
    }),
  ),
)
const rarely = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined, freq: 3 })
const facets = fc.record({
  schema: rarely(fc.oneof(schema, fc.constant(facet({ _deleted: true })))),
  documentation: rarely(fc.constantFrom('one', 'two').map((description) => facet({ description }))),
  ownership: rarely(fc.constantFrom('ann', 'team:ops').map((name) => facet({ owners: [{ name }] }))),
  columnLineage: rarely(columnLineage),
  lifecycleStateChange: rarely(lifecycle),
  dataQualityMetrics: rarely(metrics),
  dataQualityAssertions: rarely(assertions),
  unheardOf: rarely(fc.nat(3).map((n) => facet({ n }))),
})
const datasets = rarely(
  fc.array(
    fc
      .tuple(table, facets, rarely(fc.nat(5)))
      .map(([name, of, rowCount]) =>
        dataset(
          name,
          of,
          rowCount === undefined ? {} : { outputFacets: { outputStatistics: facet({ rowCount }) } },
        ),
      ),
    { maxLength: 2 },
  ),
)
const jobFacets = fc.record({
  sql: rarely(fc.constantFrom('SELECT 1', 'SELECT 2').map((query) => facet({ query }))),
})
const jobName = fc.constantFrom('nightly.load', 'nightly.clean')
const anyRun = fc
  .record({
    type: fc.constantFrom('START', 'RUNNING', 'COMPLETE', 'ABORT', 'FAIL', 'OTHER'),
    time,
    run: fc.nat(2),
    jobName,
    jobFacets,
    runFacets: fc.record({
      errorMessage: rarely(fc.constant(facet({ message: 'no', programmingLanguage: 'SQL' }))),
    }),
    inputs: datasets,
    outputs: datasets,
  })
  .map(({ type, time: at, run, ...members }) => runEvent(type, at, run, members))
const anyJob = fc
  .record({ time, jobName, jobFacets, inputs: datasets, outputs: datasets })
  .map(({ time: at, ...members }) => {
    const { run: _, eventType: __, ...event } = runEvent('OTHER', at, 0, members)
    return event
  })
const anyDataset = fc.tuple(time, table, facets).map(([at, name, of]) => {
  const { eventTime, producer } = runEvent('OTHER', at, 0)
  return { eventTime, producer, dataset: dataset(name, of) }
})
const events = fc.array(fc.oneof({ weight: 4, arbitrary: anyRun }, anyJob, anyDataset), {
  minLength: 1,
  maxLength: 7,
})

describe('events in whatever order', () => {
  it('give the same catalog, however often each comes and however they are batched', () => {
    fc.assert(
      fc.property(
        events.chain((all) =>
          fc.record({
            sent: fc.constant(all.map((event) => JSON.stringify(event))),
            order: fc.shuffledSubarray([...all.keys()], { minLength: all.length }),
            again: fc.array(fc.nat(all.length - 1), { maxLength: 3 }),
            batched: fc.boolean(),
          }),
        ),
        ({ sent, order, again, batched }) => {
          const [one, other] = [bench(), bench()]
          try {
            expect(one.catalog.receiveLineage(sent).refused).toEqual([])
            const shuffled = [...order, ...again].map((i) => sent[i] as string)
            for (const batch of batched ? [shuffled] : shuffled.map((text) => [text]))
              expect(other.catalog.receiveLineage(batch).refused).toEqual([])
            expect(contents(other)).toEqual(contents(one))
            const commits = other.commits()
            expect(other.catalog.receiveLineage(shuffled).commit).toBeNull()
            expect(other.commits()).toBe(commits)
          } finally {
            one.close()
            other.close()
          }
        },
      ),
      { numRuns: Number(process.env['GROUNDPLANE_PROP_RUNS'] ?? 8) },
    )
  }, 300_000)
})
