import { beforeAll, describe, expect, it } from 'vitest'
import { columnLineage, type LineageEngine, loadLineageEngine, type SqlLineage } from './column-lineage.js'
import type { SchemaLookup } from './trace.js'

const TABLES: Record<string, readonly string[]> = {
  orders: ['order_id', 'customer_id', 'status'],
  customers: ['customer_id', 'city'],
  items: ['order_id', 'price'],
}

const lookup: SchemaLookup = ({ name }) => {
  const columns = TABLES[name.toLowerCase()]
  return columns && { id: name.toLowerCase(), columns }
}

let engine: LineageEngine
beforeAll(async () => {
  engine = await loadLineageEngine()
})

const of = (sql: string, dialect = 'sqlite'): SqlLineage => engine.lineage(sql, dialect, lookup)
const reasons = (lineage: SqlLineage): string[] => lineage.unresolved.map((u) => `${u.text}: ${u.reason}`)
const sources = (lineage: SqlLineage): Record<string, string[]> =>
  Object.fromEntries(
    lineage.columns.map((c) => [c.output, c.sources.map((s) => `${s.table}.${s.column}:${s.transform}`)]),
  )

describe('lineage of one statement', () => {
  it('tells identity, derived and aggregate apart, and keeps the strongest of several', () => {
    const lineage = of(
      'SELECT order_id, price + 1 AS p, sum(price) AS s, sum(price) + price AS mixed, 1 AS one FROM items',
    )
    expect(lineage.columns.map((c) => c.transform)).toEqual([
      'identity',
      'derived',
      'aggregate',
      'aggregate',
      'constant',
    ])
  })

  it('composes transforms through subqueries', () => {
    const lineage = of(
      'SELECT t + 1 AS x, k FROM (SELECT sum(price) AS t, order_id AS k FROM items GROUP BY order_id)',
    )
    expect(sources(lineage)).toEqual({ x: ['items.price:aggregate'], k: ['items.order_id:identity'] })
  })

  it('keeps columns that only choose, join, group or sort rows apart from the sources', () => {
    const lineage = of(
      "SELECT city FROM orders o JOIN customers c ON o.customer_id = c.customer_id WHERE status = 'x' GROUP BY city ORDER BY o.order_id",
    )
    expect(sources(lineage)).toEqual({ city: ['customers.city:identity'] })
    expect(lineage.indirect).toEqual([
      { table: 'customers', column: 'city', usage: 'group' },
      { table: 'customers', column: 'customer_id', usage: 'join' },
      { table: 'orders', column: 'customer_id', usage: 'join' },
      { table: 'orders', column: 'order_id', usage: 'sort' },
      { table: 'orders', column: 'status', usage: 'filter' },
    ])
  })

  it('names the target of a write and the columns it writes', () => {
    const lineage = of('INSERT INTO items (order_id) SELECT order_id FROM orders')
    expect(lineage).toMatchObject({ kind: 'insert', target: 'items', tables: ['orders'] })
    expect(sources(lineage)).toEqual({ order_id: ['orders.order_id:identity'] })
  })

  it('gives one answer per statement of a script', () => {
    const answers = engine.script(
      'SELECT city FROM customers; DELETE FROM items WHERE price < 0;',
      'sqlite',
      lookup,
    )
    expect(answers.map((a) => [a.kind, a.tables])).toEqual([
      ['select', ['customers']],
      ['delete', ['items']],
    ])
  })

  it('is the same for the same text, however the lookup orders its answers', async () => {
    const sql = 'SELECT * FROM orders JOIN items USING (order_id) JOIN customers USING (customer_id)'
    expect(await columnLineage(sql, 'sqlite', lookup)).toEqual(of(sql))
  })
})

describe('what cannot be decided is marked, never guessed', () => {
  it.each([
    ['SELECT * FROM nowhere', ['*: star_of_unknown_table', 'nowhere: unknown_table']],
    ['SELECT nothing FROM orders', ['nothing: unknown_column']],
    ['SELECT o.nothing FROM orders o', ['o.nothing: unknown_column']],
    ['SELECT z.order_id FROM orders o', ['z.order_id: unknown_qualifier']],
    ['SELECT order_id FROM orders, items', ['order_id: ambiguous_column']],
    ['SELECT x FROM lost1, lost2', ['lost1: unknown_table', 'lost2: unknown_table', 'x: ambiguous_column']],
    ['SELECT order_id FROM orders UNION SELECT order_id, price FROM items', ['union: column_count_mismatch']],
    ['INSERT INTO customers SELECT order_id FROM items', ['customers: column_count_mismatch']],
    ['DROP TABLE orders', ['drop_table: unsupported_statement']],
  ])('%s', (sql, expected) => {
    expect(reasons(of(sql))).toEqual(expected)
  })

  it('gives unresolved columns no sources and calls them incomplete', () => {
    const [column] = of('SELECT nothing FROM orders').columns
    expect(column).toEqual({ output: 'nothing', sources: [], transform: 'unresolved', complete: false })
  })

  it('calls a column incomplete when only a part of it could be traced', () => {
    const [column] = of('SELECT status || nothing AS x FROM orders').columns
    expect(column).toMatchObject({
      complete: false,
      sources: [{ table: 'orders', column: 'status', transform: 'derived' }],
    })
  })

  it('does not guess which columns a pattern means', () => {
    const lineage = of("SELECT COLUMNS('order_.*') FROM orders", 'duckdb')
    expect(lineage.unresolved).toMatchObject([{ reason: 'unsupported_construct' }])
  })

  it('decides by elimination: a name no known table has belongs to the only unknown one', () => {
    const lineage = of('SELECT city, foo FROM customers, nowhere')
    expect(sources(lineage)).toEqual({ city: ['customers.city:identity'], foo: ['nowhere.foo:identity'] })
    expect(reasons(lineage)).toEqual(['nowhere: unknown_table'])
  })

  it('does not decide by elimination when an outer query could have the column too', () => {
    const lineage = of('SELECT (SELECT city FROM nowhere LIMIT 1) AS x FROM customers')
    expect(reasons(lineage)).toContain('city: ambiguous_column')
  })

  it('answers text that does not parse with the parser’s message', () => {
    const lineage = of('SELECT a FROM b WHERE')
    expect(lineage.tables).toEqual([])
    expect(lineage.unresolved).toMatchObject([
      { reason: 'parse_error', detail: expect.stringContaining('line 1') },
    ])
  })

  it('answers an unknown dialect with the ones it knows', () => {
    expect(of('SELECT 1', 'cobol').unresolved).toMatchObject([
      { reason: 'unsupported_dialect', detail: expect.stringContaining('sqlite') },
    ])
  })

  it.each(['', ';', '-- nothing', 'SELECT', '(((((', "SELECT '", '\u0000', 'SELECT 💥 FROM orders'])(
    '%j does not throw',
    (sql) => {
      expect(() => of(sql)).not.toThrow()
    },
  )

  it('refuses nesting beyond the parser’s depth instead of crashing', () => {
    const deep = `SELECT ${'('.repeat(20_000)}1${')'.repeat(20_000)}`
    expect(of(deep).unresolved).toMatchObject([{ reason: 'parse_error' }])
    expect(of('SELECT city FROM customers').unresolved).toEqual([])
  })
})
