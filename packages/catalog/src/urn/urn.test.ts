import { describe, expect, it } from 'vitest'
import {
  datasetParts,
  datasetUrn,
  schemaFieldUrn,
  sqliteDatasetUrn,
  tryFieldParts,
  urnName,
} from './entity-urns.js'
import { crossInstanceKey, localName } from './reconcile.js'
import { decodeUrnPart, encodeUrnPart, parseUrn, tryParseUrn } from './urn.js'

const ORDERS = 'urn:li:dataset:(urn:li:dataPlatform:sqlite,olist_source.main.olist_orders,PROD)'

describe('a URN', () => {
  it('of a dataset is read into platform, name and environment', () => {
    expect(sqliteDatasetUrn('olist_source', 'olist_orders')).toBe(ORDERS)
    expect(datasetParts(ORDERS)).toEqual({
      platform: 'urn:li:dataPlatform:sqlite',
      platformName: 'sqlite',
      name: 'olist_source.main.olist_orders',
      env: 'PROD',
    })
  })

  it('keeps nested tuples whole', () => {
    const field = schemaFieldUrn(ORDERS, 'order_id')
    expect(parseUrn(field).parts).toEqual([ORDERS, 'order_id'])
    expect(tryFieldParts(field)).toEqual({ dataset: ORDERS, path: 'order_id' })
  })

  it('escapes commas and parentheses and nothing else', () => {
    expect(encodeUrnPart('a,b(c)%2C:d')).toBe('a%2Cb%28c%29%2C:d')
    const urn = datasetUrn('s3', 'bucket/a,b(1).csv')
    expect(urn).toBe('urn:li:dataset:(urn:li:dataPlatform:s3,bucket/a%2Cb%281%29.csv,PROD)')
    expect(datasetParts(urn).name).toBe('bucket/a,b(1).csv')
  })

  it('may hold colons and a v2 field path', () => {
    const path = '[version=2.0].[type=boolean].field_foo_2'
    expect(tryFieldParts(schemaFieldUrn(ORDERS, path))).toEqual({ dataset: ORDERS, path })
    expect(parseUrn('urn:li:glossaryTerm:a:b.c').parts).toEqual(['a:b.c'])
  })

  it.each([
    ['orders', 'starts with'],
    ['urn:li:dataset:', 'empty'],
    ['urn:li:dataset:(a,b', 'balance'],
    ['urn:li:dataset:(a,,b)', 'part of the tuple is empty'],
    ['urn:li:dataset:(a)(b)', 'follows'],
    ['urn:li:tag:a␟b', '␟'],
    ['urn:li:tag:a ', 'white space'],
    ['urn:li::x', 'starts with'],
  ])('%j is refused and told why', (text, why) => {
    expect(tryParseUrn(text)).toContain(why)
    expect(() => parseUrn(text)).toThrow(expect.objectContaining({ code: 'urn_invalid', kind: 'invalid' }))
  })

  it('is case-sensitive, and its normal keys are not', () => {
    expect(parseUrn('urn:li:tag:PII').parts[0]).toBe('PII')
    expect(crossInstanceKey(ORDERS.replace('olist_orders', 'OLIST_Orders'), 'olist_source')).toBe(
      crossInstanceKey(ORDERS, 'OLIST_SOURCE'),
    )
  })

  it('of one table in two instances has one cross-instance key', () => {
    const dirty = sqliteDatasetUrn('olist_dirty', 'olist_orders')
    expect(crossInstanceKey(dirty, 'olist_dirty')).toBe(crossInstanceKey(ORDERS, 'olist_source'))
    expect(crossInstanceKey(dirty, null)).not.toBe(crossInstanceKey(ORDERS, null))
  })

  it('loses an instance prefix only as a whole dotted part', () => {
    expect(localName('shop.main.orders', 'shop')).toBe('main.orders')
    expect(localName('shopping.main.orders', 'shop')).toBe('shopping.main.orders')
    expect(localName('shop', 'shop')).toBe('shop')
  })

  it('gives a name to an entity nobody described', () => {
    expect(urnName('urn:li:tag:pii')).toBe('pii')
    expect(urnName(ORDERS)).toBe('olist_source.main.olist_orders')
    expect(decodeUrnPart('a%2cb')).toBe('a,b')
  })
})
