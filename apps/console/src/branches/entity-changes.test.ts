import type { EntityChange } from '@groundplane/client'
import { expect, test } from 'vitest'
import { entitiesOfDiff, entitiesOfReview, memberChanges, typeOfUrn } from './entity-changes'

const orders = 'urn:li:dataset:(urn:li:dataPlatform:sqlite,shop.main.orders,PROD)'

test('the aspects of one entity stand together, new ones with each member they would have', () => {
  const entities = entitiesOfReview([
    {
      urn: orders,
      aspect: 'globalTags',
      first: true,
      value: { tags: [{ tag: 'urn:li:tag:a' }, { tag: 'urn:li:tag:b' }] },
    },
    {
      urn: 'urn:li:tag:a',
      aspect: 'tagProperties',
      changes: [{ path: '', before: { name: 'a' }, after: null }],
    },
    { urn: orders, aspect: 'datasetProperties', changes: [{ path: 'description', before: 'x', after: 'y' }] },
  ])
  expect(entities.map(({ urn, type }) => [urn, type])).toEqual([
    [orders, 'Dataset'],
    ['urn:li:tag:a', 'Tag'],
  ])
  expect(entities[0]?.parts).toEqual([
    {
      aspect: 'globalTags',
      op: 'insert',
      changes: [
        { path: 'tags', after: { tag: 'urn:li:tag:a' } },
        { path: 'tags', after: { tag: 'urn:li:tag:b' } },
      ],
    },
    {
      aspect: 'datasetProperties',
      op: 'update',
      changes: [{ path: 'description', before: 'x', after: 'y' }],
    },
  ])
  expect(entities[1]?.parts[0]?.op).toBe('delete')
})

test('rows of a catalog are told by their aspects, and those of another graph by their own members', () => {
  const aspect = (text: string | null) =>
    text === null ? null : { properties: { urn: orders, name: 'datasetProperties', text, digest: text } }
  const row = (more: object) => ({ id: '1', kind: 'node', op: 'update', ...more }) as unknown as EntityChange
  expect(
    entitiesOfDiff([
      row({
        type: { name: 'Aspect' },
        before: aspect('{"description":"x","name":"orders"}'),
        after: aspect('{"description":"y","name":"orders"}'),
      }),
      row({
        type: { name: 'Dataset' },
        before: { properties: {} },
        after: { properties: { description: 'y' } },
      }),
    ]),
  ).toMatchObject([
    {
      urn: orders,
      parts: [{ aspect: 'datasetProperties', changes: [{ path: 'description', before: 'x', after: 'y' }] }],
    },
  ])
  expect(
    entitiesOfDiff([
      row({
        type: { name: 'Person' },
        id: 'Ada',
        before: { properties: { age: 36 } },
        after: { properties: { age: 37 } },
      }),
      row({
        type: { name: 'Knows' },
        kind: 'edge',
        op: 'insert',
        before: null,
        after: { endpoints: { from: 'Ada', to: 'Bob' }, properties: {} },
      }),
    ]),
  ).toEqual([
    {
      key: 'Person Ada',
      type: 'Person',
      id: 'Ada',
      parts: [{ aspect: null, op: 'update', changes: [{ path: 'age', before: 36, after: 37 }] }],
    },
    {
      key: 'Knows 1',
      type: 'Knows',
      id: '1',
      ends: { from: 'Ada', to: 'Bob' },
      parts: [{ aspect: null, op: 'insert', changes: [] }],
    },
  ])
})

test('members that are equal are left out, and null is as good as absent', () => {
  expect(memberChanges({ a: 1, b: null, c: [1] }, { a: 1, c: [2] })).toEqual([
    { path: 'c', before: [1], after: [2] },
  ])
  expect(memberChanges(undefined, 'text')).toEqual([{ path: '', after: 'text' }])
})

test('the kind of an entity is read from its URN', () => {
  expect(typeOfUrn('urn:li:glossaryTerm:x')).toBe('Glossary term')
  expect(typeOfUrn('x')).toBe('Entity')
})
