import type { ErrorBody, ErrorKind } from '@groundplane/core'
import type { CheckedQuery } from '@groundplane/lang'
import type { AdjacencyArrays } from '../adjacency/arrays.js'
import type {
  LoadMode,
  LoadOptions,
  LoadProgress,
  LoadResult,
  MutationResult,
  QueryResult,
  ReadContext,
  WriteContext,
} from '../api.js'
import type { BranchInfo, CreateBranchOptions } from '../branch/branch-info.js'
import type { FilledVectors } from '../embedding/filled-vectors.js'

import type { AskedQuery } from '../explain/explain.js'
import type { Explanation } from '../explain/explanation.js'
import type { StagedInput } from '../load/staging.js'
import type { MergeOptions, MergeResult } from '../merge/merge-result.js'

import type { QueryParams } from '../query/prepared.js'
import type { FeedOptions, FeedPage } from '../read/change-feed.js'
import type { DiffOptions, DiffPage } from '../read/diff.js'
import type { MigrationOptions, MigrationPlan } from '../schema/plan.js'
import type { EmbeddedTexts } from '../search/search-run.js'

/** What a worker is started with. `flag`: raised by the service to stop the running statement. */
export interface WorkerStart {
  readonly root: string
  readonly role: 'reader' | 'writer'
  readonly flag: SharedArrayBuffer
  readonly externalBlobs: readonly string[]
}

/** Principals stay on the main thread, which authorizes; a writer gets them for the commit record. */
export type WorkerRequest =
  | {
      readonly kind: 'query'
      /** Where the worker keeps the query; `query` comes with the first request of a slot. */
      readonly slot: number
      readonly query?: CheckedQuery
      readonly params: QueryParams
      readonly ctx: ReadContext
      readonly deadlineMs: number
      readonly maxRows: number
      readonly embedded?: EmbeddedTexts
    }
  | { readonly kind: 'read'; readonly read: SlowRead; readonly deadlineMs: number }
  | {
      readonly kind: 'explain'
      readonly asked: AskedQuery
      readonly params: QueryParams
      readonly ctx: ReadContext
      readonly deadlineMs: number
      readonly maxRows: number
      readonly embedded?: EmbeddedTexts
    }
  | {
      readonly kind: 'mutate'
      readonly query: CheckedQuery
      readonly params: QueryParams
      readonly ctx: WriteContext
      readonly embedded?: EmbeddedTexts
    }
  | { readonly kind: 'create-branch'; readonly name: string; readonly options: CreateBranchOptions }
  | {
      readonly kind: 'delete-branch'
      readonly name: string
      readonly ctx: Pick<WriteContext, 'principal' | 'ifCommit'>
    }
  /** Answered with null, and nothing is done, when it brings a migration that it may not. */
  | { readonly kind: 'merge'; readonly options: MergeOptions; readonly mayMigrate: boolean }
  /** Arrays that another reader built; no answer follows. */
  | { readonly kind: 'adjacency'; readonly arrays: AdjacencyArrays }
  | {
      readonly kind: 'load'
      readonly ctx: WriteContext & Pick<LoadOptions, 'from'>
      readonly mode: LoadMode
      readonly staged: StagedInput
      /** Vectors that were put into it. */
      readonly filled?: FilledVectors
    }

/** Reads that can look at much, whatever they answer. */
export type SlowRead =
  | { readonly what: 'diff'; readonly options: DiffOptions }
  | { readonly what: 'feed'; readonly options: FeedOptions }
  | { readonly what: 'plan-schema'; readonly source: string; readonly options: MigrationOptions }

export type WorkerValue =
  | Explanation
  | DiffPage
  | FeedPage
  | MigrationPlan
  | QueryResult
  | MutationResult
  | LoadResult
  | BranchInfo
  | MergeResult
  | null

export type WorkerAnswer =
  | { readonly kind: 'done'; readonly value: WorkerValue }
  | { readonly kind: 'failed'; readonly error: SerializedError }
  | { readonly kind: 'progress'; readonly progress: LoadProgress }
  /** Built on the way to an answer; for the other readers. */
  | { readonly kind: 'adjacency'; readonly arrays: AdjacencyArrays }

export interface SerializedError {
  readonly errorKind: ErrorKind
  readonly body: ErrorBody
}
