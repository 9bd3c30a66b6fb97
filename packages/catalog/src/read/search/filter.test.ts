import { describe, expect, it } from 'vitest'
import { parseBooleanQuery } from './boolean-query.js'
import type { FacetValue } from './document.js'
import { filterMask, parseFilter } from './filter.js'

const TABLE: Record<string, FacetValue[]> = {
  _entityType: [{ value: 'DATASET', label: 'DATASET', entity: false }],
  typeNames: [{ value: 'Table', label: 'Table', entity: false }],
  platform: [{ value: 'urn:li:dataPlatform:sqlite', label: 'sqlite', entity: true }],
  tags: [{ value: 'urn:li:tag:pii', label: 'PII', entity: true }],
  name: [{ value: 'orders', label: 'orders', entity: false }],
}
const matches = (text: string) =>
  filterMask(parseFilter(text), 1, (field, test) =>
    Uint8Array.of((TABLE[field] ?? []).some(test) ? 1 : 0),
  )[0] === 1

describe('a filter', () => {
  it.each([
    ['entity_type = DATASET AND entity_subtype = Table AND NOT platform = snowflake', true],
    ['entity_type = dataset and subtype = view', false],
    ['platform = snowflake OR platform = sqlite', true],
    ['platform = snowflake OR platform = sqlite AND tag = other', false],
    ['(platform = snowflake OR platform = sqlite) AND tag IN (pii, "x")', true],
    ['tag = urn:li:tag:pii', true],
    ['tag = "urn:li:tag:pii"', true],
    ['owner IS NULL AND tags IS NOT NULL', true],
    ['platform != sqlite', false],
    ['NOT NOT platform = sqlite', true],
    ['platform NOT IN (sqlite)', false],
    ['name >= orders and name < p', true],
    ['name = "or\\"ders"', false],
  ])('%s is %s', (text, expected) => {
    expect(matches(text)).toBe(expected)
  })

  it.each([
    ['platform sqlite', 'Expected =, !=, <, <=, >, >=, IN or IS at position 9'],
    ['platform =', 'Expected a value at position 10, found the end'],
    ['colour = red', 'There is no field "colour" (position 0)'],
    ['platform = a b', 'Expected AND, OR or the end at position 13'],
    ['(platform = a', 'Expected ")" at position 13'],
    ['platform = "a', 'string that starts at position 11'],
    ['platform IN (a', 'Expected "," or ")" at position 14'],
    ['('.repeat(100_000), 'Nested more than 64 levels deep at position 64'],
    ['NOT '.repeat(100_000), 'Nested more than 64 levels deep at position 256'],
  ])('%s is refused at its position', (text, message) => {
    expect(() => parseFilter(text)).toThrow(
      expect.objectContaining({
        code: 'filter_invalid',
        message: expect.stringContaining(message),
        remedy: expect.any(String),
      }),
    )
  })
})

describe('a /q query', () => {
  it('binds OR loosest, then AND, then NOT', () => {
    expect(parseBooleanQuery('a+b OR NOT c*')).toEqual({
      kind: 'or',
      any: [
        {
          kind: 'and',
          all: [
            { kind: 'term', text: 'a', prefix: false },
            { kind: 'term', text: 'b', prefix: false },
          ],
        },
        { kind: 'not', query: { kind: 'term', text: 'c', prefix: true } },
      ],
    })
  })

  it('reads phrases, fields and parentheses', () => {
    expect(parseBooleanQuery('tag:PII (x OR "order items")')).toEqual({
      kind: 'and',
      all: [
        { kind: 'term', text: 'PII', prefix: false, field: 'tags' },
        {
          kind: 'or',
          any: [
            { kind: 'term', text: 'x', prefix: false },
            { kind: 'phrase', text: 'order items' },
          ],
        },
      ],
    })
  })

  it.each(['(a', 'a OR', '"a', 'colour:red', 'a*b', ')', '('.repeat(100_000), '-'.repeat(100_000)])(
    '%s is refused with a position',
    (text) => {
      expect(() => parseBooleanQuery(text)).toThrow(
        expect.objectContaining({
          code: 'search_query_invalid',
          message: expect.stringContaining('position'),
        }),
      )
    },
  )
})
