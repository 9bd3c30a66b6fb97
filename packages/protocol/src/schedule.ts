import { z } from 'zod'
import { isoTime, listOf, optional } from './json.js'

const run = {
  run: z.string(),
  /** The due time it is for, the last when several had passed. */
  due: isoTime,
  /** Earlier due times that it makes up for. */
  missed: z.int(),
  /** Attempts whose process ended before their run did. */
  interrupted: z.int(),
  started: isoTime,
  owner: z.string(),
  host: z.string(),
  pid: z.int(),
  /** As whom it acts. */
  actor: z.string().optional(),
  /** Who asked for it, where it was not its time alone that began it. */
  asked_by: z.string().optional(),
}
const problem = { code: z.string(), message: z.string(), remedy: z.string().optional() }

export const runningRun = z.looseObject({ ...run, lease_until: isoTime }).meta({ id: 'RunningRun' })
export type RunningRun = z.infer<typeof runningRun>

export const runResult = z
  .looseObject({
    ...run,
    finished: isoTime,
    /** `skipped`: its source is not healthy. */
    outcome: z.enum(['succeeded', 'failed', 'skipped']),
    code: z.string().optional(),
    message: z.string().optional(),
    remedy: z.string().optional(),
    /** What it wrote, or brought the target of a publication to; null when there was nothing to write or to send. */
    commit: z.string().nullable(),
  })
  .meta({ id: 'RunResult' })
export type RunResult = z.infer<typeof runResult>

/** How a schedule stands. */
export const schedule = z
  .looseObject({
    /** `source.<name>`, `assertion.<set>.<source>` or `publish.<target>`. */
    schedule: z.string(),
    graph: z.string(),
    cron: z.string(),
    timezone: z.string(),
    /** `new`: no runner has seen it as it is declared. `unreadable`: what is recorded of it is damaged, see `problem`. */
    state: z.enum(['new', 'waiting', 'due', 'running', 'unreadable']),
    due: isoTime.nullable(),
    missed: z.int(),
    next: isoTime.nullable(),
    running: runningRun.nullable(),
    last: runResult.nullable(),
    last_succeeded: isoTime.nullable(),
    problem: z.looseObject(problem).optional(),
    /** Whether policy lets the caller have it run now; only where this server runs schedules. */
    may_run: z.boolean().optional(),
  })
  .meta({ id: 'Schedule' })
export type Schedule = z.infer<typeof schedule>

export const scheduleList = z
  .looseObject({
    schedules: listOf(schedule),
    /** Whether this server runs what is due; else another runner has to. */
    runs_here: z.boolean(),
    /** Of a list asked for with `limit` or `page_token`. */
    next_page_token: optional(z.string()),
  })
  .meta({ id: 'ScheduleList' })
export type ScheduleList = z.infer<typeof scheduleList>

/** Something that is harvested. Its address is not told: it may name hosts and people. */
export const source = z
  .looseObject({
    source: z.string(),
    kind: z.string(),
    graph: z.string(),
    platform_instance: z.string(),
    env: z.string(),
    /** Whether it is asked how it is before it is read. */
    health: z.boolean(),
    /** Its schedule in the list of schedules; null: it is harvested by hand. */
    schedule: z.string().nullable(),
    assertions: listOf(z.looseObject({ set: z.string(), schedule: z.string().nullable() })),
  })
  .meta({ id: 'Source' })
export type Source = z.infer<typeof source>

export const sourceList = z
  .looseObject({
    sources: listOf(source),
    /** Of a list asked for with `limit` or `page_token`. */
    next_page_token: optional(z.string()),
  })
  .meta({ id: 'SourceList' })
export type SourceList = z.infer<typeof sourceList>
