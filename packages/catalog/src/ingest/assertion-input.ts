import type { Json } from '../aspect/proposal.js'
import type { CommitInfo } from '../model/store.js'

/** One declared assertion, independent of the instance it is run on. */
export interface AssertionDefinition {
  /** Unique in its set. */
  readonly name: string
  /** Without instance and database: `olist_customers`, `public.orders`. */
  readonly dataset: string
  readonly column?: string
  /** `not_null | unique | accepted_values | relationship | row_count | length | range | freshness | sql` */
  readonly type: string
  readonly description?: string
  readonly severity?: string
  /** What the type needs: `{equals: 32}`, `{values: […]}`, `{to: {dataset, column}}` … */
  readonly parameters: Readonly<Record<string, Json>>
}

/** What one evaluation found. */
export interface AssertionResult {
  readonly name: string
  readonly status: 'SUCCESS' | 'FAILURE' | 'ERROR'
  readonly failed: number
  readonly total: number
  readonly sampleKeys: readonly string[]
  readonly message?: string
  readonly durationMs: number
}

/** An instance a set is run on. */
export interface AssertionTarget {
  /** Name of the set in `cluster.yaml`. */
  readonly set: string
  readonly definitions: readonly AssertionDefinition[]
  readonly platform: string
  readonly instance: string
  readonly env: string
  /** What stands between instance and dataset in URNs; `main` for SQLite. */
  readonly database: string
  readonly fingerprint: string
}

export interface RecordAssertions extends AssertionTarget {
  /** Results by name; a definition without one only has its definition recorded. */
  readonly results: readonly AssertionResult[]
  /**
   * When the data was looked at: the moment the fingerprint was taken, in milliseconds
   * since 1970; default now. It says which of two looks at a source is the newer one.
   */
  readonly at?: number
  /** Id of this check; default a new ULID. */
  readonly runId?: string
}

export interface RecordedAssertions {
  readonly definitions: { readonly written: number; readonly unchanged: number; readonly removed: number }
  readonly runs: { readonly written: number; readonly skipped: number }
  readonly commit: CommitInfo | null
}
