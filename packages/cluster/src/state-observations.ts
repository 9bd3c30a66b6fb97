import { type ClusterRoot, LOCK_KEY, objectPath, STATE_KEY } from './cluster-root.js'
import type { StateObservations } from './documents.js'
import type { Environment } from './environment.js'
import type { StoredLedger } from './ledger.js'
import { type LockRecord, lockAgeSeconds, ownerIsDead, readLock } from './lock.js'

/** What a command saw of ledger and lock. `own` is the lock it took itself. */
export async function stateObservations(
  root: ClusterRoot,
  stored: StoredLedger | null,
  env: Environment,
  own?: LockRecord,
): Promise<StateObservations> {
  const found = await readLock(root)
  const held = found && 'record' in found && found.record.lock_id !== own?.lock_id ? found.record : undefined
  const ledger = stored?.ledger
  return {
    state_path: objectPath(root, STATE_KEY),
    lock_path: objectPath(root, LOCK_KEY),
    state_found: stored !== null,
    ...(ledger?.applied_revision.config_digest !== undefined && {
      applied_config_digest: ledger.applied_revision.config_digest,
    }),
    state_revision: ledger?.state_revision ?? 0,
    ...(stored && { state_cas: stored.cas }),
    resource_count: Object.keys(ledger?.applied_revision.resources ?? {}).length,
    locked: found !== null && (held !== undefined || !('record' in found)),
    ...(held && {
      lock_id: held.lock_id,
      lock_operation: held.operation,
      lock_created_at: held.created_at,
      lock_pid: held.pid,
      ...(held.host !== '' && { lock_host: held.host }),
      ...(held.actor !== undefined && { lock_actor: held.actor }),
      lock_age_seconds: lockAgeSeconds(held, env),
      lock_owner_dead: ownerIsDead(held),
    }),
    lock_acquired: own !== undefined,
    ...(own && { acquired_lock_id: own.lock_id }),
  }
}
