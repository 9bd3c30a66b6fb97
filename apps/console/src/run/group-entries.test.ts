import { expect, test } from 'vitest'
import { groupEntries } from './group-entries'
import type { RoleEntry } from './run-view'

const at = '2026-11-21T09:00:00.000Z'
const call = (id: number, tool: string): RoleEntry => ({
  kind: 'tool',
  id,
  at,
  callId: `c${id}`,
  tool,
  arguments: {},
})
const note = (id: number): RoleEntry => ({ kind: 'thought', id, at, thought: 'note', text: 'n' })

/** Entries in short: a tool's name, `n` for a note, `tool×count` for a group. */
function short(entries: RoleEntry[]): string[] {
  return groupEntries(entries).map((entry) => {
    if (entry.kind === 'group') return `${entry.tool}×${entry.calls.length}`
    return entry.kind === 'tool' ? entry.tool : 'n'
  })
}

test('three calls of one tool in a row fold into one line, two do not', () => {
  expect(short([call(1, 'a'), call(2, 'a'), call(3, 'a'), call(4, 'b'), call(5, 'b')])).toEqual([
    'a×3',
    'b',
    'b',
  ])
})

test('a note between calls keeps them apart, and no entry is lost or reordered', () => {
  expect(short([call(1, 'a'), call(2, 'a'), note(3), call(4, 'a'), note(5)])).toEqual([
    'a',
    'a',
    'n',
    'a',
    'n',
  ])
  expect(short([])).toEqual([])
})
