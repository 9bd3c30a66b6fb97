import { expect, test } from 'vitest'
import { filterOf, isSelected, queryOfPrefixes, toggled } from './search-filter'

const pii = { field: 'tags', value: 'urn:li:tag:pii' }
const money = { field: 'tags', value: 'urn:li:tag:money' }
const sqlite = { field: 'platform', value: 'urn:li:dataPlatform:sqlite' }

test('values of one field are alternatives, and fields are all required', () => {
  expect(filterOf([])).toBeUndefined()
  expect(filterOf([pii])).toBe('tags = "urn:li:tag:pii"')
  expect(filterOf([pii, sqlite, money])).toBe(
    'tags IN ("urn:li:tag:pii", "urn:li:tag:money") AND platform = "urn:li:dataPlatform:sqlite"',
  )
})

test('nothing in a value ends its quotes, and a field that is no name is left out', () => {
  expect(filterOf([{ field: 'tags', value: 'a" OR "b\\' }])).toBe('tags = "a\\" OR \\"b\\\\"')
  expect(filterOf([{ field: 'tags = 1 OR name', value: 'x' }])).toBeUndefined()
})

test('choosing a value again takes it out', () => {
  expect(toggled([pii], money)).toEqual([pii, money])
  expect(toggled([pii, money], { ...pii })).toEqual([money])
  expect(isSelected([pii], { ...pii })).toBe(true)
})

test('what is typed finds words that begin like it, whatever signs are between', () => {
  expect(queryOfPrefixes('')).toBe('*')
  expect(queryOfPrefixes(' -"(')).toBe('*')
  expect(queryOfPrefixes('Data plat')).toBe('/q ("Data" OR data*) AND ("plat" OR plat*)')
  expect(queryOfPrefixes('a_b OR')).toBe('/q ("a" OR a*) AND ("b" OR b*) AND ("OR" OR or*)')
})
