import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processIdentity } from '@groundplane/core'
import { type StorageRoot, storageRoot } from '@groundplane/storage'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ClusterError } from '../cluster-error.js'
import { freshS3Location, NO_S3 } from '../testing/s3-fixture.js'
import { HOURLY, never, recordOf, SetClock, storeOf } from '../testing/schedule-fixture.js'
import type { Finished } from './claim.js'
import { type RunContext, runDue } from './run-due.js'
import type { Schedule } from './schedule.js'
import { recordKey } from './schedule-record.js'

const DEAD_PID = 4_194_305
const ELSEWHERE = `0123456789abcdef-${DEAD_PID}-1`
const GONE_HERE = `${processIdentity().split('-')[0]}-${DEAD_PID}-1`
const DONE: Finished = { outcome: 'succeeded', commit: 'c1' }

describe.each([
  ['a directory', false, () => mkdtempSync(join(tmpdir(), 'schedules-'))],
  ['S3', NO_S3, freshS3Location],
] as const)('the schedules of a cluster on %s', (_kind, missing, place) => {
  let location: string
  let storage: StorageRoot
  let clock: SetClock
  let ran: string[]
  beforeEach(async () => {
    if (missing) return
    location = place()
    storage = storageRoot(location)
    clock = new SetClock('2026-03-01T10:00:00Z')
    ran = []
  })
  afterEach(() => {
    if (!missing && !location.startsWith('s3:')) rmSync(location, { recursive: true })
  })
  const perform =
    (result: Finished | Error) =>
    async (_: Schedule, { run }: RunContext) => {
      ran.push(run)
      if (result instanceof Error) throw result
      return result
    }
  const run = (result: Finished | Error = DONE, schedule = HOURLY, owner?: string) =>
    runDue(storeOf(storage, clock, owner), [schedule], { perform: perform(result), every: never })
  const test = it.skipIf(missing)

  test('run at their times, once each, and say what came of it', async () => {
    expect(await run()).toEqual([{ schedule: 'source.shop', status: 'registered' }])
    expect(await run()).toEqual([{ schedule: 'source.shop', status: 'waiting' }])
    clock.set('2026-03-01T10:15:00Z')
    const result = {
      due: '2026-03-01T10:15:00.000Z',
      missed: 0,
      interrupted: 0,
      started: '2026-03-01T10:15:00.000Z',
      finished: '2026-03-01T10:15:00.000Z',
      owner: processIdentity(),
      actor: 'ada',
      pid: process.pid,
      ...DONE,
    }
    expect(await run()).toMatchObject([{ status: 'ran', result }])
    expect(await run()).toMatchObject([{ status: 'waiting' }])
    expect(ran).toHaveLength(1)
    const [view] = await storeOf(storage, clock).views([HOURLY])
    expect(view).toMatchObject({
      schedule: 'source.shop',
      state: 'waiting',
      due: null,
      next: '2026-03-01T11:15:00.000Z',
      running: null,
      last: result,
      last_succeeded: '2026-03-01T10:15:00.000Z',
    })
  })

  test('are run at once where that is asked for, new ones too, and their times stay as they are', async () => {
    const now = () =>
      runDue(storeOf(storage, clock), [HOURLY], { perform: perform(DONE), every: never, now: true })
    expect(await now()).toMatchObject([
      { status: 'ran', result: { due: '2026-03-01T10:00:00.000Z', missed: 0, outcome: 'succeeded' } },
    ])
    clock.set('2026-03-01T10:05:00Z')
    expect(await now()).toMatchObject([{ status: 'ran', result: { due: '2026-03-01T10:05:00.000Z' } }])
    expect(await run()).toMatchObject([{ status: 'waiting' }])
    clock.set('2026-03-01T11:20:00Z')
    expect(await now()).toMatchObject([
      { status: 'ran', result: { due: '2026-03-01T11:15:00.000Z', missed: 1 } },
    ])
    expect(await run()).toMatchObject([{ status: 'waiting' }])
    const held = await storeOf(storage, clock).claim(HOURLY, { now: true })
    expect([held.status, (await now())[0]?.status]).toEqual(['claimed', 'running'])
  })

  test('record who asked for a run, and keep that for whoever takes a broken attempt over', async () => {
    const told: (string | undefined)[] = []
    const runAs = (owner: string | undefined, options: { now?: boolean; askedBy?: string }) =>
      runDue(storeOf(storage, clock, owner), [HOURLY], {
        ...options,
        every: never,
        perform: async (_, { askedBy }) => {
          told.push(askedBy)
          return DONE
        },
      })
    expect(await runAs(undefined, { now: true, askedBy: 'bob' })).toMatchObject([
      { result: { actor: 'ada', asked_by: 'bob' } },
    ])
    await storeOf(storage, clock, GONE_HERE).claim(HOURLY, { now: true, askedBy: 'eve' })
    expect(await runAs(undefined, {})).toMatchObject([{ result: { interrupted: 1, asked_by: 'eve' } }])
    clock.set('2026-03-01T10:15:00Z')
    const [own] = await runAs(undefined, {})
    expect(own?.result).not.toHaveProperty('asked_by')
    expect(told).toEqual(['bob', 'eve', undefined])
  })

  test('are run once for all the times that nobody was there for, and the times are counted', async () => {
    await run()
    clock.set('2026-03-01T15:20:00Z')
    expect((await storeOf(storage, clock).views([HOURLY]))[0]).toMatchObject({ state: 'due', missed: 5 })
    expect(await run()).toMatchObject([{ result: { due: '2026-03-01T15:15:00.000Z', missed: 5 } }])
    expect(await run()).toMatchObject([{ status: 'waiting' }])
  })

  test('record a failure with its code, keep when they last succeeded, and are tried again at the next time', async () => {
    await run()
    clock.set('2026-03-01T10:15:00Z')
    await run()
    clock.set('2026-03-01T11:15:00Z')
    const down = new ClusterError('unavailable', 'source_unreachable', 'it is down', { remedy: 'Start it.' })
    expect(await run(down)).toMatchObject([
      {
        status: 'ran',
        result: {
          outcome: 'failed',
          code: 'source_unreachable',
          message: 'it is down',
          remedy: 'Start it.',
          commit: null,
        },
      },
    ])
    expect(await run()).toMatchObject([{ status: 'waiting' }])
    expect(await recordOf(storage)).toMatchObject({ last_succeeded: '2026-03-01T10:15:00.000Z' })
    clock.set('2026-03-01T12:15:00Z')
    expect(await run()).toMatchObject([{ status: 'ran', result: { outcome: 'succeeded', missed: 0 } }])
  })

  test('record a bug of the work with its run, and throw it on', async () => {
    await run()
    clock.set('2026-03-01T10:15:00Z')
    await expect(run(new TypeError('a bug'))).rejects.toThrow('a bug')
    expect(await recordOf(storage)).toMatchObject({
      running: null,
      last: { outcome: 'failed', code: 'internal', message: 'TypeError: a bug' },
    })
  })

  test('have one runner at a time: whoever else looks meanwhile is told, and nothing runs twice', async () => {
    await run()
    clock.set('2026-03-01T10:15:00Z')
    const inner: unknown[] = []
    const outer = await runDue(storeOf(storage, clock), [HOURLY], {
      every: never,
      async perform() {
        // The owner lives: however late it is, on its machine nobody takes it for dead.
        clock.set('2026-03-01T23:00:00Z')
        inner.push(...(await run()), ...(await storeOf(storage, clock).views([HOURLY])))
        return DONE
      },
    })
    expect(inner).toMatchObject([{ status: 'running' }, { state: 'running', running: { pid: process.pid } }])
    expect(outer).toMatchObject([{ status: 'ran', result: { due: '2026-03-01T10:15:00.000Z' } }])
    expect(ran).toEqual([])
    expect(await run()).toMatchObject([{ result: { due: '2026-03-01T22:15:00.000Z', missed: 11 } }])
  })

  test('left by a runner of this machine that is gone are taken over at once, with what came due since', async () => {
    await run()
    clock.set('2026-03-01T10:15:00Z')
    expect(await storeOf(storage, clock, GONE_HERE).claim(HOURLY)).toMatchObject({ status: 'claimed' })
    expect((await storeOf(storage, clock).views([HOURLY]))[0]).toMatchObject({ state: 'due' })
    clock.set('2026-03-01T11:15:01Z')
    expect(await run()).toMatchObject([
      { status: 'ran', result: { due: '2026-03-01T11:15:00.000Z', missed: 1, interrupted: 1 } },
    ])
  })

  test('left by a runner of another machine are taken over when its lease has run out, and no sooner', async () => {
    await run()
    clock.set('2026-03-01T10:15:00Z')
    const held = await storeOf(storage, clock, ELSEWHERE).claim(HOURLY)
    clock.set('2026-03-01T10:16:59Z')
    expect(await run()).toMatchObject([{ status: 'running' }])
    if (held.status === 'claimed') await held.claim.renew()
    clock.set('2026-03-01T10:18:58Z')
    expect(await run()).toMatchObject([{ status: 'running' }])
    clock.set('2026-03-01T10:18:59Z')
    expect(await run()).toMatchObject([{ status: 'ran', result: { interrupted: 1 } }])
  })

  test('taken over are lost to the runner before: it may not write, and what it says at its end counts for nothing', async () => {
    await run()
    clock.set('2026-03-01T10:15:00Z')
    const writes: string[] = []
    const slow = (confirms: boolean) =>
      runDue(storeOf(storage, clock, ELSEWHERE), [HOURLY], {
        every: never,
        async perform(_, { confirm }) {
          clock.now += 3_600_000
          expect(await run()).toMatchObject([{ status: 'ran' }])
          if (confirms) {
            await expect(confirm()).rejects.toMatchObject({
              code: 'schedule_run_taken_over',
              kind: 'conflict',
            })
            await confirm()
          }
          writes.push('too late')
          return { outcome: 'failed', commit: null, code: 'mine' }
        },
      })
    expect(await slow(true)).toEqual([{ schedule: 'source.shop', status: 'lost' }])
    expect(writes).toEqual([])
    clock.set('2026-03-01T15:15:00Z')
    expect(await slow(false)).toEqual([{ schedule: 'source.shop', status: 'lost' }])
    expect(await recordOf(storage)).toMatchObject({ last: { outcome: 'succeeded', commit: 'c1' } })
  })

  test('declared anew begin anew: no time before somebody saw them is due', async () => {
    await run()
    clock.set('2026-03-01T10:15:00Z')
    await run()
    clock.set('2026-03-02T10:20:00Z')
    const quarterly = { ...HOURLY, cron: '*/15 * * * *' }
    expect(await run(DONE, quarterly)).toMatchObject([{ status: 'registered' }])
    expect(await recordOf(storage)).toMatchObject({ cron: '*/15 * * * *', last: { outcome: 'succeeded' } })
    clock.set('2026-03-02T10:30:00Z')
    expect(await run(DONE, quarterly)).toMatchObject([{ status: 'ran', result: { missed: 0 } }])
  })

  test('that are not declared any more are forgotten, unless they run', async () => {
    const other = { ...HOURLY, address: 'source.other' }
    await run()
    await run(DONE, other)
    clock.set('2026-03-01T10:15:00Z')
    await storeOf(storage, clock).claim(other)
    await storeOf(storage, clock).forgetOthers([])
    expect(await recordOf(storage)).toBeUndefined()
    expect(await recordOf(storage, 'source.other')).toBeDefined()
  })

  test('whose record is damaged are told of, left alone, and keep no other from running', async () => {
    const other = { ...HOURLY, address: 'source.other' }
    for (const [text, code] of [
      ['{', 'schedule_state_invalid'],
      ['{"version":2}', 'unsupported_schedule_state_version'],
      ['{"version":1}', 'schedule_state_invalid'],
    ] as const) {
      await storage.put(recordKey(HOURLY.address), text)
      const both = await runDue(storeOf(storage, clock), [HOURLY, other], { perform: perform(DONE) })
      expect(both).toMatchObject([{ status: 'unreadable', problem: { code } }, { schedule: 'source.other' }])
      const views = await storeOf(storage, clock).views([HOURLY, other])
      expect(views).toMatchObject([{ state: 'unreadable', problem: { code } }, { state: 'waiting' }])
      expect(Buffer.from((await storage.get(recordKey(HOURLY.address)))?.body ?? []).toString()).toBe(text)
    }
  })

  test('begin no run once it is time to stop', async () => {
    await run()
    clock.set('2026-03-01T10:15:00Z')
    const signal = AbortSignal.abort()
    expect(await runDue(storeOf(storage, clock), [HOURLY], { perform: perform(DONE), signal })).toEqual([])
    expect(ran).toEqual([])
  })
})
