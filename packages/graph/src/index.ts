/**
 * The graph store: one directory per graph, commits on branches, row versions in
 * SQLite, constraints on every write path, queries as one SQL statement each.
 * Not for parsing the languages (`lang`), deciding who may do what (`policy`;
 * a graph only asks `authorize`), or declaring graphs as files (`cluster`).
 */
export type {
  Authorize,
  CommitInfo,
  CommitKind,
  Effect,
  EntityChange,
  EntityData,
  GraphAction,
  Json,
  LoadMode,
  LoadOptions,
  LoadProgress,
  LoadResult,
  MutationResult,
  QueryColumn,
  QueryResult,
  ReadContext,
  Row,
  SnapshotInfo,
  WriteContext,
} from './api.js'
export type { BranchInfo, CreateBranchOptions } from './branch/branch-info.js'
export {
  type DerivedArray,
  type DerivedStamp,
  readDerivedFile,
  writeDerivedFile,
} from './derived/derived-file.js'
export {
  createEmbeddingProvider,
  type DeclaredEmbeddingProfile,
  declaredEmbeddingProvider,
  type EmbeddingProfile,
  embeddingProviderFromEnvironment,
  type ProviderOptions,
  resolveEmbeddingProvider,
} from './embedding/create-provider.js'
export type { EmbeddingKind, EmbeddingProvider, EmbeddingRequest } from './embedding/provider.js'
export { GraphError } from './error.js'
export {
  GRAPH_DIAGNOSTIC_CODES,
  GRAPH_ERROR_CODES,
  type GraphDiagnosticCode,
  type GraphErrorCode,
} from './error-codes.js'
export type {
  Advice,
  ExplainedParam,
  ExplainedStatement,
  Explanation,
  PlanNode,
  Timings,
  TypeScan,
  UsedIndex,
} from './explain/explanation.js'
export { Graph } from './graph.js'
export type { CreateOptions, OpenGraphOptions, SearchContext } from './graph-options.js'
export type { CleanupOptions, CleanupReport } from './maintenance/cleanup.js'
export type { OptimizeReport } from './maintenance/optimize.js'
export type { RepairReport } from './maintenance/repair-report.js'
export type {
  ConflictKind,
  MergeConflict,
  MergedChange,
  MergeOptions,
  MergeOutcome,
  MergeResult,
} from './merge/merge-result.js'
export type { PreparedQuery, QueryParams } from './query/prepared.js'
export type { Baseline, BaselineOptions } from './read/baseline.js'
export { type BlobCell, type BlobInfo, MAX_BLOB_READ } from './read/blob.js'
export type { ChangeBlock, FeedOptions, FeedPage } from './read/change-feed.js'
export type { ChangeFilter } from './read/change-page.js'
export type { DiffOptions, DiffPage } from './read/diff.js'
export type { EntityVersion } from './read/entity-versions.js'
export type { SchemaContext } from './schema/apply.js'
export type { MigrationStep, StepKind } from './schema/compare.js'
export type { MigrationOptions, MigrationPlan } from './schema/plan.js'
export type { EmbeddedTexts } from './search/search-run.js'
export { GraphService } from './service/graph-service.js'
export { explainAlone, type LoneReadOptions, readAlone } from './service/lone-read.js'
export type {
  ObserveOperation,
  Operation,
  OperationKind,
  OperationOrigin,
  OperationOutcome,
  ServiceActivity,
} from './service/operation.js'
export type { Observed, QueryOptions, ServiceOptions } from './service/service-options.js'
export { type DetachOptions, detachGraph, removeDetached } from './storage/detach.js'
export { FORMAT_VERSION } from './storage/format.js'
export { basesOverlap, ExternalBlobs } from './value/external-blobs.js'
export type { EdgeValue, NodeValue, Transaction } from './write/transaction.js'
