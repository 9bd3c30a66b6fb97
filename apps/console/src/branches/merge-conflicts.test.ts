import type { MergeConflict } from '@groundplane/client'
import { expect, test } from 'vitest'
import { shownConflicts } from './merge-conflicts'

const conflict = (more: object) =>
  ({
    entity_kind: 'node',
    kind: 'divergent_update',
    properties: [],
    message: 'm',
    remedy: 'r',
    ...more,
  }) as unknown as MergeConflict
const aspect = (text: object) => ({
  urn: 'urn:li:tag:pii',
  name: 'tagProperties',
  text: JSON.stringify(text),
})

test('an aspect in conflict is told by the members that both sides changed, and what follows from it is counted', () => {
  const { shown, following } = shownConflicts([
    conflict({ type_name: 'Tag', entity_id: 'pii' }),
    conflict({
      type_name: 'Aspect',
      entity_id: '1',
      base: aspect({ name: 'pii', description: 'old', colour: 'red' }),
      target: aspect({ name: 'pii', description: 'main says', colour: 'red' }),
      source: aspect({ name: 'pii', description: 'here says', colour: 'blue' }),
    }),
  ])
  expect(following).toBe(1)
  expect(shown).toMatchObject([
    {
      urn: 'urn:li:tag:pii',
      what: 'tagProperties',
      members: [{ path: 'description', base: 'old', target: 'main says', source: 'here says' }],
    },
  ])
})

test('a row of another graph is told by its own members', () => {
  const { shown, following } = shownConflicts([
    conflict({
      type_name: 'Person',
      entity_id: 'Ada',
      base: { age: 1 },
      target: { age: 2 },
      source: { age: 3 },
    }),
    conflict({ type_name: 'Knows', kind: 'orphan_edge', entity_id: null }),
  ])
  expect(following).toBe(0)
  expect(shown).toMatchObject([
    { what: 'Person', id: 'Ada', members: [{ path: 'age', base: 1, target: 2, source: 3 }] },
    { what: 'Knows', id: '', members: [] },
  ])
})
