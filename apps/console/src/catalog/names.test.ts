import { expect, test } from 'vitest'
import { kindOf, nameOf, nameOfUrn, pathOf } from './names'

const urn = 'urn:li:dataset:(urn:li:dataPlatform:postgres,shop.sales.public.orders,PROD)'

test('a dataset is called by its table and found by where it lies', () => {
  expect(nameOfUrn(urn)).toBe('orders')
  expect(pathOf(urn)).toBe('shop.sales.public')
  expect(nameOf({ urn, properties: { name: 'Orders' } })).toBe('Orders')
  expect(nameOf({ urn })).toBe('orders')
})

test('what is no dataset is called by the end of its URN, a column by its path', () => {
  expect(nameOfUrn('urn:li:tag:pii')).toBe('pii')
  expect(nameOfUrn(`urn:li:schemaField:(${urn},order_id)`)).toBe('order_id')
  expect(pathOf('urn:li:tag:pii')).toBe('')
})

test('the kind is the narrowest word there is', () => {
  expect(kindOf({ type: 'DATASET', subTypes: ['View'] })).toBe('View')
  expect(kindOf({ type: 'GLOSSARY_TERM' })).toBe('Glossary term')
  expect(kindOf({ type: 'CORP_GROUP' })).toBe('Group')
})
