/**
 * The control plane: files say what a cluster should be, a ledger records what
 * it is, a plan is the difference, and apply is the only thing that changes the
 * world. Every command is a function that returns one JSON document and never
 * throws for a user's mistake; a renderer turns the document into text.
 *
 * Not for data (rows belong to graphs), not for serving (see `loadApplied` for
 * what may be served), and not for secrets: configuration names them only.
 */
export type {
  AppliedAssertionSet,
  AppliedGraph,
  AppliedPolicy,
  AppliedPublishTarget,
  AppliedQuery,
  AppliedRevision,
  AppliedSource,
  CrewConfig,
  QuarantinedGraph,
} from './applied/applied-revision.js'
export { type LoadOptions, loadApplied, recordedLedger } from './applied.js'
export { type ApplyOptions, applyCluster } from './apply.js'
export type { Approval } from './approval.js'
export { approveCluster } from './approve.js'
export { ClusterError } from './cluster-error.js'
export type { CrewRole, CrewRoleConfig, EmbeddingProfile, ServerLimits, ServerSection } from './config.js'
export { type DeclaredPolicies, type DeclaredPolicy, declaredPolicies } from './declared-policies.js'
export { type DiffOptions, diffRevisions } from './diff.js'
export type {
  ApplyDocument,
  ApprovalGate,
  ApproveDocument,
  Change,
  ChangeReason,
  CommandDocument,
  Dependency,
  DiffDocument,
  Drift,
  ForceUnlockDocument,
  GcDocument,
  MigrationView,
  PlanDocument,
  RefreshDocument,
  ResourceView,
  RevisionChange,
  RevisionView,
  StateObservations,
  StatusDocument,
  ValidateDocument,
} from './documents.js'
export type { ClusterOptions } from './environment.js'
export type { ClusterExtensions } from './extensions.js'
export { type GcOptions, gcCluster } from './gc.js'
export type {
  ApprovalRecord,
  GraphObservation,
  Ledger,
  RecoveryRecord,
  ResourceStatus,
  Tombstone,
} from './ledger.js'
export type { LedgerEntry } from './ledger-entry.js'
export { type PlanOptions, planCluster } from './plan.js'
export { type KeptDocument, publicationDocument } from './publications.js'
export { importCluster, refreshCluster } from './refresh.js'
export {
  renderApply,
  renderPlan,
  renderRefresh,
  renderStatus,
  renderValidate,
} from './render.js'
export type { RenderOptions } from './render-page.js'
export { renderApprove, renderDiff, renderForceUnlock, renderGc } from './render-records.js'
export type { Finished } from './schedule/claim.js'
export type { CronTimes } from './schedule/cron.js'
export { scheduleStore } from './schedule/locate-store.js'
export {
  type Perform,
  type RunContext,
  type RunDueOptions,
  type RunReport,
  runDue,
} from './schedule/run-due.js'
export {
  checkAddress,
  harvestAddress,
  type Schedule,
  type ScheduledJob,
  schedulesOf,
} from './schedule/schedule.js'
export type { RunningRun, RunOutcome, RunResult, ScheduleView } from './schedule/schedule-record.js'
export type { ScheduleStore, ScheduleStoreOptions } from './schedule/schedule-store.js'
export { forceUnlock, statusCluster } from './status.js'
export { validateCluster } from './validate.js'
