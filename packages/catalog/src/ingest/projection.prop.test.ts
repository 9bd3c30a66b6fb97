import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AspectProposal, Json } from '../aspect/proposal.js'
import { aspect, type Bench, bench, column, shop, table } from '../testing/shop.js'

interface Line {
  readonly type?: string
  readonly edge?: string
  readonly from?: string
  readonly to?: string
  readonly data?: Readonly<Record<string, Json>>
}

/** The typed graph as sorted text: nodes and edges without generated ids. */
function typedGraph(b: Bench, keep: (line: Line) => boolean = () => true): string[] {
  const lines = [...b.graph.export()].map((l) => JSON.parse(l) as Line).filter(keep)
  return lines
    .map(({ type, edge, from, to, data }) => {
      const { id: _generated, ...values } = data ?? {}
      return JSON.stringify(edge === undefined ? { type, data } : { edge, from, to, values })
    })
    .sort()
}

function after(batches: readonly (readonly AspectProposal[])[], keep?: (line: Line) => boolean): string[] {
  const b = bench()
  try {
    for (const batch of batches) expect(b.catalog.ingest(batch).rejected).toEqual([])
    return typedGraph(b, keep)
  } finally {
    b.close()
  }
}

const names = ['a', 'b', 'c'] as const
const name = fc.constantFrom(...names)
const columns = fc.uniqueArray(fc.constantFrom('x', 'y', 'z'), { maxLength: 3 })
const tags = fc.uniqueArray(fc.constantFrom('t', 'u', 'v'), { maxLength: 3 })

const schema = fc.tuple(name, columns, tags).map(([n, paths, labels]) =>
  aspect(table('i', n), 'schemaMetadata', {
    schemaName: n,
    fields: paths.map((fieldPath) => ({
      fieldPath,
      globalTags: { tags: labels.map((t) => ({ tag: `urn:li:tag:${t}` })) },
    })),
  }),
)
const labels = fc
  .tuple(name, tags)
  .map(([n, ts]) =>
    aspect(table('i', n), 'globalTags', { tags: ts.map((t) => ({ tag: `urn:li:tag:${t}` })) }),
  )
const lineage = fc
  .tuple(name, fc.uniqueArray(name, { maxLength: 3 }), columns, columns)
  .map(([n, ups, from, to]) =>
    aspect(table('i', n), 'upstreamLineage', {
      upstreams: ups.map((u) => ({ dataset: table('i', u), type: 'VIEW' })),
      fineGrainedLineages: ups.map((u) => ({
        upstreamType: 'FIELD_SET',
        upstreams: from.map((c) => column('i', u, c)),
        downstreamType: 'FIELD',
        downstreams: to.map((c) => column('i', n, c)),
      })),
    }),
  )
const shownOn = fc.tuple(name, fc.uniqueArray(name, { maxLength: 3 }), tags).map(([n, ups, charts]) =>
  aspect(`urn:li:dashboard:(bi,${n})`, 'dashboardInfo', {
    title: n,
    description: '',
    datasets: ups.map((u) => table('i', u)),
    charts: charts.map((c) => `urn:li:chart:(bi,${c})`),
  }),
)
const valued = fc.tuple(name, tags).map(([n, values]) =>
  aspect(table('i', n), 'structuredProperties', {
    properties: values.map((string) => ({
      propertyUrn: 'urn:li:structuredProperty:p',
      values: [{ string }],
    })),
  }),
)
const proposals = fc.array(fc.oneof(schema, labels, lineage, shownOn, valued), { maxLength: 12 })

/** What stays when a mention is taken back: stubs. They are not part of what was said. */
function said(): (line: Line) => boolean {
  return ({ type, edge, data }) =>
    edge !== 'OnPlatform' && (type === undefined || data?.['described'] !== false)
}

describe('projection', () => {
  it('of one set of aspects is the same graph in every order and in every split into batches', () => {
    const whole = shop('clean')
    const expected = after([whole])
    fc.assert(
      fc.property(
        fc.shuffledSubarray(whole, { minLength: whole.length }),
        fc.nat(whole.length),
        (shuffled, cut) => {
          expect(after([shuffled.slice(0, cut), shuffled.slice(cut)])).toEqual(expected)
        },
      ),
      { numRuns: 8 },
    )
  })

  it('of aspects that replaced others is the graph of the last ones alone', () => {
    fc.assert(
      fc.property(proposals, (sequence) => {
        const last = new Map(sequence.map((p) => [`${p.entityUrn} ${p.aspectName}`, p]))
        const oneByOne = after(
          sequence.map((p) => [p]),
          said(),
        )
        expect(oneByOne).toEqual(after([[...last.values()]], said()))
        expect(after([sequence], said())).toEqual(oneByOne)
      }),
      { numRuns: 12 },
    )
  }, 120_000)
})
