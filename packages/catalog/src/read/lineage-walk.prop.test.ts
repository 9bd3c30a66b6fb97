import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { Catalog } from '../catalog.js'
import { CatalogQueries } from '../model/queries.js'
import { aspect, bench, table } from '../testing/shop.js'
import { walkDatasets } from './lineage-walk.js'
import { readAt } from './snapshot.js'
import { allAtOnce } from './steps.js'

const b = bench()
afterAll(() => b.close())
const queries = new CatalogQueries(b.graph)
const NODES = 14
const urn = (i: number) => table('w', `t${String(i).padStart(2, '0')}`)
let round = 0

/** Fewest hops of each node from the start, over edges that lead from a source to what is made of it. */
function hops(edges: readonly (readonly [number, number])[], start: number, upstream: boolean, max: number) {
  const found = new Map<number, number>([[start, 0]])
  for (let degree = 1, frontier = [start]; degree <= max && frontier.length > 0; degree++) {
    const next = new Set<number>()
    for (const [from, to] of edges) {
      const [here, there] = upstream ? [to, from] : [from, to]
      if (frontier.includes(here) && !found.has(there)) next.add(there)
    }
    for (const node of next) found.set(node, degree)
    frontier = [...next]
  }
  found.delete(start)
  return new Map([...found].map(([node, degree]) => [urn(node), degree]))
}

it('a walk finds what hop by hop is reached, beyond the queried hops too, real shortest paths, and nothing through what it is told is known', () => {
  const node = fc.integer({ min: 0, max: NODES - 1 })
  // A line through all nodes, now and then, so that there are walks of more than five hops.
  const line = fc.constantFrom(
    [],
    Array.from({ length: NODES - 1 }, (_, i) => [i, i + 1] as const),
  )
  const edges = fc
    .tuple(line, fc.array(fc.tuple(node, node), { maxLength: 20 }))
    .map(([a, c]) => [...a, ...c])
  fc.assert(
    fc.property(
      edges,
      node,
      fc.boolean(),
      fc.constantFrom(1, 2, 6, 99),
      fc.constantFrom(1, 3, 500),
      (given, start, upstream, max, many) => {
        round++
        new Catalog(b.graph).ingest(
          Array.from({ length: NODES }, (_, i) =>
            aspect(urn(i), 'upstreamLineage', {
              round,
              upstreams: [...new Set(given.filter(([, to]) => to === i).map(([from]) => from))].map(
                (from) => ({
                  dataset: urn(from),
                  type: 'COPY',
                }),
              ),
            }),
          ),
        )
        const expected = hops(given, start, upstream, max)
        readAt(b.graph, queries, {}, (snapshot) => {
          const walk = allAtOnce(walkDatasets(snapshot, urn(start), upstream, max, { many }))
          expect(new Map(walk.found.map(({ urn: u, degree }) => [u, degree]))).toEqual(expected)
          const inOrder = [...expected].sort(([a, m], [c, n]) => m - n || (a < c ? -1 : 1))
          expect(walk.found.map(({ urn: u }) => u)).toEqual(inOrder.map(([u]) => u))
          for (let i = 0; i < NODES; i++) expect(walk.at(urn(i))?.degree).toBe(expected.get(urn(i)))
          const known = new Set([urn(1), urn(5)])
          const without = given.filter((edge) => !edge.some((end) => end !== start && known.has(urn(end))))
          const left = allAtOnce(walkDatasets(snapshot, urn(start), upstream, max, { many, known }))
          expect(new Map(left.found.map(({ urn: u, degree }) => [u, degree]))).toEqual(
            hops(without, start, upstream, max),
          )
          for (const [found, degree] of expected) {
            const path = allAtOnce(walk.pathTo(snapshot, found))
            expect([path[0], path.at(-1), path.length]).toEqual([urn(start), found, degree + 1])
            for (const [i, u] of path.entries()) if (i > 0) expect(expected.get(u)).toBe(i)
          }
        })
      },
    ),
    { numRuns: Number(process.env['GROUNDPLANE_PROP_RUNS'] ?? 60) },
  )
})
