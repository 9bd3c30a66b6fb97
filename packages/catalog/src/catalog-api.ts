import type { Receipt } from '@groundplane/core'
import type { AspectProposal } from './aspect/proposal.js'
import type { AspectRecord, EventRecord } from './datahub/records.js'
import type { CatalogEdit, EditResult } from './edit/catalog-edit.js'
import type { DecisionAnswer, ProposalsAnswer, ReviewAnswer } from './edit/proposal-review.js'
import type { SaveDocument } from './edit/save-document.js'
import type { RaisedIncident, RaiseIncident } from './incident/incident-input.js'
import type { CrewRunRecord, CrewRunSummary, FinishRun, StartRun } from './incident/run-record.js'
import type { AssertionTarget, RecordAssertions, RecordedAssertions } from './ingest/assertion-input.js'
import type { IngestOptions, IngestResult } from './ingest/result.js'
import type { Deleted } from './ingest/retraction.js'
import type { CommitInfo, ReadContext, WriteContext } from './model/store.js'
import type { DeclaredNames } from './openlineage/declared-names.js'
import type { ReceivedEvents } from './openlineage/receive-batch.js'
import type {
  BriefAnswer,
  CallerAnswer,
  DatasetAssertionsAnswer,
  DatasetQueriesAnswer,
  DocumentMatchesAnswer,
  EntitiesAnswer,
  EntityAnswer,
  HealthDiffAnswer,
  ImpactAnswer,
  IncidentsAnswer,
  LineageAnswer,
  LineagePathAnswer,
  ProvenanceAnswer,
  SchemaFieldsAnswer,
  SearchAnswer,
  SimilarSchemaAnswer,
  VerifyAnswer,
} from './read/answers.js'
import type {
  BriefQuestion,
  DatasetAssertionsQuestion,
  DatasetQueriesQuestion,
  DocumentGrepQuestion,
  DocumentSearchQuestion,
  HealthDiffQuestion,
  ImpactQuestion,
  IncidentsQuestion,
  LineagePathQuestion,
  LineageQuestion,
  ProvenanceQuestion,
  SchemaFieldsQuestion,
  SearchQuestion,
  SimilarSchemaQuestion,
  VerifyQuestion,
} from './read/questions.js'
import type { ColumnLabels } from './read/schema-fields.js'
import type { Steps } from './read/steps.js'

/**
 * What can be asked of a catalog. Every answer is read at one commit and carries
 * its receipt; the same commit and question give the same bytes. What does not
 * exist is `CatalogError` `not-found`, never an empty success. `at` selects a
 * branch or a past commit.
 */
export interface CatalogReads {
  /** Of the commit that is read. */
  receipt(at?: ReadContext): Receipt
  search(question: SearchQuestion, at?: ReadContext): SearchAnswer
  getEntity(urn: string, at?: ReadContext): EntityAnswer
  getEntities(urns: readonly string[], at?: ReadContext): EntitiesAnswer
  listSchemaFields(question: SchemaFieldsQuestion, at?: ReadContext): SchemaFieldsAnswer
  /** The columns of a dataset that have tags or terms, by their URNs; none for what is no dataset. */
  columnLabels(urn: string, at?: ReadContext): ReadonlyMap<string, ColumnLabels>
  getLineage(question: LineageQuestion, at?: ReadContext): LineageAnswer
  /** `CatalogError` `lineage_path_not_found`. */
  getLineagePathsBetween(question: LineagePathQuestion, at?: ReadContext): LineagePathAnswer
  getDatasetQueries(question: DatasetQueriesQuestion, at?: ReadContext): DatasetQueriesAnswer
  getDatasetAssertions(question: DatasetAssertionsQuestion, at?: ReadContext): DatasetAssertionsAnswer
  diffHealth(question: HealthDiffQuestion, at?: ReadContext): HealthDiffAnswer
  /** What one has to know, within a budget of tokens. `CatalogError` `topic_not_found`. */
  brief(question: BriefQuestion, at?: ReadContext): BriefAnswer
  /** Whether a table of these columns is there already. */
  findSimilarSchema(question: SimilarSchemaQuestion, at?: ReadContext): SimilarSchemaAnswer
  /** What a change of a table or a column would do downstream. */
  impact(question: ImpactQuestion, at?: ReadContext): ImpactAnswer
  /** Who said what, when, and what was said before. `CatalogError` `aspect_not_found`. */
  provenance(question: ProvenanceQuestion, at?: ReadContext): ProvenanceAnswer
  /** Whether a claim or a citation holds. */
  verify(question: VerifyQuestion, at?: ReadContext): VerifyAnswer
  listIncidents(question?: IncidentsQuestion, at?: ReadContext): IncidentsAnswer
  /** `CatalogError` `semantic_search_unsupported`. */
  searchDocuments(question: DocumentSearchQuestion, at?: ReadContext): SearchAnswer
  /** `CatalogError` `pattern_too_slow`. */
  grepDocuments(question: DocumentGrepQuestion, at?: ReadContext): DocumentMatchesAnswer
  /** Who asks. `CatalogError` `caller_unknown`. */
  describeCaller(at?: ReadContext): CallerAnswer
  /** Open proposals, oldest first. */
  listProposals(at?: ReadContext): ProposalsAnswer
  /** What a proposal would change, and whether it can be merged. `CatalogError` `proposal_not_found`. */
  reviewProposal(proposal: string, at?: ReadContext): ReviewAnswer
  /** Newest first. */
  listRuns(question?: { limit?: number }, at?: ReadContext): CrewRunSummary[]
  /** `CatalogError` `run_not_found`. */
  getRun(runId: string, at?: ReadContext): CrewRunRecord
  /** Whether an aspect describes the entity and it is not soft-deleted; a mere mention does not count. */
  exists(urn: string, at?: ReadContext): boolean
  /** Fingerprint at the last complete harvest of an instance; null when there was none. */
  harvestedFingerprint(platform: string, instance: string, at?: ReadContext): string | null
  readonly inSteps: SteppedReads
}

/**
 * The reads that walk lineage, which may be long, in steps of a few milliseconds: for who has others to answer
 * meanwhile, or may be told that nobody waits any more. Not going on is all it takes to end one.
 */
export interface SteppedReads {
  getLineage(question: LineageQuestion, at?: ReadContext): Steps<LineageAnswer>
  getLineagePathsBetween(question: LineagePathQuestion, at?: ReadContext): Steps<LineagePathAnswer>
  impact(question: ImpactQuestion, at?: ReadContext): Steps<ImpactAnswer>
  verify(question: VerifyQuestion, at?: ReadContext): Steps<VerifyAnswer>
}

/** The record itself: aspects and events as they were sent, byte for byte, and never what others state. */
export interface CatalogRecords {
  /** The key aspect follows from the URN of an entity that has any record. Undefined when there is none. */
  aspectRecord(urn: string, name: string, at?: ReadContext): AspectRecord | undefined
  /** All aspects of an entity, its key included; none when nothing was ever said of it. */
  aspectRecords(urn: string, at?: ReadContext): AspectRecord[]
  /** Whether anything was said of the entity itself, soft-deleted or not. */
  hasRecord(urn: string, at?: ReadContext): boolean
  /** Events in a span of time (milliseconds since 1970, both ends included), newest first. */
  eventRecords(
    urn: string,
    name: string,
    span?: { readonly from?: number; readonly to?: number },
    at?: ReadContext,
  ): EventRecord[]
  /** Entities of a type that have an aspect, by URN, those that follow `after`; at most `limit` of them. */
  recordedUrns(
    question: {
      readonly entityType: string
      readonly after?: string
      readonly limit: number
      /** Default: as `all`. */
      readonly include?: 'all' | 'not-removed'
    },
    at?: ReadContext,
  ): string[]
  /** Types of the entities that have an aspect. */
  recordedTypes(at?: ReadContext): string[]
  /** Entities that have an aspect of this name, by URN. */
  urnsWithAspect(name: string, at?: ReadContext): string[]
}

/** Each call is at most one commit, all or nothing, unless it says otherwise; without an effect there is none. */
export interface CatalogWrites {
  ingest(proposals: Iterable<AspectProposal>, ctx?: WriteContext, options?: IngestOptions): IngestResult
  /** The same for proposals in DataHub's own form, on the wire or in a file. */
  ingestWire(proposals: Iterable<unknown>, ctx?: WriteContext, options?: IngestOptions): IngestResult
  /**
   * Takes OpenLineage events, each the JSON text of a RunEvent, a JobEvent or a DatasetEvent. Those that are
   * in order are recorded, whatever is wrong with others; what is there in the end depends on which events
   * came, not on their order, and one that came before makes no commit. One commit for all of them, unless
   * the store refuses one: then as many as are needed to record the rest. A dataset of one of the sources
   * in `declared` gets the URN its harvest gives it; without them every dataset is named by its namespace.
   */
  receiveLineage(events: readonly string[], ctx?: WriteContext, declared?: DeclaredNames): ReceivedEvents
  /**
   * Deletes everything that was said of the entity, and what follows from it. What others state about
   * it stays. Nothing to delete is no error and no commit.
   */
  deleteEntity(urn: string, ctx?: WriteContext): DeletionResult
  /** Deletes one aspect; the entity goes with its last one. */
  deleteAspect(urn: string, name: string, ctx?: WriteContext): DeletionResult
  /** Deletes the events of one timeseries aspect in a span of time (milliseconds since 1970), both ends included. */
  deleteEvents(
    urn: string,
    name: string,
    span?: { readonly from?: number; readonly to?: number },
    ctx?: WriteContext,
  ): DeletionResult
  /** Names of the definitions whose newest run is missing, of another definition or of another fingerprint. */
  pendingAssertions(target: AssertionTarget): string[]
  /** Names whose newest run found a failure or could not decide. */
  failingAssertions(target: AssertionTarget): string[]
  recordAssertions(record: RecordAssertions, ctx?: WriteContext): RecordedAssertions
  /** One commit for the whole list. */
  raiseIncidents(
    incidents: readonly RaiseIncident[],
    ctx?: WriteContext,
  ): { incidents: RaisedIncident[]; commit: CommitInfo | null }
  raiseIncident(incident: RaiseIncident, ctx?: WriteContext): RaisedIncident
  /** Null commit when it was resolved already. */
  resolveIncident(resolution: { urn: string; message?: string }, ctx?: WriteContext): CommitInfo | null
  /** One change of what people say about data. `CatalogError` `entity_not_found | column_not_found | stated_by_source`. */
  edit(edit: CatalogEdit, ctx?: WriteContext): EditResult
  /** A new document, or another version of one. `CatalogError` `entity_not_found | stated_by_source`. */
  saveDocument(document: SaveDocument, ctx?: WriteContext): SavedDocument
  /** A new branch at the head of main for the changes of one proposal; its name. */
  openProposal(ctx?: WriteContext): string
  /** Deletes the branch of a proposal. `CatalogError` `proposal_not_found`. */
  dropProposal(proposal: string, ctx?: WriteContext): void
  /**
   * Merges a proposal into main, under the policy of main, or deletes it. With `head`: only if it is at that commit.
   * `CatalogError` `proposal_not_found`, `GraphError` `merge_conflict | commit_mismatch`.
   */
  decideProposal(
    decision: { proposal: string; decision: 'approve' | 'reject'; head?: string },
    ctx?: WriteContext,
  ): DecisionAnswer
  /** Records the run as `running`. `CatalogError` `run_exists`. */
  startRun(run: StartRun, ctx?: WriteContext): CommitInfo
  /** Ends a running run with its events and report. `CatalogError` `run_not_found | run_ended`. */
  finishRun(run: FinishRun, ctx?: WriteContext): CommitInfo
  /** Marks runs left `running` by a dead process of this machine as `interrupted`; answers their ids. */
  sweepRuns(ctx?: WriteContext): string[]
}

export interface DeletionResult extends Deleted {
  readonly commit: CommitInfo | null
}

export interface SavedDocument {
  readonly urn: string
  /** The actor. */
  readonly author: string
  /** False when it said so already: there is no commit then. */
  readonly changed: boolean
  readonly receipt: Receipt
}

export type CatalogApi = CatalogReads & CatalogRecords & CatalogWrites
