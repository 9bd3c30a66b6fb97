import { type Diagnostic, hasErrors } from '@groundplane/core'
import { type Approval, listApprovals } from './approval.js'
import { authorised } from './authorised.js'
import { approvalGates, blastRadius, isGraphDeleted, planChanges, unapprovedDeletes } from './change.js'
import type { ClusterRoot } from './cluster-root.js'
import { type DesiredState, dependencyEdges } from './desired.js'
import type { Change, ChangeReason, Drift, PlanDocument } from './documents.js'
import { type ClusterOptions, environment } from './environment.js'
import { listIntents } from './intent.js'
import { EMPTY_LEDGER, isDiagnostic, type Ledger, readLedger, type StoredLedger } from './ledger.js'
import type { LedgerEntry } from './ledger-entry.js'
import { lockIfEnabled } from './locked.js'
import {
  correctByObservation,
  type MigrationPreview,
  type Observations,
  observe,
  previewMigration,
} from './observe.js'
import { problem } from './problem.js'
import { type Recovery, recoverIntents } from './recover.js'
import { stateObservations } from './state-observations.js'
import { checkDesired, openWorkspace } from './workspace.js'

/** A plan as a value: what apply executes, and plan shows. */
export interface Planned {
  readonly changes: readonly Change[]
  readonly drift: readonly Drift[]
  /** What is applied, after recovery and corrected by observation. */
  readonly recorded: Readonly<Record<string, LedgerEntry>>
  readonly observations: Observations
  /** By graph id: deletes that are approved as they stand. */
  readonly approved: ReadonlyMap<string, Approval>
  readonly diagnostics: readonly Diagnostic[]
}

export interface PlanOptions extends ClusterOptions {
  /** Look at live graphs and payloads for drift. Default true. */
  readonly refresh?: boolean
}

/**
 * What apply would do now. Writes nothing, the lock apart. With an absent
 * ledger everything is a create.
 */
export async function planCluster(dir: string, options: PlanOptions = {}): Promise<PlanDocument> {
  const env = environment(options)
  const workspace = await openWorkspace(dir)
  const { desired, diagnostics } = await checkDesired(workspace, env)
  const { root, configDir } = workspace
  if (!desired || !root) return emptyPlan(configDir, diagnostics)
  return lockIfEnabled(root, desired.config, 'plan', env, async (lock) => {
    const stored = lock.diagnostics.some((d) => d.severity === 'error') ? null : await readLedger(root)
    const failed = [...diagnostics, ...lock.diagnostics, ...(isDiagnostic(stored) ? [stored] : [])]
    const observed = await stateObservations(
      root,
      isDiagnostic(stored) ? null : stored,
      env,
      lock.held?.record,
    )
    if (hasErrors(failed)) return { ...emptyPlan(configDir, failed), state_observations: observed }
    const before = stored as StoredLedger | null
    const recovery = await recoverIntents(root, await listIntents(root), before?.ledger ?? EMPTY_LEDGER, env)
    const planned = await computePlan(root, desired, before, recovery, options.refresh ?? true)
    const all = [
      ...failed,
      ...recovery.diagnostics.map(asPreview),
      ...planned.diagnostics,
      ...unapprovedDeletes(planned.changes),
    ]
    return {
      ok: !hasErrors(all),
      config_dir: configDir,
      desired_revision: { config_digest: desired.configDigest },
      resource_digests: digests(desired),
      dependencies: dependencyEdges(desired.resources.values()),
      state_observations: observed,
      changes: planned.changes,
      drift: planned.drift,
      blast_radius: blastRadius(planned.changes, desired, planned.recorded),
      approvals_required: approvalGates(planned.changes, planned.approved),
      diagnostics: all,
    }
  })
}

/** Computes the plan from files, ledger, recovered intents and, if asked, a look at the live graphs. */
export async function computePlan(
  root: ClusterRoot,
  desired: DesiredState,
  stored: StoredLedger | null,
  recovery: Recovery,
  look: boolean,
): Promise<Planned> {
  const ledger = stored?.ledger ?? EMPTY_LEDGER
  const base: Ledger = {
    ...ledger,
    applied_revision: { ...ledger.applied_revision, resources: recovery.recorded },
  }
  const kept = new Set(recovery.kept.map(({ intent }) => intent.graph))
  const known = Object.keys(recovery.recorded).flatMap((a) =>
    a.startsWith('graph.') ? [a.slice('graph.'.length)] : [],
  )
  const ids = [...known, ...desired.graphs.keys()].filter((id) => !kept.has(id))
  const observations: Observations = look
    ? await observe(root, ids, base)
    : { graphs: new Map(), payloads: new Map(), altered: new Map(), diagnostics: [] }
  const corrected = correctByObservation(base, observations, new Set(desired.graphs.keys()))
  const barred = new Map<string, ChangeReason>([...kept].map((id) => [id, 'cluster_recovery_pending']))
  for (const { resource, condition } of corrected.drift) {
    const id = resource.slice('graph.'.length)
    if (condition === 'graph_missing' && desired.graphs.has(id)) barred.set(id, 'graph_missing')
    if (condition === 'graph_unrecorded') barred.set(id, 'graph_create_failed')
    if (condition === 'graph_observation_error' && !recovery.recorded[`graph.${id}`])
      barred.set(id, 'graph_create_failed')
  }
  const { migrations, diagnostics } = previewMigrations(root, desired, corrected.recorded, barred)
  const { recorded } = corrected
  const deletes = known.filter((id) => !kept.has(id) && isGraphDeleted(id, desired, recorded))
  const approvals = deletes.length > 0 ? await listApprovals(root) : { approvals: [], diagnostics: [] }
  const present = {
    configDigest: desired.configDigest,
    stateCas: stored?.cas,
    graphs: observations.graphs,
  }
  const consent = authorised(deletes, approvals, present)
  const changes = planChanges({ desired, recorded, barred, migrations, approved: consent.approvals })
  return {
    changes,
    drift: corrected.drift,
    recorded,
    observations,
    approved: consent.approvals,
    diagnostics: [
      ...observations.diagnostics,
      ...corrected.diagnostics,
      ...diagnostics,
      ...approvals.diagnostics,
      ...consent.diagnostics,
    ],
  }
}

function previewMigrations(
  root: ClusterRoot,
  desired: DesiredState,
  recorded: Readonly<Record<string, LedgerEntry>>,
  barred: ReadonlyMap<string, ChangeReason>,
): { migrations: Map<string, MigrationPreview>; diagnostics: Diagnostic[] } {
  const migrations = new Map<string, MigrationPreview>()
  const diagnostics: Diagnostic[] = []
  for (const { id, schema, model } of desired.graphs.values()) {
    const live = recorded[`schema.${id}`]?.digest
    if (live === undefined || live === model.digest || barred.has(id)) continue
    const preview = previewMigration(root, id, schema)
    if (isDiagnostic(preview)) {
      diagnostics.push(preview)
      continue
    }
    migrations.set(id, preview)
    diagnostics.push(...preview.diagnostics.map((d) => ({ ...d, path: `schema.${id}` })))
    if (!preview.supported) {
      diagnostics.push(
        problem(
          'schema_apply_failed',
          { path: `schema.${id}` },
          `the schema of ${id} cannot be migrated to what is declared`,
          'Change the schema in steps the plan marks as supported; nothing was touched.',
        ),
      )
    }
  }
  return { migrations, diagnostics }
}

export function digests(desired: DesiredState): Record<string, string> {
  return Object.fromEntries([...desired.resources].map(([address, r]) => [address, r.entry.digest]))
}

/** In a plan nothing has been rolled forward yet. */
function asPreview(d: Diagnostic): Diagnostic {
  if (d.code !== 'cluster_recovery_rolled_forward') return d
  return {
    ...d,
    code: 'cluster_recovery_pending',
    message: `an interrupted operation on ${d.path} had completed; the next apply records it`,
    remedy: 'Run "groundplane cluster apply".',
  }
}

function emptyPlan(configDir: string, diagnostics: readonly Diagnostic[]): PlanDocument {
  return {
    ok: !hasErrors(diagnostics),
    config_dir: configDir,
    desired_revision: {},
    resource_digests: {},
    dependencies: [],
    state_observations: NO_STATE,
    changes: [],
    drift: [],
    blast_radius: [],
    approvals_required: [],
    diagnostics,
  }
}

/** Observations of a command that failed before it looked at the state. */
export const NO_STATE: PlanDocument['state_observations'] = {
  state_path: '',
  lock_path: '',
  state_found: false,
  state_revision: 0,
  resource_count: 0,
  locked: false,
  lock_acquired: false,
}
