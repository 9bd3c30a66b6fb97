import type { Diagnostic, Principal, Provenance } from '@groundplane/core'
import type { FilledVectors } from './embedding/filled-vectors.js'

/** A JSON value as it crosses the API. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** Property values by name. */
export type EntityData = Readonly<Record<string, Json | undefined>>

/** Where a read looks. Without a commit: the head of the branch (`main`). */
export interface ReadContext {
  readonly branch?: string
  /** Commit id: the read answers as of that commit, whatever was written since. */
  readonly commit?: string
  /** Read only if the branch head is this commit, else `commit_mismatch`. Without meaning beside `commit`. */
  readonly ifCommit?: string
  readonly principal?: Principal
}

export interface WriteContext {
  readonly branch?: string
  /** The write happens only if the branch head is this commit; checked inside the write, also when nothing would change. */
  readonly ifCommit?: string
  readonly principal?: Principal
  readonly provenance?: Provenance
  readonly message?: string
}

export type CommitKind = 'init' | 'load' | 'mutation' | 'schema' | 'merge'

export interface CommitInfo {
  readonly id: string
  readonly parents: readonly string[]
  readonly branch: string
  readonly kind: CommitKind
  readonly actor: string | null
  readonly provenance: Provenance
  readonly message: string | null
  readonly schemaDigest: string
  /** ISO 8601 UTC. */
  readonly at: string
  readonly changes: { readonly inserted: number; readonly updated: number; readonly deleted: number }
}

export interface QueryColumn {
  readonly name: string
  /** As written in the schema language (`String`, `[I32]`, `enum(a, b)`), or the entity type's name. */
  readonly type: string
}

export type Row = Record<string, Json>

export interface QueryResult {
  readonly columns: readonly QueryColumn[]
  readonly rows: readonly Row[]
  readonly rowCount: number
  /** The commit the rows were read from. */
  readonly commit: string
  /** True when a row cap cut the answer short. */
  readonly truncated: boolean
}

export interface MutationResult {
  /** Entities touched by the statements, unchanged ones included. */
  readonly affected: { readonly nodes: number; readonly edges: number }
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
  /** Null when nothing changed: then nothing was written. */
  readonly commit: CommitInfo | null
}

export type LoadMode = 'append' | 'merge' | 'overwrite'

export interface LoadProgress {
  readonly lines: number
  readonly nodes: number
  readonly edges: number
  readonly phase: 'reading' | 'linking' | 'checking'
}

export interface LoadOptions extends WriteContext {
  readonly mode: LoadMode
  /**
   * A branch, or a commit id: where `branch` begins when there is none of that name. It is then made in the
   * transaction of the load, so a load that fails leaves no branch behind. Also asks for `branch_create`.
   */
  readonly from?: string
  /** Called about every 5000 lines. */
  readonly onProgress?: (progress: LoadProgress) => void
  /** Vectors that a model made for the data: asked when all lines are read, recorded in the same commit. */
  readonly filled?: () => FilledVectors | undefined
}

export interface LoadResult {
  /** Node and edge lines read. */
  readonly nodes: number
  readonly edges: number
  /** The same lines by type; types without a line are left out. Nodes, then edges, as the schema has them. */
  readonly types: readonly { readonly kind: 'node' | 'edge'; readonly name: string; readonly lines: number }[]
  /** Whether the branch was made by this load, see `LoadOptions.from`. */
  readonly branchCreated: boolean
  readonly inserted: number
  readonly updated: number
  readonly unchanged: number
  readonly deleted: number
  readonly warnings: readonly Diagnostic[]
  readonly commit: CommitInfo | null
}

export interface EntityChange {
  readonly kind: 'node' | 'edge'
  /** Type name in the schema of the commit. */
  readonly type: string
  readonly id: string
  readonly op: 'inserted' | 'updated' | 'deleted'
  /** Entity values as in query results; null before an insert, after a delete. */
  readonly before: Row | null
  readonly after: Row | null
}

export interface SnapshotInfo {
  readonly branch: string
  readonly commit: CommitInfo
  readonly types: readonly { readonly name: string; readonly kind: 'node' | 'edge'; readonly rows: number }[]
}

export type Effect = 'inserted' | 'updated' | 'unchanged'

export type GraphAction =
  | 'read'
  | 'export'
  | 'change'
  | 'schema_apply'
  | 'branch_create'
  | 'branch_delete'
  | 'branch_merge'
  | 'invoke_query'
  | 'admin'

/** Throws `GroundplaneError('denied', …)` when policy says no. Called before any effect. */
export type Authorize = (request: {
  readonly action: GraphAction
  readonly graph: string
  readonly branch: string
  readonly principal?: Principal
}) => void
