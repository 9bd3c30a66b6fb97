import { describe, expect, it } from 'vitest'
import { applyPatch } from './apply-patch.js'
import { PatchError } from './json-patch.js'

const CONTEXT = { actor: 'ann', atMs: 7 }
const STAMP = { time: 7, actor: 'urn:li:corpuser:ann' }
const SOURCE = 'attribution␟source'

function patched(aspect: string, stored: unknown, operations: unknown, keys?: Record<string, string[]>) {
  const patch = keys ? { patch: operations, arrayPrimaryKeys: keys } : operations
  const before = stored === null ? null : JSON.stringify(stored)
  return JSON.parse(JSON.stringify(applyPatch(aspect, before, JSON.stringify(patch), CONTEXT)))
}

const add = (path: string, value: unknown) => ({ op: 'add', path, value })
const remove = (path: string) => ({ op: 'remove', path })
const tag = (name: string, source?: string) => ({
  tag: `urn:li:tag:${name}`,
  ...(source && { attribution: { source } }),
})

describe('a list that is addressed by keys', () => {
  it('gains an element, has one replaced and loses one, and keeps the others in their order', () => {
    const stored = { tags: [tag('a'), tag('b'), tag('c')] }
    const operations = [
      add('/tags/urn:li:tag:b', { ...tag('b'), context: 'x' }),
      remove('/tags/urn:li:tag:a'),
      add('/tags/urn:li:tag:d', {}),
    ]
    expect(patched('globalTags', stored, operations)).toEqual({
      tags: [{ ...tag('b'), context: 'x' }, tag('c'), tag('d')],
    })
  })

  it('keeps what one key has from several sources, when the patch says by which keys it goes', () => {
    const stored = { tags: [tag('a'), tag('a', 'one'), tag('b', 'one')] }
    const keys = { tags: [SOURCE, 'tag'] }
    expect(patched('globalTags', stored, [remove('/tags/one/urn:li:tag:a')], keys)).toEqual({
      tags: [tag('a'), tag('b', 'one')],
    })
    const byTag = { tags: ['tag', SOURCE] }
    expect(patched('globalTags', stored, [remove('/tags/urn:li:tag:a')], byTag)).toEqual({
      tags: [tag('b', 'one')],
    })
    expect(patched('globalTags', stored, [add('/tags/urn:li:tag:c', tag('c'))])).toEqual({
      tags: [tag('a'), tag('a', 'one'), tag('b', 'one'), tag('c')],
    })
  })

  it('takes the path of an owner as clients of all ages write it', () => {
    const owner = (name: string, type: string) => ({ owner: `urn:li:corpuser:${name}`, type })
    const stored = { owners: [owner('a', 'X'), owner('a', 'Y')], lastModified: STAMP }
    const short = [add('/owners/urn:li:corpuser:b/X', owner('b', 'X')), remove('/owners/urn:li:corpuser:a/Y')]
    expect(patched('ownership', stored, short).owners).toEqual([owner('a', 'X'), owner('b', 'X')])
    const keys = { owners: ['owner', 'type', 'typeUrn', SOURCE] }
    const long = [add('/owners/urn:li:corpuser:b/X//', owner('b', 'X'))]
    expect(patched('ownership', stored, long, keys).owners).toHaveLength(3)
    expect(patched('ownership', stored, [remove('/owners/urn:li:corpuser:a')], keys).owners).toEqual([])
  })

  it('may be replaced as a whole, and be one of plain texts', () => {
    expect(patched('globalTags', { tags: [tag('a')] }, [add('/tags', [tag('z')])])).toEqual({
      tags: [tag('z')],
    })
    const tags = patched('datasetProperties', { tags: ['x', 'y'] }, [
      remove('/tags/x'),
      add('/tags/z', 'z'),
    ]).tags
    expect(tags).toEqual(['y', 'z'])
  })

  it('reaches into the columns of a table', () => {
    const operations = [
      add('/editableSchemaFieldInfo/a.b~1c/globalTags/tags/urn:li:tag:pii', tag('pii')),
      add('/editableSchemaFieldInfo/a.b~1c/glossaryTerms/terms/urn:li:glossaryTerm:t', {
        urn: 'urn:li:glossaryTerm:t',
      }),
    ]
    const once = patched('editableSchemaMetadata', null, operations)
    expect(once).toEqual({
      created: STAMP,
      lastModified: STAMP,
      editableSchemaFieldInfo: [
        {
          fieldPath: 'a.b/c',
          globalTags: { tags: [tag('pii')] },
          glossaryTerms: { terms: [{ urn: 'urn:li:glossaryTerm:t' }], auditStamp: STAMP },
        },
      ],
    })
    expect(patched('editableSchemaMetadata', once, operations)).toEqual(once)
  })

  it('keeps the domains of an aspect in step with their associations', () => {
    const keys = { domainAssociations: [SOURCE, 'domain'] }
    const both = patched(
      'domains',
      { domains: ['urn:li:domain:a'] },
      [add('/domainAssociations//urn:li:domain:b', { domain: 'urn:li:domain:b' })],
      keys,
    )
    expect(both.domains).toEqual(['urn:li:domain:a', 'urn:li:domain:b'])
    const one = patched('domains', both, [remove('/domainAssociations/urn:li:domain:a')], {
      domainAssociations: ['domain', SOURCE],
    })
    expect(one.domains).toEqual(['urn:li:domain:b'])
  })
})

describe('column lineage', () => {
  const entry = {
    upstreamType: 'FIELD_SET',
    upstreams: ['u1', 'u2'],
    downstreamType: 'FIELD',
    downstreams: ['d'],
    confidenceScore: 0.9,
  }

  it('is addressed by operation, downstream, query and upstream', () => {
    const stored = { upstreams: [], fineGrainedLineages: [entry, { ...entry, downstreams: ['d', 'e'] }] }
    const operations = [
      remove('/fineGrainedLineages/NONE/d/NONE/u1'),
      add('/fineGrainedLineages/SUM/d/urn:li:query:q/u3', { confidenceScore: 0.5 }),
    ]
    expect(patched('upstreamLineage', stored, operations).fineGrainedLineages).toEqual([
      { ...entry, upstreams: ['u2'] },
      {
        ...entry,
        upstreams: ['u3'],
        transformOperation: 'SUM',
        query: 'urn:li:query:q',
        confidenceScore: 0.5,
      },
      { ...entry, downstreams: ['d', 'e'] },
    ])
  })

  it('is left as it is by a patch of other things', () => {
    const stored = { upstreams: [], fineGrainedLineages: [entry, entry] }
    const after = patched('upstreamLineage', stored, [
      add('/upstreams/urn:x', { dataset: 'urn:x', type: 'COPY' }),
    ])
    expect(after).toEqual({
      upstreams: [{ dataset: 'urn:x', type: 'COPY' }],
      fineGrainedLineages: [entry, entry],
    })
  })
})

it('a member of any name is set and taken away, and what is not there may be taken away', () => {
  const stored = { customProperties: { a: '1', 'b/c': '2' } }
  const operations = [
    remove('/customProperties/b~1c'),
    remove('/customProperties/x'),
    add('/customProperties/constructor', 'y'),
  ]
  expect(patched('datasetProperties', stored, operations)).toEqual({
    customProperties: { a: '1', constructor: 'y' },
  })
})

it.each([
  ['no list', { patch: 1 }],
  ['an operation that is none', [{ op: 'move', path: '/a', from: '/b' }]],
  ['a path that is none', [add('a', 1)]],
  ['no value', [{ op: 'add', path: '/a' }]],
  ['the prototype of everything', [add('/__proto__/polluted', 'x')]],
  ['a way through a text', [add('/name/x', 1)]],
  ['a way through a place where a list has nothing', [add('/xs/0/a', 1)]],
  ['a replacement of what is not in a list', [{ op: 'replace', path: '/xs/0', value: 1 }]],
  ['a text in a list of objects', [add('/tags/urn:li:tag:a', 'x')]],
])('a patch with %s is refused', (_what, patch) => {
  const stored = JSON.stringify({ name: 'n', tags: [], xs: [] })
  expect(() => applyPatch('globalTags', stored, JSON.stringify(patch), CONTEXT)).toThrow(PatchError)
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})
