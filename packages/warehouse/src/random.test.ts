import { expect, test } from 'vitest'
import { randomStream, sample, WeightedChoice } from './random.js'

const first = (seed: number, name: string) => Array.from({ length: 4 }, randomStream(seed, name).bits)

test('a stream depends on its seed and its name, and on nothing else', () => {
  expect(first(1, 'orders')).toEqual(first(1, 'orders'))
  expect(first(1, 'orders')).not.toEqual(first(2, 'orders'))
  expect(first(1, 'orders')).not.toEqual(first(1, 'items'))
})

test('a weighted choice draws each index about as often as its weight says, and never one of weight 0', () => {
  const random = randomStream(1, 'choice')
  const choice = new WeightedChoice([1, 0, 3])
  const drawn = [0, 0, 0]
  for (let i = 0; i < 40_000; i++) {
    const index = choice.draw(random)
    drawn[index] = (drawn[index] as number) + 1
  }
  expect(drawn[1]).toBe(0)
  expect((drawn[2] as number) / (drawn[0] as number)).toBeCloseTo(3, 0)
})

test('a sample has the asked number of different integers in range, ascending', () => {
  const drawn = sample(50, 60, randomStream(1, 'sample'))
  expect(new Set(drawn).size).toBe(50)
  expect(drawn).toEqual([...drawn].sort((a, b) => a - b))
  expect(drawn.every((n) => n >= 0 && n < 60)).toBe(true)
})
