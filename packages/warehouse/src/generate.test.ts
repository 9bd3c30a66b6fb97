import { cpSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sha256 } from '@groundplane/core'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GenerateProgress, generateWarehouses, type Warehouse } from './generate.js'
import { FAULTS, ROWS, type TableName } from './schema.js'

const scale = { geolocation: 0.01 }
let dir: string
let made: Warehouse[]
const seen: GenerateProgress[] = []
let source: Database.Database
let dirty: Database.Database

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'warehouse-'))
  made = generateWarehouses({ dir, scale, onProgress: (p) => seen.push(p) })
  source = new Database(join(dir, 'olist_source.db'), { readonly: true })
  dirty = new Database(join(dir, 'olist_dirty.db'), { readonly: true })
})

afterAll(() => {
  source.close()
  dirty.close()
  rmSync(dir, { recursive: true })
})

const number = (db: Database.Database, sql: string) => db.prepare(sql).pluck().get() as number

/** One digest per table over all of its rows in row order. */
function contents(db: Database.Database): Record<string, string> {
  const tables = Object.keys(ROWS) as TableName[]
  return Object.fromEntries(
    tables.map((table) => [
      table,
      sha256(db.prepare(`SELECT * FROM ${table} ORDER BY rowid`).raw().all().join('\n')),
    ]),
  )
}

let known: Record<string, string> | undefined
/** Of the reference, which no test changes. */
const referenceContents = () => (known ??= contents(source))

describe('the reference warehouse', () => {
  test('has nine tables of exactly the stated sizes and says so', () => {
    const counted = Object.fromEntries(
      Object.keys(ROWS).map((t) => [t, number(source, `SELECT count(*) FROM ${t}`)]),
    )
    expect(counted).toEqual({ ...ROWS, olist_geolocation: 10_002 })
    expect(made[0]).toMatchObject({ name: 'olist_source', made: true, tables: counted })
    expect(made[0]?.rows).toBe(Object.values(counted).reduce((a, b) => a + b))
  })

  test('has ids of 32 hex characters, and no two alike', () => {
    const ids = [
      ['olist_customers', 'customer_id'],
      ['olist_orders', 'order_id'],
      ['olist_products', 'product_id'],
      ['olist_sellers', 'seller_id'],
      ['olist_order_reviews', 'review_id'],
    ] as const
    for (const [table, id] of ids) {
      const wrong = `length(${id}) <> 32 OR ${id} GLOB '*[^0-9a-f]*'`
      expect(number(source, `SELECT count(*) FROM ${table} WHERE ${wrong}`), table).toBe(0)
      expect(number(source, `SELECT count(DISTINCT ${id}) FROM ${table}`), table).toBe(ROWS[table])
    }
  })

  test('breaks none of its foreign keys', () => {
    expect(source.pragma('foreign_key_check')).toEqual([])
  })

  test('keeps every amount, score and status inside its domain', () => {
    expect(number(source, 'SELECT count(*) FROM olist_order_items WHERE price < 0.01 OR price > 10000')).toBe(
      0,
    )
    expect(number(source, 'SELECT count(*) FROM olist_order_payments WHERE payment_value <= 0')).toBe(0)
    expect(
      number(source, 'SELECT count(*) FROM olist_order_reviews WHERE review_score NOT BETWEEN 1 AND 5'),
    ).toBe(0)
    expect(number(source, "SELECT count(*) FROM olist_orders WHERE order_status = 'delivered'")).toBe(96_478)
    expect(number(source, 'SELECT count(DISTINCT order_status) FROM olist_orders')).toBe(8)
    expect(number(source, 'SELECT count(*) FROM olist_products WHERE product_category_name IS NULL')).toBe(0)
  })

  test('pays for each order what its items cost', () => {
    const apart = `SELECT count(*) FROM (
      SELECT round(sum(price + freight_value), 2) AS cost,
        (SELECT round(sum(payment_value), 2) FROM olist_order_payments AS p WHERE p.order_id = i.order_id) AS paid
      FROM olist_order_items AS i GROUP BY order_id) WHERE cost <> paid`
    expect(number(source, apart)).toBe(0)
  })

  test('says the same revenue by seller as by product', () => {
    const bySeller = number(source, 'SELECT round(sum(revenue), 2) FROM v_seller_performance')
    expect(bySeller).toBeGreaterThan(1e6)
    expect(number(source, 'SELECT round(sum(revenue), 2) FROM v_product_sales')).toBe(bySeller)
  })

  test('has five views, one row per order line, payment, review, seller and sold product', () => {
    const views = source
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name")
      .pluck()
      .all()
    expect(views).toEqual([
      'v_order_details',
      'v_order_payments',
      'v_order_reviews',
      'v_product_sales',
      'v_seller_performance',
    ])
    expect(number(source, 'SELECT count(*) FROM v_order_details')).toBe(112_650)
    expect(number(source, 'SELECT count(*) FROM v_order_payments')).toBe(103_886)
    expect(number(source, 'SELECT count(*) FROM v_order_reviews')).toBe(99_224)
    expect(number(source, 'SELECT count(*) FROM v_seller_performance')).toBe(3_095)
    expect(number(source, 'SELECT count(*) FROM v_product_sales')).toBe(32_951)
  })

  test('is less happy when deliveries are late', () => {
    const average = (late: boolean) =>
      number(source, `SELECT avg(review_score) FROM v_order_reviews WHERE days_late ${late ? '>' : '<='} 0`)
    expect(average(true)).toBeLessThan(3)
    expect(average(false)).toBeGreaterThan(4)
  })
})

describe('the production warehouse', () => {
  test('has exactly the three faults', () => {
    expect(number(dirty, 'SELECT count(*) FROM olist_customers')).toBe(
      ROWS.olist_customers - FAULTS.customersDeleted,
    )
    expect(number(dirty, 'SELECT count(*) FROM olist_order_items WHERE length(seller_id) <> 32')).toBe(
      FAULTS.sellerIdsCut,
    )
    expect(number(dirty, 'SELECT count(*) FROM olist_order_items WHERE length(seller_id) = 31')).toBe(
      FAULTS.sellerIdsCut,
    )
    expect(number(dirty, 'SELECT count(*) FROM olist_products WHERE product_category_name IS NULL')).toBe(
      FAULTS.categoriesBlanked,
    )
  })

  test('differs from the reference in the three faulty tables only', () => {
    const before = referenceContents()
    const after = contents(dirty)
    const changed = Object.keys(before).filter((table) => before[table] !== after[table])
    expect(changed.sort()).toEqual(['olist_customers', 'olist_order_items', 'olist_products'])
  })

  test('has the same schema as the reference', () => {
    const schema = (db: Database.Database) =>
      db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all()
    expect(schema(dirty)).toEqual(schema(source))
  })

  test('shows the faults where people look: lost customers, less revenue by seller and by category', () => {
    expect(
      number(dirty, 'SELECT count(*) FROM v_order_details WHERE customer_state IS NULL'),
    ).toBeGreaterThan(8_000)
    for (const view of ['v_seller_performance', 'v_product_sales']) {
      const sql = `SELECT sum(revenue) FROM ${view}`
      expect(number(dirty, sql), view).toBeLessThan(number(source, sql))
    }
  })
})

describe('a run', () => {
  test('makes the same rows again, also in place of a damaged file and of one with rows missing', () => {
    const again = mkdtempSync(join(tmpdir(), 'warehouse-'))
    try {
      cpSync(dir, again, { recursive: true })
      truncateSync(join(again, 'olist_source.db'), 10_000)
      let db = new Database(join(again, 'olist_dirty.db'))
      db.pragma('foreign_keys = OFF')
      db.exec('DELETE FROM olist_sellers WHERE rowid = 1')
      db.close()
      expect(generateWarehouses({ dir: again, scale }).map((w) => w.made)).toEqual([true, true])
      db = new Database(join(again, 'olist_source.db'), { readonly: true })
      expect(contents(db)).toEqual(referenceContents())
      db.close()
    } finally {
      rmSync(again, { recursive: true })
    }
  }, 120_000)

  test('leaves files alone that are what it would make', () => {
    const again = generateWarehouses({ dir, scale })
    expect(again.map((w) => [w.name, w.made, w.rows])).toEqual(made.map((w) => [w.name, false, w.rows]))
  })

  test('refuses a scale outside (0, 1] and a directory it cannot write, with a remedy', () => {
    for (const geolocation of [0, -1, 1.5, Number.NaN]) {
      expect(() => generateWarehouses({ dir, scale: { geolocation } })).toThrowError(
        expect.objectContaining({ code: 'warehouse_scale_invalid', remedy: expect.any(String) }),
      )
    }
    const file = join(dir, 'a-file')
    writeFileSync(file, '')
    expect(() => generateWarehouses({ dir: file, scale })).toThrowError(
      expect.objectContaining({ code: 'warehouse_not_written', remedy: expect.any(String) }),
    )
    rmSync(file)
  })

  test('reports rising progress that ends at the total, and leaves no other file', () => {
    for (const name of ['olist_source', 'olist_dirty']) {
      const done = seen.filter((p) => p.warehouse === name).map((p) => p.done)
      expect(done).toEqual([...done].sort((a, b) => a - b))
      expect(done.at(-1)).toBe(seen.findLast((p) => p.warehouse === name)?.total)
    }
    expect(readdirSync(dir).sort()).toEqual(['olist_dirty.db', 'olist_source.db'])
  })
})
