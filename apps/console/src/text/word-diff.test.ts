import { expect, test } from 'vitest'
import { wordDiff } from './word-diff'

const marked = (pieces: readonly { text: string; differs: boolean }[] = []) =>
  pieces.map(({ text, differs }) => (differs ? `[${text.trim()}]` : text.trim())).join(' ')

test('the words that differ are marked in both texts, and nothing is lost', () => {
  const [before, after] = ['One row per order item.', 'One row per item of a paid order.']
  const diff = wordDiff(before, after)
  expect(marked(diff?.before)).toBe('One row per [order item.]')
  expect(marked(diff?.after)).toBe('One row per [item of a paid order.]')
  expect(diff?.before.map(({ text }) => text).join('')).toBe(before)
  expect(diff?.after.map(({ text }) => text).join('')).toBe(after)
  expect(marked(wordDiff('a b c d', 'a x c d')?.after)).toBe('a [x] c d')
})

test('texts with little in common, or too long, are not compared by words', () => {
  expect(wordDiff('Revenue by product', 'All sellers ever seen')).toBe(null)
  expect(wordDiff('a '.repeat(501), 'a '.repeat(501))).toBe(null)
})
