import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ThinkSplitter } from './think-splitter.js'

/** The same separation, done on the whole text at once. */
function splitWhole(text: string) {
  let answer = ''
  let reasoning = ''
  for (const [i, part] of text.split(/<think>|<\/think>/).entries()) {
    if (i % 2 === 0) answer += part
    else reasoning += part
  }
  return { answer, reasoning }
}

const texts = fc
  .array(fc.tuple(fc.stringMatching(/^[a-z</ ]{0,12}$/), fc.stringMatching(/^[a-z</ ]{0,12}$/)), {
    maxLength: 4,
  })
  .map((parts) => parts.map(([said, thought]) => `${said}<think>${thought}</think>`).join(''))
  // Only texts whose own letters make no further tag.
  .filter((text) =>
    (text.match(/<\/?think>/g) ?? []).every((tag, i) => tag === (i % 2 === 0 ? '<think>' : '</think>')),
  )

test('however a text is cut, thinking and answer come apart the same', () => {
  fc.assert(
    fc.property(texts, fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1 }), (text, sizes) => {
      const splitter = new ThinkSplitter()
      const got = { answer: '', reasoning: '' }
      const add = (part: { answer: string; reasoning: string }) => {
        got.answer += part.answer
        got.reasoning += part.reasoning
      }
      for (let at = 0, i = 0; at < text.length; i++) {
        const size = sizes[i % sizes.length] as number
        add(splitter.push(text.slice(at, at + size)))
        at += size
      }
      add(splitter.end())
      expect(got).toEqual(splitWhole(text))
    }),
  )
})

test('thinking that never ends is thinking to the end', () => {
  const splitter = new ThinkSplitter()
  expect(splitter.push('<think>so')).toEqual({ answer: '', reasoning: 'so' })
  expect(splitter.push(' on</thi')).toEqual({ answer: '', reasoning: ' on' })
  expect(splitter.end()).toEqual({ answer: '', reasoning: '</thi' })
})
