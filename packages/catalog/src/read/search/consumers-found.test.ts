import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CATALOG_SCHEMA } from '../../model/texts.js'
import { aspect, type Bench, bench, shop, table } from '../../testing/shop.js'

let b: Bench
const [orders, revenue] = [table('clean', 'orders'), table('clean', 'v_revenue')]
const board = 'urn:li:dashboard:(looker,dashboards.7)'
const chart = 'urn:li:chart:(looker,elements.12)'
const retired = 'urn:li:dashboard:(looker,dashboards.8)'
const grade = 'urn:li:structuredProperty:grade'

const graded = (urn: string, ...values: string[]) =>
  aspect(urn, 'structuredProperties', {
    properties: [{ propertyUrn: grade, values: values.map((string) => ({ string })) }],
  })
const definition = aspect(grade, 'propertyDefinition', {
  qualifiedName: 'grade',
  valueType: 'urn:li:dataType:datahub.string',
  cardinality: 'MULTIPLE',
  entityTypes: ['dataset', 'dashboard', 'chart'].map((type) => `urn:li:entityType:datahub.${type}`),
})
const dashboards = () => [
  aspect(board, 'dashboardInfo', {
    title: 'Operations',
    description: 'How parcels travel',
    datasets: [revenue],
  }),
  aspect(board, 'subTypes', { typeNames: ['Notebook'] }),
  aspect(board, 'ownership', { owners: [{ owner: 'urn:li:corpGroup:finance', type: 'DATAOWNER' }] }),
  aspect(board, 'globalTags', { tags: [{ tag: 'urn:li:tag:pii' }] }),
  aspect(board, 'glossaryTerms', {
    terms: [{ urn: 'urn:li:glossaryTerm:Delivery' }],
    auditStamp: { time: 0, actor: 'urn:li:corpuser:ada' },
  }),
  aspect(board, 'domains', { domains: ['urn:li:domain:logistics'] }),
  aspect(chart, 'chartInfo', { title: 'Parcels per day', description: '', inputs: [orders] }),
  aspect(retired, 'dashboardInfo', { title: 'Parcels of old', description: '' }),
  aspect(retired, 'status', { removed: true }),
]

beforeAll(() => {
  b = bench()
  b.catalog.ingest([
    ...shop('clean'),
    ...dashboards(),
    definition,
    graded(board, 'Platinum'),
    graded(orders, 'Platinum', 'urn:li:domain:quokka'),
  ])
})
afterAll(() => b.close())

const hits = (question: object) => b.catalog.search(question).searchResults ?? []
const urns = (question: object) => hits(question).map((hit) => hit.entity.urn)

describe('a search', () => {
  it('finds dashboards and charts by what they are called, what is said of them, their tool, kind and owners', () => {
    expect(urns({ query: 'operations' })).toEqual([board])
    expect(urns({ query: 'parcels' })).toEqual([chart, board])
    expect(urns({ query: 'looker' })).toEqual([chart, board].sort())
    expect(urns({ query: 'notebook' })).toEqual([board])
    expect(urns({ query: 'chart' })[0]).toBe(chart)
    expect(urns({ query: 'finance', filter: 'entity_type = dashboard' })).toEqual([board])
    expect(urns({ query: board })).toEqual([board])
  })

  it('shows of a dashboard what it shows of a dataset, and where words matched', () => {
    const [hit] = hits({ query: 'notebook finance pii platinum looker travel operations' })
    expect(hit?.entity).toEqual({
      urn: board,
      type: 'DASHBOARD',
      properties: { name: 'Operations', description: 'How parcels travel' },
      platform: 'looker',
      subTypes: ['Notebook'],
    })
    expect(hit?.matchedFields.map(({ name, value }) => [name, value])).toEqual([
      ['name', 'Operations'],
      ['description', 'How parcels travel'],
      ['tags', 'PII'],
      ['owners', 'Finance'],
      ['structuredProperties', 'Platinum'],
      ['platform', 'looker'],
      ['subTypes', 'Notebook'],
    ])
    expect(hits({ query: 'chart' })[0]?.matchedFields).toEqual([
      { name: 'subTypes', value: 'Chart', words: ['chart'] },
    ])
  })

  it('filters and counts them with everything else', () => {
    expect(urns({ filter: 'platform = looker', sort_by: 'name', sort_order: 'asc' })).toEqual([board, chart])
    expect(urns({ filter: 'owner = finance' })).toEqual([board, orders].sort())
    expect(urns({ filter: 'entity_subtype = Notebook' })).toEqual([board])
    expect(urns({ filter: 'tag = PII AND glossary_term = delivery AND domain = logistics' })).toEqual([board])
    expect(urns({ filter: 'structuredProperties.grade = platinum' })).toEqual([board, orders].sort())
    const types = b.catalog.search({ num_results: 0 }).facets.find((f) => f.field === '_entityType')
    expect(types?.aggregations.map((a) => [a.value, a.count])).toEqual(
      expect.arrayContaining([
        ['DASHBOARD', 1],
        ['CHART', 1],
      ]),
    )
  })

  it('finds what it was looked for by the values of structured properties', () => {
    expect(urns({ query: 'platinum' }).sort()).toEqual([board, orders].sort())
    expect(hits({ query: 'quokka' })).toMatchObject([
      {
        entity: { urn: orders },
        matchedFields: [{ name: 'structuredProperties', value: 'urn:li:domain:quokka' }],
      },
    ])
  })

  it('follows them: what is renamed, given another value or taken away is found as it is now', () => {
    const own = bench()
    try {
      own.catalog.ingest([...shop('clean'), ...dashboards(), definition, graded(board, 'Platinum')])
      const of = (query: string) =>
        (own.catalog.search({ query, filter: 'entity_type = dashboard' }).searchResults ?? []).map(
          (hit) => hit.entity.urn,
        )
      expect([of('platinum'), of('operations'), of('finance')]).toEqual([[board], [board], [board]])
      own.catalog.ingest([
        graded(board, 'Bronze'),
        aspect(board, 'dashboardInfo', { title: 'Zeppelin', description: '' }),
        aspect('urn:li:corpGroup:finance', 'corpGroupInfo', {
          displayName: 'Treasury',
          admins: [],
          members: [],
          groups: [],
        }),
        aspect(retired, 'status', { removed: false }),
      ])
      expect([of('platinum'), of('bronze'), of('operations'), of('zeppelin')]).toEqual([
        [],
        [board],
        [],
        [board],
      ])
      expect([of('treasury'), of('old')]).toEqual([[board], [retired]])
      own.catalog.deleteEntity(board)
      expect(of('bronze')).toEqual([])
    } finally {
      own.close()
    }
  })

  it('answers as it did in a catalog of before there were any', () => {
    const old = bench(
      CATALOG_SCHEMA.replace(
        /\n(node|edge) (Consumer\w*|ConsumedBy|ShownOn|StructuredProperty|HasProperty)\b[^{]*\{[^}]*\}/g,
        '',
      ),
    )
    try {
      old.catalog.ingest(shop('clean'))
      expect(old.catalog.search({ query: 'orders' }).searchResults?.[0]?.entity.urn).toBe(orders)
      old.catalog.ingest([aspect(orders, 'datasetProperties', { name: 'sales' })])
      expect(old.catalog.search({ query: 'sales' }).searchResults?.[0]?.entity.urn).toBe(orders)
    } finally {
      old.close()
    }
  })

  it('takes no label of a dashboard into a catalog of before there were any, and all else of the batch', () => {
    const old = bench(
      CATALOG_SCHEMA.replace(
        /\nedge Consumer(TaggedWith|TermedWith|InDomain|HasProperty)\b[^{]*\{[^}]*\}/g,
        '',
      ),
    )
    try {
      const { rejected, written } = old.catalog.ingest(dashboards())
      expect(rejected).toEqual(
        ['globalTags', 'glossaryTerms', 'domains'].map((aspectName) =>
          expect.objectContaining({
            aspectName,
            code: 'catalog_schema_outdated',
            remedy: expect.stringContaining('cluster apply'),
          }),
        ),
      )
      expect(written).toBe(dashboards().length - 3)
      expect(old.catalog.aspectRecord(board, 'globalTags')).toBeUndefined()
    } finally {
      old.close()
    }
    const older = bench(
      CATALOG_SCHEMA.replace(/\n(node|edge) (Consumer\w*|ConsumedBy|ShownOn)\b[^{]*\{[^}]*\}/g, ''),
    )
    try {
      const { rejected } = older.catalog.ingest([...shop('clean'), ...dashboards()])
      expect(new Set(rejected.map(({ urn }) => urn))).toEqual(new Set([board, chart, retired]))
      expect(older.catalog.getEntity(orders).entity.urn).toBe(orders)
    } finally {
      older.close()
    }
  })
})
