import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aspect, type Bench, bench, table } from '../testing/shop.js'
import { callTool, type ToolName } from '../tool-call.js'

/** a → b → c → a, c also from itself, and d behind c; of columns the same, with a second column of a in the ring. */
const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => table('ring', name)) as [
  string,
  string,
  string,
  string,
]
const field = (dataset: string, column: string) => `urn:li:schemaField:(${dataset},${column})`
const EDGES: readonly (readonly [from: string, to: string])[] = [
  [a, b],
  [b, c],
  [c, a],
  [c, c],
  [c, d],
]
const COLUMNS: readonly (readonly [from: string, to: string])[] = [
  [field(a, 'x'), field(b, 'x')],
  [field(b, 'x'), field(c, 'x')],
  [field(c, 'x'), field(a, 'x')],
  [field(a, 'x'), field(a, 'y')],
  [field(a, 'y'), field(a, 'x')],
  [field(c, 'x'), field(c, 'x')],
  [field(c, 'x'), field(d, 'x')],
]
let ring: Bench

beforeAll(() => {
  ring = bench()
  ring.catalog.ingest(
    [a, b, c, d].flatMap((urn) => [
      aspect(urn, 'schemaMetadata', {
        fields: ['x', 'y'].map((fieldPath) => ({ fieldPath, nativeDataType: 'TEXT', nullable: true })),
      }),
      aspect(urn, 'upstreamLineage', {
        upstreams: EDGES.filter(([, to]) => to === urn).map(([dataset]) => ({ dataset, type: 'COPY' })),
        fineGrainedLineages: COLUMNS.filter(([, to]) => to.includes(`(${urn},`)).map(([from, to]) => ({
          upstreamType: 'FIELD_SET',
          upstreams: [from],
          downstreamType: 'FIELD',
          downstreams: [to],
        })),
      }),
    ]),
  )
})
afterAll(() => ring.close())

function ask(tool: ToolName, args: object) {
  // biome-ignore lint/suspicious/noExplicitAny: answers are read by path
  return callTool(ring.catalog, tool, args as never, { at: {} }) as any
}

describe.each([
  ['a table', null],
  ['a column', 'x'],
] as const)('lineage of %s in a ring', (_, column) => {
  it.each([
    [true, [c, b]],
    [false, [b, c, d]],
  ])('ends when everything is told once, the start never (upstream: %s)', (upstream, expected) => {
    const answer = ask('get_lineage', { urn: a, column, upstream, max_hops: 100 })
    const page = answer.upstreams ?? answer.downstreams
    const found = page.searchResults.map((hit: { entity: { urn: string } }) => hit.entity.urn)
    expect([page.total, found]).toEqual([expected.length, expected])
    for (const { path, degree } of page.searchResults) expect(path).toHaveLength(degree + 1)
  })

  it('has paths without repeats, once around and no farther', () => {
    const ends = { source_urn: c, target_urn: b, source_column: column, target_column: column }
    const { paths } = ask('get_lineage_paths_between', ends)
    const urns = paths.map(({ path }: { path: { urn?: string; type: string }[] }) =>
      path.filter(({ type }) => type !== 'QUERY').map((step) => step.urn),
    )
    expect(urns).toEqual([column ? [c, a, b].map((urn) => field(urn, 'x')) : [c, a, b]])
  })

  it('is broken whole by a change, each dataset once and the changed one not', () => {
    const { summary, affected } = ask('impact', { urn: a, column, change: 'drop' })
    expect(affected.map(({ entity }: { entity: { urn: string } }) => entity.urn)).toEqual([b, c, d])
    expect(summary.datasets).toBe(3)
  })

  it('decides a claim, also one that leads around', () => {
    const of = (dataset: string) => (column ? field(dataset, 'x') : dataset)
    const verdict = (entity: string, value: string) =>
      ask('verify', { entity, column, relation: 'downstream_of', value: of(value) }).verdict
    expect([verdict(a, b), verdict(b, a), verdict(d, a)]).toEqual(['holds', 'holds', 'holds'])
    expect(verdict(a, d)).toBe('does_not_hold')
  })
})

it('a brief on a table of a ring names its neighbours once', () => {
  const { parts } = ask('brief', { about: c, budget: 20_000 })
  const lines = (name: string) => parts.find(({ part }: { part: string }) => part === name)?.lines
  expect([lines('sources'), lines('consumers')]).toEqual([
    [b, c],
    [a, c, d],
  ])
})
