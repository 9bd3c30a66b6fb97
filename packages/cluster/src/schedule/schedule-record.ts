import { GroundplaneError, isProcessGone, type processIdentity } from '@groundplane/core'
import { z } from 'zod'
import { ClusterError } from '../cluster-error.js'
import { SCHEDULE_PREFIX } from '../cluster-root.js'
import { parseVersioned } from '../versioned-document.js'
import { type CronTimes, dueBetween, nextDue } from './cron.js'

/** `source.shop` → `__cluster/schedules/source.shop.json` */
export function recordKey(address: string): string {
  return `${SCHEDULE_PREFIX}${address}.json`
}

const attempt = {
  run: z.string(),
  due: z.iso.datetime(),
  missed: z.int().nonnegative(),
  interrupted: z.int().nonnegative(),
  started: z.iso.datetime(),
  owner: z.string(),
  host: z.string(),
  pid: z.int(),
  actor: z.string().optional(),
  asked_by: z.string().optional(),
}
const running = z.object({ ...attempt, lease_until: z.iso.datetime() })
const result = z.object({
  ...attempt,
  finished: z.iso.datetime(),
  outcome: z.enum(['succeeded', 'failed', 'skipped']),
  code: z.string().optional(),
  message: z.string().optional(),
  remedy: z.string().optional(),
  commit: z.string().nullable(),
})
const record = z.object({
  version: z.literal(1),
  cron: z.string(),
  timezone: z.string(),
  since: z.iso.datetime(),
  running: running.nullable(),
  last: result.nullable(),
  last_succeeded: z.iso.datetime().nullable(),
})

/** A run under way. Times are ISO 8601 in UTC. */
export interface RunningRun {
  /** ULID of the attempt; the writes it makes carry it as their run. */
  readonly run: string
  /** The due time it is for, the last when several had passed. */
  readonly due: string
  /** Earlier due times that it makes up for. */
  readonly missed: number
  /** Attempts for these due times whose process ended before their run did. */
  readonly interrupted: number
  readonly started: string
  /** `processIdentity` of the process that runs it. */
  readonly owner: string
  readonly host: string
  readonly pid: number
  /** As whom it acts. */
  readonly actor?: string | undefined
  /** Who asked for it, where it was not its time alone that began it. */
  readonly asked_by?: string | undefined
  /** Where nothing is known of the process, it counts as ended from then on. */
  readonly lease_until: string
}

export type RunOutcome = 'succeeded' | 'failed' | 'skipped'

/** A run that ended. */
export interface RunResult extends Omit<RunningRun, 'lease_until'> {
  readonly finished: string
  /** `skipped`: its source is not healthy. */
  readonly outcome: RunOutcome
  /** Of what did not succeed. */
  readonly code?: string | undefined
  readonly message?: string | undefined
  readonly remedy?: string | undefined
  /** What it wrote, of a publication the commit that the target was brought to; null when there was nothing to write or to send. */
  readonly commit: string | null
}

/** What the storage root says of one schedule: one object, replaced whole by conditional put. */
export interface ScheduleRecord extends CronTimes {
  readonly version: 1
  /** Due times after this one are still to be run for: when the schedule was first seen, then the last due time that was run for. */
  readonly since: string
  readonly running: RunningRun | null
  readonly last: RunResult | null
  /** When a run last ended well. */
  readonly last_succeeded: string | null
}

/** Throws `schedule_state_invalid` or `unsupported_schedule_state_version`. */
export function parseRecord(bytes: Uint8Array, where: string): ScheduleRecord {
  const parsed = parseVersioned(bytes, record)
  if ('value' in parsed) return parsed.value
  if (parsed.why === 'version') {
    const message = `${where} has version ${parsed.version}; this program reads version 1`
    throw new ClusterError('unavailable', 'unsupported_schedule_state_version', message, {
      remedy: 'Use the groundplane version that wrote it.',
    })
  }
  const how = parsed.why === 'not-json' ? 'not JSON' : `malformed at ${parsed.at}`
  throw new ClusterError('unavailable', 'schedule_state_invalid', `${where} is ${how}: ${parsed.message}`, {
    remedy: 'Remove the object: the schedule then starts anew, at its next due time.',
  })
}

/** What went wrong, as records and reports keep it. */
export interface Problem {
  readonly code: string
  readonly message: string
  readonly remedy?: string
}

/** An error without a code is a bug: `internal`. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof GroundplaneError)) return { code: 'internal', message: String(error) }
  const { code, message, remedy } = error
  return { code, message, ...(remedy !== undefined && { remedy }) }
}

/** How a schedule stands at one moment. */
export type Standing =
  /** No runner has seen it as it is declared now; no time before the first look is due. */
  | { readonly state: 'new' }
  | { readonly state: 'waiting' }
  | { readonly state: 'running'; readonly running: RunningRun }
  | {
      readonly state: 'due'
      readonly due: string
      readonly missed: number
      /** A run for it whose process is gone. */
      readonly abandoned?: RunningRun
    }

/** `self` is the identity of whoever asks: its machine tells whether the owner of a run can be looked for. */
export function standingOf(
  times: CronTimes,
  found: ScheduleRecord | null,
  nowMs: number,
  self: ReturnType<typeof processIdentity>,
): Standing {
  const { running: held } = found ?? {}
  if (held && !hasEnded(held, nowMs, self)) return { state: 'running', running: held }
  if (!found || found.cron !== times.cron || found.timezone !== times.timezone) return { state: 'new' }
  const due = dueBetween(times, Date.parse(found.since), nowMs)
  // A clock that was set back must not make a run forgotten that was begun before.
  if (!due)
    return held ? { state: 'due', due: held.due, missed: held.missed, abandoned: held } : { state: 'waiting' }
  return { state: 'due', ...due, ...(held && { abandoned: held }) }
}

/** On the machine of whoever asks a process is looked for, however long it takes; of another only its lease is known. */
function hasEnded({ owner, lease_until }: RunningRun, nowMs: number, self: string): boolean {
  const sameMachine = owner.split('-', 1)[0] === self.split('-', 1)[0]
  return sameMachine ? isProcessGone(owner) : Date.parse(lease_until) <= nowMs
}

/** A schedule as it is shown to people and programs. */
export interface ScheduleView extends CronTimes {
  readonly schedule: string
  readonly graph: string
  readonly state: Standing['state'] | 'unreadable'
  /** The due time that waits for a runner. */
  readonly due: string | null
  readonly missed: number
  /** The first due time from now on. */
  readonly next: string | null
  readonly running: RunningRun | null
  readonly last: RunResult | null
  readonly last_succeeded: string | null
  /** Why what is recorded of it cannot be read. */
  readonly problem?: Problem
}

export function viewOf(
  { address, graph, cron, timezone }: CronTimes & { readonly address: string; readonly graph: string },
  found: ScheduleRecord | null,
  nowMs: number,
  self: string,
): ScheduleView {
  const standing = standingOf({ cron, timezone }, found, nowMs, self)
  return {
    schedule: address,
    graph,
    cron,
    timezone,
    state: standing.state,
    due: standing.state === 'due' ? standing.due : null,
    missed: standing.state === 'due' ? standing.missed : 0,
    next: nextDue({ cron, timezone }, nowMs),
    running: standing.state === 'running' ? standing.running : null,
    last: found?.last ?? null,
    last_succeeded: found?.last_succeeded ?? null,
  }
}
