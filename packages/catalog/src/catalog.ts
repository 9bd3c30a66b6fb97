import { type Clock, type Receipt, systemClock, type UlidSource, ulidSource } from '@groundplane/core'
import type { CommitInfo, Graph, ReadContext, Transaction, WriteContext } from '@groundplane/graph'
import type { SchemaModel } from '@groundplane/lang'
import { parseWireProposal } from './aspect/parse.js'
import type { AspectProposal } from './aspect/proposal.js'
import { entityOf, text } from './aspect/row.js'
import type { CatalogApi, DeletionResult, SavedDocument, SteppedReads } from './catalog-api.js'
import * as records from './datahub/records.js'
import { applyEdit } from './edit/apply-edit.js'
import type { CatalogEdit, EditResult } from './edit/catalog-edit.js'
import type { DecisionAnswer, ProposalsAnswer, ReviewAnswer } from './edit/proposal-review.js'
import {
  approveProposal,
  dropProposal,
  listProposals,
  openProposal,
  reviewProposal,
} from './edit/proposals.js'
import { type SaveDocument, saveDocument } from './edit/save-document.js'
import type { RaisedIncident, RaiseIncident } from './incident/incident-input.js'
import { type IncidentAuthor, raiseIncidents, resolveIncident } from './incident/raise.js'
import type { CrewRunRecord, CrewRunSummary, FinishRun, StartRun } from './incident/run-record.js'
import { finishRun, getRun, listRuns, startRun, sweepRuns } from './incident/runs.js'
import type { AssertionTarget, RecordAssertions, RecordedAssertions } from './ingest/assertion-input.js'
import { Ingestion } from './ingest/ingest.js'
import { failingAssertions, pendingAssertions, writeAssertions } from './ingest/record-assertions.js'
import type { IngestOptions, IngestResult } from './ingest/result.js'
import { type Deleted, Retraction } from './ingest/retraction.js'
import { CatalogQueries, type QuerySet } from './model/queries.js'
import type { DeclaredNames } from './openlineage/declared-names.js'
import type { LineageEvent } from './openlineage/read-event.js'
import { type ReceivedEvents, receiveBatch } from './openlineage/receive-batch.js'
import { EventReceiver } from './openlineage/receive-event.js'
import type * as answers from './read/answers.js'
import { getDatasetAssertions } from './read/assertions.js'
import { brief } from './read/brief.js'
import { describeCaller } from './read/caller.js'
import { getDatasetQueries } from './read/dataset-queries.js'
import { grepDocuments, searchDocuments } from './read/documents.js'
import { readEntities, readEntity } from './read/entity-document.js'
import { isDescribed } from './read/entity-lookup.js'
import { diffHealth } from './read/health-diff.js'
import { impact } from './read/impact.js'
import { listIncidents } from './read/incidents.js'
import { KeptWalks } from './read/kept-walks.js'
import { getLineage } from './read/lineage.js'
import { getLineagePathsBetween } from './read/lineage-paths.js'
import { provenance } from './read/provenance.js'
import type * as questions from './read/questions.js'
import { type ColumnLabels, columnLabels, listSchemaFields } from './read/schema-fields.js'
import { IndexBehind, type IndexMade } from './read/search/index-behind.js'
import { IndexKeeper } from './read/search/index-keeper.js'
import { ReadEarlier } from './read/search/index-pending.js'
import { search } from './read/search/search.js'
import type { TextIndex } from './read/search/text-index.js'
import { findSimilarSchema } from './read/similar-schema.js'
import { readInSteps, type Snapshot } from './read/snapshot.js'
import { allAtOnce, oneStep, type Steps } from './read/steps.js'
import { aspectNames, verify } from './read/verify.js'
import { platformInstanceUrn } from './urn/entity-urns.js'
import { encodeUrnPart, printUrn } from './urn/urn.js'

export interface CatalogOptions {
  readonly clock?: Clock
  readonly ids?: UlidSource
  /**
   * For a process that has others to answer: a search index that takes long is made on another thread, and what needs it
   * throws `SearchIndexPending` meanwhile. Then `close` is to be called. Default: it is made when it is first needed.
   */
  readonly serving?: boolean
  /** Told of each index that was made on the other thread. */
  readonly onIndex?: (made: IndexMade) => void
  /** Told why one could not be made, when nobody waited for it. */
  readonly onIndexFailed?: (error: unknown) => void
}

/**
 * The catalog on one graph. Synchronous and in process; the graph stays the
 * caller's to close. Several catalogs, also in several processes, may stand on one
 * graph: reads hold to one commit, writes are transactions of the graph.
 */
export class Catalog implements CatalogApi {
  readonly graph: Graph
  readonly #queries: CatalogQueries
  readonly #keeper: IndexKeeper
  readonly #walks = new KeptWalks()
  readonly #clock: Clock
  readonly #ids: UlidSource

  readonly #behind: IndexBehind | undefined

  constructor(
    graph: Graph,
    { clock = systemClock, ids = ulidSource(clock), serving, onIndex, onIndexFailed }: CatalogOptions = {},
  ) {
    this.graph = graph
    this.#queries = new CatalogQueries(graph)
    this.#behind = serving ? new IndexBehind(graph.root, onIndex, onIndexFailed) : undefined
    this.#keeper = this.#behind?.keeper ?? new IndexKeeper()
    this.#clock = clock
    this.#ids = ids
  }

  /** Brings the index of main to its head, or begins to; for a catalog that serves, before anybody asks. */
  refreshIndex(): void {
    this.#behind?.refresh()
  }

  /** Ends what it does behind. The graph stays open. */
  async close(): Promise<void> {
    await this.#behind?.close()
  }

  #read<T>(at: ReadContext, body: (snapshot: Snapshot) => T): T {
    return allAtOnce(this.#readInSteps(at, (snapshot) => oneStep(() => body(snapshot))))
  }

  readonly inSteps: SteppedReads = {
    getLineage: (question, at = {}) =>
      this.#readInSteps(at, (s) => getLineage(s, () => this.#index(s, at), this.#walks, question)),
    getLineagePathsBetween: (question, at = {}) =>
      this.#readInSteps(at, (s) => getLineagePathsBetween(s, question)),
    impact: (question, at = {}) =>
      this.#readInSteps(at, (s) => impact(s, () => this.#index(s, at), question)),
    verify: (question, at = {}) => {
      const who = at.principal === undefined ? {} : { principal: at.principal }
      const namesAt = (urn: string, commit: string) =>
        this.#read({ ...who, commit }, (then) => aspectNames(then, urn))
      return this.#readInSteps(at, (s) => verify(s, question, namesAt))
    },
  }

  #index(snapshot: Snapshot, at: ReadContext): TextIndex {
    return this.#keeper.at(snapshot, at.commit !== undefined, at.ifCommit !== undefined)
  }

  *#readInSteps<T>(at: ReadContext, body: (snapshot: Snapshot) => Steps<T>): Steps<T> {
    try {
      return yield* readInSteps(this.graph, this.#queries, at, body)
    } catch (error) {
      if (!(error instanceof ReadEarlier)) throw error
      return yield* readInSteps(this.graph, this.#queries, { ...at, commit: error.commit }, body)
    }
  }

  receipt(at: ReadContext = {}): Receipt {
    return this.#read(at, (s) => s.receipt)
  }

  search(question: questions.SearchQuestion, at: ReadContext = {}): answers.SearchAnswer {
    return this.#read(at, (s) => search(s, this.#index(s, at), question))
  }

  getEntity(urn: string, at: ReadContext = {}): answers.EntityAnswer {
    return this.#read(at, (s) => ({ entity: readEntity(s, urn), receipt: s.receipt }))
  }

  getEntities(urns: readonly string[], at: ReadContext = {}): answers.EntitiesAnswer {
    return this.#read(at, (s) => ({
      entities: readEntities(s, urns),
      receipt: s.receipt,
    }))
  }

  listSchemaFields(
    question: questions.SchemaFieldsQuestion,
    at: ReadContext = {},
  ): answers.SchemaFieldsAnswer {
    return this.#read(at, (s) => listSchemaFields(s, question))
  }

  columnLabels(urn: string, at: ReadContext = {}): ReadonlyMap<string, ColumnLabels> {
    return this.#read(at, (s) => columnLabels(s, urn))
  }

  getLineage(question: questions.LineageQuestion, at: ReadContext = {}): answers.LineageAnswer {
    return allAtOnce(this.inSteps.getLineage(question, at))
  }

  getLineagePathsBetween(
    question: questions.LineagePathQuestion,
    at: ReadContext = {},
  ): answers.LineagePathAnswer {
    return allAtOnce(this.inSteps.getLineagePathsBetween(question, at))
  }

  getDatasetQueries(
    question: questions.DatasetQueriesQuestion,
    at: ReadContext = {},
  ): answers.DatasetQueriesAnswer {
    return this.#read(at, (s) => getDatasetQueries(s, question))
  }

  getDatasetAssertions(
    question: questions.DatasetAssertionsQuestion,
    at: ReadContext = {},
  ): answers.DatasetAssertionsAnswer {
    return this.#read(at, (s) => getDatasetAssertions(s, question))
  }

  diffHealth(question: questions.HealthDiffQuestion, at: ReadContext = {}): answers.HealthDiffAnswer {
    return this.#read(at, (s) => diffHealth(s, question, this.#clock()))
  }

  brief(question: questions.BriefQuestion, at: ReadContext = {}): answers.BriefAnswer {
    return this.#read(at, (s) => brief(s, this.#index(s, at), question))
  }

  findSimilarSchema(
    question: questions.SimilarSchemaQuestion,
    at: ReadContext = {},
  ): answers.SimilarSchemaAnswer {
    return this.#read(at, (s) => findSimilarSchema(s, this.#index(s, at), question))
  }

  impact(question: questions.ImpactQuestion, at: ReadContext = {}): answers.ImpactAnswer {
    return allAtOnce(this.inSteps.impact(question, at))
  }

  provenance(question: questions.ProvenanceQuestion, at: ReadContext = {}): answers.ProvenanceAnswer {
    return this.#read(at, (s) => provenance(s, question))
  }

  verify(question: questions.VerifyQuestion, at: ReadContext = {}): answers.VerifyAnswer {
    return allAtOnce(this.inSteps.verify(question, at))
  }

  listIncidents(question: questions.IncidentsQuestion = {}, at: ReadContext = {}): answers.IncidentsAnswer {
    return this.#read(at, (s) => listIncidents(s, question))
  }

  searchDocuments(question: questions.DocumentSearchQuestion, at: ReadContext = {}): answers.SearchAnswer {
    return this.#read(at, (s) => searchDocuments(s, this.#index(s, at), question))
  }

  grepDocuments(
    question: questions.DocumentGrepQuestion,
    at: ReadContext = {},
  ): answers.DocumentMatchesAnswer {
    return this.#read(at, (s) => grepDocuments(s, question))
  }

  describeCaller(at: ReadContext = {}): answers.CallerAnswer {
    return this.#read(at, (s) => describeCaller(s, at.principal))
  }

  listRuns({ limit }: { limit?: number } = {}, at: ReadContext = {}): CrewRunSummary[] {
    return this.#read(at, (s) => listRuns(s, limit))
  }

  getRun(runId: string, at: ReadContext = {}): CrewRunRecord {
    return this.#read(at, (s) => getRun(s, runId))
  }

  exists(urn: string, at: ReadContext = {}): boolean {
    return this.#read(at, (s) => isDescribed(s, urn))
  }

  harvestedFingerprint(platform: string, instance: string, at: ReadContext = {}): string | null {
    const urn = platformInstanceUrn(platform, instance)
    return this.#read(at, (s) => text(entityOf(s.row('platform_instance', { urn }))?.['fingerprint']) ?? null)
  }

  aspectRecord(urn: string, name: string, at: ReadContext = {}): records.AspectRecord | undefined {
    return this.#read(at, (s) => records.aspectRecord(s, urn, name))
  }

  aspectRecords(urn: string, at: ReadContext = {}): records.AspectRecord[] {
    return this.#read(at, (s) => records.aspectRecords(s, urn))
  }

  hasRecord(urn: string, at: ReadContext = {}): boolean {
    return this.#read(at, (s) => records.hasRecord(s, urn))
  }

  eventRecords(
    urn: string,
    name: string,
    span: { readonly from?: number; readonly to?: number } = {},
    at: ReadContext = {},
  ): records.EventRecord[] {
    return this.#read(at, (s) => records.eventRecords(s, urn, name, span))
  }

  recordedUrns(question: Parameters<CatalogApi['recordedUrns']>[0], at: ReadContext = {}): string[] {
    return this.#read(at, (s) => records.recordedUrns(s, question))
  }

  recordedTypes(at: ReadContext = {}): string[] {
    return this.#read(at, (s) => s.rows('recorded_types').map((row) => String(row['entityType'])))
  }

  urnsWithAspect(name: string, at: ReadContext = {}): string[] {
    return this.#read(at, (s) => s.rows('urns_with', { name }).map((row) => String(row['urn'])))
  }

  #write<T>(
    ctx: WriteContext,
    message: string,
    body: (tx: Transaction, queries: QuerySet) => T,
  ): { result: T; commit: CommitInfo | null } {
    const { branch, principal } = ctx
    const queries = this.#queries.at({
      ...(branch !== undefined && { branch }),
      ...(principal && { principal }),
    })
    return this.graph.transact({ message, ...ctx }, (tx) => body(tx, queries))
  }

  ingest(
    proposals: Iterable<AspectProposal>,
    ctx: WriteContext = {},
    options: IngestOptions = {},
  ): IngestResult {
    return this.#ingest(proposals, ctx, options)
  }

  /** Ingests proposals in DataHub's own form, on the wire or in a file; each is parsed, and refused, by itself. */
  ingestWire(
    proposals: Iterable<unknown>,
    ctx: WriteContext = {},
    options: IngestOptions = {},
  ): IngestResult {
    return this.#ingest([...proposals].map(parseWireProposal), ctx, options)
  }

  #ingest(
    proposals: Iterable<Parameters<Ingestion['add']>[0]>,
    ctx: WriteContext,
    options: IngestOptions,
  ): IngestResult {
    const { complete } = options
    const source = complete ? `harvest of ${complete.instance}` : 'ingested aspects'
    const timed = { ...options, ...(complete && { complete: { at: this.#clock(), ...complete } }) }
    const { result, commit } = this.#write(ctx, source, (tx, queries) => {
      const ingestion = new Ingestion(tx, queries, timed, { actor: actorOf(ctx), atMs: this.#clock() })
      for (const proposal of proposals) ingestion.add(proposal)
      const casing = ingestion.finish()
      const { written, unchanged, rejected } = ingestion
      return { written, unchanged, rejected, casing }
    })
    return { ...result, commit }
  }

  receiveLineage(
    events: readonly string[],
    ctx: WriteContext = {},
    declared?: DeclaredNames,
  ): ReceivedEvents {
    const model = this.#modelOf(ctx)
    const record = (read: readonly LineageEvent[]) => {
      const { result: casing, commit } = this.#write(ctx, 'OpenLineage events', (tx, queries) => {
        const receiver = new EventReceiver(tx, queries, model)
        for (const event of read) receiver.take(event)
        receiver.finish()
        return receiver.casing
      })
      return { commit, casing }
    }
    return receiveBatch(events, record, declared)
  }

  deleteEntity(urn: string, ctx: WriteContext = {}): DeletionResult {
    return this.#delete(ctx, `${urn} deleted`, (retraction) => retraction.entity(urn))
  }

  deleteAspect(urn: string, name: string, ctx: WriteContext = {}): DeletionResult {
    return this.#delete(ctx, `${name} of ${urn} deleted`, (retraction) => retraction.aspect(urn, name))
  }

  deleteEvents(
    urn: string,
    name: string,
    { from = 0, to = Number.MAX_SAFE_INTEGER }: { readonly from?: number; readonly to?: number } = {},
    ctx: WriteContext = {},
  ): DeletionResult {
    return this.#delete(ctx, `events of ${name} of ${urn} deleted`, (retraction) =>
      retraction.events(urn, name, { from, to }),
    )
  }

  #delete(ctx: WriteContext, message: string, body: (retraction: Retraction) => Deleted): DeletionResult {
    const model = this.#modelOf(ctx)
    const { result, commit } = this.#write(ctx, message, (tx, queries) =>
      body(new Retraction(tx, queries, model)),
    )
    return { ...result, commit }
  }

  #modelOf(ctx: WriteContext): SchemaModel {
    return this.graph.schema({
      ...(ctx.branch !== undefined && { branch: ctx.branch }),
      ...(ctx.principal && { principal: ctx.principal }),
    }).model
  }

  pendingAssertions(target: AssertionTarget): string[] {
    return this.#read({}, (s) => pendingAssertions(target, (urn) => entityOf(s.row('assertion', { urn }))))
  }

  failingAssertions(target: AssertionTarget): string[] {
    return this.#read({}, (s) => failingAssertions(target, (urn) => entityOf(s.row('assertion', { urn }))))
  }

  recordAssertions(record: RecordAssertions, ctx: WriteContext = {}): RecordedAssertions {
    const runId = record.runId ?? this.#ids.next()
    const { result, commit } = this.#write(
      ctx,
      `assertions ${record.set} on ${record.instance}`,
      (tx, queries) => writeAssertions(tx, queries, record, runId, record.at ?? this.#clock()),
    )
    return { ...result, commit }
  }

  raiseIncidents(
    incidents: readonly RaiseIncident[],
    ctx: WriteContext = {},
  ): { incidents: RaisedIncident[]; commit: CommitInfo | null } {
    const { result, commit } = this.#write(ctx, 'incidents raised', (tx, queries) =>
      raiseIncidents(tx, queries, incidents, this.#author(ctx)),
    )
    return { incidents: result, commit }
  }

  raiseIncident(incident: RaiseIncident, ctx: WriteContext = {}): RaisedIncident {
    return this.raiseIncidents([incident], ctx).incidents[0] as RaisedIncident
  }

  resolveIncident(resolution: { urn: string; message?: string }, ctx: WriteContext = {}): CommitInfo | null {
    return this.#write(ctx, 'incident resolved', (tx, queries) =>
      resolveIncident(tx, queries, resolution, this.#author(ctx)),
    ).commit
  }

  edit(edit: CatalogEdit, ctx: WriteContext = {}): EditResult {
    const { actor, nowMs } = this.#author(ctx)
    const editor = { actor: printUrn('corpuser', [encodeUrnPart(actor)]), nowMs }
    const what = `${edit.op} ${edit.kind}`
    const { result: changed, commit } = this.#write(ctx, what, (tx, queries) =>
      applyEdit(tx, queries, edit, editor),
    )
    const { id, at } = commit ?? this.graph.head(ctx.branch, ctx)
    const message =
      changed === 0 ? 'Nothing to change: it was so already.' : `${what}: ${changed} changed in one commit.`
    return { success: true, changed, message, receipt: { graph: this.graph.id, commit: id, at } }
  }

  saveDocument(document: SaveDocument, ctx: WriteContext = {}): SavedDocument {
    const { actor: author, nowMs, nextId } = this.#author(ctx)
    const actor = printUrn('corpuser', [encodeUrnPart(author)])
    const { result: urn, commit } = this.#write(ctx, `document ${document.title}`, (tx, queries) =>
      saveDocument(tx, queries, document, { actor, nowMs, nextId }),
    )
    const { id, at } = commit ?? this.graph.head(ctx.branch, ctx)
    return { urn, author, changed: commit !== null, receipt: { graph: this.graph.id, commit: id, at } }
  }

  openProposal(ctx: WriteContext = {}): string {
    return openProposal(this.graph, this.#ids, ctx)
  }

  dropProposal(proposal: string, ctx: WriteContext = {}): void {
    dropProposal(this.graph, proposal, ctx)
  }

  listProposals(at: ReadContext = {}): ProposalsAnswer {
    const receipt = this.receipt(at)
    return { proposals: listProposals(this.graph, at.principal), receipt }
  }

  reviewProposal(proposal: string, at: ReadContext = {}): ReviewAnswer {
    const who = at.principal ? { principal: at.principal } : {}
    const review = reviewProposal(this.graph, proposal, at.principal, (urn) => this.exists(urn, who))
    return { ...review, receipt: this.receipt(who) }
  }

  decideProposal(
    { proposal, decision, head }: Parameters<CatalogApi['decideProposal']>[0],
    ctx: WriteContext = {},
  ): DecisionAnswer {
    const who = ctx.principal ? { principal: ctx.principal } : {}
    if (decision === 'reject') {
      dropProposal(this.graph, proposal, { ...ctx, ...(head !== undefined && { ifCommit: head }) })
      return { proposal, decision: 'rejected', message: 'Its branch is deleted.', receipt: this.receipt(who) }
    }
    const { commit } = approveProposal(this.graph, proposal, { ...ctx, ...(head !== undefined && { head }) })
    const message = commit === null ? 'Main had all of it already.' : `Merged as ${commit.id}.`
    return { proposal, decision: 'approved', message, receipt: this.receipt(who) }
  }

  startRun(run: StartRun, ctx: WriteContext = {}): CommitInfo {
    return this.#write(ctx, 'crew run started', (tx) => startRun(tx, run, this.#clock())).commit as CommitInfo
  }

  finishRun(run: FinishRun, ctx: WriteContext = {}): CommitInfo {
    return this.#write(ctx, `crew run ${run.status}`, (tx) => finishRun(tx, run, this.#clock()))
      .commit as CommitInfo
  }

  sweepRuns(ctx: WriteContext = {}): string[] {
    if (this.#read({}, (s) => s.rows('running_crew_runs')).length === 0) return []
    return this.#write(ctx, 'interrupted crew runs swept', (tx, queries) =>
      sweepRuns(tx, queries, this.#clock()),
    ).result
  }

  #author(ctx: WriteContext): IncidentAuthor {
    return {
      actor: actorOf(ctx),
      nowMs: this.#clock(),
      nextId: () => this.#ids.next(),
    }
  }
}

function actorOf({ principal, provenance }: WriteContext): string {
  return principal?.actor ?? provenance?.actor ?? 'groundplane'
}
