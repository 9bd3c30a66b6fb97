import { expect, test } from 'vitest'
import { tracePath } from './trace-path'

test('a straight trace is one line', () => {
  expect(
    tracePath([
      { x: 0, y: 0 },
      { x: 50, y: 0 },
    ]),
  ).toBe('M0 0L50 0')
})

test('a corner is cut at 45 degrees', () => {
  expect(
    tracePath([
      { x: 0, y: 0 },
      { x: 50, y: 0 },
      { x: 50, y: 60 },
    ]),
  ).toBe('M0 0L40 0L50 10L50 60')
})

test('a cut never takes more than half of a short run', () => {
  expect(
    tracePath([
      { x: 0, y: 0 },
      { x: 50, y: 0 },
      { x: 50, y: 8 },
    ]),
  ).toBe('M0 0L46 0L50 4L50 8')
})

test('repeated points and no points draw nothing extra', () => {
  expect(
    tracePath([
      { x: 0, y: 0 },
      { x: 0, y: 0 },
      { x: 5, y: 0 },
    ]),
  ).toBe('M0 0L5 0')
  expect(tracePath([])).toBe('')
})
