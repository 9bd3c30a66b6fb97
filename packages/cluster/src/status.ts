import { type Diagnostic, hasErrors } from '@groundplane/core'
import { LOCK_KEY, STATE_KEY } from './cluster-root.js'
import type { ForceUnlockDocument, StatusDocument } from './documents.js'
import { type ClusterOptions, environment } from './environment.js'
import { listIntents, pendingWarnings } from './intent.js'
import { isDiagnostic, readLedger } from './ledger.js'
import { ledgerView } from './ledger-view.js'
import { readLock } from './lock.js'
import { observePayloads } from './observe.js'
import { NO_STATE } from './plan.js'
import { failure, problem, warning } from './problem.js'
import { stateObservations } from './state-observations.js'
import { openWorkspace } from './workspace.js'

/** What the ledger says is applied, who holds the lock, and whether the published content is intact. Writes nothing, looks at no graph. */
export async function statusCluster(dir: string, options: ClusterOptions = {}): Promise<StatusDocument> {
  const env = environment(options)
  const { root, configDir, diagnostics: opened } = await openWorkspace(dir)
  const diagnostics: Diagnostic[] = [...opened]
  const unread = { ok: false, config_dir: configDir, state_observations: NO_STATE, diagnostics }
  if (!root) return { ...unread, ...ledgerView(undefined) }
  const stored = await readLedger(root)
  const failed = isDiagnostic(stored)
  if (failed) diagnostics.push(stored)
  if (stored === null) {
    diagnostics.push(
      warning(
        'state_missing',
        { path: STATE_KEY },
        'this cluster has no state ledger yet',
        'Run "groundplane cluster import".',
      ),
    )
  }
  const lock = await readLock(root)
  if (lock && 'severity' in lock) diagnostics.push({ ...lock, severity: 'warning' })
  diagnostics.push(...pendingWarnings(await listIntents(root)))
  const ledger = stored === null || failed ? undefined : stored.ledger
  if (ledger) diagnostics.push(...(await observePayloads(root, ledger)).diagnostics)
  return {
    ok: !hasErrors(diagnostics),
    config_dir: configDir,
    state_observations: await stateObservations(root, failed ? null : stored, env),
    ...ledgerView(ledger),
    diagnostics,
  }
}

/** Removes the lock whose id is given exactly. Anything else leaves it untouched. */
export async function forceUnlock(
  dir: string,
  lockId: string,
  options: ClusterOptions = {},
): Promise<ForceUnlockDocument> {
  const env = environment(options)
  const { root, configDir, diagnostics: opened } = await openWorkspace(dir)
  if (!root)
    return {
      ok: false,
      config_dir: configDir,
      state_observations: NO_STATE,
      lock_removed: false,
      diagnostics: opened,
    }
  const stored = await readLedger(root)
  const observed = await stateObservations(root, isDiagnostic(stored) ? null : stored, env)
  const place = { path: LOCK_KEY }
  const lock = await readLock(root)
  let found: Diagnostic | undefined
  if (lock === null) {
    found = problem('state_lock_missing', place, 'the cluster is not locked', 'Nothing to release.')
  } else if ('severity' in lock) found = lock
  else if (lock.record.lock_id !== lockId) {
    found = problem(
      'state_lock_id_mismatch',
      place,
      `the lock has another id than "${lockId}"`,
      'Read the id with "groundplane cluster status" and make sure its owner is dead.',
    )
  } else {
    try {
      await root.storage.delete(LOCK_KEY, { ifMatch: lock.etag })
    } catch (error) {
      found = failure('state_lock_error', place, 'the lock was not removed', error, 'Read the status again.')
    }
  }
  const diagnostics = found ? [...opened, found] : opened
  return {
    ok: !hasErrors(diagnostics),
    config_dir: configDir,
    state_observations: observed,
    lock_removed: !found,
    diagnostics,
  }
}
