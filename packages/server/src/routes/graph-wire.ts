import { type Ulid, ulidTimeMs } from '@groundplane/core'
import {
  type BranchInfo,
  type CommitInfo,
  type EntityChange,
  FORMAT_VERSION,
  type LoadMode,
  type LoadResult,
  type MigrationPlan,
  type MutationResult,
  type QueryResult,
  type SnapshotInfo,
} from '@groundplane/graph'
import type { ParamModel, ValueType } from '@groundplane/lang'
import type * as wire from '@groundplane/protocol'
import type { ServedQuery } from '../served-revision.js'

/** How the graph's own values look on the wire. Pure. */

const microseconds = (iso: string) => Date.parse(iso) * 1000

export function commitToWire(commit: CommitInfo): wire.Commit {
  return {
    graph_commit_id: commit.id,
    parent_commit_id: commit.parents[0] ?? null,
    merged_parent_commit_id: commit.parents[1] ?? null,
    graph_branch: commit.branch,
    graph_manifest_version: ulidTimeMs(commit.id as Ulid),
    actor_id: commit.actor,
    created_at: microseconds(commit.at),
    at: commit.at,
    kind: commit.kind,
    message: commit.message,
    schema_digest: commit.schemaDigest,
    provenance: Object.fromEntries(
      Object.entries(commit.provenance).filter(([, v]) => typeof v === 'string'),
    ),
    ...commit.changes,
  }
}

export function branchToWire({ name, head, parent, forkedAt, createdAt }: BranchInfo): wire.BranchDetail {
  return { name, head, parent, forked_at: forkedAt, created_at: createdAt }
}

export function changeToWire(change: EntityChange): wire.EntityChange {
  const op = ({ inserted: 'insert', updated: 'update', deleted: 'delete' } as const)[change.op]
  return {
    id: change.id,
    kind: change.kind,
    op,
    type: { id: change.type, name: change.type },
    before: imageToWire(change.kind, change.before),
    after: imageToWire(change.kind, change.after),
  }
}

function imageToWire(kind: 'node' | 'edge', row: EntityChange['before']) {
  if (row === null) return null
  const { id: _, ...rest } = row
  if (kind === 'node') return { properties: rest as wire.Json }
  const { from, to, ...properties } = rest
  return { endpoints: { from: String(from), to: String(to) }, properties: properties as wire.Json }
}

export function causeToWire(commit: CommitInfo): wire.CommitChanges['cause'] {
  return {
    graph_commit_id: commit.id,
    parent_commit_id: commit.parents[0] ?? null,
    merged_parent_commit_id: commit.parents[1] ?? null,
    actor_id: commit.actor,
    authored_at: microseconds(commit.at),
    authored_branch: commit.branch,
  }
}

export function snapshotToWire(graph: string, { branch, commit, types }: SnapshotInfo): wire.Snapshot {
  const version = ulidTimeMs(commit.id as Ulid)
  return {
    graph_branch: branch,
    graph_manifest_version: version,
    internal_schema_version: FORMAT_VERSION,
    datasets: types.map(({ name, kind, rows }) => ({
      type_name: name,
      entity_kind: kind,
      entity_count: rows,
      dataset_path: `${kind}s/${name}`,
      published_dataset_version: version,
      native_dataset_branch: null,
    })),
    commit: commitToWire(commit),
    receipt: receiptOf(graph, commit),
  }
}

export function receiptOf(graph: string, commit: Pick<CommitInfo, 'id' | 'at'>): wire.Receipt {
  return { graph, commit: commit.id, at: commit.at }
}

type Columns = Pick<wire.ReadOutput, 'columns' | 'column_types'>

/** A compiled query gives the same list of columns at every run. */
const columnsToWire = new WeakMap<QueryResult['columns'], Columns>()

function columnsOf(columns: QueryResult['columns']): Columns {
  const known = columnsToWire.get(columns)
  if (known) return known
  const made = { columns: columns.map(({ name }) => name), column_types: columns.map(({ type }) => type) }
  columnsToWire.set(columns, made)
  return made
}

export function readToWire(
  name: string,
  target: { branch?: string; commit?: string },
  result: QueryResult,
  receipt: wire.Receipt,
): wire.ReadOutput {
  const { columns, column_types } = columnsOf(result.columns)
  return {
    query_name: name,
    target: {
      branch: target.commit === undefined ? (target.branch ?? 'main') : null,
      snapshot: target.commit ?? null,
    },
    columns,
    column_types,
    row_count: result.rowCount,
    rows: result.rows as wire.ReadOutput['rows'],
    truncated: result.truncated,
    graph_commit_id: result.commit,
    receipt,
  }
}

export function mutationToWire(
  name: string,
  branch: string,
  actor: string | null,
  result: MutationResult,
): wire.ChangeOutput {
  return {
    query_name: name,
    branch,
    affected_nodes: result.affected.nodes,
    affected_edges: result.affected.edges,
    inserted: result.inserted,
    updated: result.updated,
    deleted: result.deleted,
    actor_id: actor,
    commit: result.commit && commitToWire(result.commit),
  }
}

export function loadToWire(
  graph: string,
  { branch, mode, from }: { branch: string; mode: LoadMode; from?: string },
  actor: string | null,
  result: LoadResult,
): wire.LoadOutput {
  const linesOf = (kind: 'node' | 'edge') =>
    result.types
      .filter((type) => type.kind === kind)
      .map(({ name, lines }) => ({ name, entities_loaded: lines }))
  return {
    uri: `/graphs/${graph}`,
    branch,
    base_branch: from ?? null,
    branch_created: result.branchCreated,
    mode,
    nodes: linesOf('node'),
    edges: linesOf('edge'),
    total_entities: result.nodes + result.edges,
    node_lines: result.nodes,
    edge_lines: result.edges,
    inserted: result.inserted,
    updated: result.updated,
    unchanged: result.unchanged,
    deleted: result.deleted,
    warnings: result.warnings.map((d) => ({ ...d })) as wire.Diagnostic[],
    actor_id: actor,
    commit: result.commit && commitToWire(result.commit),
  }
}

export function planToWire(graph: string, plan: MigrationPlan): wire.SchemaPlanOutput {
  return {
    uri: `/graphs/${graph}`,
    supported: plan.supported,
    step_count: plan.steps.length,
    steps: plan.steps.map((step) => ({ ...step })),
    diagnostics: plan.diagnostics.map((d) => ({ ...d })) as wire.Diagnostic[],
    receipt: receiptOf(graph, plan.commit),
  }
}

export function queryToWire({ name, checked }: ServedQuery): wire.StoredQuery {
  return {
    name,
    tool_name: name,
    description: checked.description ?? null,
    instruction: checked.instruction ?? null,
    mutation: checked.kind === 'write',
    params: checked.params.map(paramToWire),
  }
}

function paramToWire({ name, type, nullable }: ParamModel): wire.StoredQuery['params'][number] {
  const kind = kindOf(type)
  return {
    name,
    kind,
    nullable,
    item_kind: type.kind === 'list' ? kindOf({ kind: 'scalar', name: type.of }) : null,
    vector_dim: type.kind === 'vector' ? type.dimensions : null,
    ...(type.kind === 'enum' && { values: [...type.values] }),
  }
}

function kindOf(type: ValueType): wire.StoredQuery['params'][number]['kind'] {
  if (type.kind === 'enum') return 'string'
  if (type.kind !== 'scalar') return type.kind
  switch (type.name) {
    case 'String':
      return 'string'
    case 'Bool':
      return 'bool'
    case 'I32':
    case 'U32':
      return 'int'
    case 'I64':
    case 'U64':
      return 'bigint'
    case 'F32':
    case 'F64':
      return 'float'
    case 'Date':
      return 'date'
    case 'DateTime':
      return 'datetime'
  }
}
