import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Catalog } from '../catalog.js'
import { CATALOG_SCHEMA } from '../model/texts.js'
import { aspect, type Bench, bench, shop, table } from '../testing/shop.js'
import type { LineageQuestion } from './questions.js'

let b: Bench
const [orders, customers, revenue] = ['orders', 'customers', 'v_revenue'].map((name) =>
  table('clean', name),
) as [string, string, string]
const raw = 'urn:li:dataset:(urn:li:dataPlatform:s3,raw.orders,PROD)'
const board = 'urn:li:dashboard:(looker,dashboards.7)'
const outer = 'urn:li:dashboard:(looker,dashboards.9)'
const chart = 'urn:li:chart:(looker,elements.12)'
const gone = 'urn:li:chart:(looker,elements.13)'
const flow = 'urn:li:dataFlow:(airflow,nightly,PROD)'
const job = `urn:li:dataJob:(${flow},load_orders)`

const assets = () => [
  aspect(raw, 'datasetProperties', { name: 'raw orders' }),
  aspect(chart, 'chartInfo', { title: 'Orders per day', description: '', inputs: [orders] }),
  aspect(gone, 'chartInfo', { title: 'Old', description: '', inputs: [customers] }),
  aspect(gone, 'status', { removed: true }),
  aspect(board, 'dashboardInfo', {
    title: 'Operations',
    description: 'What the board reads',
    externalUrl: 'https://looker.example/7',
    datasetEdges: [{ destinationUrn: revenue }],
    charts: [chart, gone],
  }),
  aspect(board, 'ownership', { owners: [{ owner: 'urn:li:corpGroup:finance', type: 'DATAOWNER' }] }),
  aspect(outer, 'dashboardInfo', { title: 'All', description: '', dashboards: [{ destinationUrn: board }] }),
  aspect(job, 'dataJobInfo', { name: 'load_orders', type: 'SQL', description: 'Every night' }),
  aspect(job, 'dataJobInputOutput', { inputDatasets: [raw], outputDatasets: [orders] }),
]

beforeAll(() => {
  b = bench()
  b.catalog.ingest([...shop('clean'), ...assets()])
})
afterAll(() => b.close())

const lineage = (question: LineageQuestion) => {
  const answer = b.catalog.getLineage({ max_hops: 3, ...question })
  const page = answer.upstreams ?? answer.downstreams
  return page?.searchResults.map((hit) => [hit.entity.urn, hit.degree, hit.path.length - 1])
}
const code = (ask: () => object): string => {
  try {
    ask()
  } catch (error) {
    expect((error as { remedy?: string }).remedy).toBeTruthy()
    return (error as { code: string }).code
  }
  return 'answered'
}

describe('lineage', () => {
  it('of a dashboard is the charts it shows, what both are made from, and on', () => {
    expect(lineage({ urn: board })).toEqual([
      [chart, 1, 1],
      [revenue, 1, 1],
      [customers, 2, 2],
      [orders, 2, 2],
    ])
    expect(lineage({ urn: board, max_hops: 1 })).toEqual([
      [chart, 1, 1],
      [revenue, 1, 1],
    ])
    expect(lineage({ urn: outer })?.map(([urn, degree]) => [urn, degree])).toEqual([
      [board, 1],
      [chart, 2],
      [revenue, 2],
      [customers, 3],
      [orders, 3],
    ])
    const [hit] = b.catalog.getLineage({ urn: board }).upstreams?.searchResults ?? []
    expect(hit).toEqual({
      entity: { urn: chart, type: 'CHART', properties: { name: 'Orders per day' }, platform: 'looker' },
      degree: 1,
      path: [board, chart],
    })
  })

  it('of a chart leads down to the dashboards that show it', () => {
    expect(lineage({ urn: chart, upstream: false })).toEqual([
      [board, 1, 1],
      [outer, 2, 2],
    ])
    expect(b.catalog.getLineage({ urn: chart, upstream: false })).not.toHaveProperty('consumers')
  })

  it('of a job is what it reads and what it writes, and what comes before and after', () => {
    expect(lineage({ urn: job })).toEqual([[raw, 1, 1]])
    expect(lineage({ urn: job, upstream: false })).toEqual([
      [orders, 1, 1],
      [chart, 2, 2],
      [revenue, 2, 2],
      [board, 3, 3],
      [outer, 4, 4],
    ])
  })

  it('is narrowed and counted as that of a dataset, and has its pages', () => {
    expect(lineage({ urn: board, filter: 'entity_type = chart' })).toEqual([[chart, 1, 1]])
    expect(lineage({ urn: board, query: 'email' })).toEqual([[customers, 2, 2]])
    const page = b.catalog.getLineage({ urn: board, max_hops: 3, max_results: 2, offset: 1 }).upstreams
    expect(page).toMatchObject({ total: 4, returned: 2, offset: 1, hasMore: true })
    expect(page?.facets.find((f) => f.field === '_entityType')?.aggregations).toMatchObject([
      { value: 'DATASET', count: 3 },
      { value: 'CHART', count: 1 },
    ])
  })

  it('has paths between any two of them, through charts and through jobs at an end', () => {
    const paths = (source_urn: string, target_urn: string) =>
      b.catalog
        .getLineagePathsBetween({ source_urn, target_urn })
        .paths.map(({ path }) => path.flatMap((step) => (step.type === 'QUERY' ? [] : [step.urn])))
    expect(paths(orders, outer)).toEqual([
      [orders, chart, board, outer],
      [orders, revenue, board, outer],
    ])
    expect(paths(outer, customers)).toEqual([[outer, board, revenue, customers]])
    expect(paths(job, revenue)).toEqual([[job, orders, revenue]])
    expect(paths(raw, job)).toEqual([[raw, job]])
    expect(paths(board, job)).toEqual([
      [board, chart, orders, job],
      [board, revenue, orders, job],
    ])
    expect(code(() => b.catalog.getLineagePathsBetween({ source_urn: raw, target_urn: board }))).toBe(
      'lineage_path_not_found',
    )
  })

  it.each([
    ['urn:li:dashboard:(looker,none)', {}, 'entity_not_found'],
    [`urn:li:dataJob:(${flow},none)`, {}, 'entity_not_found'],
    ['urn:li:tag:pii', {}, 'argument_invalid'],
    ['dashboards.7', {}, 'urn_invalid'],
    ['urn:li:dataJob:', {}, 'urn_invalid'],
    [board, { column: 'price' }, 'argument_invalid'],
  ])('of %s with %j is refused: %s', (urn, more, expected) => {
    expect(code(() => b.catalog.getLineage({ urn, ...more }))).toBe(expected)
    const ends = { source_urn: orders, target_urn: urn }
    const columns = 'column' in more ? { source_column: 'price', target_column: 'price' } : {}
    expect(code(() => b.catalog.getLineagePathsBetween({ ...ends, ...columns }))).toBe(expected)
  })

  it('of dashboards that show each other ends, and is the fewest hops over any of them', () => {
    const own = bench()
    const dashboard = (i: number) => `urn:li:dashboard:(x,d${i})`
    const dataset = (i: number) => table('w', `t${i}`)
    let round = 0
    try {
      const node = fc.nat(5)
      const edges = fc.array(fc.tuple(node, node), { maxLength: 14 })
      fc.assert(
        fc.property(edges, edges, edges, (shows, takes, makes) => {
          // Each case on a branch of its own, from nothing.
          const branch = `b${round++}`
          own.graph.createBranch(branch)
          const all = [0, 1, 2, 3, 4, 5]
          own.catalog.ingest(
            all.flatMap((i) => [
              aspect(dashboard(i), 'dashboardInfo', {
                title: `d${i}`,
                description: '',
                dashboards: shows
                  .filter(([of]) => of === i)
                  .map(([, on]) => ({ destinationUrn: dashboard(on) })),
                datasets: takes.filter(([of]) => of === i).map(([, from]) => dataset(from)),
              }),
              aspect(dataset(i), 'upstreamLineage', {
                upstreams: makes
                  .filter(([of, from]) => of === i && of !== from)
                  .map(([, from]) => ({ dataset: dataset(from), type: 'VIEW' })),
              }),
            ]),
            { branch },
          )
          const up = new Map<string, Set<string>>()
          const link = (of: string, from: string) => up.set(of, (up.get(of) ?? new Set()).add(from))
          for (const [of, on] of shows) link(dashboard(of), dashboard(on))
          for (const [of, from] of takes) link(dashboard(of), dataset(from))
          for (const [of, from] of makes) if (of !== from) link(dataset(of), dataset(from))
          const degrees = new Map([[dashboard(0), 0]])
          for (let frontier = [dashboard(0)], d = 1; frontier.length > 0; d++) {
            frontier = [...new Set(frontier.flatMap((urn) => [...(up.get(urn) ?? [])]))].filter(
              (urn) => !degrees.has(urn),
            )
            for (const urn of frontier) degrees.set(urn, d)
          }
          degrees.delete(dashboard(0))
          const question = { urn: dashboard(0), max_hops: 3, max_results: 100 }
          const hits = own.catalog.getLineage(question, { branch }).upstreams?.searchResults ?? []
          expect(new Map(hits.map((hit) => [hit.entity.urn, hit.degree]))).toEqual(degrees)
          for (const { path, degree } of hits) {
            expect(path).toHaveLength(degree + 1)
            for (const [i, urn] of path.slice(1).entries()) expect(up.get(path[i] as string)).toContain(urn)
          }
        }),
        { numRuns: Number(process.env['GROUNDPLANE_PROP_RUNS'] ?? 6) },
      )
    } finally {
      own.close()
    }
  })
})

describe('a brief', () => {
  it('of a dashboard tells what it is, whose and from what, and then of its datasets', () => {
    const { datasets, parts } = b.catalog.brief({ about: board, budget: 20_000 })
    expect(datasets).toEqual([
      { ref: 1, urn: board },
      { ref: 2, urn: revenue },
      { ref: 3, urn: customers },
      { ref: 4, urn: orders },
    ])
    expect(parts.filter((p) => p.of === 1)).toEqual([
      { part: 'what', of: 1, lines: ['Dashboard Operations on looker', 'https://looker.example/7'] },
      { part: 'sources', of: 1, lines: [`Made from: ${chart}, ${revenue}`] },
      { part: 'people', of: 1, lines: ['Owners: Finance (urn:li:corpGroup:finance)'] },
      { part: 'description', of: 1, lines: ['What the board reads'] },
    ])
    expect(parts.find((p) => p.of === 2 && p.part === 'what')?.lines[0]).toContain('v_revenue')
    expect(code(() => b.catalog.brief({ about: board, budget: 20 }))).toBe('budget_too_small')
    const small = b.catalog.brief({ about: board, budget: 400 })
    expect(small.budget.used).toBeLessThanOrEqual(400)
  })

  it('of a job tells what it reads and writes', () => {
    const { datasets, parts } = b.catalog.brief({ about: job, budget: 20_000 })
    expect(datasets.map(({ urn }) => urn)).toEqual([job, orders, raw])
    expect(parts.filter((p) => p.of === 1).flatMap((p) => p.lines)).toEqual([
      'Job load_orders (SQL)',
      `Reads: ${raw}`,
      `Writes: ${orders}`,
      'Every night',
    ])
    expect(b.catalog.getEntity(job).entity).toMatchObject({ upstreams: [raw], downstreams: [orders] })
  })
})

it('impact of what is no dataset is refused, with what to ask instead', () => {
  expect([board, chart, job].map((urn) => code(() => b.catalog.impact({ urn })))).toEqual(
    Array(3).fill('argument_invalid'),
  )
})

it('a catalog of before there were dashboards has jobs, and no dashboard', () => {
  const old = bench(
    CATALOG_SCHEMA.replace(/\n(node|edge) (Consumer\w*|ConsumedBy|ShownOn)\b[^{]*\{[^}]*\}/g, ''),
  )
  try {
    old.catalog.ingest([...shop('clean'), ...assets().filter(({ entityUrn }) => entityUrn === job)])
    const catalog = new Catalog(old.graph)
    expect(catalog.getLineage({ urn: job, upstream: false }).downstreams?.total).toBe(1)
    expect(code(() => catalog.getLineage({ urn: board }))).toBe('entity_not_found')
  } finally {
    old.close()
  }
})
