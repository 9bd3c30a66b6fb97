import { isoTime } from '@groundplane/core'
import { Cron } from 'croner'

/** When something is due: five cron fields (minute, hour, day of month, month, day of week) read in a time zone. */
export interface CronTimes {
  readonly cron: string
  /** IANA name. */
  readonly timezone: string
}

/** Digits, names, `*`, lists, ranges and steps: what every cron has. The library reads more, which nobody else would. */
const FIELD = /^[0-9A-Za-z*,/-]+$/
const NAMES = new Set(
  'sun mon tue wed thu fri sat jan feb mar apr may jun jul aug sep oct nov dec'.split(' '),
)
/** How many missed times are told apart; more are told as so many. */
export const MISSED_LIMIT = 100

/** Why an expression is no five-field cron expression that ever comes due; undefined when it is one. Pure. */
export function cronMistake(cron: string): string | undefined {
  const fields = cron.trim().split(/\s+/)
  if (fields.length !== 5) return `it has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'}, not 5`
  const strange = fields.find(
    (field) =>
      !FIELD.test(field) || !(field.match(/[A-Za-z]+/g) ?? []).every((w) => NAMES.has(w.toLowerCase())),
  )
  if (strange !== undefined) return `"${strange}" is not a field of cron`
  try {
    return compile({ cron, timezone: 'UTC' }).nextRun(new Date(0)) === null
      ? 'no such day ever comes'
      : undefined
  } catch (error) {
    return (error as Error).message.replace(/^CronPattern: /, '')
  }
}

export function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    // Offsets such as +02:00 are taken by newer versions of Node alone.
    return /^[A-Za-z]/.test(name)
  } catch {
    return false
  }
}

/**
 * The first due time after an instant, as ISO 8601 in UTC. A time that a change of the clocks skips is
 * due as much later as the clocks jumped; one that comes twice is due at the first, unless every hour is meant.
 */
export function nextDue(times: CronTimes, afterMs: number): string | null {
  const next = compile(times).nextRun(new Date(afterMs))
  return next && isoTime(next.getTime())
}

export interface DueTimes {
  /** The last of them. */
  readonly due: string
  /** Earlier ones for which nothing ran, up to `MISSED_LIMIT`. */
  readonly missed: number
}

/** The due times after one instant, up to and including another; null when there is none. */
export function dueBetween(times: CronTimes, afterMs: number, untilMs: number): DueTimes | null {
  // The library looks for times before the second it is given.
  const until = new Date(Math.floor(untilMs / 1000) * 1000 + 1000)
  const cron = compile(times)
  const [last] = cron.previousRuns(1, until)
  if (!last || last.getTime() <= afterMs) return null
  const earlier = cron.previousRuns(MISSED_LIMIT, last).filter((time) => time.getTime() > afterMs)
  return { due: isoTime(last.getTime()), missed: earlier.length }
}

const compiled = new Map<string, Cron>()

/** Never started: only asked for times. */
function compile({ cron, timezone }: CronTimes): Cron {
  const key = `${timezone} ${cron}`
  const known = compiled.get(key)
  if (known) return known
  const made = new Cron(cron.trim(), { timezone, mode: '5-part', paused: true })
  compiled.set(key, made)
  return made
}
