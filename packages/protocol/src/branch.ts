import { z } from 'zod'

import { branchDetail, changesOfCommit, commit, entityChange } from './graph.js'
import { jsonValue, optional, receipt, wholeNumber } from './json.js'

/** Branches, merges and the change feed, in the shapes of the reference server with additions. */

const branchName = z.string().min(1).max(200)
const pageLimit = wholeNumber(1, 8192).optional()
/** A query member that may be repeated. */
const repeated = <T extends z.ZodType>(item: T) =>
  z.preprocess((v) => (v === undefined || Array.isArray(v) ? v : [v]), z.array(item).optional())

/** `from`: a branch, or a commit id to start at. Default `main`. */
export const branchCreateRequest = z
  .strictObject({ name: branchName, from: optional(z.string().min(1)) })
  .meta({ id: 'BranchCreateRequest' })
export type BranchCreateRequest = z.infer<typeof branchCreateRequest>

export const branchCreateOutput = z
  .looseObject({
    uri: z.string(),
    from: z.string(),
    name: z.string(),
    actor_id: optional(z.string()),
    graph_commit_id: z.string(),
    branch: branchDetail,
  })
  .meta({ id: 'BranchCreateOutput' })
export type BranchCreateOutput = z.infer<typeof branchCreateOutput>

export const branchDeleteOutput = z
  .looseObject({
    uri: z.string(),
    name: z.string(),
    actor_id: optional(z.string()),
    /** Its last head: a branch made from it brings everything back, until a cleanup. */
    graph_commit_id: z.string(),
    /** As it was at its end. */
    branch: branchDetail,
  })
  .meta({ id: 'BranchDeleteOutput' })
export type BranchDeleteOutput = z.infer<typeof branchDeleteOutput>

/**
 * `dry_run` answers what would happen, conflicts included, and writes nothing. `source_commit`: only if the source is
 * at that commit, as a preview or a review told it, else 412.
 */
export const branchMergeRequest = z
  .strictObject({
    source: branchName,
    target: optional(branchName),
    source_commit: optional(z.string().min(1)),
    delete_branch: z.boolean().optional(),
    dry_run: z.boolean().optional(),
    message: optional(z.string().max(10_000)),
  })
  .meta({ id: 'BranchMergeRequest' })
export type BranchMergeRequest = z.infer<typeof branchMergeRequest>

export const mergeConflict = z
  .looseObject({
    entity_kind: z.enum(['node', 'edge']),
    type_name: z.string(),
    entity_id: optional(z.string()),
    kind: z.enum([
      'divergent_insert',
      'divergent_update',
      'delete_vs_update',
      'orphan_edge',
      'unique_violation',
      'cardinality_violation',
      'value_constraint_violation',
    ]),
    properties: z.array(z.string()),
    message: z.string(),
    remedy: z.string(),
    /** The entity at the merge base, on the target and on the source, where both changed it. Null: not there. */
    base: optional(z.record(z.string(), jsonValue)),
    target: optional(z.record(z.string(), jsonValue)),
    source: optional(z.record(z.string(), jsonValue)),
  })
  .meta({ id: 'MergeConflict' })
export type MergeConflict = z.infer<typeof mergeConflict>

export const branchMergeOutput = z
  .looseObject({
    source: z.string(),
    target: z.string(),
    outcome: z.enum(['already_up_to_date', 'fast_forward', 'merged']),
    actor_id: optional(z.string()),
    branch_deleted: optional(z.boolean()),
    branch_delete_error: optional(z.string()),
    branch_delete_error_code: optional(z.string()),
    source_commit_id: z.string(),
    target_commit_id: z.string(),
    /** The merge base; several when the histories criss-cross. */
    base_commit_ids: z.array(z.string()),
    dry_run: z.boolean(),
    inserted: z.int().min(0),
    updated: z.int().min(0),
    deleted: z.int().min(0),
    merge_conflicts: z.array(mergeConflict),
    /** Of a dry run: what would change on the target; the first thousand entities. */
    preview: z
      .array(
        z.looseObject({
          kind: z.enum(['node', 'edge']),
          type_name: z.string(),
          id: z.string(),
          op: z.enum(['insert', 'update', 'delete']),
        }),
      )
      .optional(),
    commit: optional(commit),
  })
  .meta({ id: 'BranchMergeOutput' })
export type BranchMergeOutput = z.infer<typeof branchMergeOutput>

const wantedChanges = {
  kind: repeated(z.enum(['node', 'edge'])),
  type: repeated(z.string()),
  op: repeated(z.enum(['insert', 'update', 'delete'])),
}

export const commitChangesQuery = z.strictObject({
  page_token: z.string().optional(),
  limit: pageLimit,
  ...wantedChanges,
})

/**
 * A poll of a branch's feed: `start` is `now`, `beginning` or `after:<commit id>`. With `from`, instead,
 * the net change between two commits, each a commit id or a branch for its head; `to` is by default
 * the head of `branch`.
 */
export const changesQuery = z.strictObject({
  from: z.string().min(1).optional(),
  to: z.string().min(1).optional(),
  branch: branchName.optional(),
  cursor: z.string().optional(),
  start: z.string().optional(),
  page_token: z.string().optional(),
  limit: pageLimit,
  ...wantedChanges,
})

const changeBlock = changesOfCommit.extend({ commit }).meta({ id: 'ChangeBlock' })

export const changeFeed = z
  .looseObject({
    blocks: z.array(changeBlock),
    next_page_token: optional(z.string()),
    cursor: optional(z.string()),
    caught_up: optional(z.boolean()),
    /** Where the branch was when the poll began. */
    head: commit,
    receipt,
  })
  .meta({ id: 'ChangeFeed' })
export type ChangeFeed = z.infer<typeof changeFeed>

/** What makes `to` of `from`: both are commit ids, whatever was asked for. */
export const changeDiff = z
  .looseObject({
    from: z.string(),
    to: z.string(),
    changes: z.array(entityChange),
    next_page_token: optional(z.string()),
    receipt,
  })
  .meta({ id: 'ChangeDiff' })
export type ChangeDiff = z.infer<typeof changeDiff>

export const changesOutput = z.union([changeFeed, changeDiff]).meta({ id: 'ChangesOutput' })

/**
 * `kind`, `type` and `op` bind the cursor; the first two also choose what is sent. A baseline that
 * broke off is gone on with by its commit (`snapshot`) and the number of whole lines received (`skip`).
 */
export const changeBaselineRequest = z
  .strictObject({
    branch: optional(branchName),
    snapshot: optional(z.string().min(1)),
    skip: optional(z.int().min(0)),
    kind: z.array(z.enum(['node', 'edge'])).optional(),
    type: z.array(z.string()).optional(),
    op: z.array(z.enum(['insert', 'update', 'delete'])).optional(),
  })
  .meta({ id: 'ChangeBaselineRequest' })
export type ChangeBaselineRequest = z.infer<typeof changeBaselineRequest>

/** The last line of a baseline, and only of a whole one: where the feed goes on. */
export const changeBaselineRecord = z
  .looseObject({
    baseline: z.looseObject({ snapshot_commit_id: z.string(), resume_cursor: z.string() }),
  })
  .meta({ id: 'ChangeBaselineRecord' })
export type ChangeBaselineRecord = z.infer<typeof changeBaselineRecord>
