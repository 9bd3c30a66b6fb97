import { type Diagnostic, hasErrors } from '@groundplane/core'
import { STATE_MISSING } from './apply.js'
import { type ClusterRoot, isLocal, RESOURCE_PREFIX, STATE_KEY } from './cluster-root.js'
import type { GcDocument } from './documents.js'
import { DurableSteps } from './durable-steps.js'
import { type ClusterOptions, type Environment, environment } from './environment.js'
import { isDiagnostic, type Ledger, readLedger, type StoredLedger } from './ledger.js'
import { payloadKey } from './ledger-entry.js'
import { type LockOutcome, lockIfEnabled } from './locked.js'
import { NO_STATE } from './plan.js'
import { failure, problem } from './problem.js'
import { listRevisions, type PastRevision, readRevision } from './revisions.js'
import { stateObservations } from './state-observations.js'
import { openWorkspace } from './workspace.js'

export interface GcOptions extends ClusterOptions {
  /** Remove; without, only say what would be removed. */
  readonly confirm?: boolean
  /** How many past revisions stay, with the content they name. Default 10. */
  readonly keepRevisions?: number
}

/** A payload names its content; anything else below the catalog is not ours to remove. */
const BLOB = /\/[0-9a-f]{64}\.(gq|yaml|cedar|json)$/

/**
 * Removes what no kept revision of the ledger names: old revisions first, then
 * payloads, so that a revision that stands always has its content. Needs the
 * lock, for an apply in flight publishes content before its ledger names it.
 * Killed at any point it has only removed what nothing names; the next run goes on.
 */
export async function gcCluster(dir: string, options: GcOptions = {}): Promise<GcDocument> {
  const env = environment(options)
  const { root, config, configDir, diagnostics } = await openWorkspace(dir)
  const empty = { confirmed: options.confirm === true, unreferenced: [], old_revisions: [], kept_count: 0 }
  const nothing = { ...empty, kept_revisions: [], removed_count: 0, removed_bytes: 0 }
  const none = { ok: false, config_dir: configDir, state_observations: NO_STATE, ...nothing }
  if (!root || !config) return { ...none, diagnostics }
  if (!config.lock) return { ...none, diagnostics: [...diagnostics, NEEDS_LOCK] }
  return lockIfEnabled(root, config, 'gc', env, async (lock) => {
    const stored = hasErrors(lock.diagnostics) ? null : await readLedger(root)
    const known = isDiagnostic(stored) ? null : stored
    const found = await underLock(root, stored, lock, env, options)
    const all = [...diagnostics, ...lock.diagnostics, ...found.diagnostics]
    return {
      ...nothing,
      ...found,
      ok: !hasErrors(all),
      config_dir: configDir,
      state_observations: await stateObservations(root, known, env, lock.held?.record),
      diagnostics: all,
    }
  })
}

const NEEDS_LOCK = problem(
  'state_lock_required',
  { path: 'state.lock' },
  'content that an apply is just publishing looks like content that nothing names, so gc needs the lock',
  'Remove "state.lock: false" for this run, and make sure no other command runs.',
)

async function underLock(
  root: ClusterRoot,
  stored: StoredLedger | Diagnostic | null,
  lock: LockOutcome,
  env: Environment,
  { confirm = false, keepRevisions = 10 }: GcOptions,
): Promise<Partial<GcDocument> & { diagnostics: Diagnostic[] }> {
  if (hasErrors(lock.diagnostics)) return { diagnostics: [] }
  // Without a ledger nothing would be named, and everything removed.
  if (stored === null) return { diagnostics: [STATE_MISSING] }
  if (isDiagnostic(stored)) return { diagnostics: [stored] }
  const revisions = await listRevisions(root)
  const kept = keepRevisions > 0 ? revisions.slice(-keepRevisions) : []
  const old = revisions.slice(0, revisions.length - kept.length)
  const named = await namedBy(root, stored.ledger, kept)
  if (isDiagnostic(named)) return { diagnostics: [named] }
  const blobs = (await root.storage.list(RESOURCE_PREFIX)).filter((key) => BLOB.test(key))
  const unreferenced: { key: string; bytes: number }[] = []
  for (const key of blobs) {
    if (named.has(key)) continue
    unreferenced.push({ key, bytes: (await root.storage.get(key))?.body.byteLength ?? 0 })
  }
  const plan = {
    unreferenced,
    old_revisions: old,
    kept_count: blobs.length - unreferenced.length,
    kept_revisions: kept.map((r) => r.revision),
  }
  const doomed = [...old.map((r) => r.key), ...unreferenced.map((b) => b.key)]
  if (!confirm || doomed.length === 0) return { ...plan, diagnostics: [] }
  if (!isLocal(root))
    await env.consent(`This removes ${doomed.length} objects from ${root.storage.location} for good.`)
  const { removed, diagnostics } = await removeAll(new DurableSteps(root, env), doomed)
  const bytes = unreferenced.filter((b) => removed.has(b.key)).reduce((sum, b) => sum + b.bytes, 0)
  return { ...plan, removed_count: removed.size, removed_bytes: bytes, diagnostics }
}

async function removeAll(
  steps: DurableSteps,
  keys: readonly string[],
): Promise<{ removed: Set<string>; diagnostics: Diagnostic[] }> {
  const removed = new Set<string>()
  const diagnostics: Diagnostic[] = []
  for (const key of keys) {
    try {
      await steps.removeUnreferenced(key)
      removed.add(key)
    } catch (error) {
      diagnostics.push(
        failure('gc_remove_failed', { path: key }, `${key} was not removed`, error, 'Run gc again.'),
      )
    }
  }
  return { removed, diagnostics }
}

/** The keys of all content that the ledger and the kept revisions name. An unreadable revision names who knows what. */
async function namedBy(
  root: ClusterRoot,
  ledger: Ledger,
  kept: readonly PastRevision[],
): Promise<Set<string> | Diagnostic> {
  const named = new Set<string>([STATE_KEY])
  const ledgers = [ledger]
  for (const revision of kept) {
    const found = await readRevision(root, revision)
    if (isDiagnostic(found)) return found
    ledgers.push(found)
  }
  for (const { applied_revision } of ledgers) {
    for (const [address, entry] of Object.entries(applied_revision.resources)) {
      const key = payloadKey(address, entry)
      if (key !== undefined) named.add(key)
    }
  }
  return named
}
