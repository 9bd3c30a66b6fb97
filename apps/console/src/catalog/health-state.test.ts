import { expect, test } from 'vitest'
import { healthState, healthWords } from './health-state'

const health = (total: number, passing: number, failing: number, errors: number) => ({
  assertions: { total, passing, failing, errors },
})

test('one failure makes a dataset fail, and an assertion that never ran says nothing', () => {
  expect(healthState(health(5, 3, 1, 1))).toBe('failing')
  expect(healthState(health(5, 4, 0, 1))).toBe('error')
  expect(healthState(health(5, 5, 0, 0))).toBe('healthy')
  expect(healthState(health(2, 0, 0, 0))).toBe('unwatched')
  expect(healthState(undefined)).toBe('unwatched')
})

test('words agree with the counts', () => {
  expect(healthWords(health(3, 2, 1, 0))).toBe('1 of 3 assertions fails')
  expect(healthWords(health(3, 1, 2, 0))).toBe('2 of 3 assertions fail')
  expect(healthWords(health(1, 1, 0, 0))).toBe('1 assertion passes')
  expect(healthWords(health(3, 2, 0, 0))).toBe('2 of 3 assertions pass')
  expect(healthWords(health(2, 0, 0, 0))).toBe('No assertion has run')
  expect(healthWords(undefined)).toBe('No assertion')
})
