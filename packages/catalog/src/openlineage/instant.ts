/**
 * A time as events compare by it: UTC with nine digits of a second, so that texts order as times do.
 * Producers write micro- and nanoseconds, and START and COMPLETE of a short run share a millisecond.
 * `text` is a date-time of RFC 3339 with its offset.
 */
export function instantOf(text: string): string {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? ''
  const seconds = new Date(text.replace(/\.\d+/, '')).toISOString().replace(/\.\d+Z$/, '')
  return `${seconds}.${fraction.slice(0, 9).padEnd(9, '0')}Z`
}

/** Milliseconds since 1970 of an instant. */
export function msOf(instant: string): number {
  return Date.parse(`${instant.slice(0, -7)}Z`)
}
