import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aspect, type Bench, bench, check, shop, table } from '../testing/shop.js'
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

  it.each([customers, revenue, table('dirty', 'wide'), 'revenue of customers and orders'])(
    'on %s keeps every budget, by whole parts, and names what it left out',
    (about) => {
      const all = b.catalog.brief({ about, budget: 20_000 })
      expect(all.dropped).toBeUndefined()
      const whole = new Map(all.parts.map((p) => [`${p.part} ${p.of}`, p]))
      for (let budget = 200; budget < 3_000; budget += 73) {
        const answer = b.catalog.brief({ about, budget })
        for (const part of answer.parts) expect(part).toEqual(whole.get(`${part.part} ${part.of}`))
        const named = [...answer.parts, ...(answer.dropped ?? [])].map((p) => `${p.part} ${p.of}`)
        expect(named.sort()).toEqual([...whole.keys()].sort())
        for (const { part } of answer.dropped ?? []) expect(answer.get?.[part]).toMatch(/^(get|list)_/)
        expect(answer.parts[0]).toEqual(all.parts[0])
        // The first part is always told; with the note of all others it may be more than was asked for.
        if (answer.parts.length > 1) expect(estimateTokens(answer)).toBeLessThanOrEqual(budget)
        expect(answer.budget).toEqual({ tokens: budget, used: expect.any(Number) })
        expect(Math.abs(answer.budget.used - estimateTokens(answer))).toBeLessThanOrEqual(1)
      }
    },
  )
})

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
