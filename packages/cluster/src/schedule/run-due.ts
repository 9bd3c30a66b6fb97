import { GroundplaneError } from '@groundplane/core'
import { type Claim, type Finished, LEASE_MS } from './claim.js'
import type { Schedule } from './schedule.js'
import { type Problem, problemOf, type RunResult } from './schedule-record.js'
import type { ClaimOptions, ScheduleStore } from './schedule-store.js'

/** What the work of a run is given. */
export interface RunContext {
  /** ULID to put on everything that it writes. */
  readonly run: string
  /** Who asked for it, where somebody did. */
  readonly askedBy?: string
  /** To be awaited right before the write: it rejects when the run is somebody else's by now. */
  readonly confirm: () => Promise<void>
}

/** Does the work of a schedule. What it throws with a code is a failed run. */
export type Perform = (schedule: Schedule, context: RunContext) => Promise<Finished>

export interface RunReport {
  readonly schedule: string
  /** `running`: somebody else has it. `lost`: somebody else took it over. */
  readonly status: 'ran' | 'registered' | 'waiting' | 'running' | 'lost' | 'unreadable'
  readonly result?: RunResult
  /** Of `unreadable`. */
  readonly problem?: Problem
}

export interface RunDueOptions extends ClaimOptions {
  readonly perform: Perform
  /** No run begins once it is aborted; the one under way is finished. */
  readonly signal?: AbortSignal
  /** Calls again and again until what it returns is called. Default: a timer that keeps no process alive. */
  readonly every?: (ms: number, call: () => void) => () => void
  readonly onReport?: (report: RunReport) => void
}

/**
 * Runs what is due, one after the other, each schedule once at most. An error without a code is a bug: it is
 * recorded with its run and thrown on.
 */
export async function runDue(
  store: ScheduleStore,
  schedules: readonly Schedule[],
  options: RunDueOptions,
): Promise<RunReport[]> {
  const reports: RunReport[] = []
  for (const schedule of schedules) {
    if (options.signal?.aborted) break
    const report = await runOne(store, schedule, options)
    options.onReport?.(report)
    reports.push(report)
  }
  return reports
}

async function runOne(store: ScheduleStore, schedule: Schedule, options: RunDueOptions): Promise<RunReport> {
  const named = { schedule: schedule.address }
  try {
    const outcome = await store.claim(schedule, options)
    if (outcome.status !== 'claimed') return { ...named, status: outcome.status }
    const result = await withLease(outcome.claim, schedule, options)
    return result ? { ...named, status: 'ran', result } : { ...named, status: 'lost' }
  } catch (error) {
    if (!(error instanceof GroundplaneError)) throw error
    return { ...named, status: 'unreadable', problem: problemOf(error) }
  }
}

/** Undefined when the run was taken over meanwhile. */
async function withLease(
  claim: Claim,
  schedule: Schedule,
  { perform, every = everyInterval }: RunDueOptions,
): Promise<RunResult | undefined> {
  // Whether it is still ours is asked before anything is written; that one renewal did not arrive is no reason to stop.
  const stop = every(LEASE_MS / 4, () => void claim.renew().catch(() => {}))
  let bug: { readonly error: unknown } | undefined
  let finished: Finished
  try {
    const { run, asked_by } = claim.run
    const asked = asked_by === undefined ? {} : { askedBy: asked_by }
    finished = await perform(schedule, { run, ...asked, confirm: () => claim.renew() })
  } catch (error) {
    if (isTakenOver(error)) return undefined
    if (!(error instanceof GroundplaneError)) bug = { error }
    finished = { outcome: 'failed', commit: null, ...problemOf(error) }
  } finally {
    stop()
  }
  try {
    const result = await claim.finish(finished)
    if (bug) throw bug.error
    return result
  } catch (error) {
    if (isTakenOver(error)) return undefined
    throw error
  }
}

function isTakenOver(error: unknown): boolean {
  return error instanceof GroundplaneError && error.code === 'schedule_run_taken_over'
}

function everyInterval(ms: number, call: () => void): () => void {
  const timer = setInterval(call, ms)
  timer.unref()
  return () => clearInterval(timer)
}
