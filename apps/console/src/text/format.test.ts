import { describe, expect, test } from 'vitest'
import { parseDatasetUrn, tableName } from './dataset-urn'
import {
  formatAge,
  formatCost,
  formatCount,
  formatDuration,
  formatOffset,
  formatUntil,
  joinWords,
  plural,
  shortId,
} from './format'

describe('numbers and times', () => {
  test('counts carry thousands separators', () => {
    expect(formatCount(7955)).toBe('7,955')
    expect(formatCount(1_000_163)).toBe('1,000,163')
  })

  test('durations pick the unit a person would', () => {
    expect(formatDuration(38.4)).toBe('38 ms')
    expect(formatDuration(1240)).toBe('1.24 s')
    expect(formatDuration(65_200)).toBe('1 min 05 s')
    expect(formatDuration(-1)).toBe('–')
  })

  test('an offset never goes below the start of its run', () => {
    expect(formatOffset(-20)).toBe('+0.000 s')
    expect(formatOffset(42)).toBe('+0.042 s')
    expect(formatOffset(12_340)).toBe('+12.3 s')
    expect(formatOffset(125_000)).toBe('+2:05')
  })

  test('a small cost keeps the digits that matter', () => {
    expect(formatCost(0)).toBe('$0')
    expect(formatCost(0.00421)).toBe('$0.0042')
    expect(formatCost(0.000001)).toBe('<$0.0001')
    expect(formatCost(1.266)).toBe('$1.27')
  })

  test('an age is relative within a day and a date after it', () => {
    const now = Date.parse('2026-11-21T12:00:00.000Z')
    expect(formatAge('2026-11-21T11:59:50.000Z', now)).toBe('just now')
    expect(formatAge('2026-11-21T11:56:00.000Z', now)).toBe('4 min ago')
    expect(formatAge('2026-11-21T09:00:00.000Z', now)).toBe('3 h ago')
    expect(formatAge('2026-11-19T09:00:00.000Z', now)).toBe('2026-11-19')
    expect(formatAge('not a time', now)).toBe('')
  })

  test('a time to come is told as a distance within a day and as a time after it', () => {
    const now = Date.parse('2026-11-21T12:00:00.000Z')
    expect(formatUntil('2026-11-21T11:59:50.000Z', now)).toBe('now')
    expect(formatUntil('2026-11-21T12:00:40.000Z', now)).toBe('in 40 s')
    expect(formatUntil('2026-11-21T12:12:00.000Z', now)).toBe('in 12 min')
    expect(formatUntil('2026-11-21T15:10:00.000Z', now)).toBe('in 3 h')
    expect(formatUntil('2026-11-23T06:00:00.000Z', now)).toBe('2026-11-23 06:00 UTC')
    expect(formatUntil('', now)).toBe('')
  })

  test('words agree with their number and join as a sentence', () => {
    expect(plural(1, 'view')).toBe('1 view')
    expect(plural(5, 'view')).toBe('5 views')
    expect(joinWords(['a', 'b', 'c'])).toBe('a, b and c')
    expect(joinWords(['a'])).toBe('a')
  })

  test('a shortened id keeps both ends, because ULIDs of one minute share their start', () => {
    expect(shortId('01KQ5M2W8ZJ4T6V9XBCDEFGHJK')).toBe('01KQ5M…EFGHJK')
    expect(shortId('short')).toBe('short')
  })
})

describe('dataset urns', () => {
  const urn = 'urn:li:dataset:(urn:li:dataPlatform:sqlite,olist_dirty.main.olist_customers,PROD)'

  test('a urn gives its table, instance and platform', () => {
    expect(parseDatasetUrn(urn)).toEqual({
      table: 'olist_customers',
      instance: 'olist_dirty',
      platform: 'sqlite',
    })
  })

  test('a bare name is its own table', () => {
    expect(tableName('olist_orders')).toBe('olist_orders')
  })
})
