import type { Contender } from './contender.js'
import { requirePeer } from './peers.js'

/** The parts of the `kuzu` package that are used; it ships no types for its synchronous calls. */
interface KuzuResult {
  getAllSync(): Record<string, unknown>[]
  close(): void
}
interface KuzuConnection {
  querySync(text: string): KuzuResult
  prepareSync(text: string): unknown
  executeSync(statement: unknown, params: Record<string, unknown>): KuzuResult
  closeSync(): void
}

function open(file: string): { connection: KuzuConnection; close(): void } {
  const kuzu = requirePeer('kuzu') as {
    Database: new (file: string) => { closeSync(): void }
    Connection: new (db: unknown) => KuzuConnection
  }
  const db = new kuzu.Database(file)
  const connection = new kuzu.Connection(db)
  return {
    connection,
    close: () => {
      connection.closeSync()
      db.closeSync()
    },
  }
}

/** Loads by `COPY FROM`, its fastest way. */
export async function loadKuzu(file: string, people: string, edges: string): Promise<void> {
  const { connection, close } = open(file)
  connection
    .querySync(
      'CREATE NODE TABLE Person(handle STRING, name STRING, age INT64, city STRING, PRIMARY KEY(handle))',
    )
    .close()
  connection.querySync('CREATE REL TABLE Knows(FROM Person TO Person, since INT64)').close()
  connection.querySync(`COPY Person FROM '${people}'`).close()
  connection.querySync(`COPY Knows FROM '${edges}'`).close()
  close()
}

export async function openKuzu(file: string): Promise<Contender> {
  const { connection, close } = open(file)
  const prepared = (text: string) => {
    const statement = connection.prepareSync(text)
    return (params: Record<string, unknown>) => {
      const result = connection.executeSync(statement, params)
      const rows = result.getAllSync()
      result.close()
      return rows
    }
  }
  const point = prepared('MATCH (p:Person {handle: $h}) RETURN p.handle, p.name, p.age, p.city')
  const twoHops = prepared(
    `MATCH (a:Person {handle: $h})-[:Knows]->(b:Person)-[:Knows]->(c:Person)
     RETURN b.name, c.name, c.age ORDER BY b.handle, c.handle`,
  )
  const reach = prepared(
    `MATCH (a:Person {handle: $h})-[:Knows* SHORTEST 1..4]->(b:Person) WHERE b.handle <> $h RETURN COUNT(b) AS n`,
  )
  const update = prepared('MATCH (p:Person {handle: $h}) SET p.age = $age')
  return {
    name: 'kuzu',
    pointRead: (h) => point({ h })[0],
    twoHops: (h) => twoHops({ h }).length,
    reach: (h) => Number(reach({ h })[0]?.n),
    update: (h, age) => update({ h, age }),
    close,
  }
}
