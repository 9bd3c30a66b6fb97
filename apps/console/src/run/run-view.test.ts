import { describe, expect, test } from 'vitest'
import type { IncidentEvent, IncidentReport, RoleName } from '../wire/types'
import { emptyRun, overlap, ROLES, reduceEvents } from './run-view'

const runId = '01KQ5M2W8ZJ4T6V9XBCDEFGHJK'
const start = Date.parse('2026-11-21T09:00:00.000Z')

type Step = [type: IncidentEvent['type'], role: RoleName | undefined, data: unknown]

/** Events 20 ms apart, numbered from 1. */
function record(steps: Step[]): IncidentEvent[] {
  return steps.map(([type, role, data], index) => ({
    id: index + 1,
    runId,
    at: new Date(start + index * 20).toISOString(),
    type,
    ...(role ? { role } : {}),
    data,
  })) as IncidentEvent[]
}

const report: IncidentReport = {
  runId,
  sentence: 'revenue dashboard wrong',
  reference: 'olist_source',
  production: 'olist_dirty',
  affected: [],
  suspects: [],
  checks: [],
  causes: [],
  incidents: [],
  roles: [],
  report: '# Report',
  wallMs: 200,
  receipt: { graph: 'catalog', commit: '01KQ5M2W8ZJ4T6V9XBCDEFGHJZ', at: '2026-11-21T09:00:01.000Z' },
}

const whole = record([
  ['run.started', undefined, { sentence: 'revenue dashboard wrong' }],
  ['role.started', 'coordinator', { mode: 'rules', goal: 'Plan the run' }],
  ['role.started', 'detective', { mode: 'model', goal: 'Find the dataset' }],
  ['role.started', 'reality-checker', { mode: 'rules', goal: 'Compare the instances' }],
  ['role.thinking', 'detective', { text: 'The word ', kind: 'reasoning' }],
  ['role.thinking', 'detective', { text: 'revenue…', kind: 'reasoning' }],
  ['tool.called', 'detective', { callId: 'c1', tool: 'search', arguments: { query: 'revenue' } }],
  ['tool.called', 'reality-checker', { callId: 'c2', tool: 'diff_health', arguments: {} }],
  ['tool.result', 'detective', { callId: 'c1', tool: 'search', summary: '2 datasets', ok: true, ms: 3 }],
  ['role.thinking', 'detective', { text: 'Found it.', kind: 'note' }],
  [
    'tool.result',
    'reality-checker',
    { callId: 'c2', tool: 'diff_health', summary: '3 differ', ok: true, ms: 5 },
  ],
  ['role.finished', 'detective', { summary: 'v_order_details', tokens: 812, costUsd: 0.0004, mode: 'model' }],
  ['role.finished', 'reality-checker', { summary: '3 differ', tokens: 0, costUsd: 0, mode: 'rules' }],
  ['role.started', 'fixer', { mode: 'rules', goal: 'Raise incidents' }],
  ['incident.raised', 'fixer', { incident: 'urn:li:incident:1', dataset: 'd', title: 'Rows are missing' }],
  ['run.finished', undefined, { report }],
])

describe('the view of a run', () => {
  test('events one by one and all at once give the same view', () => {
    const atOnce = reduceEvents(emptyRun(runId), whole)
    const oneByOne = whole.reduce((view, event) => reduceEvents(view, [event]), emptyRun(runId))
    expect(oneByOne).toEqual(atOnce)
  })

  test('a resumed stream that overlaps what was seen changes nothing', () => {
    for (let cut = 0; cut <= whole.length; cut++) {
      const before = reduceEvents(emptyRun(runId), whole.slice(0, cut))
      const resumed = reduceEvents(before, whole.slice(Math.max(0, cut - 4)))
      expect(resumed).toEqual(reduceEvents(emptyRun(runId), whole))
    }
  })

  test('events already seen return the very same object, so nothing is drawn again', () => {
    const view = reduceEvents(emptyRun(runId), whole)
    expect(reduceEvents(view, whole)).toBe(view)
  })

  test('events of another run are not mixed in', () => {
    const other = whole.map((event) => ({ ...event, runId: 'other' }))
    const view = emptyRun(runId)
    expect(reduceEvents(view, other)).toBe(view)
  })

  test('fragments of reasoning join, and a note after them stands alone', () => {
    const { entries } = reduceEvents(emptyRun(runId), whole).roles.detective
    expect(
      entries.map((entry) => (entry.kind === 'thought' ? [entry.thought, entry.text] : entry.kind)),
    ).toEqual([['reasoning', 'The word revenue…'], 'tool', ['note', 'Found it.']])
  })

  test('a tool result lands on its own call, whatever came between', () => {
    const view = reduceEvents(emptyRun(runId), whole)
    const call = view.roles.detective.entries.find((entry) => entry.kind === 'tool')
    expect(call).toMatchObject({ tool: 'search', result: { summary: '2 datasets', ok: true, ms: 3 } })
    const pending = reduceEvents(emptyRun(runId), whole.slice(0, 8)).roles.detective.entries
    expect(pending[pending.length - 1]).not.toHaveProperty('result')
  })

  test('no role is left running when the run ends', () => {
    for (let cut = 1; cut < whole.length; cut++) {
      const last = { ...whole[whole.length - 1], id: 1000 } as IncidentEvent
      const view = reduceEvents(emptyRun(runId), [...whole.slice(0, cut), last])
      const states = ROLES.map((role) => view.roles[role].state)
      expect(states).not.toContain('running')
      expect(states).not.toContain('waiting')
      expect(view.status).toBe('finished')
    }
  })

  test('a failed run keeps what was seen, stops its roles and says why', () => {
    const failed = record([
      ['run.started', undefined, { sentence: 's' }],
      ['role.started', 'coordinator', { mode: 'rules', goal: 'g' }],
      [
        'run.failed',
        undefined,
        { error: { code: 'catalog_unreadable', message: 'No.', remedy: 'Apply again.' } },
      ],
    ])
    const view = reduceEvents(emptyRun(runId), failed)
    expect(view.status).toBe('failed')
    expect(view.roles.coordinator.state).toBe('stopped')
    expect(view.error).toEqual({ code: 'catalog_unreadable', message: 'No.', remedy: 'Apply again.' })
  })

  test('a failure that is only a text, or nothing, still has a message', () => {
    const fail = (error: unknown) =>
      reduceEvents(emptyRun(runId), record([['run.failed', undefined, { error }]])).error?.message
    expect(fail('boom')).toBe('boom')
    expect(fail(undefined)).toBe('The run ended without saying why.')
  })

  test('an event type from a newer server is passed over but counted as seen', () => {
    const strange = [{ id: 1, runId, at: new Date(start).toISOString(), type: 'role.sang', data: {} }]
    const view = reduceEvents(emptyRun(runId), strange as unknown as IncidentEvent[])
    expect(view).toEqual({ ...emptyRun(runId), lastEventId: 1 })
  })

  test('raised incidents are listed for the run and in the pane of the role that raised them', () => {
    const view = reduceEvents(emptyRun(runId), whole)
    expect(view.raised.map((entry) => entry.incident)).toEqual(['urn:li:incident:1'])
    expect(view.roles.fixer.entries.map((entry) => entry.kind)).toEqual(['raised'])
  })

  test('two roles overlap exactly when both were at work at one moment', () => {
    const { roles } = reduceEvents(emptyRun(runId), whole)
    const now = start + 10_000
    expect(overlap(roles.detective, roles['reality-checker'], now)).toBe(true)
    expect(overlap(roles.detective, roles.fixer, now)).toBe(false)
    expect(overlap(roles.coordinator, emptyRun(runId).roles.fixer, now)).toBe(false)
  })
})
