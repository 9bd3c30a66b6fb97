/**
 * The typed client of a Groundplane server, for Node, browsers and anything else with
 * `fetch`. Speaks only the protocol package; it holds no state beyond its options.
 *
 * Not an MCP client, and not a way around the server: it opens no files.
 */

export type {
  BlobQuery,
  BranchAction,
  BranchDetail,
  BranchList,
  BranchMergeOutput,
  CatalogPicture,
  ChangeDiff,
  ChangeFeed,
  ChangeOutput,
  Commit,
  CommitList,
  EntityChange,
  ExplainOutput,
  GraphList,
  HealthCheck,
  HealthDiff,
  IncidentEvent,
  IncidentReport,
  IncidentRun,
  IncidentRunList,
  InvokeOutput,
  Json,
  LoadOutput,
  MergeConflict,
  ReadOutput,
  Receipt,
  RunResult,
  Schedule,
  ScheduleList,
  SchemaPlanOutput,
  SearchResult,
  Snapshot,
  Source,
  SourceList,
  StartIncidentResponse,
  StoredQuery,
  StoredQueryList,
} from '@groundplane/protocol'
export type { ByteRange, RemoteBlob } from './blob.js'
export { type ClientOptions, createClient, type GroundplaneClient } from './client.js'
export { ApiError, UnreachableError } from './errors.js'
export type { EventOptions } from './events.js'
