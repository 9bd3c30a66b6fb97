import { Histogram, Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { RecordedHistogram } from './recorded-histogram.js'

const ABOUT = { name: 'h', help: 'Help', labelNames: ['a', 'b'], buckets: [0.1, 0.5, 2] } as const

it("is told to a scraper as prom-client's own histogram would be, whatever is observed", async () => {
  const [ours, theirs] = [new Registry(), new Registry()]
  const about = { ...ABOUT, labelNames: [...ABOUT.labelNames], buckets: [...ABOUT.buckets] }
  const recorded = new RecordedHistogram({ ...about, registers: [ours] })
  const plain = new Histogram({ ...about, registers: [theirs] })
  expect(await ours.metrics()).toBe(await theirs.metrics())
  const labels = [
    ['x', 'y'],
    ['x', 'quote " and \\ backslash\nline'],
    ['x,"y"', ''],
  ] as const
  for (const [a, b] of labels) {
    for (const value of [0, 0.1, 0.10001, 0.5, 1.9, 2, 2.1, 1e9]) {
      recorded.recorder(a, b).observe(value)
      plain.observe({ a, b }, value)
    }
  }
  const sorted = (text: string) => text.split('\n').map(inOrder).sort()
  expect(sorted(await ours.metrics())).toEqual(sorted(await theirs.metrics()))
  expect((await recorded.get()).values).toHaveLength((await plain.get()).values.length)
  recorded.reset()
  plain.reset()
  expect(await ours.metrics()).toBe(await theirs.metrics())
})

it('gives the same recorder for the same labels, and another for others', () => {
  const histogram = new RecordedHistogram({ ...ABOUT, buckets: [1], registers: [] })
  expect(histogram.recorder('x', 'y')).toBe(histogram.recorder('x', 'y'))
  expect(histogram.recorder('x', 'y')).not.toBe(histogram.recorder('x,y', ''))
})

/** The labels of one line in one order: they have none. */
function inOrder(line: string): string {
  const inside = /^(\w+)\{(.*)\} (\S+)$/s.exec(line)
  if (!inside) return line
  const labels = (inside[2] as string).match(/\w+="(?:[^"\\]|\\.)*"/g) ?? []
  return `${inside[1]} ${labels.sort().join()} ${inside[3]}`
}
