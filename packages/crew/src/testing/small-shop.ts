import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CATALOG_SCHEMA, Catalog, checkSource, harvestSource } from '@groundplane/catalog'
import { type Clock, ulidSource } from '@groundplane/core'
import { Graph } from '@groundplane/graph'
import type { IncidentEvent, IncidentReport } from '@groundplane/protocol'
import Database from 'better-sqlite3'
import { type RunIncidentOptions, runIncident } from '../run-incident.js'

export interface SmallShop {
  readonly catalog: Catalog
  readonly graph: Graph
  /** Runs a sentence, and keeps what was told. */
  run(
    sentence: string,
    options?: Partial<RunIncidentOptions>,
  ): Promise<{ report: IncidentReport; events: IncidentEvent[] }>
  close(): void
}

/**
 * A shop of a few rows, harvested and checked twice: `shop_good` as it should be,
 * `shop_live` with two buyers gone. A price that is wrong in both fails in both; a claim
 * about a table that neither has runs on neither.
 */
export async function openSmallShop(): Promise<SmallShop> {
  const dir = mkdtempSync(join(tmpdir(), 'crew-'))
  const clock = risingClock()
  const ids = ulidSource(clock)
  const graph = Graph.create(join(dir, 'catalog.gp'), {
    schema: CATALOG_SCHEMA,
    graphId: 'catalog',
    clock,
    ids,
  })
  const catalog = new Catalog(graph, { clock, ids })
  for (const instance of ['shop_good', 'shop_live']) {
    const url = join(dir, `${instance}.db`)
    writeShop(url, instance === 'shop_live')
    const source = {
      name: instance,
      kind: 'sqlite',
      url,
      platformInstance: instance,
      env: 'PROD',
      metadata: METADATA,
    } as const
    await harvestSource(catalog, source, {}, { clock })
    await checkSource(catalog, source, { name: 'shop', source: ASSERTIONS }, {}, { clock })
  }
  return {
    catalog,
    graph,
    async run(sentence, options = {}) {
      const events: IncidentEvent[] = []
      const report = await runIncident({
        sentence,
        catalog,
        reference: 'shop_good',
        production: 'shop_live',
        clock,
        ids,
        environment: {},
        onEvent: (event) => events.push(event),
        ...options,
      })
      return { report, events }
    },
    close() {
      graph.close()
      rmSync(dir, { recursive: true })
    },
  }
}

export function shopUrn(table: string, instance = 'shop_live'): string {
  return `urn:li:dataset:(urn:li:dataPlatform:sqlite,${instance}.main.${table},PROD)`
}

/** A millisecond passes between any two looks at it. */
function risingClock(): Clock {
  let now = Date.UTC(2026, 0, 5, 9)
  return () => now++
}

function writeShop(path: string, faulty: boolean): void {
  const db = new Database(path)
  db.pragma('foreign_keys = OFF')
  db.exec(`
    CREATE TABLE buyers (buyer_id TEXT PRIMARY KEY, town TEXT);
    CREATE TABLE purchases (purchase_id TEXT PRIMARY KEY, buyer_id TEXT REFERENCES buyers, price REAL);
    CREATE TABLE forklifts (forklift_id TEXT PRIMARY KEY, weight REAL);
    CREATE VIEW v_turnover AS
      SELECT b.town, sum(p.price) AS turnover FROM purchases AS p JOIN buyers AS b ON b.buyer_id = p.buyer_id GROUP BY b.town;
    INSERT INTO buyers VALUES ('b1', 'Recife'), ('b2', 'Natal'), ('b3', 'Belem'), ('b4', 'Natal'), ('b5', 'Recife');
    INSERT INTO purchases VALUES ('p1', 'b1', 10), ('p2', 'b2', -5), ('p3', 'b3', 7), ('p4', 'b5', 8);
    INSERT INTO forklifts VALUES ('f1', 1200);`)
  if (faulty) db.exec(`DELETE FROM buyers WHERE buyer_id IN ('b3', 'b5')`)
  db.close()
}

const METADATA = `
owners: { sales: { name: Sales }, yard: { name: Yard } }
datasets:
  buyers: { description: People who buy., owners: [sales] }
  v_turnover: { description: Turnover by town; feeds the cockpit., owners: [sales] }
  forklifts: { description: Machines of the yard., owners: [yard] }
`.replace('Turnover by town; feeds the cockpit.', '"Turnover by town; feeds the cockpit."')

const ASSERTIONS = `
version: 1
assertions:
  buyers_row_count: { dataset: buyers, type: row_count, equals: 5, severity: critical }
  purchase_price_positive: { dataset: purchases, column: price, type: range, min: 0 }
  purchase_id_unique: { dataset: purchases, column: purchase_id, type: unique }
  refunds_some: { dataset: refunds, type: row_count, min: 1 }
`
