import { expect, it } from 'vitest'
import { TokenGuesses } from './token-guesses.js'

const outcome = (judge: () => void): string => {
  try {
    judge()
    return 'judged'
  } catch (error) {
    return (error as { code: string }).code
  }
}

it('after too many wrong tokens an address learns nothing of a right one either, until some are forgotten', () => {
  let nowMs = 0
  const guesses = new TokenGuesses(() => nowMs)
  for (let i = 0; i < 100; i++) expect(outcome(() => guesses.judge('a', undefined))).toBe('judged')
  expect(outcome(() => guesses.judge('a', undefined))).toBe('too_many_guesses')
  expect(outcome(() => guesses.judge('a', 'default/ada'))).toBe('too_many_guesses')
  expect(outcome(() => guesses.judge('b', undefined))).toBe('judged')
  nowMs = 2_000
  expect(outcome(() => guesses.judge('a', 'default/ada'))).toBe('judged')
})

it('who goes on guessing is kept out, for a minute after the last guess at most', () => {
  let nowMs = 0
  const guesses = new TokenGuesses(() => nowMs)
  for (let i = 0; i < 10_000; i++) outcome(() => guesses.judge('a', undefined))
  nowMs = 30_000
  expect(outcome(() => guesses.judge('a', undefined))).toBe('too_many_guesses')
  nowMs = 93_000
  expect(outcome(() => guesses.judge('a', undefined))).toBe('judged')
})

it('who has been let in before is not held up by a guesser at the same address', () => {
  const guesses = new TokenGuesses(() => 0)
  guesses.judge('a', 'default/ada')
  for (let i = 0; i < 200; i++) outcome(() => guesses.judge('a', undefined))
  expect(outcome(() => guesses.judge('a', 'default/ada'))).toBe('judged')
  expect(outcome(() => guesses.judge('a', 'default/bob'))).toBe('too_many_guesses')
})

it('a bounded number of addresses is kept', () => {
  const guesses = new TokenGuesses(() => 0)
  for (let i = 0; i < 100; i++) guesses.judge('first', undefined)
  expect(outcome(() => guesses.judge('first', undefined))).toBe('too_many_guesses')
  for (let i = 0; i < 10_000; i++) guesses.judge(`other-${i}`, undefined)
  expect(outcome(() => guesses.judge('first', undefined))).toBe('judged')
})
