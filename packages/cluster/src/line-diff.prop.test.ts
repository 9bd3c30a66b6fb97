import fc from 'fast-check'
import { expect, it } from 'vitest'
import { lineDiff } from './line-diff.js'

const texts = fc.array(fc.constantFrom('a', 'b', 'c', '', '+x', '-y', ' z'), { maxLength: 30 })
const joined = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')

it('gives lines that make the one text of the other where nothing is left out', () => {
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      const lines = lineDiff(joined(a), joined(b))
      if (joined(a) === joined(b)) {
        expect(lines).toEqual([])
        return
      }
      if (lines.includes('…')) return // unchanged lines far from a change
      const side = (mark: string) => lines.filter((l) => l[0] === ' ' || l[0] === mark).map((l) => l.slice(1))
      expect(side('-')).toEqual(a)
      expect(side('+')).toEqual(b)
    }),
  )
})

it('leaves out unchanged lines far from any change, and says where', () => {
  const lines = (changed: string) => joined([...'123456', changed, ...'789'])
  expect(lineDiff(lines('x'), lines('y'))).toEqual(['…', ' 5', ' 6', '-x', '+y', ' 7', ' 8', '…'])
})

it('moves as few lines as it can', () => {
  expect(lineDiff('a\nb\nc\n', 'a\nc\n')).toEqual([' a', '-b', ' c'])
  expect(lineDiff('', 'a\n')).toEqual(['+a'])
})
