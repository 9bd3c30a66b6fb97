import type Database from 'better-sqlite3'
import type { Statement } from 'better-sqlite3'

const LIMIT = 400
const caches = new WeakMap<Database.Database, Map<string, Statement>>()

/**
 * A statement prepared once per connection; preparing costs more than running a
 * small one. Only for texts that repeat: no sequence numbers in them.
 */
export function prepared(
  db: Database.Database,
  text: string,
  mode: 'rows' | 'raw' | 'pluck' = 'rows',
): Statement {
  let cache = caches.get(db)
  if (!cache) {
    cache = new Map()
    caches.set(db, cache)
  }
  const key = `${mode}:${text}`
  let statement = cache.get(key)
  if (!statement) {
    statement = db.prepare(text)
    if (mode === 'raw') statement.raw(true)
    if (mode === 'pluck') statement.pluck(true)
    if (cache.size >= LIMIT) cache.delete(cache.keys().next().value as string)
    cache.set(key, statement)
  }
  return statement
}
