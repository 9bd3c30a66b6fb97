import type { PostgresServer } from './postgres-server.js'

/** The role that harvests read with. */
export const READER = 'reader'
export const READER_PASSWORD = `password-of-${READER}`

/** Everything a harvest tells, in two schemas, and things it must pass by. */
const SCHEMA = `
CREATE EXTENSION pg_stat_statements;
CREATE SCHEMA sales;
COMMENT ON SCHEMA sales IS 'What is sold.';
CREATE TYPE sales.status AS ENUM ('created', 'shipped', 'lost');
CREATE DOMAIN sales.positive AS numeric(10, 2);
CREATE TABLE customers (
  customer_id text PRIMARY KEY, email text UNIQUE, city varchar(40), born date, tags text[], profile jsonb
);
COMMENT ON TABLE customers IS 'One row per customer.';
COMMENT ON COLUMN customers.email IS 'Where to write.';
CREATE TABLE sales.orders (
  order_id text NOT NULL, customer_id text REFERENCES customers, status sales.status NOT NULL,
  placed_at timestamp NOT NULL, PRIMARY KEY (order_id, placed_at)
) PARTITION BY RANGE (placed_at);
CREATE TABLE sales.orders_h1 PARTITION OF sales.orders FOR VALUES FROM ('2017-01-01') TO ('2017-04-01');
CREATE TABLE sales.orders_h2 PARTITION OF sales.orders FOR VALUES FROM ('2017-04-01') TO ('2018-01-01');
CREATE TABLE sales.items (
  item_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id text NOT NULL, placed_at timestamp NOT NULL,
  seller_id char(4), price sales.positive, quantity integer NOT NULL DEFAULT 1, paid boolean,
  total numeric GENERATED ALWAYS AS (price * quantity) STORED, photo bytea,
  FOREIGN KEY (order_id, placed_at) REFERENCES sales.orders, CONSTRAINT one_line UNIQUE (order_id, seller_id)
);
CREATE TABLE "Odd ""name" ("a b" integer, "select" text);
CREATE UNLOGGED TABLE empty (x interval);
CREATE VIEW sales.revenue AS
  SELECT o.order_id AS id, o.status, c.city, sum(i.total) AS revenue
  FROM sales.orders AS o JOIN sales.items AS i USING (order_id, placed_at) LEFT JOIN customers AS c USING (customer_id)
  GROUP BY o.order_id, o.status, c.city;
COMMENT ON VIEW sales.revenue IS 'Money per order.';
CREATE VIEW by_city AS
  WITH ranked AS (SELECT *, rank() OVER (PARTITION BY city ORDER BY revenue DESC) AS place FROM sales.revenue)
  SELECT upper(city) AS city, count(*) AS n, max(revenue) AS best FROM ranked WHERE place <= 10 GROUP BY city
  UNION ALL SELECT 'nowhere', 0, NULL::numeric;
CREATE MATERIALIZED VIEW sales.newest AS SELECT customer_id, max(placed_at) AS newest FROM sales.orders GROUP BY customer_id;
`

const ROWS = `
INSERT INTO customers SELECT 'c' || i, 'c' || i || '@example.com', CASE WHEN i % 2 = 1 THEN 'Recife' ELSE 'Natal' END FROM generate_series(0, 3) i;
INSERT INTO sales.orders SELECT 'o' || i, 'c' || i % 4, CASE WHEN i % 2 = 1 THEN 'shipped' ELSE 'created' END::sales.status,
  timestamp '2017-01-01 10:00' + i * interval '1 month' FROM generate_series(0, 5) i;
INSERT INTO sales.items (order_id, placed_at, seller_id, price, paid)
  SELECT 'o' || i, timestamp '2017-01-01 10:00' + i * interval '1 month', 's00' || i, 10 + i, true FROM generate_series(0, 5) i;
INSERT INTO "Odd ""name" VALUES (7, 'x');
REFRESH MATERIALIZED VIEW sales.newest;
`

/** One mistake for each kind of assertion. */
export const FAULTS = `
ALTER TABLE sales.orders DROP CONSTRAINT orders_customer_id_fkey;
DELETE FROM customers WHERE customer_id IN ('c2', 'c3');
UPDATE sales.items SET seller_id = 's01' WHERE order_id = 'o1';
UPDATE sales.items SET price = -1 WHERE order_id = 'o2';
UPDATE sales.orders SET status = 'lost' WHERE order_id = 'o3';
UPDATE sales.orders SET customer_id = NULL WHERE order_id = 'o4';
`

/** A database with the shop in it, that the role \`reader\` may read: 4 customers, 6 orders in 2 partitions, 6 items. */
export async function makeShop(server: PostgresServer, database: string): Promise<void> {
  await server.run('postgres', `CREATE DATABASE ${database}`)
  await server.run('postgres', `COMMENT ON DATABASE ${database} IS 'The shop.'`)
  await server.run(
    'postgres',
    `DO $$ BEGIN CREATE ROLE ${READER} LOGIN PASSWORD '${READER_PASSWORD}'; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
  )
  await server.run(database, SCHEMA + ROWS)
  await server.run(
    database,
    `GRANT pg_read_all_stats TO ${READER}; GRANT USAGE ON SCHEMA sales TO ${READER}; GRANT SELECT ON ALL TABLES IN SCHEMA public, sales TO ${READER}`,
  )
}

export const SHOP_METADATA = `
tags: { pii: { description: Personal } }
owners: { logistics: { name: Logistics } }
datasets:
  customers:
    owners: [logistics]
    columns:
      email: { tags: [pii] }
  sales.orders:
    description: Orders, from the metadata file.
`

/** What a source says of itself in a cluster. */
export function shopUrl(server: PostgresServer, database: string): string {
  return `postgresql://${READER}@${server.address}/${database}`
}
