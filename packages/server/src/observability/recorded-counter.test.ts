import { Counter, Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { RecordedCounter } from './recorded-counter.js'

const ABOUT = { name: 'c', help: 'Help', labelNames: ['a', 'b'] }

it("is told to a scraper as prom-client's own counter would be", async () => {
  const [ours, theirs] = [new Registry(), new Registry()]
  const recorded = new RecordedCounter({ ...ABOUT, registers: [ours] })
  const plain = new Counter({ ...ABOUT, registers: [theirs] })
  expect(await ours.metrics()).toBe(await theirs.metrics())
  for (const [a, b, n] of [
    ['x', 'y', 1],
    ['x', 'quote " and \\ backslash\nline', 2.5],
    ['x', 'y', 40],
  ] as const) {
    recorded.tally(a, b).total += n
    plain.inc({ a, b }, n)
  }
  expect(await ours.metrics()).toBe(await theirs.metrics())
  recorded.reset()
  plain.reset()
  expect(await ours.metrics()).toBe(await theirs.metrics())
})
