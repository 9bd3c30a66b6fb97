import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { POSTGRES_PROGRAMS, PostgresServer } from '../../testing/postgres-server.js'
import { makeShop, READER_PASSWORD, shopUrl } from '../../testing/postgres-shop.js'
import { type LineageEngine, loadLineageEngine } from '../lineage/column-lineage.js'
import { schemaLookup } from './harvest.js'
import { type ObservedDatabase, observeSchema } from './observe-schema.js'
import { PostgresSession } from './postgres-session.js'
import { resolveAddress } from './postgres-source.js'

/** Each uses every column that it names, so that what it reads and what its lineage holds are the same. */
const VIEWS: Readonly<Record<string, string>> = {
  renamed: 'SELECT customer_id AS who, city FROM customers',
  star: 'SELECT * FROM sales.items',
  joined:
    'SELECT o.order_id, c.city FROM sales.orders o LEFT JOIN customers c ON c.customer_id = o.customer_id',
  natural: 'SELECT * FROM sales.orders NATURAL JOIN customers',
  outer_using: 'SELECT customer_id, status, email FROM sales.orders FULL JOIN customers USING (customer_id)',
  comma: 'SELECT o.status, i.price FROM sales.orders o, sales.items i WHERE o.order_id = i.order_id',
  lateral:
    'SELECT c.city, l.placed_at FROM customers c, LATERAL (SELECT placed_at FROM sales.orders o WHERE o.customer_id = c.customer_id ORDER BY placed_at DESC LIMIT 1) l',
  scalar:
    'SELECT city, (SELECT max(placed_at) FROM sales.orders o WHERE o.customer_id = c.customer_id) AS newest FROM customers c',
  existing:
    'SELECT city FROM customers c WHERE EXISTS (SELECT 1 FROM sales.orders o WHERE o.customer_id = c.customer_id)',
  inside:
    "SELECT city FROM customers WHERE customer_id IN (SELECT customer_id FROM sales.orders WHERE status = 'lost')",
  filtered:
    'SELECT order_id, count(*) FILTER (WHERE paid) AS paid, sum(price) FILTER (WHERE quantity > 1) AS many FROM sales.items GROUP BY order_id',
  distinct_on:
    'SELECT DISTINCT ON (customer_id) customer_id, order_id FROM sales.orders ORDER BY customer_id, placed_at DESC',
  grouping: 'SELECT city, born, count(*) AS n FROM customers GROUP BY GROUPING SETS ((city), (born), ())',
  window:
    'SELECT order_id, row_number() OVER w AS n, lag(placed_at) OVER w AS before FROM sales.orders WINDOW w AS (PARTITION BY customer_id ORDER BY placed_at)',
  ordered:
    "SELECT order_id, string_agg(seller_id, ', ' ORDER BY item_id) AS sellers FROM sales.items GROUP BY order_id",
  unions:
    'SELECT order_id FROM sales.orders UNION SELECT order_id FROM sales.items EXCEPT SELECT customer_id FROM customers',
  recursion:
    'WITH RECURSIVE chain(id, n) AS (SELECT item_id, 1 FROM sales.items UNION ALL SELECT id, n + 1 FROM chain WHERE n < 3) SELECT id, n FROM chain',
  casts:
    "SELECT price::text AS text, CAST(placed_at AS date) AS day, placed_at AT TIME ZONE 'UTC' AS utc, extract(year FROM placed_at) AS year FROM sales.items",
  json: "SELECT customer_id, profile ->> 'name' AS name, profile #>> '{a,b}' AS deep, profile @> '{}' AS has FROM customers",
  arrays:
    'SELECT customer_id, tags[1] AS first, array_length(tags, 1) AS n, 5 = ANY (ARRAY[1, 2]) AS never FROM customers',
  unnested: 'SELECT c.customer_id, t.tag FROM customers c, unnest(c.tags) AS t(tag)',
  series: 'SELECT c.city, g.n FROM customers c CROSS JOIN generate_series(1, 3) AS g(n)',
  listed:
    "SELECT v.label, o.order_id FROM (VALUES ('created', 'new'), ('lost', 'gone')) AS v(status, label) JOIN sales.orders o ON o.status::text = v.status",
  cases:
    "SELECT CASE WHEN paid THEN price ELSE 0 END AS got, coalesce(seller_id, 'none') AS seller, nullif(quantity, 1) AS q, greatest(price, total) AS most FROM sales.items",
  quoted: 'SELECT "a b" AS "A", "select" FROM "Odd ""name"',
  percentile:
    'SELECT order_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY price) AS median FROM sales.items GROUP BY order_id',
  patterns:
    "SELECT email FROM customers WHERE city LIKE 'R%' AND email ~ '@' AND born BETWEEN DATE '1900-01-01' AND CURRENT_DATE AND tags IS NOT NULL",
  nested:
    'SELECT total_city, n FROM (SELECT upper(city) AS total_city, count(customer_id) AS n FROM customers GROUP BY upper(city)) AS inner_query WHERE n > 1',
  over_view: 'SELECT city, revenue / 2 AS half FROM sales.revenue',
  over_materialized: 'SELECT newest FROM sales.newest WHERE customer_id IS NOT NULL',
  null_safe: 'SELECT order_id FROM sales.orders WHERE customer_id IS DISTINCT FROM order_id',
  tablesample: 'SELECT item_id FROM sales.items TABLESAMPLE SYSTEM (50)',
}

describe.skipIf(!POSTGRES_PROGRAMS)(
  'lineage of views as PostgreSQL prints them',
  { timeout: 120_000 },
  () => {
    let server: PostgresServer
    let observed: ObservedDatabase
    let engine: LineageEngine
    /** `view` → columns its rule depends on, by PostgreSQL's own record. */
    const recorded = new Map<string, string[]>()
    beforeAll(async () => {
      server = await PostgresServer.start()
      await makeShop(server, 'shop')
      for (const [name, sql] of Object.entries(VIEWS))
        await server.run('shop', `CREATE VIEW v_${name} AS ${sql}`)
      const source = { url: shopUrl(server, 'shop'), password: '${P}', platformInstance: 'pg' }
      const address = resolveAddress(source, { P: READER_PASSWORD })
      const session = await PostgresSession.open(address, { statementMs: 60_000, searchPath: '' })
      try {
        observed = await observeSchema(session)
        const rows = await session.rows(`
        SELECT DISTINCT v.relname, n.nspname || '.' || t.relname || '.' || a.attname
        FROM pg_rewrite r JOIN pg_class v ON v.oid = r.ev_class
          JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
          JOIN pg_class t ON t.oid = d.refobjid AND t.oid <> v.oid JOIN pg_namespace n ON n.oid = t.relnamespace
          JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
        WHERE v.relname LIKE 'v\\_%'`)
        for (const [view, column] of rows)
          recorded.set(view as string, [...(recorded.get(view as string) ?? []), column as string])
      } finally {
        await session.close()
      }
      engine = await loadLineageEngine()
    })
    afterAll(() => server.stop())

    it.each(Object.keys(VIEWS))('%s: the tables and columns are those the database recorded', (name) => {
      const view = observed.tables.find((t) => t.name === `public.v_${name}`)
      const found = engine.lineage(view?.sql ?? '', 'postgresql', schemaLookup(observed))
      expect(found.unresolved).toEqual([])
      expect(found.tables).toEqual(view?.reads)
      const used = [...found.columns.flatMap((c) => c.sources), ...found.indirect]
      expect([...new Set(used.map((s) => `${s.table}.${s.column}`))].sort(), view?.sql).toEqual(
        (recorded.get(`v_${name}`) ?? []).sort(),
      )
      expect(found.columns).toHaveLength(view?.columns.length ?? -1)
    })
  },
)
