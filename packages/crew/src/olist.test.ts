import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CATALOG_SCHEMA, Catalog, checkSource, harvestSource } from '@groundplane/catalog'
import { systemClock, ulidSource } from '@groundplane/core'
import { Graph } from '@groundplane/graph'
import type { IncidentReport } from '@groundplane/protocol'
import { generateWarehouses } from '@groundplane/warehouse'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runLineage } from './report/run-lineage.js'
import { runIncident } from './run-incident.js'

const example = (file: string) =>
  readFileSync(new URL(`../../../examples/olist-oncall/${file}`, import.meta.url), 'utf8')
const ids = ulidSource()
let dir: string
let graph: Graph
let catalog: Catalog

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'crew-olist-'))
  graph = Graph.create(join(dir, 'catalog.gp'), { schema: CATALOG_SCHEMA, graphId: 'catalog' })
  catalog = new Catalog(graph)
  for (const { name, path } of generateWarehouses({ dir, scale: { geolocation: 0.001 } })) {
    const source = {
      name,
      kind: 'sqlite',
      url: path,
      platformInstance: name,
      env: 'PROD',
      metadata: example('olist.metadata.yaml'),
    } as const
    await harvestSource(catalog, source)
    await checkSource(catalog, source, { name: 'olist', source: example('olist.assertions.yaml') })
  }
}, 120_000)

afterAll(() => {
  graph.close()
  rmSync(dir, { recursive: true })
})

const run = (sentence: string): Promise<IncidentReport> =>
  runIncident({
    sentence,
    catalog,
    reference: 'olist_source',
    production: 'olist_dirty',
    clock: systemClock,
    ids,
  })
const tableOf = (urn: string) => /\.main\.(\w+),PROD\)$/.exec(urn)?.[1]
const raisedOn = (report: IncidentReport) =>
  report.incidents
    .map((urn) =>
      tableOf(
        catalog.listIncidents({ count: 100 }).incidents.find((i) => i.urn === urn)?.datasets[0]?.urn ?? '',
      ),
    )
    .sort()

describe('on the demo warehouses', () => {
  test('"revenue dashboard wrong" has three causes of exactly the planted sizes, ranked first, with an incident on each', async () => {
    const report = await run('revenue dashboard wrong')
    const failing = report.checks.filter((c) => c.verdict === 'production-only')
    expect(failing.map((c) => [tableOf(c.dataset), c.reference, c.production])).toEqual([
      [
        'olist_customers',
        expect.objectContaining({ result: 'SUCCESS', failed: 0 }),
        expect.objectContaining({ result: 'FAILURE', failed: 7955 }),
      ],
      [
        'olist_order_items',
        expect.objectContaining({ result: 'SUCCESS', failed: 0 }),
        expect.objectContaining({ result: 'FAILURE', failed: 5632 }),
      ],
      [
        'olist_products',
        expect.objectContaining({ result: 'SUCCESS', failed: 0 }),
        expect.objectContaining({ result: 'FAILURE', failed: 988 }),
      ],
    ])
    expect(report.checks.filter((c) => c.verdict === 'both-pass')).toHaveLength(8)
    expect(report.checks).toHaveLength(11)
    expect(report.checks.every((c) => c.inScope)).toBe(true)
    expect(report.affected.map(tableOf)).toEqual([
      'v_order_details',
      'v_order_payments',
      'v_product_sales',
      'v_seller_performance',
    ])
    const faulty = ['olist_customers', 'olist_order_items', 'olist_products']
    expect(
      report.suspects
        .slice(0, 3)
        .map((s) => tableOf(s.urn))
        .sort(),
    ).toEqual(faulty)
    expect(report.suspects.length).toBeGreaterThan(3)
    expect(raisedOn(report)).toEqual(faulty)
    expect(report.causes.map(tableOf).sort()).toEqual(faulty)
  })

  test.each([
    ['customers missing from order details', 'v_order_details', 'olist_customers'],
    ['product categories are blank', 'v_product_sales', 'olist_products'],
    ['seller numbers look too low', 'v_seller_performance', 'olist_order_items'],
  ])('"%s" is about %s, and %s is to blame alone', async (sentence, affected, culprit) => {
    const report = await run(sentence)
    expect(report.affected.map(tableOf)).toContain(affected)
    expect(tableOf(report.suspects[0]?.urn ?? '')).toBe(culprit)
    expect(raisedOn(report)).toEqual([culprit])
    expect(report.causes.map(tableOf)).toEqual([culprit])
  })

  test('what takes wrong values from a culprit column is affected, after what the sentence is about', async () => {
    const { affected } = await run('seller numbers look too low')
    const downstream = catalog
      .getLineage({
        urn: `urn:li:dataset:(urn:li:dataPlatform:sqlite,olist_dirty.main.olist_order_items,PROD)`,
        column: 'seller_id',
        upstream: false,
        max_hops: 3,
      })
      .downstreams?.searchResults.map((hit) => hit.entity.urn)
    expect(downstream?.map(tableOf)).toEqual(['v_order_details'])
    expect(affected).toEqual(expect.arrayContaining(downstream ?? []))
    const names = affected.map(tableOf)
    expect(names.indexOf('v_seller_performance')).toBeLessThan(names.indexOf('v_order_details'))
  })

  test('the lineage of a narrower sentence marks its one culprit, and what else fails as failing', async () => {
    const report = await run('product categories are blank')
    const { nodes, edges } = runLineage(catalog, report, {})
    const byStatus = (status: string) => nodes.filter((n) => n.status === status).map((n) => n.name)
    expect(byStatus('culprit')).toEqual(['olist_products'])
    expect(byStatus('failing')).toContain('olist_order_items')
    expect(byStatus('affected')).toContain('v_product_sales')
    expect(nodes.every((n) => n.instance === 'olist_dirty')).toBe(true)
    expect(nodes.find((n) => n.name === 'v_product_sales')).toMatchObject({ kind: 'view', failing: 0 })
    const urnOf = (name: string) => nodes.find((n) => n.name === name)?.urn
    expect(edges).toContainEqual({ source: urnOf('olist_products'), target: urnOf('v_product_sales') })
  })

  test('each claim of the report is followed by its evidence, and each evidence exists', async () => {
    const { report } = await run('revenue dashboard wrong')
    const cited = new Set([...report.matchAll(/\[(\d+)\](?!:)/g)].map((m) => m[1]))
    const listed = [...report.matchAll(/^- \[(\d+)\] (.*)$/gm)]
    expect(new Set(listed.map((m) => m[1]))).toEqual(cited)
    for (const urn of report.match(/urn:li:assertion:\w+/g) ?? []) expect(catalog.exists(urn), urn).toBe(true)
  })

  test.each([
    'the coffee machine is broken',
    'website is down for customers',
    'employee salaries look wrong',
    'order pizza for the team',
  ])('"%s" finds nothing', async (sentence) => {
    expect(await run(sentence)).toMatchObject({
      affected: [],
      suspects: [],
      checks: [],
      causes: [],
      incidents: [],
    })
  })

  test('a second run adds no commit but its own start and end', async () => {
    await run('revenue dashboard wrong')
    const before = graph.commits({ limit: 1000 }).length
    await run('revenue dashboard wrong')
    expect(graph.commits({ limit: 1000 }).length - before).toBe(2)
  })
})
