import type { CommitInfo, Row, WriteContext } from '../api.js'
import type { EntityConflict } from './image.js'

export type ConflictKind =
  | EntityConflict
  | 'orphan-edge'
  | 'unique-violation'
  | 'cardinality-violation'
  | 'value-violation'

/** One thing that both sides together make wrong. */
export interface MergeConflict {
  readonly kind: ConflictKind
  readonly entityKind: 'node' | 'edge'
  readonly type: string
  /** Of a cardinality violation: the id of the source node. Null when no one entity is meant. */
  readonly id: string | null
  /** The properties in question (`from`, `to` for the ends of an edge), in declaration order. */
  readonly properties: readonly string[]
  readonly message: string
  readonly remedy: string
  /** The entity at the base, on the target and on the source, where both changed it. Null: not there. */
  readonly base?: Row | null
  readonly target?: Row | null
  readonly source?: Row | null
}

export type MergeOutcome = 'already-up-to-date' | 'fast-forward' | 'merged'

export interface MergeOptions extends WriteContext {
  /** The branch that is merged. */
  readonly source: string
  /** The branch that receives it; default `main`. `ifCommit` is about its head. */
  readonly target?: string
  /** Merge only if the head of the source is this commit. */
  readonly ifSourceCommit?: string
  /** Finds everything a merge would, writes nothing, and reports conflicts instead of throwing. */
  readonly dryRun?: boolean
  /** Delete the source when the merge has succeeded; a refusal of that does not undo the merge. */
  readonly deleteBranch?: boolean
}

/** What a merge does (or would do) to one entity of the target. */
export interface MergedChange {
  readonly kind: 'node' | 'edge'
  readonly type: string
  readonly id: string
  readonly op: 'inserted' | 'updated' | 'deleted'
}

export interface MergeResult {
  readonly outcome: MergeOutcome
  readonly source: string
  readonly target: string
  readonly sourceCommit: string
  /** Head of the target before the merge. */
  readonly targetCommit: string
  /** Commit ids of the merge base; several when the histories criss-cross. */
  readonly bases: readonly string[]
  readonly changes: { readonly inserted: number; readonly updated: number; readonly deleted: number }
  /** Null when nothing was written: up to date, or a dry run. */
  readonly commit: CommitInfo | null
  readonly dryRun: boolean
  /** Only of a dry run; a real merge with conflicts throws `merge_conflict`. Empty: the merge would succeed. */
  readonly conflicts: readonly MergeConflict[]
  /** Of a dry run: what would change on the target, up to `MAX_PREVIEW` entities. */
  readonly preview?: readonly MergedChange[]
  /** Whether the source was deleted, when that was asked for. */
  readonly branchDeleted?: boolean
  readonly branchDeleteError?: { readonly code: string; readonly message: string }
}

export const MAX_PREVIEW = 1000
/** Conflicts listed in full; further ones are counted. */
export const MAX_CONFLICTS = 1000
