/**
 * What the tools of the catalog answer, as far as these pages read it. The protocol leaves most members of an
 * entity open (they differ by kind), so these name the ones that are used; each may be absent. Shapes: docs/catalog.md.
 */
import type { Receipt } from '@groundplane/client'
import type { GroundplaneClient } from '../wire/types'

export interface EntityRef {
  urn: string
  type: string
  properties?: { name: string; description?: string }
  platform?: string
  platformInstance?: string
  subTypes?: string[]
  /** Present and false when others only mention it. */
  exists?: false
}

export interface Facet {
  field: string
  displayName: string
  aggregations: { value: string; count: number; displayName: string }[]
}

export interface MatchedField {
  name: string
  value: string
  words: string[]
}

export interface SearchAnswer {
  start: number
  total: number
  searchResults?: { entity: EntityRef; matchedFields: MatchedField[] }[]
  facets?: Facet[]
  hints?: string[]
  truncatedDueToTokenBudget?: true
  receipt: Receipt
}

export interface SchemaField {
  urn: string
  fieldPath: string
  type?: string
  nativeDataType?: string
  nullable?: boolean
  isPartOfKey?: boolean
  description?: string
  label?: string
  tags?: string[]
  glossaryTerms?: string[]
  nullCount?: number
  uniqueCount?: number
}

export interface SchemaFieldsAnswer {
  fields: SchemaField[]
  totalFields: number
  returned: number
  remainingCount: number
  matchingCount: number | null
  receipt: Receipt
}

export interface Named {
  urn: string
  name?: string
  description?: string
}

export interface EntityDocument {
  urn: string
  type: string
  name?: string
  platform?: { urn: string; name: string }
  platformInstance?: string
  env?: string
  subTypes?: string[]
  properties?: Record<string, unknown>
  rowCount?: number
  sizeBytes?: number
  profiledAt?: string
  viewProperties?: { logic: string; language?: string; materialized?: true }
  schemaMetadata?: {
    primaryKeys?: string[]
    fields?: SchemaField[]
    schemaFieldsTruncated?: { totalFields: number; includedFields: number }
  }
  foreignKeys?: { column: string; target: string; targetColumn: string }[]
  owners?: (Named & { email?: string; kind?: string; role?: string })[]
  tags?: Named[]
  glossaryTerms?: Named[]
  domains?: Named[]
  containers?: Named[]
  upstreams?: string[]
  downstreams?: string[]
  health?: Health
  /** Names of its aspects; of a kind without a type of its own, the aspects themselves. */
  aspects?: string[] | Record<string, unknown>
  status?: { removed: boolean }
  /** Members left out to keep the answer small. */
  omitted?: { part: string; tokens: number; get: string }[]
}

export interface Health {
  assertions?: { total: number; passing: number; failing: number; errors: number }
  activeIncidents?: { urn: string; title: string }[]
}

export interface LineagePage {
  total: number
  searchResults: { entity: EntityRef; degree: number; lineageColumns?: string[]; path: string[] }[]
  offset: number
  returned: number
  hasMore: boolean
}

export interface LineageAnswer {
  upstreams?: LineagePage
  downstreams?: LineagePage
  receipt: Receipt
}

export type RunResult = 'SUCCESS' | 'FAILURE' | 'ERROR' | 'INIT'

export interface AssertionRun {
  timestampMillis: number
  runId: string
  resultType: RunResult
  failed?: number
  evaluated?: number
  sampleKeys?: string[]
  error?: string
}

export interface Assertion {
  urn: string
  type: string
  name?: string
  description?: string
  note?: string
  externalUrl?: string
  platform?: string
  sourceType?: string
  column?: string
  definition: Record<string, unknown>
  latestResultType?: RunResult
  failed?: number
  evaluated?: number
  runSummary: { total: number; succeeded: number; failed: number; errors: number }
  runHistory: AssertionRun[]
}

export interface AssertionsAnswer {
  data: { start: number; count: number; total: number; assertions: Assertion[] }
  receipt: Receipt
}

export interface Incident {
  urn: string
  title: string
  description?: string
  type?: string
  state: 'ACTIVE' | 'RESOLVED'
  priority?: string
  assertion?: string
  runId?: string
  raisedAt?: string
  updatedAt?: string
  message?: string
}

export interface IncidentsAnswer {
  total: number
  incidents: Incident[]
  receipt: Receipt
}

export interface DatasetQuery {
  urn: string
  properties: {
    name?: string
    description?: string
    source?: string
    statement: { value?: string; language: string; omitted?: unknown }
  }
  /** Of a view that is made from the dataset. */
  definitionOf?: string
  subjects: string[]
}

export interface QueriesAnswer {
  start: number
  total: number
  count: number
  queries: DatasetQuery[]
  receipt: Receipt
}

export interface ValueChange {
  path: string
  before?: unknown
  after?: unknown
}

export interface AspectVersion {
  commit: string
  at: string
  actor?: string
  message?: string
  branch?: string
  digest: string
  /** There was none before. */
  first?: true
  changes?: ValueChange[]
  moreChanges?: number
  /** What was left out to keep the answer small: `changes`, and how many. */
  omitted?: { part: string; items?: number }[]
}

export interface ProvenanceAnswer {
  aspects: { aspect: string; versions: AspectVersion[]; hasMore?: true }[]
  receipt: Receipt
}

interface Answers {
  search: SearchAnswer
  get_entities: EntityDocument
  list_schema_fields: SchemaFieldsAnswer
  get_lineage: LineageAnswer
  get_dataset_assertions: AssertionsAnswer
  list_incidents: IncidentsAnswer
  get_dataset_queries: QueriesAnswer
  provenance: ProvenanceAnswer
}

/** One tool, with the answer it gives. Rejects as the client does. */
export async function ask<T extends keyof Answers>(
  client: GroundplaneClient,
  tool: T,
  args: object,
  signal: AbortSignal,
): Promise<Answers[T]> {
  return (await client.catalog.call(tool, args, { signal })) as unknown as Answers[T]
}

export type EntityOrError = EntityDocument | { urn: string; code: string; error: string }

/** The documents of several entities, in the order asked; one that cannot be read stands as `{urn, error}`. */
export async function askEntities(
  client: GroundplaneClient,
  urns: readonly string[],
  signal: AbortSignal,
): Promise<EntityOrError[]> {
  if (urns.length === 0) return []
  const answer = await client.catalog.call('get_entities', { urns }, { signal })
  return answer.result as EntityOrError[]
}
