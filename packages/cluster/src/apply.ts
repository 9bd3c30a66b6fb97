import { hasErrors } from '@groundplane/core'
import { ApplyRun } from './apply-run.js'
import type { ClusterRoot } from './cluster-root.js'
import type { DesiredState } from './desired.js'
import type { ApplyDocument } from './documents.js'
import { type ClusterOptions, type Environment, environment } from './environment.js'
import { listIntents } from './intent.js'
import { isDiagnostic, readLedger } from './ledger.js'
import { type LockOutcome, lockIfEnabled } from './locked.js'
import { NO_STATE } from './plan.js'
import { problem } from './problem.js'
import { recoverIntents } from './recover.js'
import { stateObservations } from './state-observations.js'
import { checkDesired, openWorkspace, type Workspace } from './workspace.js'

export type ApplyOptions = ClusterOptions

/**
 * Makes the cluster what its files say, and records it. The plan is computed
 * again under the lock; a failed change holds back what depends on it and
 * nothing else; applying twice changes nothing the second time. Killed at any
 * point, the next run repairs what this one left.
 */
export async function applyCluster(dir: string, options: ApplyOptions = {}): Promise<ApplyDocument> {
  const env = environment(options)
  const workspace = await openWorkspace(dir)
  const { desired, diagnostics } = await checkDesired(workspace, env)
  const { root } = workspace
  if (!desired || !root) return refused(workspace, env, diagnostics)
  const absent = await readLedger(root)
  if (absent === null) return refused(workspace, env, [...diagnostics, STATE_MISSING], root)
  return lockIfEnabled(root, desired.config, 'apply', env, (lock) =>
    underLock(workspace, root, desired, env, lock, diagnostics),
  )
}

export const STATE_MISSING = problem(
  'state_missing',
  { path: '__cluster/state.json' },
  'this cluster has no state ledger yet',
  'Run "groundplane cluster import" once; it also rebuilds a ledger that was lost.',
)

async function underLock(
  workspace: Workspace,
  root: ClusterRoot,
  desired: DesiredState,
  env: Environment,
  lock: LockOutcome,
  before: ApplyDocument['diagnostics'],
): Promise<ApplyDocument> {
  const diagnostics = [...before, ...lock.diagnostics]
  if (hasErrors(diagnostics)) return refused(workspace, env, diagnostics, root)
  const stored = await readLedger(root)
  if (stored === null) return refused(workspace, env, [...diagnostics, STATE_MISSING], root)
  if (isDiagnostic(stored)) return refused(workspace, env, [...diagnostics, stored], root)
  const recovery = await recoverIntents(root, await listIntents(root), stored.ledger, env)
  if (recovery.diagnostics.some((d) => UNREADABLE_INTENT.has(d.code))) {
    return refused(workspace, env, [...diagnostics, ...recovery.diagnostics], root)
  }
  const run = new ApplyRun(root, env, desired, stored, recovery, lock.held?.record)
  const outcome = await run.execute()
  const all = [...diagnostics, ...outcome.diagnostics]
  return { ...outcome, config_dir: workspace.configDir, ok: !hasErrors(all), diagnostics: all }
}

/** What such an intent protects is unknown, so no graph may be touched. */
export const UNREADABLE_INTENT: ReadonlySet<string> = new Set([
  'recovery_sidecar_read_error',
  'invalid_recovery_sidecar',
  'unsupported_recovery_sidecar_version',
])

async function refused(
  { configDir }: Workspace,
  env: Environment,
  diagnostics: ApplyDocument['diagnostics'],
  root?: ClusterRoot,
): Promise<ApplyDocument> {
  const stored = root && (await readLedger(root))
  const ledger = stored && !isDiagnostic(stored) ? stored : null
  return {
    ok: false,
    config_dir: configDir,
    ...(env.actor !== undefined && { actor: env.actor }),
    desired_revision: {},
    state_observations: root ? await stateObservations(root, ledger, env) : NO_STATE,
    changes: [],
    applied_count: 0,
    deferred_count: 0,
    converged: false,
    state_written: false,
    resource_statuses: ledger?.ledger.resource_statuses ?? {},
    diagnostics,
  }
}
