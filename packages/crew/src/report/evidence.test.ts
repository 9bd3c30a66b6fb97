import { describe, expect, test } from 'vitest'
import type { AssertionFacts } from '../judge/facts.js'
import type { Culprit } from '../judge/suspects.js'
import { EvidenceBook, keepCited } from './evidence.js'
import { numbersIn, ungrounded } from './grounding.js'
import { escapeText } from './markdown.js'
import { proposeRemedy } from './remedy.js'

describe('a claim', () => {
  const book = new EvidenceBook()
  const id = book.assertion('urn:li:assertion:1', 'rows')

  test('is kept only when everything it cites is in the book', () => {
    const claims = [
      { text: 'cited', cites: [id] },
      { text: 'uncited', cites: [] },
      { text: 'half cited', cites: [id, 'L7'] },
      { text: ' ', cites: [id] },
    ]
    const { kept, dropped } = keepCited(claims, book)
    expect(kept.map((c) => c.text)).toEqual(['cited'])
    expect(dropped).toHaveLength(3)
  })

  test('cites the same evidence by the same id, however often it is filed', () => {
    expect(book.assertion('urn:li:assertion:1', 'rows')).toBe(id)
    expect(book.lineage(['a', 'b'], '')).toBe(book.lineage(['a', 'b'], ''))
    expect(book.lineage(['b', 'a'], '')).not.toBe(book.lineage(['a', 'b'], ''))
  })

  test.each([
    ['orders_v2 lost rows', 'orders_v2'],
    ['see main.orders_old.order_id', 'main.orders_old.order_id'],
    ['look at urn:li:dataset:(urn:li:dataPlatform:sqlite,x.main.y,PROD)', 'urn:li:dataset'],
    ['about 5,633 rows', '5,633'],
    ['that is 12% of them', '12%'],
  ])('is not grounded when it says "%s"', (text, blamed) => {
    const ground = {
      names: new Set(['order_items', 'order_id', 'main']),
      urns: new Set<string>(),
      numbers: new Set(numbersIn('5,632 rows')),
    }
    expect(ungrounded({ text, cites: [] }, ground)).toContain(blamed)
    expect(
      ungrounded(
        { text: '5,632 rows of main.order_items miss 2 things, by order_items.order_id.', cites: [] },
        ground,
      ),
    ).toBeUndefined()
  })
})

describe('a remedy', () => {
  const propose = (more: Partial<AssertionFacts>) => {
    const assertion = {
      urn: 'a',
      name: 'check',
      dataset: 'd',
      column: 'c',
      check: 'length',
      severity: 'critical',
      failing: true,
      passing: false,
      failed: 5,
      total: 9,
      definition: {},
      ...more,
    }
    const culprit: Culprit = {
      suspect: { urn: 'd', name: 'items', score: 1, why: 'because', failing: [], context: [], path: [] },
      failure: { assertion, reaches: [], named: false, symptom: null },
    }
    return proposeRemedy(culprit, { sentence: 's', affected: [], owners: [] })
  }

  test.each([
    [{ check: 'length', definition: { equals: '32' } }, 'NOT (length(c) = 32)'],
    [{ check: 'not_null' }, 'NOT (c IS NOT NULL)'],
    [{ check: 'range', definition: { min: '0.01', max: '10' } }, 'NOT (c >= 0.01 AND c <= 10)'],
    [{ check: 'accepted_values', definition: { values: `["a","it's"]` } }, `NOT (c IN ('a', 'it''s'))`],
    [{ check: 'range', definition: { min: '2017-01-01' } }, "NOT (c >= '2017-01-01')"],
    [
      { check: 'relationship', definition: { to: '{"dataset":"sellers","column":"id"}' } },
      'WHERE c IS NOT NULL AND c NOT IN (SELECT id FROM sellers WHERE id IS NOT NULL);',
    ],
    [{ check: 'unique' }, 'WHERE c IN (SELECT c FROM items GROUP BY c HAVING count(*) > 1);'],
    [
      { check: 'unique', column: null, definition: { columns: '["a","b"]' } },
      'WHERE (a, b) IN (SELECT a, b FROM items GROUP BY a, b HAVING count(*) > 1);',
    ],
    [{ check: 'not_null', column: 'odd "name"' }, 'NOT ("odd ""name""" IS NOT NULL)'],
  ])('keeps bad rows apart with SQL that quotes what needs quoting: %j', (facts, sql) => {
    expect(propose(facts).quarantine).toContain(sql)
  })

  test('says so when no row can be told to be bad', () => {
    expect(propose({ check: 'row_count', column: null }).quarantine).toMatch(/^-- check: no row of items/)
    expect(propose({ check: 'freshness' }).quarantine).toMatch(/^-- check: no row of items/)
    expect(propose({ check: 'sql', definition: { query: 'SELECT *\nFROM items' } }).quarantine).toBe(
      '-- check: the bad rows are those its own query returns:\n-- SELECT *\n-- FROM items',
    )
  })

  test('says how many rows are missing of how many', () => {
    expect(
      propose({
        check: 'row_count',
        column: null,
        failed: 7955,
        total: 99441,
        definition: { equals: '99441' },
      }).title,
    ).toBe('check fails on items: 7,955 of 99,441 rows missing')
    expect(
      propose({ check: 'row_count', column: null, failed: 2, total: 12, definition: { equals: '10' } }).title,
    ).toContain('2 of 10 rows too many')
  })
})

test('text keeps its words and loses its markup', () => {
  expect(escapeText('# a\n<b>|`c` [d](e) *f*')).toBe('\\# a \\<b\\>\\|\\`c\\` \\[d\\](e) \\*f\\*')
})
