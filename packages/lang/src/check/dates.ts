const DATE = /^(\d{4})-(\d{2})-(\d{2})$/
const DATE_TIME =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s?(Z|z|[+-]\d{2}:?\d{2})?)?$/

/** `YYYY-MM-DD` of a day that exists, or undefined. */
export function canonicalDate(text: string): string | undefined {
  const match = DATE.exec(text)
  if (!match) return undefined
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const exists =
    date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return exists ? text : undefined
}

/**
 * `YYYY-MM-DDTHH:MM:SS.mmmZ` of a moment, or undefined. Without an offset the text is
 * UTC; without a time it is midnight; digits below the millisecond are dropped.
 */
export function canonicalDateTime(text: string): string | undefined {
  const match = DATE_TIME.exec(text)
  const day = match && canonicalDate(match[1] ?? '')
  if (!match || !day) return undefined
  const [hours, minutes, seconds] = [Number(match[2] ?? 0), Number(match[3] ?? 0), Number(match[4] ?? 0)]
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined
  const offset = offsetMinutes(match[6])
  if (offset === undefined) return undefined
  const [year, month, date] = day.split('-').map(Number) as [number, number, number]
  const milliseconds = Number((match[5] ?? '').padEnd(3, '0').slice(0, 3))
  const moment = new Date(0)
  moment.setUTCFullYear(year, month - 1, date)
  moment.setUTCHours(hours, minutes - offset, seconds, milliseconds)
  const iso = moment.toISOString()
  return iso.length === 24 ? iso : undefined
}

function offsetMinutes(zone: string | undefined): number | undefined {
  if (!zone || zone === 'Z' || zone === 'z') return 0
  const digits = zone.replace(':', '')
  const hours = Number(digits.slice(1, 3))
  const minutes = Number(digits.slice(3, 5))
  if (hours > 23 || minutes > 59) return undefined
  return (hours * 60 + minutes) * (digits.startsWith('-') ? -1 : 1)
}
