import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import Database from 'better-sqlite3'
import type { Contender } from './contender.js'
import type { Person } from './dataset.js'

/** The same facts in plain tables, as one would write them by hand: WAL and full sync, like ours. */
export class PlainSqlite implements Contender {
  readonly name = 'sqlite'
  readonly #db: Database.Database
  readonly #point
  readonly #twoHops
  readonly #reach
  readonly #update

  constructor(file: string) {
    this.#db = openPlain(file)
    this.#point = this.#db.prepare('SELECT handle, name, age, city FROM person WHERE handle = ?')
    this.#twoHops = this.#db.prepare(
      `SELECT b.name AS via, c.name AS name, c.age AS age FROM person a
       JOIN knows k1 ON k1.src = a.id JOIN person b ON b.id = k1.dst
       JOIN knows k2 ON k2.src = b.id JOIN person c ON c.id = k2.dst
       WHERE a.handle = ? ORDER BY b.handle, c.handle`,
    )
    this.#reach = this.#db
      .prepare(
        `WITH RECURSIVE walk(n, d) AS (
           SELECT id, 0 FROM person WHERE handle = ?
           UNION SELECT k.dst, d + 1 FROM walk JOIN knows k ON k.src = walk.n WHERE d < 4)
         SELECT COUNT(*) FROM (SELECT n FROM walk GROUP BY n HAVING MIN(d) > 0)`,
      )
      .pluck()
    this.#update = this.#db.prepare('UPDATE person SET age = ? WHERE handle = ?')
  }

  pointRead(handle: string): unknown {
    return this.#point.get(handle)
  }

  twoHops(handle: string): number {
    return this.#twoHops.all(handle).length
  }

  reach(handle: string): number {
    return this.#reach.get(handle) as number
  }

  update(handle: string, age: number): unknown {
    return this.#update.run(age, handle)
  }

  optimize(): unknown {
    return this.#db.exec('ANALYZE')
  }

  settle(): unknown {
    this.#db.exec('UPDATE person SET age = age + 1')
    this.#db.exec('UPDATE knows SET since = since + 1')
    return this.#db.pragma('wal_checkpoint(RESTART)')
  }

  close(): void {
    this.#db.close()
  }
}

function openPlain(file: string): Database.Database {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  db.pragma('wal_autocheckpoint = 6000')
  db.pragma('cache_size = -8192')
  return db
}

/**
 * Loads the JSONL file with prepared inserts in one transaction: a key, a table of
 * edges, an index each way. `late`: the edge indexes are built after the rows.
 */
export async function loadPlain(file: string, data: string, late: boolean): Promise<void> {
  const db = openPlain(file)
  db.pragma('cache_size = -65536')
  const indexes = 'CREATE INDEX knows_out ON knows(src, dst); CREATE INDEX knows_in ON knows(dst, src);'
  db.exec(`CREATE TABLE person (id INTEGER PRIMARY KEY, handle TEXT NOT NULL UNIQUE, name TEXT, age INTEGER, city TEXT);
    CREATE TABLE knows (id INTEGER PRIMARY KEY, src INTEGER NOT NULL, dst INTEGER NOT NULL, since INTEGER);
    ${late ? '' : indexes}`)
  const node = db.prepare('INSERT INTO person(handle, name, age, city) VALUES (?, ?, ?, ?)')
  const edge = db.prepare('INSERT INTO knows(src, dst, since) VALUES (?, ?, ?)')
  const ids = new Map<string, number>()
  db.exec('BEGIN IMMEDIATE')
  for await (const line of createInterface({ input: createReadStream(data), crlfDelay: Infinity })) {
    const row = JSON.parse(line) as { data: Person & { since: number }; from?: string; to?: string }
    if (row.from === undefined) {
      const { handle, name, age, city } = row.data
      ids.set(handle, Number(node.run(handle, name, age, city).lastInsertRowid))
    } else edge.run(ids.get(row.from), ids.get(row.to as string), row.data.since)
  }
  if (late) db.exec(indexes)
  db.exec('COMMIT')
  db.close()
}

/** As `loadPlain`, into tables that have rows: ids of people that are there already are looked up. */
export async function loadMorePlain(file: string, data: string): Promise<void> {
  const db = openPlain(file)
  db.pragma('cache_size = -65536')
  const node = db.prepare('INSERT INTO person(handle, name, age, city) VALUES (?, ?, ?, ?)')
  const idOf = db.prepare('SELECT id FROM person WHERE handle = ?').pluck()
  const edge = db.prepare('INSERT INTO knows(src, dst, since) VALUES (?, ?, ?)')
  db.exec('BEGIN IMMEDIATE')
  for await (const line of createInterface({ input: createReadStream(data), crlfDelay: Infinity })) {
    const row = JSON.parse(line) as { data: Person & { since: number }; from?: string; to?: string }
    if (row.from === undefined) node.run(row.data.handle, row.data.name, row.data.age, row.data.city)
    else edge.run(idOf.get(row.from), idOf.get(row.to), row.data.since)
  }
  db.exec('COMMIT')
  db.close()
}

/** Texts in a table, and their words in an FTS5 table over it. */
export async function loadTextsPlain(file: string, data: string): Promise<void> {
  const db = openPlain(file)
  db.pragma('cache_size = -65536')
  db.exec(`CREATE TABLE doc (id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, title TEXT, body TEXT);
    CREATE VIRTUAL TABLE words USING fts5(body, content='doc', content_rowid='id');`)
  const doc = db.prepare('INSERT INTO doc(slug, title, body) VALUES (?, ?, ?)')
  const words = db.prepare('INSERT INTO words(rowid, body) VALUES (?, ?)')
  db.exec('BEGIN IMMEDIATE')
  for await (const line of createInterface({ input: createReadStream(data), crlfDelay: Infinity })) {
    const { slug, title, body } = (JSON.parse(line) as { data: Record<string, string> }).data
    words.run(doc.run(slug, title, body).lastInsertRowid, body)
  }
  db.exec('COMMIT')
  db.close()
}
