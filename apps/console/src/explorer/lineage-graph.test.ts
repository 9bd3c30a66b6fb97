import { describe, expect, test } from 'vitest'
import type { EntityDocument } from '../catalog/answers'
import { type Documents, MOST_NODES, shownGraph, sideKey } from './lineage-graph'

/** `a>b` says that b is made from a. */
function catalogOf(...edges: string[]): Documents {
  const documents = new Map<string, EntityDocument>()
  const of = (urn: string) => {
    const document = documents.get(urn) ?? { urn, type: 'DATASET', upstreams: [], downstreams: [] }
    documents.set(urn, document)
    return document
  }
  for (const edge of edges) {
    const [from = '', to = ''] = edge.split('>')
    of(from).downstreams?.push(to)
    of(to).upstreams?.push(from)
  }
  return documents
}

const nothing = { opened: new Set<string>(), closed: new Set<string>() }
const ranks = (graph: ReturnType<typeof shownGraph>) =>
  Object.fromEntries(graph.nodes.map((node) => [node.urn, node.rank]))

describe('the lineage that is shown', () => {
  const known = catalogOf('a>b', 'b>c', 'c>d', 'd>e', 'a>c', 'x>d')

  test('reaches as many hops as asked, to either side', () => {
    expect(ranks(shownGraph('c', known, { up: 1, down: 0 }, nothing))).toEqual({ c: 0, b: -1, a: -1 })
    expect(ranks(shownGraph('c', known, { up: 0, down: 2 }, nothing))).toEqual({ c: 0, d: 1, e: 2 })
  })

  test('has every edge between two datasets that are shown, also those not walked', () => {
    const { edges } = shownGraph('c', known, { up: 1, down: 0 }, nothing)
    expect(edges.map(({ source, target }) => `${source}>${target}`).sort()).toEqual(['a>b', 'a>c', 'b>c'])
  })

  test('counts what it leaves out beside the dataset that leads there', () => {
    const { nodes } = shownGraph('c', known, { up: 0, down: 1 }, nothing)
    expect(nodes.find((node) => node.urn === 'd')?.hidden).toEqual({ up: 1, down: 1 })
  })

  test('goes on where a dataset was opened, to either of its sides, and stops where one was closed', () => {
    const opened = new Set([sideKey('down', 'd'), sideKey('up', 'd')])
    expect(ranks(shownGraph('c', known, { up: 0, down: 1 }, { ...nothing, opened }))).toEqual({
      c: 0,
      d: 1,
      e: 2,
      x: 0,
    })
    const closed = new Set([sideKey('down', 'c')])
    expect(ranks(shownGraph('c', known, { up: 0, down: 9 }, { ...nothing, closed }))).toEqual({ c: 0 })
  })

  test('ends on a cycle, and asks for what it does not know', () => {
    const cyclic = catalogOf('a>b', 'b>a')
    expect(shownGraph('a', cyclic, { up: 9, down: 9 }, nothing).nodes).toHaveLength(2)
    expect(shownGraph('a', new Map(), { up: 9, down: 9 }, nothing).wanted).toEqual(['a'])
    const half = new Map(catalogOf('a>b'))
    half.delete('b')
    expect(shownGraph('a', half, { up: 1, down: 1 }, nothing)).toMatchObject({
      wanted: ['b'],
      edges: [{ source: 'a', target: 'b' }],
    })
  })

  test('holds no more than a picture can, and says that there is more', () => {
    const wide = catalogOf(...Array.from({ length: MOST_NODES + 10 }, (_, i) => `hub>r${i}`))
    const graph = shownGraph('hub', wide, { up: 1, down: 1 }, nothing)
    expect(graph.nodes).toHaveLength(MOST_NODES)
    expect(graph.cut).toBe(true)
    expect(graph.nodes[0]?.hidden.down).toBe(11)
  })
})
