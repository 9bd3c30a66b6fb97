import { type Diagnostic, hasErrors } from '@groundplane/core'
import type { ClusterRoot } from './cluster-root.js'
import type { ClusterConfig } from './config.js'
import { checkDataDirectory } from './data-directory.js'
import type { CommandDocument } from './documents.js'
import { DurableSteps } from './durable-steps.js'
import type { Environment } from './environment.js'
import { abandonedLock, type HeldLock, isHeld } from './lock.js'
import { warning } from './problem.js'

export interface LockOutcome {
  readonly held?: HeldLock
  /** With an error in it the command must not go on. */
  readonly diagnostics: readonly Diagnostic[]
}

/** The commands that may be the first to use a data directory. */
const CLAIMING = new Set(['import', 'apply', 'refresh'])

/**
 * Runs a command under the cluster lock and releases it, also when the command
 * throws. When the configuration switches the lock off, says so.
 */
export async function lockIfEnabled<T extends CommandDocument>(
  root: ClusterRoot,
  config: ClusterConfig,
  operation: string,
  env: Environment,
  body: (lock: LockOutcome) => Promise<T>,
): Promise<T> {
  const misplaced = () => checkDataDirectory(root, env, CLAIMING.has(operation))
  if (!config.lock) {
    const off = warning(
      'state_lock_disabled',
      { path: 'state.lock' },
      'the cluster lock is switched off',
      'Remove "state.lock: false" unless exactly one process ever runs commands here.',
    )
    const elsewhere = await misplaced()
    return body({ diagnostics: elsewhere ? [off, elsewhere] : [off] })
  }
  const steps = new DurableSteps(root, env)
  const lock = await steps.lock(operation)
  if (!isHeld(lock)) return body({ diagnostics: [lock] })
  const diagnostics = lock.abandoned ? [abandonedLock(lock.abandoned, env)] : []
  let released = false
  try {
    const elsewhere = await misplaced()
    if (elsewhere) diagnostics.push(elsewhere)
    const document = await body({ held: lock, diagnostics })
    released = true
    const trouble = await steps.unlock(lock)
    if (!trouble) return document
    const found = [...document.diagnostics, trouble]
    return { ...document, ok: document.ok && !hasErrors(found), diagnostics: found }
  } finally {
    if (!released) await lock.release()
  }
}
