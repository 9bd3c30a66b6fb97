import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type StorageRoot, storageRoot } from '@groundplane/storage'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freshS3Location, NO_S3 } from '../testing/s3-fixture.js'
import { HOURLY, never, recordOf, SetClock, storeOf } from '../testing/schedule-fixture.js'
import { type RunReport, runDue } from './run-due.js'

const CHILD = fileURLToPath(new URL('../testing/schedule-child.js', import.meta.url))
/** Due times that several runners are let loose on. */
const ROUNDS = Number(process.env['GROUNDPLANE_CRASH_ROUNDS'] ?? 1)
const DONE = async () => ({ outcome: 'succeeded' as const, commit: null })

describe.each([
  ['a directory', false, () => join(mkdtempSync(join(tmpdir(), 'runners-')), 'root')],
  ['S3', NO_S3, freshS3Location],
] as const)('runners of one cluster on %s', { timeout: 240_000 }, (_kind, missing, place) => {
  let location: string
  let scratch: string
  let storage: StorageRoot
  let clock: SetClock
  beforeEach(async () => {
    if (missing) return
    location = place()
    scratch = mkdtempSync(join(tmpdir(), 'runners-work-'))
    storage = storageRoot(location)
    clock = new SetClock('2026-03-01T10:00:00Z')
    await runDue(storeOf(storage, clock), [HOURLY], { perform: DONE, every: never })
  })
  afterEach(() => {
    if (missing) return
    rmSync(scratch, { recursive: true })
    if (!location.startsWith('s3:')) rmSync(join(location, '..'), { recursive: true })
  })

  /** Several at once, all let go when all are ready. Undefined for one that was killed. */
  async function runners<T = RunReport[]>(now: string, fatal: readonly string[]): Promise<(T | undefined)[]> {
    const children = fatal.map((step) =>
      spawn(process.execPath, [CHILD, location, now, join(scratch, 'work'), step]),
    )
    const outputs = children.map(() => '')
    const ended = children.map(async (child, i) => {
      let errors = ''
      child.stderr.on('data', (text) => {
        errors += text
      })
      child.stdin.on('error', () => {})
      const [code, signal] = await once(child, 'close')
      if (signal === 'SIGKILL') return undefined
      if (code !== 0) throw new Error(errors)
      return JSON.parse((outputs[i] as string).replace('ready\n', '')) as T
    })
    await Promise.all(
      children.map(
        (child, i) =>
          new Promise<void>((resolve) =>
            child.stdout.on('data', (text) => {
              outputs[i] += text
              if (outputs[i]?.startsWith('ready\n')) resolve()
            }),
          ),
      ),
    )
    for (const child of children) child.stdin.end('\n')
    return Promise.all(ended)
  }
  const work = () => {
    const file = join(scratch, 'work')
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
  }

  it.skipIf(missing)(
    'let loose together on a due time: exactly one runs, and the others are told',
    async () => {
      for (let round = 0; round < ROUNDS; round++) {
        clock.now = Date.parse('2026-03-01T10:15:00Z') + round * 3_600_000
        const now = new Date(clock.now).toISOString()
        const reports = (await runners(now, ['none', 'none', 'none'])).flatMap((r) => r ?? [])
        const winners = reports.filter(({ status }) => status === 'ran')
        expect(reports).toHaveLength(3)
        expect(winners).toHaveLength(1)
        expect(reports.every(({ status }) => ['ran', 'running', 'waiting'].includes(status))).toBe(true)
        expect(work()).toHaveLength(round + 1)
        expect(await recordOf(storage)).toMatchObject({
          running: null,
          last: { run: winners[0]?.result?.run, due: now, missed: 0 },
        })
      }
    },
  )

  it.skipIf(missing)('killed at any step: the next one converges, and its due time ends once', async () => {
    const due = '2026-03-01T10:15:00.000Z'
    const [steps = []] = await runners<string[]>(due, ['list'])
    expect(steps.filter((step) => step.startsWith('before'))).toEqual([
      'before put 1',
      'before put 2',
      'before work',
      'before put 3',
    ])
    for (const [i, step] of steps.entries()) {
      clock.now = Date.parse(due) + (i + 1) * 3_600_000
      const now = new Date(clock.now).toISOString()
      const before = work().length
      expect(await runners(now, [step]), step).toEqual([undefined])
      const worked = work().length - before
      const ended = step === 'after put 3'
      const left = await recordOf(storage)
      // Whatever was killed, the record is one of the whole ones.
      expect(left?.running === null, step).toBe(step === 'before put 1' || ended)
      expect(left?.last?.due === now, step).toBe(ended)
      const [next, again] = [await runDueNow(), await runDueNow()]
      expect(next[0]?.status, step).toBe(ended ? 'waiting' : 'ran')
      if (!ended)
        expect(next[0]?.result, step).toMatchObject({
          due: now,
          interrupted: step === 'before put 1' ? 0 : 1,
        })
      expect(again[0]?.status, step).toBe('waiting')
      expect(worked, step).toBe(steps.indexOf(step) >= steps.indexOf('after work') ? 1 : 0)
      expect(await recordOf(storage), step).toMatchObject({ running: null, since: now, last: { due: now } })
    }
  })

  function runDueNow(): Promise<RunReport[]> {
    return runDue(storeOf(storage, clock), [HOURLY], { perform: DONE, every: never })
  }
})
