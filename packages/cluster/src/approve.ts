import { type Diagnostic, hasErrors } from '@groundplane/core'
import { STATE_MISSING, UNREADABLE_INTENT } from './apply.js'
import { newApproval } from './approval.js'
import { subtreeOf } from './authorised.js'
import type { ClusterRoot } from './cluster-root.js'
import type { DesiredState } from './desired.js'
import type { ApproveDocument } from './documents.js'
import { DurableSteps } from './durable-steps.js'
import { type ClusterOptions, type Environment, environment } from './environment.js'
import { listIntents } from './intent.js'
import { isDiagnostic, readLedger, type StoredLedger } from './ledger.js'
import { graphOf } from './ledger-entry.js'
import { type LockOutcome, lockIfEnabled } from './locked.js'
import { computePlan } from './plan.js'
import { failure, problem } from './problem.js'
import { recoverIntents } from './recover.js'
import { checkDesired, openWorkspace } from './workspace.js'

type Found = Omit<ApproveDocument, 'ok' | 'config_dir'>

/**
 * Records that somebody wants a change that cannot be undone, as the plan shows it
 * now: the delete of a graph with all its data. The approval is bound to the
 * configuration, the ledger and the heads of the graph; when any of them moves it
 * authorises nothing. Needs an actor. Approving the same change twice writes once.
 */
export async function approveCluster(
  dir: string,
  address: string,
  options: ClusterOptions = {},
): Promise<ApproveDocument> {
  const env = environment(options)
  const workspace = await openWorkspace(dir)
  const { desired, diagnostics } = await checkDesired(workspace, env)
  const { root, configDir } = workspace
  const describe = (found: Found): ApproveDocument => {
    const all = [...diagnostics, ...found.diagnostics]
    return { ...found, ok: !hasErrors(all), config_dir: configDir, diagnostics: all }
  }
  if (!desired || !root) return describe({ diagnostics: [] })
  const { actor } = env
  if (actor === undefined) return describe({ diagnostics: [NO_ACTOR] })
  return lockIfEnabled(root, desired.config, 'approve', env, async (lock) =>
    describe(await underLock(root, desired, address, actor, env, lock)),
  )
}

const NO_ACTOR = problem(
  'approval_actor_required',
  {},
  'an approval needs somebody who gives it',
  'Say who with --as, or set operator.actor in ~/.groundplane/config.yaml.',
)

async function underLock(
  root: ClusterRoot,
  desired: DesiredState,
  address: string,
  actor: string,
  env: Environment,
  lock: LockOutcome,
): Promise<Found> {
  const refuse = (...found: readonly Diagnostic[]): Found => ({
    diagnostics: [...lock.diagnostics, ...found],
  })
  if (hasErrors(lock.diagnostics)) return refuse()
  const stored = await readLedger(root)
  if (stored === null) return refuse(STATE_MISSING)
  if (isDiagnostic(stored)) return refuse(stored)
  const recovery = await recoverIntents(root, await listIntents(root), stored.ledger, env)
  const unreadable = recovery.diagnostics.filter((d) => UNREADABLE_INTENT.has(d.code))
  if (unreadable.length > 0) return refuse(...unreadable)
  const planned = await computePlan(root, desired, stored, recovery, true)
  const id = graphOf(address) ?? ''
  const change = planned.changes.find((c) => c.resource === address)
  const pending = recovery.settled.length + recovery.rolledForward.length + recovery.kept.length
  if (pending > 0) return refuse(INTERRUPTED)
  if (change?.operation !== 'delete' || !address.startsWith('graph.')) {
    const gated = planned.changes.filter((c) => c.operation === 'delete' && c.resource.startsWith('graph.'))
    return refuse(
      notRequired(
        address,
        gated.map((c) => c.resource),
      ),
    )
  }
  const subtree = subtreeOf(id, planned.recorded)
  const about = { resource: address, operation: 'delete' as const, subtree: Object.keys(subtree) }
  const before = planned.approved.get(id)
  if (before) {
    const { approval_id, approved_by } = before
    return { approval_id, ...about, approved_by, already_approved: true, diagnostics: lock.diagnostics }
  }
  const seen = planned.observations.graphs.get(id)
  const approval = newApproval(
    {
      resource: address,
      config_digest: desired.configDigest,
      ...boundLedger(stored),
      subtree,
      graph_heads: seen?.state === 'open' ? seen.heads : undefined,
    },
    actor,
    env,
  )
  try {
    await new DurableSteps(root, env).writeApproval(approval)
  } catch (error) {
    return refuse(
      failure(
        'approval_write_error',
        { path: address },
        `the approval of ${address} was not written`,
        error,
        'Check free space and permissions, then approve again.',
      ),
    )
  }
  return { approval_id: approval.approval_id, ...about, approved_by: actor, diagnostics: lock.diagnostics }
}

function boundLedger(stored: StoredLedger): { state_cas: string; state_revision: number } {
  return { state_cas: stored.cas, state_revision: stored.ledger.state_revision }
}

/** The ledger is about to move, and an approval bound to it would be stale at once. */
const INTERRUPTED = problem(
  'cluster_recovery_pending',
  {},
  'an interrupted operation is not resolved yet, so there is no settled state to approve a change of',
  'Run "groundplane cluster apply", look at the plan, then approve.',
)

function notRequired(address: string, gated: readonly string[]): Diagnostic {
  const covering = gated.find((resource) => graphOf(resource) === graphOf(address))
  const remedy =
    covering !== undefined
      ? `Approve ${covering}: it covers everything of that graph.`
      : gated.length > 0
        ? `What needs an approval now: ${gated.join(', ')}.`
        : 'Nothing needs an approval now; run "groundplane cluster apply".'
  return problem(
    'approval_not_required',
    { path: address },
    `the plan has no change of ${address} that needs an approval`,
    remedy,
  )
}
