import type Database from 'better-sqlite3'
import type { Statement } from 'better-sqlite3'

const LIMIT = 400

type Mode = 'rows' | 'raw' | 'pluck'

/** By mode, then by text: a key made of both would be put together and hashed at every call. */
type Cache = Record<Mode, Map<string, Statement>>

const caches = new WeakMap<Database.Database, Cache>()

/**
 * A statement prepared once per connection; preparing costs more than running a
 * small one. Only for texts that repeat: no sequence numbers in them.
 */
export function prepared(db: Database.Database, text: string, mode: Mode = 'rows'): Statement {
  let modes = caches.get(db)
  if (!modes) {
    modes = { rows: new Map(), raw: new Map(), pluck: new Map() }
    caches.set(db, modes)
  }
  const cache = modes[mode]
  let statement = cache.get(text)
  if (!statement) {
    statement = db.prepare(text)
    if (mode === 'raw') statement.raw(true)
    if (mode === 'pluck') statement.pluck(true)
    if (cache.size >= LIMIT) cache.delete(cache.keys().next().value as string)
    cache.set(text, statement)
  }
  return statement
}
