import { describe, expect, it } from 'vitest'
import { cronMistake, dueBetween, isTimezone, MISSED_LIMIT, nextDue } from './cron.js'

const at = (text: string) => Date.parse(text)
const hourly = { cron: '15 * * * *', timezone: 'UTC' }

describe('a five-field cron expression', () => {
  it.each(['15 * * * *', '*/5 8-18 * * MON-FRI', '0 0 1,15 JAN,jul *', '0 3 * * 0', '0 3 29 2 *'])(
    '%s is one',
    (cron) => expect(cronMistake(cron)).toBeUndefined(),
  )

  it.each([
    ['', 'it has 1 field, not 5'],
    ['* * * * * *', 'it has 6 fields, not 5'],
    ['@daily', 'it has 1 field, not 5'],
    ['61 * * * *', 'Invalid value for minute: 61'],
    ['5-1 * * * *', "From value is larger than to value: '5-1'"],
    ['0 0 L * *', '"L" is not a field of cron'],
    ['0 0 * * 5#2', '"5#2" is not a field of cron'],
    ['0 0 30 2 *', 'no such day ever comes'],
  ])('%s is none: %s', (cron, why) => expect(cronMistake(cron)).toBe(why))

  it('is read in a time zone that exists', () => {
    expect(['UTC', 'Europe/Berlin', 'America/New_York'].every(isTimezone)).toBe(true)
    expect(['', 'Mars/Base', '+02:00'].some(isTimezone)).toBe(false)
  })
})

describe('due times', () => {
  it('are those after one instant and up to another, the last of them and how many were before it', () => {
    const since = at('2026-03-01T10:15:00Z')
    expect(dueBetween(hourly, since, at('2026-03-01T11:14:59.999Z'))).toBeNull()
    expect(dueBetween(hourly, since, at('2026-03-01T11:15:00Z'))).toEqual({
      due: '2026-03-01T11:15:00.000Z',
      missed: 0,
    })
    expect(dueBetween(hourly, since, at('2026-03-01T14:20:30.500Z'))).toEqual({
      due: '2026-03-01T14:15:00.000Z',
      missed: 3,
    })
    expect(nextDue(hourly, at('2026-03-01T11:15:00Z'))).toBe('2026-03-01T12:15:00.000Z')
  })

  it('are counted up to a limit', () => {
    const found = dueBetween({ cron: '* * * * *', timezone: 'UTC' }, 0, at('2026-03-01T00:00:00Z'))
    expect(found).toEqual({ due: '2026-03-01T00:00:00.000Z', missed: MISSED_LIMIT })
  })

  it.each([
    // Each hour has its run on the days on which the clocks change.
    ['15 * * * *', '2026-10-24T22:00Z', '2026-10-25T03:00Z', 5],
    ['15 * * * *', '2026-03-28T23:00Z', '2026-03-29T04:00Z', 5],
    // A time that comes twice, and one that is skipped, are due once.
    ['30 2 * * *', '2026-10-24T12:00Z', '2026-10-25T12:00Z', 1],
    ['30 2 * * *', '2026-03-28T12:00Z', '2026-03-29T12:00Z', 1],
  ])('of %s in Berlin from %s to %s: forwards and backwards the same %i', (cron, from, to, expected) => {
    const times = { cron, timezone: 'Europe/Berlin' }
    const forwards: string[] = []
    for (let next = nextDue(times, at(from)); next && at(next) <= at(to); next = nextDue(times, at(next)))
      forwards.push(next)
    expect(forwards).toHaveLength(expected)
    expect(dueBetween(times, at(from), at(to))).toEqual({ due: forwards.at(-1), missed: expected - 1 })
  })
})
