import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CATALOG_SCHEMA } from '../model/texts.js'
import { aspect, type Bench, bench, shop, table } from '../testing/shop.js'

let b: Bench
const orders = table('clean', 'orders')
const revenue = table('clean', 'v_revenue')
const weekly = 'urn:li:dashboard:(dbt,shop.exposure.shop.weekly)'
const board = 'urn:li:dashboard:(looker,dashboards.7)'
const chart = 'urn:li:chart:(looker,dashboard_elements.12)'
const gone = 'urn:li:dashboard:(looker,dashboards.8)'

const owned = (urn: string, owner: string) =>
  aspect(urn, 'ownership', {
    owners: [
      { owner, type: 'DATAOWNER' },
      { owner, type: 'NONE' },
    ],
  })
const dashboards = () => [
  aspect(weekly, 'dashboardInfo', {
    title: 'Weekly report',
    description: 'What the board reads',
    charts: [],
    datasets: [revenue],
    externalUrl: 'https://bi.example/weekly',
  }),
  aspect(weekly, 'subTypes', { typeNames: ['Notebook'] }),
  owned(weekly, 'urn:li:corpuser:ada'),
  aspect('urn:li:corpuser:ada', 'corpUserInfo', { displayName: 'Ada', active: true }),
  aspect(chart, 'chartInfo', {
    title: 'Orders per day',
    description: '',
    inputs: [{ string: orders }],
    inputEdges: [
      { destinationUrn: orders },
      { destinationUrn: 'urn:li:dataJob:(urn:li:dataFlow:(a,b,c),d)' },
    ],
  }),
  aspect(board, 'dashboardInfo', {
    title: 'Operations',
    description: '',
    chartEdges: [{ destinationUrn: chart }],
    datasetEdges: [{ destinationUrn: revenue }],
    dashboardUrl: 'https://looker.example/7',
  }),
  aspect(gone, 'dashboardInfo', { title: 'Old', description: '', datasets: [orders] }),
  aspect(gone, 'status', { removed: true }),
]

beforeAll(() => {
  b = bench()
  b.catalog.ingest([...shop('clean'), ...dashboards()])
})
afterAll(() => b.close())

describe('dashboards and charts', () => {
  it('are at the end of the lineage of what they are made from, nearest first, with their owners', () => {
    const { downstreams, consumers } = b.catalog.getLineage({ urn: orders, upstream: false, max_hops: 3 })
    expect(downstreams?.searchResults.map((r) => r.entity.urn)).toContain(revenue)
    expect(consumers?.total).toBe(3)
    expect(consumers?.first).toEqual([
      {
        entity: expect.objectContaining({ urn: chart, type: 'CHART', platform: 'looker' }),
        degree: 1,
        via: orders,
      },
      {
        entity: {
          urn: weekly,
          type: 'DASHBOARD',
          properties: { name: 'Weekly report', description: 'What the board reads' },
          platform: 'dbt',
          subTypes: ['Notebook'],
        },
        degree: 2,
        via: revenue,
        externalUrl: 'https://bi.example/weekly',
        owners: [{ urn: 'urn:li:corpuser:ada', name: 'Ada' }],
      },
      expect.objectContaining({
        entity: expect.objectContaining({ urn: board }),
        degree: 2,
        via: chart,
        externalUrl: 'https://looker.example/7',
      }),
    ])
    const near = b.catalog.getLineage({ urn: orders, upstream: false, max_hops: 1 }).consumers
    expect(near?.first.map((c) => c.entity.urn)).toEqual([chart])
    expect(b.catalog.getLineage({ urn: orders, upstream: true }).consumers).toBeUndefined()
    expect(b.catalog.getLineage({ urn: orders, upstream: false, column: 'price' }).consumers).toBeUndefined()
  })

  it('are named by impact with what a change does to them; of one column that is unknown', () => {
    const effects = (question: object) =>
      b.catalog.impact({ urn: orders, ...question }).consumers?.first.map((c) => [c.entity.urn, c.effect])
    expect(effects({})).toEqual([
      [chart, 'breaks'],
      [weekly, 'affected'],
      [board, 'affected'],
    ])
    expect(effects({ change: 'change_meaning' })?.map(([, effect]) => effect)).toEqual(
      Array(3).fill('changes'),
    )
    expect(effects({ column: 'price' })?.map(([, effect]) => effect)).toEqual(Array(3).fill('unknown'))
    expect(b.catalog.impact({ urn: orders }).consumers?.first[1]?.owners).toEqual([
      { urn: 'urn:li:corpuser:ada', name: 'Ada' },
    ])
  })

  it('are in the brief and the document of a dataset, and have a document of their own', () => {
    const { parts } = b.catalog.brief({ about: revenue, budget: 20_000 })
    expect(parts.find((p) => p.part === 'consumers')?.lines).toEqual([
      `Notebook Weekly report (${weekly}), owned by Ada`,
      `Dashboard Operations (${board})`,
    ])
    const [dataset, one] = b.catalog.getEntities([revenue, board]).entities as unknown as Record<
      string,
      unknown
    >[]
    expect(dataset?.['consumers']).toEqual([
      { urn: weekly, name: 'Weekly report', owners: [{ urn: 'urn:li:corpuser:ada', name: 'Ada' }] },
      { urn: board, name: 'Operations' },
    ])
    expect(one).toMatchObject({
      type: 'DASHBOARD',
      name: 'Operations',
      upstreams: [revenue],
      shows: [{ urn: chart, name: 'Orders per day' }],
    })
  })

  it('follow their aspects: what one is not made from any more does not name it, nor when it is deleted', () => {
    const own = bench()
    try {
      own.catalog.ingest([...shop('clean'), ...dashboards()])
      const urns = (urn: string) =>
        own.catalog
          .getLineage({ urn, upstream: false, max_hops: 1 })
          .consumers?.first.map((c) => c.entity.urn)
      own.catalog.ingest([
        aspect(weekly, 'dashboardInfo', { title: 'Weekly report', description: '', datasets: [orders] }),
      ])
      expect([urns(revenue), urns(orders)]).toEqual([[board], [chart, weekly]])
      own.catalog.deleteEntity(weekly)
      own.catalog.deleteEntity(board)
      expect([urns(revenue), urns(orders)]).toEqual([undefined, [chart]])
      expect(own.catalog.ingest(dashboards()).rejected).toEqual([])
      expect(own.catalog.ingest(dashboards()).commit).toBeNull()
    } finally {
      own.close()
    }
  })

  it('are asked of all at once where many datasets are downstream, with the same answer', () => {
    const own = bench()
    try {
      const many = Array.from({ length: 600 }, (_, i) => table('clean', `t${i}`))
      own.catalog.ingest([
        ...shop('clean'),
        ...dashboards(),
        ...many.map((urn) => aspect(urn, 'upstreamLineage', { upstreams: [{ dataset: orders }] })),
        aspect('urn:li:chart:(looker,z)', 'chartInfo', {
          title: 'z',
          description: '',
          inputs: many.slice(0, 2),
        }),
      ])
      const { consumers } = own.catalog.getLineage({ urn: orders, upstream: false, max_hops: 3 })
      expect(consumers?.first.map((c) => [c.entity.urn, c.degree, c.via])).toEqual([
        [chart, 1, orders],
        ['urn:li:chart:(looker,z)', 2, many[0]],
        [weekly, 2, revenue],
        [board, 2, chart],
      ])
    } finally {
      own.close()
    }
  })

  it('a catalog of before there were any has none, and answers as it did', () => {
    const before = CATALOG_SCHEMA.replace(
      /\n(node|edge) (Consumer\w*|ConsumedBy|ShownOn)\b[^{]*\{[^}]*\}/g,
      '',
    )
    const old = bench(before)
    try {
      old.catalog.ingest(shop('clean'))
      expect(old.catalog.getLineage({ urn: orders, upstream: false })).not.toHaveProperty('consumers')
      expect(old.catalog.getEntities([orders]).entities[0]).not.toHaveProperty('consumers')
    } finally {
      old.close()
    }
  })

  it.each([
    ['urn:li:dashboard:one', { title: 't', description: '' }, 'two parts'],
    [weekly, { title: 't', description: '', datasets: ['orders'] }, 'datasets[0]'],
    [chart, { title: 't', description: '', inputs: [7] }, 'inputs'],
    [chart, { title: 't', description: '', inputs: 'x' }, 'inputs'],
  ])('that are not as DataHub has them are rejected: %s %j', (urn, value, word) => {
    const name = urn.startsWith('urn:li:chart') ? 'chartInfo' : 'dashboardInfo'
    const { rejected } = b.catalog.ingest([aspect(urn, name, value)])
    expect(rejected.map((r) => r.message)).toEqual([expect.stringContaining(word)])
  })
})
