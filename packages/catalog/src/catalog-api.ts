import type { AspectProposal } from './aspect/proposal.js'
import type { RaisedIncident, RaiseIncident } from './incident/incident-input.js'
import type { CrewRunRecord, CrewRunSummary, FinishRun, StartRun } from './incident/run-record.js'
import type { AssertionTarget, RecordAssertions, RecordedAssertions } from './ingest/assertion-input.js'
import type { IngestOptions, IngestResult } from './ingest/result.js'
import type { CommitInfo, ReadContext, WriteContext } from './model/store.js'
import type {
  DatasetAssertionsAnswer,
  DatasetQueriesAnswer,
  EntitiesAnswer,
  EntityAnswer,
  HealthDiffAnswer,
  IncidentsAnswer,
  LineageAnswer,
  LineagePathAnswer,
  SchemaFieldsAnswer,
  SearchAnswer,
} from './read/answers.js'
import type {
  DatasetAssertionsQuestion,
  DatasetQueriesQuestion,
  HealthDiffQuestion,
  IncidentsQuestion,
  LineagePathQuestion,
  LineageQuestion,
  SchemaFieldsQuestion,
  SearchQuestion,
} from './read/questions.js'

/**
 * What can be asked of a catalog. Every answer is read at one commit and carries
 * its receipt; the same commit and question give the same bytes. What does not
 * exist is `CatalogError` `not-found`, never an empty success. `at` selects a
 * branch or a past commit.
 */
export interface CatalogReads {
  search(question: SearchQuestion, at?: ReadContext): SearchAnswer
  getEntity(urn: string, at?: ReadContext): EntityAnswer
  getEntities(urns: readonly string[], at?: ReadContext): EntitiesAnswer
  listSchemaFields(question: SchemaFieldsQuestion, at?: ReadContext): SchemaFieldsAnswer
  getLineage(question: LineageQuestion, at?: ReadContext): LineageAnswer
  /** `CatalogError` `lineage_path_not_found`. */
  getLineagePathsBetween(question: LineagePathQuestion, at?: ReadContext): LineagePathAnswer
  getDatasetQueries(question: DatasetQueriesQuestion, at?: ReadContext): DatasetQueriesAnswer
  getDatasetAssertions(question: DatasetAssertionsQuestion, at?: ReadContext): DatasetAssertionsAnswer
  diffHealth(question: HealthDiffQuestion, at?: ReadContext): HealthDiffAnswer
  listIncidents(question?: IncidentsQuestion, at?: ReadContext): IncidentsAnswer
  /** Newest first. */
  listRuns(question?: { limit?: number }, at?: ReadContext): CrewRunSummary[]
  /** `CatalogError` `run_not_found`. */
  getRun(runId: string, at?: ReadContext): CrewRunRecord
  /** Whether an aspect describes the entity and it is not soft-deleted; a mere mention does not count. */
  exists(urn: string, at?: ReadContext): boolean
  /** Fingerprint at the last complete harvest of an instance; null when there was none. */
  harvestedFingerprint(platform: string, instance: string, at?: ReadContext): string | null
}

/** Each call is at most one commit, all or nothing; without an effect there is none. */
export interface CatalogWrites {
  ingest(proposals: Iterable<AspectProposal>, ctx?: WriteContext, options?: IngestOptions): IngestResult
  /** The same for proposals in DataHub's own form, on the wire or in a file. */
  ingestWire(proposals: Iterable<unknown>, ctx?: WriteContext, options?: IngestOptions): IngestResult
  /** Names of the definitions whose newest run is missing, of another definition or of another fingerprint. */
  pendingAssertions(target: AssertionTarget): string[]
  recordAssertions(record: RecordAssertions, ctx?: WriteContext): RecordedAssertions
  /** One commit for the whole list. */
  raiseIncidents(
    incidents: readonly RaiseIncident[],
    ctx?: WriteContext,
  ): { incidents: RaisedIncident[]; commit: CommitInfo | null }
  raiseIncident(incident: RaiseIncident, ctx?: WriteContext): RaisedIncident
  /** Null commit when it was resolved already. */
  resolveIncident(resolution: { urn: string; message?: string }, ctx?: WriteContext): CommitInfo | null
  /** Records the run as `running`. `CatalogError` `run_exists`. */
  startRun(run: StartRun, ctx?: WriteContext): CommitInfo
  /** Ends a running run with its events and report. `CatalogError` `run_not_found | run_ended`. */
  finishRun(run: FinishRun, ctx?: WriteContext): CommitInfo
  /** Marks runs left `running` by a dead process of this machine as `interrupted`; answers their ids. */
  sweepRuns(ctx?: WriteContext): string[]
}

export type CatalogApi = CatalogReads & CatalogWrites
