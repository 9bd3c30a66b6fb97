import type { ConflictKind, MergeConflict, MergedChange, MergeResult } from '@groundplane/graph'
import type * as wire from '@groundplane/protocol'
import { commitToWire } from './graph-wire.js'

/** Merges as they look on the wire. Pure. */

const KINDS: Readonly<Record<ConflictKind, wire.MergeConflict['kind']>> = {
  'divergent-insert': 'divergent_insert',
  'divergent-update': 'divergent_update',
  'delete-vs-update': 'delete_vs_update',
  'orphan-edge': 'orphan_edge',
  'unique-violation': 'unique_violation',
  'cardinality-violation': 'cardinality_violation',
  'value-violation': 'value_constraint_violation',
}

const OUTCOMES = {
  'already-up-to-date': 'already_up_to_date',
  'fast-forward': 'fast_forward',
  merged: 'merged',
} as const

export function conflictToWire(conflict: MergeConflict): wire.MergeConflict {
  const { kind, entityKind, type, id, properties, message, remedy, base, target, source } = conflict
  return {
    entity_kind: entityKind,
    type_name: type,
    entity_id: id,
    kind: KINDS[kind],
    properties: [...properties],
    message,
    remedy,
    ...(base !== undefined && { base }),
    ...(target !== undefined && { target }),
    ...(source !== undefined && { source }),
  }
}

const OPS = { inserted: 'insert', updated: 'update', deleted: 'delete' } as const

function previewToWire({ kind, type, id, op }: MergedChange) {
  return { kind, type_name: type, id, op: OPS[op] }
}

export function mergeToWire(actor: string | null, result: MergeResult): wire.BranchMergeOutput {
  const { branchDeleted, branchDeleteError } = result
  return {
    source: result.source,
    target: result.target,
    outcome: OUTCOMES[result.outcome],
    actor_id: actor,
    source_commit_id: result.sourceCommit,
    target_commit_id: result.targetCommit,
    base_commit_ids: [...result.bases],
    dry_run: result.dryRun,
    ...result.changes,
    merge_conflicts: result.conflicts.map(conflictToWire),
    commit: result.commit && commitToWire(result.commit),
    ...(result.preview && { preview: result.preview.map(previewToWire) }),
    ...(branchDeleted !== undefined && { branch_deleted: branchDeleted }),
    ...(branchDeleteError && {
      branch_delete_error: branchDeleteError.message,
      branch_delete_error_code: branchDeleteError.code,
    }),
  }
}
