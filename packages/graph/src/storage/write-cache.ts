import type { Db } from './database.js'

/**
 * Pages of a large write. One that overflows the connection's cache writes changed pages to the log before its commit,
 * and the same ones again when it changes them again: those of an index whose keys come in no order, again and again.
 */
const LARGE_KIB = 65_536

/** By connection, the size to go back to. */
const ordinary = new WeakMap<Db, number>()

/** In a write transaction that has turned out large. */
export function widenCache(db: Db): void {
  const size = db.pragma('cache_size', { simple: true }) as number
  if (size >= 0 || -size >= LARGE_KIB) return
  ordinary.set(db, size)
  db.pragma(`cache_size = -${LARGE_KIB}`)
}

/** After it, however it ended: gives the memory back. */
export function narrowCache(db: Db): void {
  const size = ordinary.get(db)
  if (size === undefined) return
  ordinary.delete(db)
  db.pragma(`cache_size = ${size}`)
}
