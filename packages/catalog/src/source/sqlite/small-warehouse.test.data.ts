import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'

/** A directory that is removed by `dispose`. */
export function scratch(): { dir: string; dispose: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'gp-source-'))
  return { dir, dispose: () => rmSync(dir, { recursive: true, force: true }) }
}

const SCHEMA = `
CREATE TABLE customers (customer_id TEXT PRIMARY KEY NOT NULL, email TEXT, city TEXT);
CREATE TABLE orders (
  order_id TEXT PRIMARY KEY NOT NULL,
  customer_id TEXT REFERENCES customers,
  status VARCHAR(20) NOT NULL,
  placed_at DATETIME
);
CREATE TABLE items (
  order_id TEXT NOT NULL REFERENCES orders (order_id), line INTEGER NOT NULL, seller_id CHAR(4), price DECIMAL(10, 2),
  paid BOOLEAN, photo BLOB, note,
  PRIMARY KEY (order_id, line)
) WITHOUT ROWID;
CREATE TABLE "odd ""name" ("a b" INTEGER PRIMARY KEY, "select" TEXT, total AS ("a b" * 2));
CREATE VIEW v_revenue AS
  SELECT o.order_id AS id, o.status, c.city, sum(i.price) AS revenue
  FROM orders AS o JOIN items AS i ON i.order_id = o.order_id LEFT JOIN customers AS c ON c.customer_id = o.customer_id
  GROUP BY o.order_id;
CREATE VIEW v_city AS SELECT city, count(*) AS n, max(revenue) AS best FROM v_revenue GROUP BY city;
`

/** 4 customers, 6 orders, 6 items; `fault` plants one mistake of each kind. */
export function makeWarehouse(path: string, options: { fault?: boolean; wal?: boolean } = {}): void {
  const db = new Database(path)
  if (options.wal) db.pragma('journal_mode = WAL')
  db.pragma('foreign_keys = OFF')
  db.exec(SCHEMA)
  const customer = db.prepare('INSERT INTO customers VALUES (?, ?, ?)')
  for (let i = 0; i < 4; i++) customer.run(`c${i}`, `c${i}@example.com`, i % 2 ? 'Recife' : 'Natal')
  const order = db.prepare('INSERT INTO orders VALUES (?, ?, ?, ?)')
  const item = db.prepare('INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?)')
  for (let i = 0; i < 6; i++) {
    order.run(`o${i}`, `c${i % 4}`, i % 2 ? 'shipped' : 'created', `2017-0${i + 1}-01 10:00:00`)
    item.run(`o${i}`, 1, `s00${i}`, 10 + i, 1, null, null)
  }
  db.prepare('INSERT INTO "odd ""name" ("a b", "select") VALUES (7, ?)').run('x')
  if (options.fault) {
    db.exec("DELETE FROM customers WHERE customer_id IN ('c2', 'c3')")
    db.exec("UPDATE items SET seller_id = substr(seller_id, 1, 3) WHERE order_id = 'o1'")
    db.exec("UPDATE items SET price = -1 WHERE order_id = 'o2'")
    db.exec("UPDATE orders SET status = 'lost' WHERE order_id = 'o3'")
    db.exec("UPDATE orders SET customer_id = NULL WHERE order_id = 'o4'")
  }
  db.close()
}

export const METADATA = `
tags:
  pii: { description: Personal }
  money:
terms:
  order_status: { name: Order Status, description: Where it stands }
owners:
  logistics: { name: Logistics, email: l@example.com }
datasets:
  customers:
    description: One row per customer.
    owners: [logistics]
    tags: [pii]
    domain: customer_care
    columns:
      email: { description: Where to write., tags: [pii] }
  orders:
    terms: [order_status]
    columns:
      status: { terms: [order_status] }
`
