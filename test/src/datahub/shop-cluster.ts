import { join } from 'node:path'
import { generateWarehouses } from '@groundplane/warehouse'
import Database from 'better-sqlite3'
import { runJson } from '../command.js'
import type { ServedCluster } from '../http/served-cluster.js'

/**
 * Two catalogs: `harvested` is filled from a small warehouse and the two of the demo by this project's own harvest, `arrived` by
 * DataHub's client, from the same files and under the same platform instances, so the same URNs. `returned` and `published` are empty:
 * what is exported or published of `harvested` comes to be there.
 */
const CONFIG = `version: 1
metadata: { name: interop }
graphs:
  arrived: { kind: catalog }
  harvested: { kind: catalog }
  returned: { kind: catalog }
  published: { kind: catalog }
policies:
  base: { file: base.policy.yaml, applies_to: [arrived, harvested, returned, published] }
sources:
  shop: { kind: sqlite, graph: harvested, url: shop.db, platform_instance: shop, env: PROD }
  olist_source: { kind: sqlite, graph: harvested, url: olist_source.db, platform_instance: olist_source, env: PROD }
  olist_dirty: { kind: sqlite, graph: harvested, url: olist_dirty.db, platform_instance: olist_dirty, env: PROD }
`
const POLICY = `version: 1
rules:
  - { id: operator-writes, allow: { actors: [operator], actions: [read, export, change] } }
  - { id: viewer-reads, allow: { actors: [viewer], actions: [read] } }
`

/** Foreign keys have names: DataHub's source stops at one of SQLite that has none. */
const WAREHOUSE = `
CREATE TABLE customers (customer_id TEXT PRIMARY KEY, city TEXT NOT NULL, since DATE);
CREATE TABLE orders (
  order_id INTEGER PRIMARY KEY,
  customer_id TEXT NOT NULL,
  amount REAL,
  CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (customer_id)
);
CREATE TABLE order_items (
  order_id INTEGER NOT NULL,
  line INTEGER NOT NULL,
  title VARCHAR(40),
  price NUMERIC(10, 2),
  PRIMARY KEY (order_id, line),
  CONSTRAINT items_order FOREIGN KEY (order_id) REFERENCES orders (order_id)
);
CREATE VIEW v_revenue AS
  SELECT c.city AS city, SUM(o.amount) AS revenue FROM orders o JOIN customers c ON c.customer_id = o.customer_id GROUP BY c.city;
INSERT INTO customers VALUES ('a', 'Bern', '2026-01-01'), ('b', 'Lund', NULL);
INSERT INTO orders VALUES (1, 'a', 10.5), (2, 'a', NULL), (3, 'b', 4);
INSERT INTO order_items VALUES (1, 1, 'x', 10.5), (3, 1, 'y', 1), (3, 2, 'z', 3);
`

export async function fillShop(cluster: ServedCluster): Promise<void> {
  cluster.write('cluster.yaml', CONFIG)
  cluster.write('base.policy.yaml', POLICY)
  const db = new Database(join(cluster.dir, 'shop.db'))
  db.exec(WAREHOUSE)
  db.close()
  // Of the table of places a hundredth will do; the others have all their rows.
  generateWarehouses({ dir: cluster.dir, scale: { geolocation: 0.01 } })
  await runJson(['cluster', 'import', '--config', cluster.dir])
  await runJson(['cluster', 'apply', '--config', cluster.dir, '--as', 'operator'])
  await runJson(['harvest', '--cluster', cluster.dir, '--as', 'operator'])
}
