import type { ScheduleView } from '@groundplane/cluster'
import { expect, it } from 'vitest'
import { followSchedules } from './follow-schedules.js'

const NOW = Date.parse('2026-03-01T10:00:00Z')
const view = (state: ScheduleView['state'], next: string, due: string | null = null) =>
  ({ schedule: 'source.shop', state, next, due }) as ScheduleView

/** Follows what each look answers, an error or views, until there is no more; tells runs, waits and troubles in order. */
async function follow(looks: (Error | ScheduleView[])[], ran: () => boolean = () => true): Promise<string[]> {
  const told: string[] = []
  const stop = new AbortController()
  const left = [...looks]
  await followSchedules({
    async look() {
      const next = left.shift()
      if (next instanceof Error) throw next
      return next ?? []
    },
    async run() {
      told.push('run')
      return ran()
    },
    clock: () => NOW,
    async wait(ms) {
      told.push(`wait ${ms}`)
      if (left.length === 0) stop.abort()
    },
    onTrouble: (message) => told.push(message),
    signal: stop.signal,
  })
  return told
}

it('waits for the next due time, a minute at most and a second at least', async () => {
  expect(await follow([[]])).toEqual(['wait 60000'])
  expect(
    await follow([[view('waiting', '2026-03-01T10:00:20Z'), view('waiting', '2026-03-01T11:00:00Z')]]),
  ).toEqual(['wait 20000'])
  expect(
    await follow([[view('running', '2026-03-01T12:00:00Z')], [view('waiting', '2026-03-01T10:00:00.1Z')]]),
  ).toEqual(['wait 60000', 'wait 1000'])
})

it('runs what is due or new, looks again soon, and later where the run left it as it was', async () => {
  const due = [view('due', '2026-03-01T10:15:00Z', '2026-03-01T09:15:00Z')]
  const fresh = [view('new', '2026-03-01T10:15:00Z')]
  expect(await follow([fresh, due, due, due, []])).toEqual([
    'run',
    'wait 1000',
    'run',
    'wait 1000',
    'run',
    'wait 60000',
    'run',
    'wait 60000',
    'wait 60000',
  ])
})

it('goes on after what fails, and says why once', async () => {
  const down = new Error('the bucket does not answer')
  expect(await follow([down, down, [], down])).toEqual([
    'the bucket does not answer',
    'wait 60000',
    'wait 60000',
    'wait 60000',
    'the bucket does not answer',
    'wait 60000',
  ])
  const due = [view('due', '2026-03-01T10:15:00Z', '2026-03-01T09:15:00Z')]
  expect(await follow([due, []], () => false)).toEqual([
    'run',
    'the runner ended without doing its work',
    'wait 60000',
    'wait 60000',
  ])
})
