import { expect, it } from 'vitest'
import { Turns } from './turns.js'

it('writes in the order they came, with a turn for everybody else between two, and a failure to its caller only', async () => {
  const turns = new Turns()
  const seen: string[] = []
  let waiting = true
  const others = () => {
    seen.push('others')
    if (waiting) setImmediate(others)
  }
  setImmediate(others)
  const write = (name: string, fails = false) =>
    turns.take(() => {
      seen.push(name)
      if (fails) throw new Error(name)
      return name
    })
  const results = await Promise.allSettled([write('a'), write('b', true), write('c')])
  waiting = false
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(seen.filter((name) => name !== 'others')).toEqual(['a', 'b', 'c'])
  const between = (from: string, to: string) => seen.slice(seen.indexOf(from) + 1, seen.indexOf(to))
  expect([between('a', 'b').length > 0, between('b', 'c').length > 0]).toEqual([true, true])
})
