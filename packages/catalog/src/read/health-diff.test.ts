import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aspect, type Bench, bench, check, DEFINITIONS, shop, table } from '../testing/shop.js'
import { verdictOf } from './health-diff.js'

let b: Bench
beforeEach(() => {
  b = bench()
  b.catalog.ingest([...shop('clean'), ...shop('dirty')])
})
afterEach(() => b.close())

const diff = (q: object = {}) => b.catalog.diffHealth({ reference: 'clean', production: 'dirty', ...q })

describe('a health diff', () => {
  it('tells what fails in production only, with counts and evidence', () => {
    b.catalog.recordAssertions(check('clean', 'f1'))
    b.catalog.recordAssertions(check('dirty', 'f2', { email_not_null: 7 }))
    const answer = diff()
    expect(answer.counts).toEqual({
      'production-only': 1,
      'reference-only': 0,
      'both-fail': 0,
      'both-pass': 1,
      missing: 0,
      total: 2,
      errors: 0,
      neverRun: 0,
      stale: 0,
    })
    expect(answer.checks[0]).toMatchObject({
      assertion: 'email_not_null',
      dataset: table('dirty', 'customers'),
      datasetName: 'customers',
      column: 'email',
      reference: { result: 'SUCCESS', failed: 0, dataset: table('clean', 'customers') },
      production: { result: 'FAILURE', failed: 7, total: 100, sampleKeys: ['customer_id=7'] },
      verdict: 'production-only',
      notes: [],
    })
  })

  it.each([
    ['SUCCESS', 'FAILURE', 'production-only'],
    ['FAILURE', 'SUCCESS', 'reference-only'],
    ['FAILURE', 'FAILURE', 'both-fail'],
    ['SUCCESS', 'SUCCESS', 'both-pass'],
    ['SUCCESS', 'ERROR', 'missing'],
    ['ERROR', 'FAILURE', 'missing'],
    [null, 'FAILURE', 'missing'],
    ['SUCCESS', 'INIT', 'missing'],
  ] as const)('of %s and %s is %s', (reference, production, verdict) => {
    expect(verdictOf(reference, production)).toBe(verdict)
  })

  it('keeps an error apart from a failure', () => {
    b.catalog.recordAssertions(check('clean', 'f1'))
    b.catalog.recordAssertions(check('dirty', 'f2', { email_not_null: 'no such column: email' }))
    const [first] = diff().checks
    expect(first).toMatchObject({
      verdict: 'missing',
      notes: ['production-error'],
      production: { result: 'ERROR', message: 'no such column: email' },
    })
    expect(diff().counts.errors).toBe(1)
  })

  it('shows a claim about a table that is gone, or never was, as what could not be run', () => {
    const phantom = [{ name: 'phantom_count', dataset: 'phantoms', type: 'row_count', parameters: {} }]
    const failing = { phantom_count: 'there is no table or view "phantoms".' }
    b.catalog.recordAssertions(check('clean', 'f1', failing, phantom))
    b.catalog.recordAssertions(check('dirty', 'f2', failing, phantom))
    expect(diff()).toMatchObject({
      checks: [
        {
          assertion: 'phantom_count',
          datasetName: 'phantoms',
          verdict: 'missing',
          notes: ['reference-error', 'production-error'],
          reference: { result: 'ERROR' },
          production: { result: 'ERROR', message: 'there is no table or view "phantoms".' },
        },
      ],
      counts: { missing: 1, total: 1, errors: 2 },
    })
    b.catalog.recordAssertions({ ...check('clean', 'f1'), set: 'other' })
    b.catalog.recordAssertions({ ...check('dirty', 'f2'), set: 'other' })
    b.catalog.ingest(
      shop('dirty').filter((p) => p.entityUrn !== table('dirty', 'customers')),
      {},
      { complete: { platform: 'sqlite', instance: 'dirty', fingerprint: 'f2' } },
    )
    expect(diff().checks.map((c) => c.assertion)).toContain('email_not_null')
  })

  it('shows assertions that one side lacks or never ran', () => {
    b.catalog.recordAssertions(check('clean', 'f1'))
    b.catalog.recordAssertions({ ...check('dirty', 'f2', {}, DEFINITIONS.slice(0, 1)), results: [] })
    expect(diff().checks.map((c) => [c.assertion, c.verdict, c.notes])).toEqual([
      ['email_not_null', 'missing', ['production-never-run']],
      ['orders_count', 'missing', ['production-missing']],
    ])
  })

  it('marks results of other data, of another definition, and old ones as stale', () => {
    b.catalog.recordAssertions(check('clean', 'f1'))
    b.catalog.recordAssertions(check('dirty', 'f2'))
    expect(diff().counts.stale).toBe(0)
    b.tick(10_000)
    expect(diff({ stale_after_ms: 5000 }).counts.stale).toBe(4)
    b.catalog.ingest(
      shop('dirty'),
      {},
      { complete: { platform: 'sqlite', instance: 'dirty', fingerprint: 'f3' } },
    )
    expect(diff().checks.flatMap((c) => c.notes)).toEqual(['production-stale', 'production-stale'])
    b.catalog.recordAssertions({
      ...check('clean', 'f1', {}, [
        { ...DEFINITIONS[1], parameters: { equals: 5 } } as (typeof DEFINITIONS)[number],
      ]),
      results: [],
    })
    expect(diff({ datasets: [table('clean', 'orders')] }).checks[0]?.notes).toEqual([
      'reference-stale',
      'production-stale',
    ])
  })

  it('follows the newest look at a source, whether a check or a harvest took it', () => {
    const harvest = (fingerprint: string) =>
      b.catalog.ingest(
        shop('dirty'),
        {},
        { complete: { platform: 'sqlite', instance: 'dirty', fingerprint } },
      )
    const stale = () => diff().checks.flatMap((c) => c.notes)
    harvest('f1')
    b.tick()
    b.catalog.recordAssertions(check('clean', 'f1'))
    b.catalog.recordAssertions(check('dirty', 'f1'))
    b.tick()
    // The source was written to, and checked before it is harvested again.
    b.catalog.recordAssertions(check('dirty', 'f2', { email_not_null: 3 }))
    expect(stale()).toEqual([])
    b.tick()
    // Only one of two checks has run on what is there now: the other one's result is of data that is gone.
    b.catalog.recordAssertions({
      ...check('dirty', 'f3'),
      results: check('dirty', 'f3').results.slice(0, 1),
    })
    expect(diff().checks.map((c) => [c.assertion, c.notes])).toEqual([
      ['email_not_null', []],
      ['orders_count', ['production-stale']],
    ])
    b.tick()
    // Put back as it was at the last harvest: that harvest is not the newest look, this one is.
    expect(harvest('f1').commit).not.toBeNull()
    expect(stale()).toEqual(['production-stale', 'production-stale'])
    expect(harvest('f1').commit).toBeNull()
  })

  it('takes a check that began before a harvest for the older look, whenever it was recorded', () => {
    const began = Date.UTC(2026, 10, 21, 9)
    b.tick(5000)
    b.catalog.ingest(
      shop('dirty'),
      {},
      { complete: { platform: 'sqlite', instance: 'dirty', fingerprint: 'f2' } },
    )
    b.catalog.recordAssertions(check('clean', 'f1'))
    b.catalog.recordAssertions({ ...check('dirty', 'f1'), at: began })
    expect(diff().counts.stale).toBe(2)
  })

  it('can be held to some datasets of either instance', () => {
    b.catalog.recordAssertions(check('clean', 'f1'))
    b.catalog.recordAssertions(check('dirty', 'f2'))
    expect(diff({ datasets: [table('dirty', 'orders')] }).checks.map((c) => c.assertion)).toEqual([
      'orders_count',
    ])
    expect(diff({ datasets: [table('clean', 'orders')] }).checks.map((c) => c.assertion)).toEqual([
      'orders_count',
    ])
  })

  it('pairs assertions nobody declared by what they claim', () => {
    const foreign = (instance: string, id: string, type: string) => {
      const urn = `urn:li:assertion:${id}`
      const dataset = table(instance, 'orders')
      return [
        aspect(urn, 'assertionInfo', {
          type: 'DATASET',
          datasetAssertion: {
            dataset,
            scope: 'DATASET_ROWS',
            operator: 'GREATER_THAN',
            aggregation: 'ROW_COUNT',
          },
        }),
        aspect(urn, 'assertionRunEvent', {
          timestampMillis: 5,
          runId: 'r',
          assertionUrn: urn,
          asserteeUrn: dataset,
          status: 'COMPLETE',
          result: { type, nativeResults: {} },
        }),
      ]
    }
    b.catalog.ingest([...foreign('clean', 'a1', 'SUCCESS'), ...foreign('dirty', 'b2', 'FAILURE')])
    expect(diff().checks).toMatchObject([{ assertion: 'GREATER_THAN', verdict: 'production-only' }])
  })

  it('of an instance that is not there is an error that names those that are', () => {
    expect(() => diff({ production: 'prod' })).toThrow(
      expect.objectContaining({ code: 'instance_not_found', remedy: 'Use one of clean, dirty.' }),
    )
  })
})

describe('recording a check', () => {
  it('is one commit, and none when the same data was checked against the same definitions', () => {
    const before = b.commits()
    const first = b.catalog.recordAssertions(check('clean', 'f1', { orders_count: 3 }))
    expect(first).toMatchObject({
      definitions: { written: 2, unchanged: 0, removed: 0 },
      runs: { written: 2, skipped: 0 },
    })
    expect(b.commits()).toBe(before + 1)
    b.tick()
    expect(b.catalog.pendingAssertions(check('clean', 'f1'))).toEqual([])
    expect(b.catalog.recordAssertions(check('clean', 'f1', { orders_count: 3 }))).toMatchObject({
      runs: { written: 0, skipped: 2 },
      commit: null,
    })
  })

  it('asks for a run again when data or definition changed, or the run was an error', () => {
    b.catalog.recordAssertions(check('clean', 'f1', { orders_count: 'locked' }))
    expect(b.catalog.pendingAssertions(check('clean', 'f1'))).toEqual(['orders_count'])
    expect(b.catalog.pendingAssertions(check('clean', 'f2'))).toEqual(['email_not_null', 'orders_count'])
    const changed = DEFINITIONS.map((d) =>
      d.name === 'email_not_null' ? { ...d, column: 'customer_id' } : d,
    )
    expect(b.catalog.pendingAssertions(check('clean', 'f1', {}, changed))).toEqual([
      'email_not_null',
      'orders_count',
    ])
  })

  it('soft-deletes what the set no longer declares in this instance, and brings it back', () => {
    b.catalog.recordAssertions(check('clean', 'f1'))
    b.catalog.recordAssertions(check('dirty', 'f2'))
    expect(
      b.catalog.recordAssertions(check('clean', 'f1', {}, DEFINITIONS.slice(0, 1))).definitions.removed,
    ).toBe(1)
    expect(b.catalog.getDatasetAssertions({ urn: table('clean', 'orders') }).data.total).toBe(0)
    expect(b.catalog.getDatasetAssertions({ urn: table('dirty', 'orders') }).data.total).toBe(1)
    expect(b.catalog.pendingAssertions(check('clean', 'f1'))).toEqual(['orders_count'])
    b.catalog.recordAssertions(check('clean', 'f1'))
    expect(b.catalog.getDatasetAssertions({ urn: table('clean', 'orders') }).data.total).toBe(1)
  })

  it('of results out of order keeps the newest as the latest', () => {
    b.catalog.recordAssertions(check('clean', 'f1', { orders_count: 3 }))
    const urn = b.catalog.getDatasetAssertions({ urn: table('clean', 'orders') }).data.assertions[0]
      ?.urn as string
    b.catalog.ingest([
      {
        entityUrn: urn,
        aspectName: 'assertionRunEvent',
        aspect: {
          timestampMillis: 1,
          runId: 'old',
          asserteeUrn: table('clean', 'orders'),
          status: 'COMPLETE',
          result: { type: 'SUCCESS' },
        },
      },
    ])
    const [assertion] = b.catalog.getDatasetAssertions({ urn: table('clean', 'orders'), run_events_count: 5 })
      .data.assertions
    expect(assertion).toMatchObject({ latestResultType: 'FAILURE', runSummary: { total: 2 } })
    expect(assertion?.runHistory.map((r) => r.resultType)).toEqual(['FAILURE', 'SUCCESS'])
  })
})
