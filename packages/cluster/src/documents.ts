import type { Diagnostic } from '@groundplane/core'
import type { ApprovalRecord, GraphObservation, RecoveryRecord, ResourceStatus, Tombstone } from './ledger.js'

/**
 * The JSON documents of the cluster commands. Field names are stable; scripts
 * read them. `ok` is false exactly when some diagnostic is an error. Members
 * marked optional are left out when there is nothing to say.
 */
export interface CommandDocument {
  readonly ok: boolean
  readonly config_dir: string
  readonly diagnostics: readonly Diagnostic[]
}

export interface ResourceView {
  readonly address: string
  readonly kind: string
  readonly digest: string
  readonly path?: string
}

export interface Dependency {
  readonly from: string
  readonly to: string
}

export interface ValidateDocument extends CommandDocument {
  readonly config_file: string
  readonly resource_digests: Readonly<Record<string, string>>
  readonly resources: readonly ResourceView[]
  readonly dependencies: readonly Dependency[]
}

export type ChangeReason =
  | 'approval_required'
  | 'dependency_not_applied'
  | 'cluster_recovery_pending'
  | 'graph_missing'
  | 'graph_create_failed'
  | 'schema_apply_failed'
  | 'graph_delete_failed'
  | 'resource_payload_write_error'

export interface Change {
  readonly resource: string
  readonly operation: 'create' | 'update' | 'delete'
  readonly before_digest?: string
  readonly after_digest?: string
  /**
   * In a plan, what apply would do; in an apply, what it did. `derived`: follows
   * from other changes by itself.
   */
  readonly disposition: 'applied' | 'derived' | 'deferred' | 'blocked'
  readonly reason?: ChangeReason
  /** The content is the same; what it applies to is not. */
  readonly binding_change?: true
  /** The content is the same; which recorded metadata is not. */
  readonly metadata_change?:
    | 'policy_bindings'
    | 'embedding_profile'
    | 'query_exposure'
    | 'source_base_dir'
    | 'graph_bindings'
  readonly migration?: MigrationView
}

export interface MigrationView {
  readonly supported: boolean
  readonly steps: readonly { readonly kind: string; readonly [member: string]: unknown }[]
}

/** Something live differs from what the ledger records. */
export interface Drift {
  readonly resource: string
  readonly condition:
    | 'graph_missing'
    | 'graph_unrecorded'
    | 'schema_mismatch'
    | 'graph_observation_error'
    | 'payload_missing'
    | 'payload_mismatch'
  readonly recorded_digest?: string
  readonly observed_digest?: string
}

export interface ApprovalGate {
  readonly resource: string
  readonly reason: 'graph_delete'
  /** An approval of exactly this delete is recorded; apply uses it. */
  readonly satisfied: boolean
  /** The approval, when satisfied. */
  readonly approval_id?: string
  readonly approved_by?: string
}

export interface StateObservations {
  readonly state_path: string
  readonly lock_path: string
  readonly state_found: boolean
  readonly applied_config_digest?: string
  readonly state_revision: number
  readonly state_cas?: string
  readonly resource_count: number
  /** Someone else's lock was there. */
  readonly locked: boolean
  readonly lock_id?: string
  readonly lock_operation?: string
  readonly lock_created_at?: string
  readonly lock_pid?: number
  readonly lock_host?: string
  readonly lock_actor?: string
  readonly lock_age_seconds?: number
  /** True when the lock's process ran on this host and does not run any more. */
  readonly lock_owner_dead?: boolean
  /** This command took the lock itself (and has released it). */
  readonly lock_acquired: boolean
  readonly acquired_lock_id?: string
}

export interface PlanDocument extends CommandDocument {
  readonly desired_revision: { readonly config_digest?: string }
  readonly resource_digests: Readonly<Record<string, string>>
  readonly dependencies: readonly Dependency[]
  readonly state_observations: StateObservations
  readonly changes: readonly Change[]
  readonly drift: readonly Drift[]
  readonly blast_radius: readonly { readonly resource: string; readonly affected: readonly string[] }[]
  readonly approvals_required: readonly ApprovalGate[]
}

export interface ApplyDocument extends CommandDocument {
  readonly actor?: string
  readonly desired_revision: { readonly config_digest?: string }
  readonly state_observations: StateObservations
  readonly changes: readonly Change[]
  readonly applied_count: number
  /** Changes not made: blocked and deferred. */
  readonly deferred_count: number
  /** The ledger now says what the configuration says. */
  readonly converged: boolean
  readonly state_written: boolean
  readonly resource_statuses: Readonly<Record<string, ResourceStatus>>
}

export interface ApproveDocument extends CommandDocument {
  readonly approval_id?: string
  readonly resource?: string
  readonly operation?: 'delete'
  readonly approved_by?: string
  /** What goes with the delete: every address it takes from the ledger. */
  readonly subtree?: readonly string[]
  /** This very change had a valid approval before; nothing was written. */
  readonly already_approved?: true
}

export interface StatusDocument extends CommandDocument {
  readonly state_observations: StateObservations
  readonly resource_digests: Readonly<Record<string, string>>
  readonly resource_statuses: Readonly<Record<string, ResourceStatus>>
  readonly observations: Readonly<Record<string, GraphObservation>>
  readonly approval_records: Readonly<Record<string, ApprovalRecord>>
  readonly recovery_records: Readonly<Record<string, RecoveryRecord>>
  readonly tombstones: Readonly<Record<string, Tombstone>>
}

export interface RefreshDocument extends StatusDocument {
  readonly operation: 'refresh' | 'import'
}

export interface RevisionView {
  readonly revision: number
  readonly written_at?: string
  readonly written_by?: string
  /** Of the configuration that was reached then, or last before it. */
  readonly config_digest?: string
}

export interface RevisionChange {
  readonly resource: string
  readonly operation: 'create' | 'update' | 'delete'
  readonly before_digest?: string
  readonly after_digest?: string
  /** `-name: json` and `+name: json` of what is recorded beside the content. */
  readonly metadata?: readonly string[]
  /** Of the content: lines that begin with `+`, `-` or a space, `…` for lines left out. */
  readonly lines?: readonly string[]
  /** There was a text, and it cannot be had any more. */
  readonly content_missing?: true
}

export interface DiffDocument extends CommandDocument {
  /** All revisions there are, oldest first. */
  readonly revisions: readonly number[]
  readonly from?: RevisionView
  readonly to?: RevisionView
  readonly changes: readonly RevisionChange[]
}

export interface GcDocument extends CommandDocument {
  readonly state_observations: StateObservations
  /** False: nothing was removed, only looked for. */
  readonly confirmed: boolean
  /** Payloads that neither the ledger nor a kept revision names. */
  readonly unreferenced: readonly { readonly key: string; readonly bytes: number }[]
  readonly old_revisions: readonly { readonly key: string; readonly revision: number }[]
  /** Payloads that stay. */
  readonly kept_count: number
  /** Past revisions that stay, the current one apart. */
  readonly kept_revisions: readonly number[]
  /** Objects removed, payloads and revisions. */
  readonly removed_count: number
  /** Of payloads. */
  readonly removed_bytes: number
}

export interface ForceUnlockDocument extends CommandDocument {
  readonly state_observations: StateObservations
  readonly lock_removed: boolean
}
