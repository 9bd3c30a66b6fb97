import { checkSchema, type SchemaModel } from '@groundplane/lang'
import { expect, it } from 'vitest'
import { QueryTexts } from './query-text.js'

const { model } = checkSchema('node Person { name: String @key }') as { model: SchemaModel }
const text = (n: number, length = 0) =>
  `query q${n}() { match { $p: Person } return { $p.name } }${' '.repeat(length)}`

it('a text is checked once, until as many others have come as are kept', () => {
  const texts = new QueryTexts(2)
  const first = texts.get(text(1), model)
  texts.get(text(2), model)
  expect(texts.get(text(1), model)).toBe(first)
  texts.get(text(3), model)
  expect([texts.known(text(1), model), texts.known(text(2), model)]).toEqual([first, undefined])
})

it('what is kept is bounded by the length of the texts, and a very long one is not kept', () => {
  const texts = new QueryTexts()
  const first = texts.get(text(0), model)
  for (let n = 1; n < 20; n++) texts.get(text(n, 100_000), model)
  expect(texts.known(text(0), model)).toBe(first)
  texts.get(text(20, 100_000), model)
  expect(texts.known(text(0), model)).toBeUndefined()
  expect(texts.known(text(20, 100_000), model)).toBeDefined()
  texts.get(text(21, 300_000), model)
  expect(texts.known(text(21, 300_000), model)).toBeUndefined()
})
