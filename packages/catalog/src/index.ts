/**
 * The semantic plane on a graph: the catalog model, the aspects that are its
 * record, their projection into typed nodes and edges, and the reads agents ask.
 * Not for reaching sources over the network on a schedule (cluster, server), nor
 * for judging what an answer means (crew).
 */
export { parseWireProposal, type Refusal } from './aspect/parse.js'
export type { AspectProposal, Json, JsonObject, ProposedChange, RejectedProposal } from './aspect/proposal.js'
export { isTimeseries } from './aspect/timeseries.js'
export { Catalog, type CatalogOptions } from './catalog.js'
export type {
  CatalogApi,
  CatalogReads,
  CatalogRecords,
  CatalogWrites,
  DeletionResult,
} from './catalog-api.js'
export { knownAspects } from './datahub/entity-registry.js'
export type { RefusedProposal } from './datahub/out/batch.js'
export type { ChangeCount } from './datahub/out/change-counts.js'
export type { GmsTarget } from './datahub/out/gms-client.js'
export {
  type MetadataFileQuestion,
  type MetadataFileReport,
  metadataFile,
} from './datahub/out/metadata-file.js'
export type { PublicationStore } from './datahub/out/publication.js'
export {
  type PreviewedChange,
  type PublishOptions,
  type PublishPreview,
  type PublishReport,
  previewPublication,
  publishCatalog,
} from './datahub/out/publish.js'
export type { RetryOptions } from './datahub/out/retry.js'
export { aspectOfRecord, keyAspectOf, recordOf } from './datahub/record-types.js'
export type { AspectRecord, EventRecord } from './datahub/records.js'
export { wireText } from './datahub/wire-text.js'
export type { CatalogEdit, EditResult } from './edit/catalog-edit.js'
export { BUILT_IN_OWNERSHIP_TYPES } from './edit/owner-type.js'
export type { DecisionAnswer, ProposalsAnswer, ReviewAnswer } from './edit/proposal-review.js'
export type { IncidentPriority, RaisedIncident, RaiseIncident } from './incident/incident-input.js'
export type {
  CrewRunRecord,
  CrewRunStatus,
  CrewRunSummary,
  FinishRun,
  StartRun,
} from './incident/run-record.js'
export type {
  AssertionDefinition,
  AssertionResult,
  AssertionTarget,
  RecordAssertions,
  RecordedAssertions,
} from './ingest/assertion-input.js'
export { assertionUrn } from './ingest/record-assertions.js'
export type { CasingConflict, IngestOptions, IngestResult } from './ingest/result.js'
export {
  type BoundAssertionSet,
  type CheckOptions,
  type CheckReport,
  checkSource,
} from './job/check-source.js'
export { type HarvestReport, harvestSource } from './job/harvest-source.js'
export { publishChecked } from './job/publish-checked.js'
export type { BoundSource, JobContext } from './job/source-binding.js'
export { CatalogError } from './model/error.js'
export { CATALOG_QUERIES, CATALOG_SCHEMA } from './model/texts.js'
export { DeclaredNames, type NamedSource } from './openlineage/declared-names.js'
export type { EventProblem } from './openlineage/event-problem.js'
export { elementTexts } from './openlineage/json-text.js'
export type { ReceivedEvents, RefusedEvent } from './openlineage/receive-batch.js'
export type {
  AssertionDocument,
  AssertionRunDocument,
  DatasetAssertionsAnswer,
  DatasetQueriesAnswer,
  EntitiesAnswer,
  EntityAnswer,
  EntityDocument,
  EntityRef,
  Facet,
  HealthCheck,
  HealthDiffAnswer,
  HealthSide,
  HealthVerdict,
  IncidentDocument,
  IncidentsAnswer,
  LineageAnswer,
  LineageHit,
  LineagePage,
  LineagePathAnswer,
  MatchedField,
  PathStep,
  QueryDocument,
  RunResult,
  SchemaField,
  SchemaFieldsAnswer,
  SearchAnswer,
  SearchHit,
} from './read/answers.js'
export { withinBudget } from './read/budget/tool-budgets.js'
export { comparedInstances } from './read/compared-instances.js'
export type {
  DatasetAssertionsQuestion,
  DatasetQueriesQuestion,
  HealthDiffQuestion,
  IncidentsQuestion,
  LineagePathQuestion,
  LineageQuestion,
  SchemaFieldsQuestion,
  SearchQuestion,
} from './read/questions.js'
export { SearchIndexPending } from './read/search/index-pending.js'
export { relatedWords } from './read/search/related-words.js'
export { retryWhenIndexed, whenIndexed } from './read/search/when-indexed.js'
export { stem } from './read/search/words.js'
export type { Steps } from './read/steps.js'
export { checkAssertions } from './source/assertion/parse-assertions.js'
export type { Harvest, HarvestOptions, HarvestProgress } from './source/harvest.js'
export type { HarvestNote } from './source/harvest-notes.js'
export {
  type ColumnLineage,
  columnLineage,
  type LineageEngine,
  loadLineageEngine,
  type SqlLineage,
} from './source/lineage/column-lineage.js'
export type { ColumnSource, Transform } from './source/lineage/derivation.js'
export { LINEAGE_DIALECTS } from './source/lineage/dialect-rules.js'
export type {
  IndirectSource,
  KnownTable,
  SchemaLookup,
  TableName,
  Unresolved,
  UnresolvedReason,
} from './source/lineage/trace.js'
export { checkMetadata, parseMetadata, type SourceMetadata } from './source/metadata/source-metadata.js'
export { SourceError } from './source/source-error.js'
export { harvestSqlite, type SqliteSource } from './source/sqlite/harvest.js'
export { callTool, TOOL_NAMES, type ToolContext, type ToolName, toolSteps } from './tool-call.js'
export {
  datasetUrn,
  schemaFieldUrn,
  sqliteDatasetUrn,
  tryDatasetParts,
  tryFieldParts,
  urnName,
} from './urn/entity-urns.js'
export {
  encodeUrnPart,
  isUrn,
  type ParsedUrn,
  parseUrn,
  printUrn,
  tryParseUrn,
  type Urn,
} from './urn/urn.js'
