import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aspect, type Bench, bench, column, shop, table } from '../testing/shop.js'

let b: Bench
const names = ['a', 'b', 'c', 'd', 'e'] as const
const [A, B, C, D, E] = names.map((n) => table('p', n)) as [string, string, string, string, string]
const QUERY = 'urn:li:query:q1'

/** a → b → d, a → c → d, a → d, with the cycles b ↔ c and d → a; e alone. Columns: a.x → b.x → d.x, a.x → d.y. */
beforeAll(() => {
  b = bench()
  const up = (of: string, ...sources: [string, string?][]) =>
    aspect(of, 'upstreamLineage', {
      upstreams: sources.map(([dataset, query]) => ({ dataset, type: 'COPY', ...(query && { query }) })),
      fineGrainedLineages:
        of === D
          ? [
              fine(column('p', 'b', 'x'), column('p', 'd', 'x')),
              fine(column('p', 'a', 'x'), column('p', 'd', 'y')),
            ]
          : of === B
            ? [{ ...fine(column('p', 'a', 'x'), column('p', 'b', 'x')), transformOperation: 'UPPER(x)' }]
            : [],
    })
  const fine = (from: string, to: string) => ({
    upstreamType: 'FIELD_SET',
    upstreams: [from],
    downstreamType: 'FIELD',
    downstreams: [to],
  })
  const schema = (of: string) =>
    aspect(of, 'schemaMetadata', {
      fields: ['x', 'y'].map((fieldPath) => ({ fieldPath, nativeDataType: 'TEXT', nullable: true })),
    })
  b.catalog.ingest([
    ...[A, B, C, D, E].map(schema),
    up(B, [A, QUERY], [C]),
    up(C, [A], [B]),
    up(D, [B], [C], [A]),
    up(A, [D]),
  ])
})
afterAll(() => b.close())

const ask = (source_urn: string, target_urn: string, more: object = {}) =>
  b.catalog.getLineagePathsBetween({ source_urn, target_urn, ...more })
const urnsOf = (answer: ReturnType<typeof ask>) =>
  answer.paths.map(({ path }) => path.filter((s) => s.type !== 'QUERY').map((s) => s.urn))

describe('paths of lineage between two datasets', () => {
  it('are all of them, shortest first, from the source to the target, also in a cycle', () => {
    const answer = ask(` ${A} `, D)
    expect(urnsOf(answer)).toEqual([
      [A, D],
      [A, B, D],
      [A, C, D],
      [A, B, C, D],
      [A, C, B, D],
    ])
    expect(answer).toMatchObject({
      metadata: {
        queryType: 'lineage-path-trace',
        direction: 'auto-discovered-downstream',
        pathType: 'dataset-level',
      },
      source: { urn: A },
      target: { urn: D },
      pathCount: 5,
      receipt: { commit: b.graph.head().id },
    })
    expect(Object.keys(answer)).toEqual(['metadata', 'source', 'target', 'pathCount', 'paths', 'receipt'])
  })

  it('have the query that makes a step between its ends', () => {
    const through = ask(A, B).paths[0]?.path
    expect(through?.map((s) => [s.type, s.urn])).toEqual([
      ['DATASET', A],
      ['QUERY', QUERY],
      ['DATASET', B],
    ])
  })

  it('are looked for upstream when that is asked, or when there are none downstream', () => {
    expect(urnsOf(ask(D, B, { direction: 'upstream' }))).toEqual([
      [D, B],
      [D, C, B],
    ])
    const own = bench()
    own.catalog.ingest(shop('clean'))
    const answer = own.catalog.getLineagePathsBetween({
      source_urn: table('clean', 'v_revenue'),
      target_urn: table('clean', 'orders'),
    })
    expect(answer.metadata.direction).toBe('auto-discovered-upstream')
    expect(urnsOf(answer)).toEqual([[table('clean', 'v_revenue'), table('clean', 'orders')]])
    own.close()
  })

  it('of columns go by columns, and tell how one is computed from the other', () => {
    const answer = ask(A, D, { source_column: 'x', target_column: 'x' })
    expect(answer.metadata.pathType).toBe('column-level')
    expect(answer.source).toEqual({ urn: A, column: 'x' })
    expect(answer.paths).toHaveLength(1)
    expect(answer.paths[0]?.path).toEqual([
      { type: 'SCHEMA_FIELD', urn: column('p', 'a', 'x'), fieldPath: 'x', dataset: A },
      { type: 'QUERY', transform: 'UPPER(x)' },
      { type: 'SCHEMA_FIELD', urn: column('p', 'b', 'x'), fieldPath: 'x', dataset: B },
      { type: 'SCHEMA_FIELD', urn: column('p', 'd', 'x'), fieldPath: 'x', dataset: D },
    ])
  })

  it.each([
    ['lineage_path_not_found', E, {}, `No lineage path found between ${A} and ${E}.`],
    [
      'lineage_path_not_found',
      C,
      { source_column: 'x', target_column: 'x' },
      'No lineage path found between',
    ],
    ['lineage_path_not_found', B, { direction: 'upstream' }, 'No lineage path found from'],
    ['argument_invalid', D, { source_column: 'x' }, 'Both source_column and target_column'],
    ['argument_invalid', D, { source_column: 'x', target_column: 'null' }, 'Both source_column'],
    ['argument_invalid', A, {}, 'the same'],
    ['column_not_found', D, { source_column: 'X', target_column: 'x' }, 'has no column "X"'],
    ['entity_not_found', table('p', 'z'), {}, 'not found'],
  ])('are %s for %s %o', (code, target, more, message) => {
    const source = 'direction' in more ? E : A
    const asked = () => ask(source, target, more)
    expect(asked).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }))
  })

  it('are cut off, and said to be, when there are more than a hundred', () => {
    const own = bench()
    const t = (layer: number, i: number) => table('w', `t${layer}_${i}`)
    const layers = [1, 6, 6, 6, 1]
    own.catalog.ingest(
      layers.flatMap((width, layer) =>
        Array.from({ length: width }, (_, i) =>
          aspect(t(layer, i), 'upstreamLineage', {
            upstreams:
              layer === 0
                ? []
                : Array.from({ length: layers[layer - 1] as number }, (_, j) => ({
                    dataset: t(layer - 1, j),
                    type: 'COPY',
                  })),
          }),
        ),
      ),
    )
    const answer = own.catalog.getLineagePathsBetween({ source_urn: t(0, 0), target_urn: t(4, 0) })
    expect([answer.pathCount, answer.paths.length]).toEqual([100, 100])
    expect(answer.metadata.note).toBe('There are more paths; these are the 100 shortest.')
    own.close()
  })
})
