import { describe, expect, it } from 'vitest'
import { questionWords, words } from './words.js'

describe('words', () => {
  it('of snake case, camel case and sentences are the same words', () => {
    expect(words('olist_order_items')).toEqual(words('OlistOrderItems'))
    expect(words('olist_order_items')).toEqual(words('olist order item'))
  })

  it.each([
    ['categories', 'category'],
    ['customers', 'customer'],
    ['addresses', 'address'],
    ['boxes', 'box'],
    ['sales', 'sale'],
    ['shipped', 'shipping'],
    ['ordered', 'orders'],
    ['prices', 'priced'],
    ['Größe', 'grosse'.replace('ss', 'ß')],
  ])('%s and %s meet', (a, b) => {
    expect(words(a)).toEqual(words(b))
  })

  it.each([
    ['status', 'statu'],
    ['seller', 'sell'],
    ['glass', 'glas'],
  ])('%s and %s stay apart', (a, b) => {
    expect(words(a)).not.toEqual(words(b))
  })

  it('of a question leave out what means nothing alone, unless nothing else is left', () => {
    const stems = (text: string) => questionWords(text).map((w) => w.stem)
    expect(stems('what is the revenue of the sellers?')).toEqual(stems('revenue sellers'))
    expect(questionWords('about')).toEqual([{ stem: 'about', word: 'about' }])
  })
})
