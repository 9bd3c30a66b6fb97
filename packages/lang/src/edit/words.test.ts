import { describe, expect, it } from 'vitest'
import { SCALARS } from '../bind/value-types.js'
import { FUNCTION_NAMES } from '../check/functions.js'
import { SEARCH_NAMES } from '../check/search-calls.js'
import { FILTER_FUNCTIONS, FUNCTIONS, VALUE_TYPES } from './words.js'

const names = (words: readonly { readonly name: string }[]) => words.map(({ name }) => name)

describe('the words an editor offers', () => {
  it('hold every function and value type the checks know', () => {
    const offered = [...names(FUNCTIONS), ...names(FILTER_FUNCTIONS)]
    expect(offered).toEqual(expect.arrayContaining([...FUNCTION_NAMES, ...SEARCH_NAMES]))
    expect(names(VALUE_TYPES)).toEqual(expect.arrayContaining([...SCALARS]))
  })
})
