import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CatalogError } from '../model/error.js'
import { aspect, type Bench, bench, check, shop, table } from '../testing/shop.js'
import type { BriefAnswer } from './answers.js'
import { estimateTokens } from './token-budget.js'

let b: Bench
const customers = table('dirty', 'customers')
const orders = table('dirty', 'orders')
const revenue = table('dirty', 'v_revenue')

beforeAll(() => {
  b = bench()
  b.catalog.ingest([
    ...shop('clean'),
    ...shop('dirty'),
    aspect(customers, 'datasetProfile', {
      timestampMillis: Date.UTC(2026, 10, 20),
      rowCount: 100,
      columnCount: 2,
      fieldProfiles: [{ fieldPath: 'email', nullCount: 30, uniqueCount: 70 }],
    }),
    aspect(table('dirty', 'wide'), 'schemaMetadata', {
      fields: Array.from({ length: 60 }, (_, i) => ({
        fieldPath: `wide_column_${String(i).padStart(2, '0')}`,
        nativeDataType: 'TEXT',
        nullable: true,
      })),
    }),
  ])
  b.catalog.ingest([
    aspect(table('dirty', 'odd'), 'datasetProperties', {
      name: 'odd "quoted" \n thing',
      description: 'ä"\\'.repeat(400),
    }),
  ])
  b.catalog.recordAssertions(check('dirty', 'f2', { email_not_null: 7, orders_count: 'no such table' }))
  b.catalog.raiseIncident({ datasets: [customers], title: 'Mails are missing' })
})
afterAll(() => b.close())

const linesOf = (about: string, part: string) =>
  b.catalog.brief({ about, budget: 20_000 }).parts.find((p) => p.part === part)?.lines

describe('a brief on a dataset', () => {
  it('tells what it is, first of all, and what would mislead', () => {
    expect(linesOf(customers, 'what')).toEqual([
      'Table customers on sqlite / dirty / PROD',
      '100 rows on 2026-11-20',
      'People who buy',
    ])
    expect(linesOf(customers, 'traps')).toEqual([
      expect.stringMatching(/^Open incident: Mails are missing \(urn:li:incident:/),
      expect.stringMatching(/^Failing check email_not_null: 7 of 100 rows \(urn:li:assertion:/),
      'email is null in 30% of the rows.',
      `There is a table of the same name elsewhere: ${table('clean', 'customers')}`,
    ])
    expect(linesOf(orders, 'traps')).toEqual([
      'Its check orders_count could not be run.',
      'customer_id is a foreign key that may be null: an inner join drops rows.',
      `There is a table of the same name elsewhere: ${table('clean', 'orders')}`,
    ])
  })

  it('tells keys, joins, columns, lineage, health, people and definition, each citing URNs', () => {
    const { parts, datasets, dropped } = b.catalog.brief({ about: orders, budget: 20_000 })
    expect([datasets, dropped]).toEqual([[{ ref: 1, urn: orders }], undefined])
    expect(parts.map((p) => p.part)).toEqual([
      'what',
      'traps',
      'keys',
      'joins',
      'columns',
      'health',
      'people',
      'consumers',
    ])
    expect(linesOf(orders, 'keys')).toEqual(['Primary key: order_id'])
    expect(linesOf(orders, 'joins')).toEqual([`customer_id = customer_id of ${customers}`])
    expect(linesOf(customers, 'joins')).toEqual([`customer_id = customer_id of ${orders}`])
    expect(linesOf(customers, 'columns')).toEqual([
      'customer_id TEXT [key]',
      'email TEXT [pii]: Where to write',
    ])
    expect(linesOf(orders, 'consumers')).toEqual([revenue])
    expect(linesOf(revenue, 'sources')).toEqual([customers, orders])
    expect(linesOf(revenue, 'definition')).toEqual(['select sum(price) as revenue from orders'])
    expect(linesOf(customers, 'health')).toEqual(['1 check: 0 pass, 1 fail'])
    expect(linesOf(revenue, 'health')).toEqual(['No check is declared on it.'])
    expect(linesOf(orders, 'people')).toEqual(['Owners: Finance (urn:li:corpGroup:finance)'])
  })

  it('keeps every budget, by whole parts, and names what it left out; or says how much is enough', () => {
    const topics = [
      customers,
      orders,
      revenue,
      table('dirty', 'wide'),
      table('dirty', 'odd'),
      'revenue of customers and orders',
      'odd "quoted" thing',
    ]
    const whole = new Map(topics.map((about) => [about, b.catalog.brief({ about, budget: 20_000 })]))
    const atMost = fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: -5, max: 700 }) },
      fc.integer({ min: 1, max: 20_000 }),
    )
    fc.assert(
      fc.property(fc.constantFrom(...topics), atMost, (about, budget) => {
        const all = whole.get(about) as BriefAnswer
        expect(all.dropped).toBeUndefined()
        const answer = briefOrLeast(about, budget)
        if (typeof answer === 'number') {
          expect(answer).toBeGreaterThan(budget)
          expect(estimateTokens(b.catalog.brief({ about, budget: answer }))).toBeLessThanOrEqual(answer)
          expect(briefOrLeast(about, answer - 1)).toBe(answer)
          return
        }
        expect(estimateTokens(answer)).toBeLessThanOrEqual(budget)
        expect(answer.budget).toEqual({ tokens: budget, used: estimateTokens(answer) })
        expect(Object.keys(answer).slice(-2)).toEqual(['budget', 'receipt'])
        expect(answer.parts[0]).toEqual(all.parts[0])
        expect(answer.datasets).toEqual(all.datasets.slice(0, answer.datasets.length))
        expect(answer.datasets.length + (answer.moreDatasets ?? 0)).toBe(all.datasets.length)
        const told = all.parts.filter(({ of }) => of <= answer.datasets.length)
        const left = (answer.dropped ?? []).flatMap(({ of, tokens }) =>
          Object.entries(tokens).map(([part, cost]) => ({ part, of, cost })),
        )
        const kept = told.filter((p) => !left.some(({ part, of }) => part === p.part && of === p.of))
        expect(answer.parts).toEqual(kept)
        expect(kept.length + left.length).toBe(told.length)
        for (const { part, of, cost } of left) {
          expect(estimateTokens(told.find((p) => p.part === part && p.of === of))).toBe(cost)
          expect(Object.entries(answer.get ?? {}).filter(([, parts]) => parts.includes(part))).toHaveLength(1)
        }
      }),
      { numRuns: Number(process.env['GROUNDPLANE_PROP_RUNS'] ?? 150) },
    )
  })
})

/** The answer, or the least budget that the refusal names. */
function briefOrLeast(about: string, budget: number): BriefAnswer | number {
  try {
    return b.catalog.brief({ about, budget })
  } catch (error) {
    const { code, details } = error as CatalogError
    expect(code).toBe('budget_too_small')
    expect(details).toEqual({ budget: Math.max(1, budget), least: expect.any(Number) })
    return details?.['least'] as number
  }
}

describe('a brief on a topic', () => {
  it('is about the datasets that the words mean, best first, part by part', () => {
    const { datasets, parts } = b.catalog.brief({ about: 'revenue dashboard', budget: 20_000 })
    expect(datasets.map((d) => d.urn).slice(0, 2)).toEqual([table('clean', 'v_revenue'), revenue])
    expect(parts.slice(0, 6).map((p) => [p.part, p.of])).toEqual([
      ['what', 1],
      ['what', 2],
      ['what', 3],
      ['what', 4],
      ['traps', 1],
      ['traps', 2],
    ])
  })

  it('is about datasets alone, also when something else has the words', () => {
    const about = 'PII names a person'
    const found = b.catalog.search({ query: about }).searchResults?.map((hit) => hit.entity.urn)
    expect(found).toContain('urn:li:tag:pii')
    const { datasets } = b.catalog.brief({ about, budget: 20_000 })
    expect(datasets.map(({ urn }) => urn.split(':')[2])).toEqual(['dataset', 'dataset'])
  })

  it('that nothing is about is an error, as is a dataset that is not there', () => {
    const refused = (about: string) => {
      try {
        b.catalog.brief({ about })
        return undefined
      } catch (error) {
        return (error as { code: string }).code
      }
    }
    expect(refused('the coffee machine')).toBe('topic_not_found')
    expect(refused(table('clean', 'none'))).toBe('entity_not_found')
    expect(refused('  ')).toBe('argument_invalid')
  })
})
