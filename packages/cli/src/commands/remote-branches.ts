import type { BranchDetail, BranchMergeOutput } from '@groundplane/client'
import type { BranchInfo, ConflictKind, MergeResult } from '@groundplane/graph'
import { commitOf, type RemoteGraph } from '../remote-graph.js'

/** Branches of a graph of a server, as a graph here gives them. */

interface Condition {
  readonly ifCommit?: string | undefined
}

export async function branchesOver(remote: RemoteGraph): Promise<BranchInfo[]> {
  return (await remote.ask(remote.client.branches())).details.map(branchOf)
}

export async function createBranchOver(
  remote: RemoteGraph,
  name: string,
  { from, ifCommit }: Condition & { readonly from?: string | undefined },
): Promise<BranchInfo> {
  return branchOf(
    (await remote.ask(remote.client.createBranch({ name, from }, conditionOf(ifCommit)))).branch,
  )
}

export async function deleteBranchOver(
  remote: RemoteGraph,
  name: string,
  { ifCommit }: Condition,
): Promise<BranchInfo> {
  return branchOf((await remote.ask(remote.client.deleteBranch(name, conditionOf(ifCommit)))).branch)
}

/** Conflicts of a real merge fail with `merge_conflict`, as they do here; those of a dry run are in the result. */
export async function mergeOver(
  remote: RemoteGraph,
  request: {
    readonly source: string
    readonly target: string
    readonly message?: string | undefined
    readonly dryRun?: boolean | undefined
    readonly deleteBranch?: boolean | undefined
  } & Condition,
): Promise<MergeResult> {
  const { source, target, message, dryRun, deleteBranch, ifCommit } = request
  const asked = {
    source,
    target,
    message,
    ...(dryRun && { dry_run: true }),
    ...(deleteBranch && { delete_branch: true }),
  }
  return mergeOf(await remote.ask(remote.client.mergeBranch(asked, conditionOf(ifCommit))))
}

function conditionOf(ifCommit: string | undefined): { ifCommit?: string } {
  return ifCommit === undefined ? {} : { ifCommit }
}

function branchOf({ name, head, parent, forked_at, created_at }: BranchDetail): BranchInfo {
  return { name, head, parent: parent ?? null, forkedAt: forked_at ?? null, createdAt: created_at }
}

const OUTCOMES = {
  already_up_to_date: 'already-up-to-date',
  fast_forward: 'fast-forward',
  merged: 'merged',
} as const

const KINDS: Readonly<Record<BranchMergeOutput['merge_conflicts'][number]['kind'], ConflictKind>> = {
  divergent_insert: 'divergent-insert',
  divergent_update: 'divergent-update',
  delete_vs_update: 'delete-vs-update',
  orphan_edge: 'orphan-edge',
  unique_violation: 'unique-violation',
  cardinality_violation: 'cardinality-violation',
  value_constraint_violation: 'value-violation',
}

const OPS = { insert: 'inserted', update: 'updated', delete: 'deleted' } as const

function mergeOf(answer: BranchMergeOutput): MergeResult {
  const { inserted, updated, deleted, commit, preview, branch_deleted: gone } = answer
  const { branch_delete_error: notDeleted, branch_delete_error_code: code } = answer
  return {
    outcome: OUTCOMES[answer.outcome],
    source: answer.source,
    target: answer.target,
    sourceCommit: answer.source_commit_id,
    targetCommit: answer.target_commit_id,
    bases: answer.base_commit_ids,
    changes: { inserted, updated, deleted },
    commit: commit ? commitOf(commit) : null,
    dryRun: answer.dry_run,
    conflicts: answer.merge_conflicts.map(({ kind, entity_kind, type_name, entity_id, ...conflict }) => ({
      kind: KINDS[kind],
      entityKind: entity_kind,
      type: type_name,
      id: entity_id ?? null,
      properties: conflict.properties,
      message: conflict.message,
      remedy: conflict.remedy,
      ...(conflict.base !== undefined && { base: conflict.base }),
      ...(conflict.target !== undefined && { target: conflict.target }),
      ...(conflict.source !== undefined && { source: conflict.source }),
    })),
    ...(preview && {
      preview: preview.map(({ kind, type_name, id, op }) => ({ kind, type: type_name, id, op: OPS[op] })),
    }),
    ...(gone != null && { branchDeleted: gone }),
    ...(notDeleted != null && { branchDeleteError: { code: code ?? 'unknown', message: notDeleted } }),
  }
}
