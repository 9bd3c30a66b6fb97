import { Catalog, whenIndexed } from '@groundplane/catalog'
import { loadApplied } from '@groundplane/cluster'
import { systemClock, ulidSource } from '@groundplane/core'
import { Graph } from '@groundplane/graph'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { graphServices, openRevision } from './open-revision.js'
import { ClusterFixture } from './testing/cluster-fixture.js'
import { callOperation } from './testing/http-call.js'

let fixture: ClusterFixture
let graph: Graph

/** More datasets than are indexed at once, and more changes than are followed at once. */
const MANY = 600
let named = 0

beforeAll(async () => {
  fixture = await ClusterFixture.create()
  const { graphs } = await loadApplied(fixture.dir)
  graph = Graph.open(graphs.find(({ kind }) => kind === 'catalog')?.root as string)
  rename()
}, 60_000)
afterAll(async () => {
  graph?.close()
  await fixture?.remove()
})

function rename(): void {
  named++
  new Catalog(graph).ingest(
    Array.from({ length: MANY }, (_, i) => ({
      entityUrn: `urn:li:dataset:(urn:li:dataPlatform:sqlite,main.t${i},PROD)`,
      aspectName: 'datasetProperties',
      aspect: { name: `parcels_${named}`, customProperties: {}, tags: [] },
    })),
  )
}

const search = { body: { query: 'parcel', num_results: 1 } }

it('a search waits for the index while others are answered, and is refused with Retry-After when it may not wait', async () => {
  const server = await fixture.serve()
  const hasty = await fixture.serve({ limits: { queryMs: 1 } })
  const found = await callOperation(server.url, 'tool_search', search)
  expect([found.status, found.json.total]).toEqual([200, MANY])
  rename()
  const [late, other] = await Promise.all([
    callOperation(hasty.url, 'tool_search', search),
    callOperation(hasty.url, 'healthz'),
  ])
  expect([late.status, late.json.error.code, late.headers.get('retry-after'), other.status]).toEqual([
    503,
    'search_index_not_ready',
    '2',
    200,
  ])
  const again = await callOperation(server.url, 'tool_search', search)
  expect([again.status, again.json.receipt.commit]).toEqual([200, graph.head().id])
})

it('revisions share the catalog of a graph that is still the same, and its index goes with the last of them', async () => {
  const applied = await loadApplied(fixture.dir)
  const made = { clock: systemClock, ids: ulidSource(systemClock), requireAllGraphs: false }
  const services = graphServices({ authorize: () => {}, queryMs: 5000 })
  const first = await openRevision(applied, { services, ...made })
  const second = await openRevision(applied, { services, ...made })
  const catalog = second.catalog?.catalog as Catalog
  expect(first.catalog?.catalog).toBe(catalog)
  await first.close()
  expect(await whenIndexed(60_000, () => catalog.search(search.body))).toMatchObject({ total: MANY })
  await second.close()
  const third = await openRevision(applied, { services, ...made })
  expect(third.catalog?.catalog).not.toBe(catalog)
  await third.close()
})
