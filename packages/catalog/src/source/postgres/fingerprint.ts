import { sha256 } from '@groundplane/core'
import type { PostgresSession } from './postgres-session.js'

/**
 * A text that changes whenever the data may have changed: from the database and the snapshot its session
 * reads. Every transaction that writes has an id of its own, and a snapshot says which of them it sees;
 * two equal snapshots see the same rows. Different ones may still see equal data: the ids are of the whole
 * server, other databases and its own upkeep included. Throws `SourceError`.
 */
export async function sessionFingerprint(session: PostgresSession): Promise<string> {
  const [row] = await session.rows(
    `SELECT d.oid, d.datname, pg_catalog.pg_current_snapshot() FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`,
  )
  return `postgres:${sha256((row ?? []).join('|')).slice(0, 32)}`
}
