import { afterEach, describe, expect, it } from 'vitest'
import type { AspectProposal } from '../aspect/proposal.js'
import { aspect, type Bench, bench, column, shop, table } from '../testing/shop.js'

const open: Bench[] = []
afterEach(() => {
  for (const b of open.splice(0)) b.close()
})

const customers = table('x', 'customers')
const orders = table('x', 'orders')
const revenue = table('x', 'v_revenue')
const assertion = 'urn:li:assertion:a'

function all(): AspectProposal[] {
  return [
    ...shop('x'),
    aspect(orders, 'status', { removed: true }),
    aspect(orders, 'editableSchemaMetadata', {
      editableSchemaFieldInfo: [
        { fieldPath: 'price', globalTags: { tags: [{ tag: 'urn:li:tag:money' }] } },
        { fieldPath: 'order_id', glossaryTerms: { terms: [{ urn: 'urn:li:glossaryTerm:order' }] } },
      ],
    }),
    aspect(orders, 'datasetProfile', { timestampMillis: 1, rowCount: 10 }),
    aspect(orders, 'datasetProfile', {
      timestampMillis: 2,
      rowCount: 20,
      fieldProfiles: [{ fieldPath: 'price', nullCount: 3, uniqueCount: 4 }],
    }),
    aspect(assertion, 'assertionInfo', {
      type: 'DATASET',
      datasetAssertion: {
        dataset: customers,
        scope: 'DATASET_COLUMN',
        fields: [column('x', 'customers', 'email')],
        operator: 'NOT_NULL',
      },
    }),
    ...[5, 6].map((at) =>
      aspect(assertion, 'assertionRunEvent', {
        timestampMillis: at,
        runId: `r${at}`,
        assertionUrn: assertion,
        asserteeUrn: customers,
        status: 'COMPLETE',
        result: { type: at === 5 ? 'SUCCESS' : 'FAILURE' },
      }),
    ),
    aspect('urn:li:chart:(looker,c)', 'chartInfo', { title: 'kept as an aspect only' }),
  ]
}

function filled(proposals: readonly AspectProposal[]): Bench {
  const b = bench()
  open.push(b)
  const { rejected } = b.catalog.ingest(proposals)
  expect(rejected).toEqual([])
  return b
}

/** What is recorded and what follows from it, mere mentions apart, without the ids and in one order. */
function state({ graph }: Bench) {
  const lines = [...graph.export()].map((line) => JSON.parse(line))
  const stated = lines.filter(({ data, edge }) => (edge ? data?.statedBy : data.described !== false))
  const mentions = lines.filter(({ data, edge }) => !edge && data.described === false)
  const text = (line: Record<string, unknown>) => {
    const { id: _, ...data } = line['data'] as Record<string, unknown>
    return JSON.stringify({ ...line, data })
  }
  return { stated: stated.map(text).sort(), mentions: mentions.map(text).sort() }
}

describe('deleting', () => {
  it.each([...new Set(all().map(({ entityUrn }) => entityUrn))])(
    '%s leaves what would be there if nobody had spoken of it, and mentions',
    (urn) => {
      const after = filled(all())
      const own = all().filter(({ entityUrn }) => entityUrn === urn)
      const events = own.filter(({ aspectName }) => /Profile|Event/.test(aspectName)).length
      expect(after.catalog.deleteEntity(urn)).toMatchObject({ aspects: own.length - events, events })
      expect(after.catalog.hasRecord(urn)).toBe(false)
      const without = state(filled(all().filter(({ entityUrn }) => entityUrn !== urn)))
      expect(state(after).stated).toEqual(without.stated)
      expect(state(after).mentions).toEqual(expect.arrayContaining(without.mentions))
      const commits = after.commits()
      expect(after.catalog.deleteEntity(urn)).toEqual({ aspects: 0, events: 0, commit: null })
      expect(after.commits()).toBe(commits)
    },
  )

  it.each([
    [orders, 'schemaMetadata'],
    [orders, 'ownership'],
    [orders, 'editableSchemaMetadata'],
    [orders, 'status'],
    [orders, 'datasetProperties'],
    [revenue, 'upstreamLineage'],
    [customers, 'dataPlatformInstance'],
  ])('of %s the aspect %s takes with it what it stated and no more', (urn, name) => {
    const after = filled(all())
    expect(after.catalog.deleteAspect(urn, name)).toMatchObject({ aspects: 1, events: 0 })
    const without = filled(all().filter((p) => p.entityUrn !== urn || p.aspectName !== name))
    expect(state(after).stated).toEqual(state(without).stated)
    expect(after.catalog.deleteAspect(urn, name).commit).toBeNull()
  })

  it('the newest event gives way to the one before it', () => {
    const after = filled(all())
    expect(after.catalog.deleteEvents(orders, 'datasetProfile', { from: 2 })).toMatchObject({ events: 1 })
    expect(after.catalog.deleteEvents(assertion, 'assertionRunEvent', { from: 6, to: 6 })).toMatchObject({
      events: 1,
    })
    const earlier = all().filter(
      ({ aspect: value }) =>
        ![2, 6].includes(Number((value as { timestampMillis?: number }).timestampMillis)),
    )
    expect(state(after).stated).toEqual(state(filled(earlier)).stated)
  })

  it('a dataset takes it out of the search', () => {
    const b = filled(all())
    expect(b.catalog.search({ query: 'customers' }).searchResults?.map(({ entity }) => entity.urn)).toContain(
      customers,
    )
    b.catalog.deleteEntity(customers)
    expect(
      b.catalog.search({ query: 'customers' }).searchResults?.map(({ entity }) => entity.urn),
    ).not.toContain(customers)
  })
})
