import type { Schedule, Source } from '@groundplane/client'
import { expect, test } from 'vitest'
import { sourceGroups, tally } from './source-groups'

const schedule = (name: string, more: object = {}) =>
  ({ schedule: name, state: 'waiting', last: null, next: '2026-03-02T00:00:00.000Z', ...more }) as Schedule
const source = (name: string, own: string | null, checks: (string | null)[] = []) =>
  ({
    source: name,
    schedule: own,
    assertions: checks.map((one) => ({ set: 'shop', schedule: one })),
  }) as unknown as Source

test('each source has its harvest and its checks, and what is scheduled besides stands at the end', () => {
  const groups = sourceGroups(
    [source('bad', null, [null]), source('good', 'source.good', ['assertion.shop.good'])],
    [schedule('publish.datahub'), schedule('assertion.shop.good'), schedule('source.good')],
  )
  expect(
    groups.map(({ name, jobs }) => [
      name,
      ...jobs.map((job) => `${job.label}: ${job.schedule?.schedule ?? 'by hand'}`),
    ]),
  ).toEqual([
    ['bad', 'Harvest: by hand', 'Check shop: by hand'],
    ['good', 'Harvest: source.good', 'Check shop: assertion.shop.good'],
    ['datahub', 'Publish: publish.datahub'],
  ])
})

test('the tally counts how the last runs ended, with unreadable records among what failed', () => {
  expect(
    tally([
      schedule('a', { state: 'running', last: { outcome: 'failed' } }),
      schedule('b', { state: 'unreadable', next: null }),
      schedule('c', { last: { outcome: 'skipped' }, next: '2026-03-01T06:00:00.000Z' }),
    ]),
  ).toEqual({ running: 1, failed: 2, skipped: 1, next: '2026-03-01T06:00:00.000Z' })
  expect(tally([]).next).toBe(null)
})
