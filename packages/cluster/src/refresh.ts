import { type Diagnostic, hasErrors } from '@groundplane/core'
import { STATE_MISSING, UNREADABLE_INTENT } from './apply.js'
import { approvalRecord, type FoundApprovals, listApprovals } from './approval.js'
import type { ClusterRoot } from './cluster-root.js'
import type { DesiredState } from './desired.js'
import type { RefreshDocument } from './documents.js'
import { DurableSteps } from './durable-steps.js'
import { type ClusterOptions, type Environment, environment } from './environment.js'
import { finishIntents } from './finish-intents.js'
import { listIntents } from './intent.js'
import {
  type ApprovalRecord,
  EMPTY_LEDGER,
  isDiagnostic,
  type Ledger,
  readLedger,
  type StoredLedger,
} from './ledger.js'
import { ledgerView } from './ledger-view.js'
import { type LockOutcome, lockIfEnabled } from './locked.js'
import { observe } from './observe.js'
import { recordObservations } from './observe-into-ledger.js'
import { NO_STATE } from './plan.js'
import { problem } from './problem.js'
import { type Recovery, recoverIntents } from './recover.js'
import { listRevisions } from './revisions.js'
import { stateObservations } from './state-observations.js'
import { checkDesired, openWorkspace } from './workspace.js'

/** Records what is live in the ledger, so that the next plan starts from it. Needs a ledger. */
export function refreshCluster(dir: string, options: ClusterOptions = {}): Promise<RefreshDocument> {
  return observeCluster(dir, 'refresh', options)
}

/** Creates the ledger from the configuration and a read-only look at the graphs. Refuses when there is one. */
export function importCluster(dir: string, options: ClusterOptions = {}): Promise<RefreshDocument> {
  return observeCluster(dir, 'import', options)
}

type Operation = RefreshDocument['operation']

async function observeCluster(
  dir: string,
  operation: Operation,
  options: ClusterOptions,
): Promise<RefreshDocument> {
  const env = environment(options)
  const workspace = await openWorkspace(dir)
  const { desired, diagnostics } = await checkDesired(workspace, env)
  const { root, configDir } = workspace
  if (!desired || !root) return describe(configDir, operation, null, NO_STATE, diagnostics)
  const early = precondition(operation, await readLedger(root), root)
  if (early) {
    return describe(configDir, operation, null, await stateObservations(root, null, env), [
      ...diagnostics,
      early,
    ])
  }
  return lockIfEnabled(root, desired.config, operation, env, async (lock) => {
    const { stored, found } = await underLock(root, desired, operation, env, lock)
    const observed = await stateObservations(root, stored, env, lock.held?.record)
    return describe(configDir, operation, stored, observed, [...diagnostics, ...found])
  })
}

async function underLock(
  root: ClusterRoot,
  desired: DesiredState,
  operation: Operation,
  env: Environment,
  lock: LockOutcome,
): Promise<{ stored: StoredLedger | null; found: Diagnostic[] }> {
  if (hasErrors(lock.diagnostics)) return { stored: null, found: [...lock.diagnostics] }
  const before = await readLedger(root)
  const unmet = precondition(operation, before, root)
  if (unmet || isDiagnostic(before)) return { stored: null, found: unmet ? [unmet] : [] }
  const ledger = before?.ledger ?? (await succeeding(root))
  const recovery = await recoverIntents(root, await listIntents(root), ledger, env)
  const found = [...lock.diagnostics, ...recovery.diagnostics]
  if (recovery.diagnostics.some((d) => UNREADABLE_INTENT.has(d.code))) return { stored: before, found }
  const base = withUsedApprovals(recovered(ledger, recovery, desired), operation, await listApprovals(root))
  const ids = new Set([...desired.graphs.keys(), ...knownGraphs(base)])
  const seen = await observe(root, ids, base)
  const { ledger: next, diagnostics } = recordObservations(base, desired, seen)
  found.push(...seen.diagnostics, ...diagnostics)
  if (operation === 'import' && hasErrors(found)) return { stored: null, found }
  const steps = new DurableSteps(root, env)
  const written = await steps.writeLedger(before, next)
  if (isDiagnostic(written)) return { stored: before, found: [...found, written] }
  const done = [...recovery.settled, ...recovery.rolledForward]
  found.push(...(await finishIntents(steps, done, written.ledger)))
  return { stored: written, found }
}

/** An empty ledger that goes on counting where a lost one, of which only the past is known, must have been. */
async function succeeding(root: ClusterRoot): Promise<Ledger> {
  const last = (await listRevisions(root)).at(-1)
  return last ? { ...EMPTY_LEDGER, state_revision: last.revision + 1 } : EMPTY_LEDGER
}

/** A ledger that was lost gets back from the artifacts who approved what was deleted. */
function withUsedApprovals(ledger: Ledger, operation: Operation, found: FoundApprovals): Ledger {
  if (operation !== 'import') return ledger
  const records: Record<string, ApprovalRecord> = {}
  for (const { approval } of found.approvals) {
    const { approval_id, consumed_at, consumed_by } = approval
    if (consumed_at === undefined) continue
    records[approval_id] = approvalRecord(approval, Date.parse(consumed_at), consumed_by)
  }
  return { ...ledger, approval_records: { ...records, ...ledger.approval_records } }
}

function recovered(ledger: Ledger, recovery: Recovery, desired: DesiredState): Ledger {
  const observations = { ...ledger.observations, ...recovery.observations }
  for (const address of Object.keys(recovery.tombstones)) delete observations[address]
  const tombstones = { ...ledger.tombstones, ...recovery.tombstones }
  return {
    ...ledger,
    name: ledger.name ?? desired.config.name,
    applied_revision: { ...ledger.applied_revision, resources: recovery.recorded },
    resource_statuses: { ...ledger.resource_statuses, ...recovery.statuses },
    approval_records: { ...ledger.approval_records, ...recovery.approvals },
    recovery_records: { ...ledger.recovery_records, ...recovery.records },
    observations,
    ...(Object.keys(tombstones).length > 0 && { tombstones }),
  }
}

function knownGraphs(ledger: Ledger): string[] {
  return Object.keys(ledger.applied_revision.resources).flatMap((a) =>
    a.startsWith('graph.') ? [a.slice('graph.'.length)] : [],
  )
}

function precondition(
  operation: Operation,
  stored: StoredLedger | null | Diagnostic,
  root: ClusterRoot,
): Diagnostic | undefined {
  if (stored !== null && isDiagnostic(stored)) return stored
  if (operation === 'refresh') return stored === null ? STATE_MISSING : undefined
  if (stored === null) return undefined
  return problem(
    'state_already_exists',
    { path: '__cluster/state.json' },
    `${root.storage.location} already has a state ledger (revision ${stored.ledger.state_revision})`,
    'Nothing to import; use "groundplane cluster refresh" to record what is live.',
  )
}

function describe(
  configDir: string,
  operation: Operation,
  stored: StoredLedger | null,
  observed: RefreshDocument['state_observations'],
  diagnostics: readonly Diagnostic[],
): RefreshDocument {
  return {
    ok: !hasErrors(diagnostics),
    operation,
    config_dir: configDir,
    state_observations: observed,
    ...ledgerView(stored?.ledger),
    diagnostics,
  }
}
