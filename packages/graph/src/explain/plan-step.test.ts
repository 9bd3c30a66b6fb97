import { expect, it } from 'vitest'
import { asked, parsePlanStep } from './plan-step.js'

const step = (detail: string) => parsePlanStep({ id: 1, parent: 0, detail })

it('takes apart what SQLite says of a scan or a search', () => {
  const read = (detail: string) => {
    const { action, target, index, how } = step(detail)
    return [action, target, how, index, asked(step(detail)).map((c) => c.column + c.op)]
  }
  expect(read('SCAN t1')).toEqual(['scan', 't1', 'table', null, []])
  expect(read('SCAN t1 USING INDEX ix:node_P:id:hot')).toEqual([
    'scan',
    't1',
    'index',
    'ix:node_P:id:hot',
    [],
  ])
  expect(
    read(
      'SEARCH e2 USING COVERING INDEX ix:edge_K:src+dst:hot (src=? AND dst=? AND br=? AND ended=? AND rowid<?)',
    ),
  ).toEqual(['search', 'e2', 'index', 'ix:edge_K:src+dst:hot', ['src=', 'dst=', 'rowid<']])
  expect(read('SEARCH e2 USING INDEX ix:edge_K:src+dst:hot (ANY(src) AND dst=?)')[4]).toEqual(['dst='])
  expect(read('SEARCH t6 USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN')).toEqual([
    'search',
    't6',
    'rowid',
    null,
    ['rowid='],
  ])
  expect(read('SEARCH t2 USING AUTOMATIC PARTIAL COVERING INDEX (br=? AND p_mood=?)')).toEqual([
    'search',
    't2',
    'automatic',
    null,
    ['p_mood='],
  ])
  expect(read('SCAN text_1_docs VIRTUAL TABLE INDEX 259:')).toEqual([
    'scan',
    'text_1_docs',
    'virtual',
    null,
    [],
  ])
})

it('leaves a line it does not know as it is', () => {
  for (const detail of ['SCAN CONSTANT ROW', 'USE TEMP B-TREE FOR ORDER BY', 'something new in SQLite 4'])
    expect(step(detail)).toMatchObject({ action: 'other', target: null, detail })
})
