import { z } from 'zod'
import { diagnostic } from './error.js'
import { isoTime, jsonValue, optional, receipt } from './json.js'

const count = z.int().min(0)
const params = optional(z.record(z.string(), z.unknown()))
const branch = optional(z.string().min(1))

export const entityKind = z.enum(['node', 'edge'])

/** `created_at` is Unix microseconds; `at` is the same instant in ISO 8601. */
export const commit = z
  .looseObject({
    graph_commit_id: z.string(),
    parent_commit_id: optional(z.string()),
    merged_parent_commit_id: optional(z.string()),
    graph_branch: optional(z.string()),
    /**
     * The millisecond the commit was made in, for clients that want a number. Two commits can share
     * it: it is neither an address nor an order. The list of commits is the order.
     */
    graph_manifest_version: z.int(),
    actor_id: optional(z.string()),
    created_at: z.int(),
    at: isoTime,
    kind: z.enum(['init', 'load', 'mutation', 'schema', 'merge']),
    message: optional(z.string()),
    schema_digest: z.string(),
    provenance: z.record(z.string(), z.string()),
    inserted: count,
    updated: count,
    deleted: count,
  })
  .meta({ id: 'Commit' })
export type Commit = z.infer<typeof commit>

export const commitList = z
  .looseObject({ commits: z.array(commit), next_page_token: optional(z.string()) })
  .meta({ id: 'CommitList' })
export type CommitList = z.infer<typeof commitList>

const changeImage = z.looseObject({
  endpoints: optional(z.object({ from: z.string(), to: z.string() })),
  properties: jsonValue,
})

export const entityChange = z
  .looseObject({
    id: z.string(),
    kind: entityKind,
    op: z.enum(['insert', 'update', 'delete']),
    type: z.object({ id: z.string(), name: z.string() }),
    before: optional(changeImage),
    after: optional(changeImage),
  })
  .meta({ id: 'EntityChange' })
export type EntityChange = z.infer<typeof entityChange>

/** A commit and what it changed; `authored_at` is Unix microseconds. */
export const changesOfCommit = z.looseObject({
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

export const commitChanges = changesOfCommit
  .extend({ next_page_token: optional(z.string()) })
  .meta({ id: 'CommitChanges' })
export type CommitChanges = z.infer<typeof commitChanges>

export const snapshot = z
  .looseObject({
    graph_branch: z.string(),
    graph_manifest_version: z.int(),
    internal_schema_version: z.int(),
    datasets: z.array(
      z.looseObject({
        type_name: z.string(),
        entity_kind: entityKind,
        entity_count: count,
        dataset_path: z.string(),
        published_dataset_version: z.int(),
        native_dataset_branch: optional(z.string()),
      }),
    ),
    commit,
    receipt,
  })
  .meta({ id: 'Snapshot' })
export type Snapshot = z.infer<typeof snapshot>

export const graphSchema = z
  .looseObject({ schema_source: z.string(), schema_digest: z.string(), receipt })
  .meta({ id: 'GraphSchema' })
export type GraphSchema = z.infer<typeof graphSchema>

export const branchAction = z.enum([
  'read',
  'export',
  'change',
  'schema_apply',
  'branch_create',
  'branch_merge',
  'branch_delete',
])
export type BranchAction = z.infer<typeof branchAction>

/** `forked_at`: the commit it was made from, null for `main`; `parent`: of which branch, under its name of that time. */
export const branchDetail = z
  .looseObject({
    name: z.string(),
    head: z.string(),
    parent: optional(z.string()),
    forked_at: optional(z.string()),
    created_at: isoTime,
    /** These three in a list asked for with `standing`. Whether the policy of the graph protects it. */
    protected: z.boolean().optional(),
    /** What policy lets the caller do on it; `branch_merge`: merge another one into it. */
    allowed: z.array(branchAction).optional(),
    /** The one its head is; null for who may not read it. */
    commit: optional(commit),
  })
  .meta({ id: 'BranchDetail' })
export type BranchDetail = z.infer<typeof branchDetail>

/** `details`: the same branches with their heads, beside the names that clients of the reference read. */
export const branchList = z
  .looseObject({
    branches: z.array(z.string()),
    details: z.array(branchDetail),
    /** Of a list asked for with `limit` or `page_token`. */
    next_page_token: optional(z.string()),
  })
  .meta({ id: 'BranchList' })
export type BranchList = z.infer<typeof branchList>

/** Read at the head of `branch` (default `main`) or at the commit named by `snapshot`, not both. */
export const queryRequest = z
  .strictObject({
    query: z.string().min(1),
    name: optional(z.string()),
    params,
    branch,
    snapshot: optional(z.string().min(1)),
    /** Answer with how the query is answered instead of with rows; a write is then planned and not done. */
    explain: optional(z.boolean()),
  })
  .meta({ id: 'QueryRequest' })
export type QueryRequest = z.infer<typeof queryRequest>

export const readOutput = z
  .looseObject({
    query_name: z.string(),
    target: z.looseObject({ branch: optional(z.string()), snapshot: optional(z.string()) }),
    columns: z.array(z.string()),
    column_types: z.array(z.string()),
    row_count: count,
    rows: z.array(z.record(z.string(), jsonValue)),
    truncated: z.boolean(),
    graph_commit_id: optional(z.string()),
    receipt,
  })
  .meta({ id: 'ReadOutput' })
export type ReadOutput = z.infer<typeof readOutput>

export const mutateRequest = z
  .strictObject({
    query: z.string().min(1),
    name: optional(z.string()),
    params,
    branch,
    message: optional(z.string().max(10_000)),
  })
  .meta({ id: 'MutateRequest' })
export type MutateRequest = z.infer<typeof mutateRequest>

/** `commit` is null when nothing changed. */
export const changeOutput = z
  .looseObject({
    query_name: z.string(),
    branch: z.string(),
    affected_nodes: count,
    affected_edges: count,
    inserted: count,
    updated: count,
    deleted: count,
    actor_id: optional(z.string()),
    commit: optional(commit),
  })
  .meta({ id: 'ChangeOutput' })
export type ChangeOutput = z.infer<typeof changeOutput>

export const loadMode = z.enum(['append', 'merge', 'overwrite'])
export type LoadMode = z.infer<typeof loadMode>

/**
 * `data` is the NDJSON text itself. Longer loads are streamed to `load/ndjson`. `from`: a branch or a commit
 * id where `branch` begins when there is none of that name; the load and its branch are one transaction.
 */
export const loadRequest = z
  .strictObject({
    data: z.string(),
    mode: optional(loadMode),
    branch,
    from: optional(z.string().min(1)),
    message: optional(z.string().max(10_000)),
  })
  .meta({ id: 'LoadRequest' })
export type LoadRequest = z.infer<typeof loadRequest>

export const loadQuery = z.strictObject({
  mode: loadMode.optional(),
  branch: z.string().min(1).optional(),
  from: z.string().min(1).optional(),
  message: z.string().max(10_000).optional(),
})

/** How many lines of one type a load had. */
const loadedType = z.object({ name: z.string(), entities_loaded: count }).meta({ id: 'LoadedType' })

/** `base_branch` is `from` as it was sent; `branch_created` says whether the branch began there. */
export const loadOutput = z
  .looseObject({
    uri: z.string(),
    branch: z.string(),
    base_branch: optional(z.string()),
    branch_created: z.boolean(),
    mode: loadMode,
    nodes: z.array(loadedType),
    edges: z.array(loadedType),
    total_entities: count,
    node_lines: count,
    edge_lines: count,
    inserted: count,
    updated: count,
    unchanged: count,
    deleted: count,
    warnings: z.array(diagnostic),
    actor_id: optional(z.string()),
    commit: optional(commit),
  })
  .meta({ id: 'LoadOutput' })
export type LoadOutput = z.infer<typeof loadOutput>

export const exportRequest = z
  .strictObject({
    branch,
    snapshot: optional(z.string().min(1)),
    type_names: optional(z.array(z.string())),
  })
  .meta({ id: 'ExportRequest' })
export type ExportRequest = z.infer<typeof exportRequest>

export const paramKind = z.enum([
  'string',
  'bool',
  'int',
  'bigint',
  'float',
  'date',
  'datetime',
  'blob',
  'vector',
  'list',
])

export const storedQuery = z
  .looseObject({
    name: z.string(),
    tool_name: z.string(),
    description: optional(z.string()),
    instruction: optional(z.string()),
    mutation: z.boolean(),
    params: z.array(
      z.looseObject({
        name: z.string(),
        kind: paramKind,
        nullable: z.boolean(),
        item_kind: optional(paramKind),
        vector_dim: optional(z.int()),
        /** Allowed values of an enum. */
        values: z.array(z.string()).optional(),
      }),
    ),
  })
  .meta({ id: 'StoredQuery' })
export type StoredQuery = z.infer<typeof storedQuery>

export const storedQueryList = z
  .looseObject({ queries: z.array(storedQuery), next_page_token: optional(z.string()) })
  .meta({ id: 'StoredQueryList' })
export type StoredQueryList = z.infer<typeof storedQueryList>

/** `expect_mutation` refuses the call when the stored query is of the other kind. */
export const invokeRequest = z
  .strictObject({
    params,
    branch,
    snapshot: optional(z.string().min(1)),
    expect_mutation: optional(z.boolean()),
    message: optional(z.string().max(10_000)),
    /** As in `QueryRequest`. */
    explain: optional(z.boolean()),
  })
  .meta({ id: 'InvokeRequest' })
export type InvokeRequest = z.infer<typeof invokeRequest>

export const invokeOutput = z.union([readOutput, changeOutput]).meta({ id: 'InvokeOutput' })
export type InvokeOutput = z.infer<typeof invokeOutput>

/** Which Blob: a property of one entity, at a branch or at a commit (`snapshot`). */
export const blobQuery = z.object({
  entity: z.enum(['node', 'edge']),
  type: z.string(),
  id: z.string(),
  property: z.string(),
  branch: z.string().optional(),
  snapshot: z.string().optional(),
})
export type BlobQuery = z.infer<typeof blobQuery>
