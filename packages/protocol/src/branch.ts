import { z } from 'zod'
import { commit, entityChange } from './graph.js'
import { optional } from './json.js'

/** Branches, merges and the change feed, in the shapes of the reference server with additions. */

const branchName = z.string().min(1).max(200)
const pageLimit = z.coerce.number().int().min(1).max(8192).optional()
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
  })
  .meta({ id: 'BranchCreateOutput' })
export type BranchCreateOutput = z.infer<typeof branchCreateOutput>

export const branchDeleteOutput = z
  .looseObject({ uri: z.string(), name: z.string(), actor_id: optional(z.string()) })
  .meta({ id: 'BranchDeleteOutput' })
export type BranchDeleteOutput = z.infer<typeof branchDeleteOutput>

/** `dry_run` answers what would happen, conflicts included, and writes nothing. */
export const branchMergeRequest = z
  .strictObject({
    source: branchName,
    target: optional(branchName),
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
    dry_run: z.boolean(),
    inserted: z.int().min(0),
    updated: z.int().min(0),
    deleted: z.int().min(0),
    merge_conflicts: z.array(mergeConflict),
    commit: optional(commit),
  })
  .meta({ id: 'BranchMergeOutput' })
export type BranchMergeOutput = z.infer<typeof branchMergeOutput>

/** `start`: `now`, `beginning` or `after:<commit id>`; needed by a first poll. */
export const changeFeedQuery = z.strictObject({
  branch: branchName.optional(),
  cursor: z.string().optional(),
  start: z.string().optional(),
  page_token: z.string().optional(),
  limit: pageLimit,
  kind: repeated(z.enum(['node', 'edge'])),
  type: repeated(z.string()),
  op: repeated(z.enum(['insert', 'update', 'delete'])),
})

const changeBlock = z
  .looseObject({
    cause: z.looseObject({
      graph_commit_id: z.string(),
      parent_commit_id: optional(z.string()),
      merged_parent_commit_id: optional(z.string()),
      actor_id: optional(z.string()),
      authored_at: z.int(),
      authored_branch: z.string(),
    }),
    changes: z.array(entityChange),
  })
  .meta({ id: 'ChangeBlock' })

export const changeFeed = z
  .looseObject({
    blocks: z.array(changeBlock),
    next_page_token: optional(z.string()),
    cursor: optional(z.string()),
    caught_up: optional(z.boolean()),
  })
  .meta({ id: 'ChangeFeed' })
export type ChangeFeed = z.infer<typeof changeFeed>
