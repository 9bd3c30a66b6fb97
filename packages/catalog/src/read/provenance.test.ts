import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aspect, type Bench, bench, shop, table } from '../testing/shop.js'
import { valueChanges } from './value-changes.js'

let b: Bench
const orders = table('clean', 'orders')
const schema = (price: object) =>
  aspect(orders, 'schemaMetadata', {
    schemaName: 'orders',
    fields: [{ fieldPath: 'price', nativeDataType: 'TEXT', nullable: true, ...price }],
  })
const commits: string[] = []

beforeAll(() => {
  b = bench()
  const write = (proposals: Parameters<Bench['catalog']['ingest']>[0], actor: string, message: string) => {
    b.tick()
    const { commit } = b.catalog.ingest(proposals, {
      message,
      provenance: { actor, run: `run-${commits.length}` } as never,
    })
    commits.push(commit?.id as string)
  }
  write(shop('clean'), 'harvester', 'first')
  write([schema({})], 'harvester', 'second')
  write([schema({ nativeDataType: 'REAL', description: 'Paid' })], 'ada', 'third')
})
afterAll(() => b.close())

describe('provenance', () => {
  it('of an entity is who last said each aspect, by which commit', () => {
    const answer = b.catalog.provenance({ urn: orders })
    const newest = Object.fromEntries(answer.aspects.map((a) => [a.aspect, a.versions[0]?.commit]))
    expect(newest).toMatchObject({ schemaMetadata: commits[2], ownership: commits[0] })
    expect(answer.aspects.map((a) => a.versions.length)).toEqual(answer.aspects.map(() => 1))
    expect(answer.aspects.find((a) => a.aspect === 'schemaMetadata')?.hasMore).toBe(true)
  })

  it('of one aspect is its history, newest first, with what each commit changed', () => {
    const { aspects } = b.catalog.provenance({ urn: orders, aspect: 'schemaMetadata' })
    const versions = aspects[0]?.versions ?? []
    expect(versions.map((v) => [v.commit, v.message])).toEqual([
      [commits[2], 'third'],
      [commits[1], 'second'],
      [commits[0], 'first'],
    ])
    expect(versions[0]).toMatchObject({
      provenance: { actor: 'ada', run: 'run-2' },
      changes: [
        { path: 'fields[price].nativeDataType', before: 'TEXT', after: 'REAL' },
        { path: 'fields[price].description', after: 'Paid' },
      ],
    })
    expect(versions[2]).toMatchObject({ first: true })
    expect(versions[2]?.changes).toBeUndefined()
    expect(
      b.catalog.provenance({ urn: orders, aspect: 'schemaMetadata', limit: 1 }).aspects[0],
    ).toMatchObject({
      versions: [{ commit: commits[2], changes: expect.any(Array) }],
      hasMore: true,
    })
  })

  it('at a past commit knows nothing of later ones', () => {
    const at = { commit: commits[1] as string }
    const { aspects } = b.catalog.provenance({ urn: orders, aspect: 'schemaMetadata' }, at)
    expect(aspects[0]?.versions.map((v) => v.commit)).toEqual([commits[1], commits[0]])
  })

  it('of what is not there is an error', () => {
    expect(() => b.catalog.provenance({ urn: table('clean', 'none') })).toThrow(
      expect.objectContaining({ code: 'entity_not_found' }),
    )
    expect(() => b.catalog.provenance({ urn: orders, aspect: 'schemaMeta' })).toThrow(
      expect.objectContaining({
        code: 'aspect_not_found',
        remedy: expect.stringContaining('schemaMetadata'),
      }),
    )
  })
})

describe('the changes between two values', () => {
  it.each([
    [{ a: 1 }, { a: 1 }, []],
    [
      { a: 1 },
      { b: 1 },
      [
        { path: 'a', before: 1 },
        { path: 'b', after: 1 },
      ],
    ],
    [[{ tag: 'x' }], [{ tag: 'y' }, { tag: 'x' }], [{ path: '[y]', after: { tag: 'y' } }]],
    [{ a: [1, 2] }, { a: [1, 3] }, [{ path: 'a[1]', before: 2, after: 3 }]],
    [{ a: [] }, { a: {} }, [{ path: 'a', before: [], after: {} }]],
    [{ a: null }, { a: 0 }, [{ path: 'a', before: null, after: 0 }]],
    [
      {
        a: [
          { name: 'n', v: 1 },
          { name: 'n', v: 1 },
        ],
      },
      {
        a: [
          { name: 'n', v: 1 },
          { name: 'n', v: 2 },
        ],
      },
      [{ path: 'a[1].v', before: 1, after: 2 }],
    ],
  ])('of %j and %j are the smallest that tell it', (before, after, changes) => {
    expect(valueChanges(before, after)).toEqual(changes)
  })
})
