import { readMistake } from '@groundplane/core'
import type { SourceKind } from './config.js'
import type { ConfigField } from './config-field.js'
import { type CronTimes, cronMistake, isTimezone } from './schedule/cron.js'

/** `schedule` and `timezone` of an entry. Absent without a schedule, and when a mistake was reported. */
export function parseSchedule(
  entry: ConfigField,
  { schedule, timezone }: Readonly<Record<string, ConfigField | undefined>>,
): { schedule?: CronTimes } {
  if (!schedule) {
    timezone?.reportKey(
      'invalid_timezone',
      `${entry.path} has a timezone and no schedule`,
      'Add a schedule, or remove "timezone".',
    )
    return {}
  }
  const cron = schedule.string()
  const zone = timezone ? timezone.string() : 'UTC'
  const wrong = cron === undefined ? undefined : cronMistake(cron)
  if (wrong !== undefined) {
    schedule.report(
      'invalid_schedule',
      `${schedule.path} cannot be "${cron}": ${wrong}`,
      'Write minute, hour, day of month, month and day of week, e.g. "15 * * * *".',
    )
  }
  if (zone !== undefined && !isTimezone(zone)) {
    timezone?.report(
      'invalid_timezone',
      `${timezone.path} cannot be "${zone}"`,
      'Write the IANA name of a time zone, e.g. Europe/Berlin, or leave it out for UTC.',
    )
    return {}
  }
  if (cron === undefined || zone === undefined || wrong !== undefined) return {}
  return { schedule: { cron: cron.trim().split(/\s+/).join(' '), timezone: zone } }
}

/**
 * `health` of a source: a query that says with one value whether the source may be read now. Whether it is one
 * statement that reads is looked at here; what it refers to, only the database knows.
 */
export function parseHealth(field: ConfigField | undefined, kind?: SourceKind): { health?: string } {
  if (!field) return {}
  const sql = field.string()
  if (sql === undefined) return {}
  const mistake = readMistake(sql, kind === 'sqlite' || kind === 'postgres' ? kind : undefined)
  if (mistake === undefined) return { health: sql.trim() }
  return (
    field.report(
      'invalid_source_health',
      `${field.path} is no single SELECT: it ${mistake}`,
      'Write one SELECT that gives one value, true or non-zero when the source may be read.',
    ) ?? {}
  )
}
