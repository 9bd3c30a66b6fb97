import { expect, test } from 'vitest'
import { matchingFields } from './schema-filter'

const fields = [
  {
    urn: 'a',
    fieldPath: 'order_id',
    nativeDataType: 'TEXT',
    isPartOfKey: true,
    tags: ['urn:li:tag:identifier'],
  },
  { urn: 'b', fieldPath: 'price', nativeDataType: 'REAL', description: 'In BRL.' },
]
const names = (text: string) => matchingFields(fields, text).map((field) => field.fieldPath)

test('a column is found by name, type, description, tag and key, whatever the case', () => {
  expect(names('ORDER')).toEqual(['order_id'])
  expect(names('real')).toEqual(['price'])
  expect(names('brl')).toEqual(['price'])
  expect(names('identifier')).toEqual(['order_id'])
  expect(names('key')).toEqual(['order_id'])
})

test('every word must be there, and no word is every column', () => {
  expect(names('order real')).toEqual([])
  expect(names('  ')).toEqual(['order_id', 'price'])
})
