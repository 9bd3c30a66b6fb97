import type { Contender } from './contender.js'
import { type Dataset, edges, handle, person } from './dataset.js'
import { requirePeer } from './peers.js'

/** The parts of the `@lancedb/lancedb` package that are used; it is installed on the first run only. */
interface Lance {
  connect(dir: string): Promise<LanceConnection>
  readonly Index: { btree(): unknown }
}
interface LanceConnection {
  createTable(name: string, rows: readonly object[]): Promise<LanceTable>
  openTable(name: string): Promise<LanceTable>
  close(): void
}
interface LanceTable {
  add(rows: readonly object[]): Promise<unknown>
  createIndex(column: string, options: { config: unknown }): Promise<void>
  query(): LanceQuery
  update(change: { where: string; values: Record<string, unknown> }): Promise<unknown>
}
interface LanceQuery {
  where(filter: string): LanceQuery
  limit(n: number): LanceQuery
  toArray(): Promise<unknown[]>
}

const BATCH = 50_000

/** Loads in batches through its own API, then indexes the key. */
export async function loadLance(dir: string, set: Dataset): Promise<void> {
  const { connect, Index } = requirePeer('@lancedb/lancedb') as Lance
  const db = await connect(dir)
  const people = await db.createTable('person', batch(0, Math.min(BATCH, set.nodes), person))
  for (let at = BATCH; at < set.nodes; at += BATCH)
    await people.add(batch(at, Math.min(at + BATCH, set.nodes), person))
  let rows: { src: string; dst: string; since: number }[] = []
  let table: LanceTable | null = null
  const flush = async (): Promise<void> => {
    if (table === null) table = await db.createTable('knows', rows)
    else await table.add(rows)
    rows = []
  }
  for (const [from, to, since] of edges(set)) {
    rows.push({ src: handle(from), dst: handle(to), since })
    if (rows.length === BATCH) await flush()
  }
  if (rows.length > 0) await flush()
  await people.createIndex('handle', { config: Index.btree() })
  db.close()
}

function batch(from: number, to: number, make: (i: number) => object): Record<string, unknown>[] {
  return Array.from({ length: to - from }, (_, i) => ({ ...make(from + i) }))
}

/** It has no graph queries: only point reads and commits compare. */
export async function openLance(dir: string): Promise<Contender> {
  const { connect } = requirePeer('@lancedb/lancedb') as Lance
  const db = await connect(dir)
  const people = await db.openTable('person')
  return {
    name: 'lancedb',
    pointRead: async (h) => (await people.query().where(`handle = '${h}'`).limit(1).toArray())[0],
    update: (h, age) => people.update({ where: `handle = '${h}'`, values: { age } }),
    close: () => db.close(),
  }
}
