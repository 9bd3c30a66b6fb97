import type { Receipt } from '@groundplane/core'
import type { Json, JsonObject } from '../aspect/proposal.js'
import type { ImpactChange } from './questions.js'
import type { ValueChange } from './value-changes.js'

/**
 * The documents reads answer with. Names and nesting follow DataHub's MCP server
 * where it has the tool; absent values, empty lists and empty objects are left
 * out. Every answer ends with its receipt.
 */

/** Said of what was soft-deleted: it is told as it was, and is not there any more. */
export interface Removed {
  readonly status?: { readonly removed: true }
}

/** A reference to an entity inside an answer. */
export interface EntityRef extends Removed {
  readonly urn: string
  readonly type: string
  readonly properties?: { readonly name: string; readonly description?: string }
  readonly platform?: string
  readonly platformInstance?: string
  readonly subTypes?: readonly string[]
  /** Present and false when the entity is only mentioned by others. */
  readonly exists?: false
}

export interface FacetAggregation {
  readonly value: string
  readonly count: number
  readonly displayName: string
  readonly entity?: { readonly urn: string }
}

export interface Facet {
  readonly field: string
  readonly displayName: string
  readonly aggregations: readonly FacetAggregation[]
}

export interface SearchHit {
  readonly entity: EntityRef
  /** Relevance; comparable inside one answer only. */
  readonly score: number
  /** Which query words matched where: evidence for the rank. */
  readonly matchedFields: readonly MatchedField[]
  /** How many matches were left out because ten that say more are shown. */
  readonly matchedFieldsDropped?: number
}

export interface MatchedField {
  /** `name`, `fieldPaths`, `description`, `tags`, … */
  readonly name: string
  /** Absent for the text of a document. */
  readonly value?: string
  /** Words of the question that matched here. */
  readonly words: readonly string[]
}

export interface SearchAnswer {
  readonly start: number
  /** Left out, with `searchResults`, when `num_results` is 0. */
  readonly count?: number
  readonly total: number
  readonly searchResults?: readonly SearchHit[]
  readonly facets: readonly Facet[]
  /** Results of the page were left out, from its end, to keep to the token budget. */
  readonly truncatedDueToTokenBudget?: true
  /** What the filter asks for that nothing in the catalog has; left out when there is nothing to say. */
  readonly hints?: readonly string[]
  readonly receipt: Receipt
}

/** One entity with everything the catalog knows about it (shape depends on its type). */
export type EntityDocument = { readonly urn: string; readonly type: string } & JsonObject

/** Why there is no document: `code` is that of the error which asking for it alone has, or `answer_full`. */
export interface MissingEntity {
  readonly urn: string
  readonly code: string
  readonly error: string
}

export interface EntityAnswer {
  readonly entity: EntityDocument
  readonly receipt: Receipt
}

export interface EntitiesAnswer {
  /** In the order asked; what could not be read is `{error, urn}`. */
  readonly entities: readonly (EntityDocument | MissingEntity)[]
  readonly receipt: Receipt
}

export interface SchemaField {
  readonly urn: string
  readonly fieldPath: string
  readonly type?: string
  readonly nativeDataType?: string
  readonly nullable?: boolean
  readonly isPartOfKey?: boolean
  readonly description?: string
  readonly label?: string
  readonly tags?: readonly string[]
  readonly glossaryTerms?: readonly string[]
  readonly nullCount?: number
  readonly uniqueCount?: number
}

export interface SchemaFieldsAnswer extends Removed {
  readonly urn: string
  readonly fields: readonly SchemaField[]
  readonly totalFields: number
  readonly returned: number
  readonly remainingCount: number
  /** Fields that match a keyword; null without keywords. */
  readonly matchingCount: number | null
  readonly offset: number
  /** Fields of the page were left out, from its end, to keep to the token budget. */
  readonly truncatedDueToTokenBudget?: true
  readonly receipt: Receipt
}

export interface LineageHit {
  readonly entity: EntityRef
  /** Fewest hops from the start. */
  readonly degree: number
  /** Columns on the way, for a column question; no duplicates. */
  readonly lineageColumns?: readonly string[]
  /** One shortest path of dataset URNs from the start to the entity, both ends included. */
  readonly path: readonly string[]
}

export interface LineagePage {
  readonly total: number
  readonly facets: readonly Facet[]
  readonly searchResults: readonly LineageHit[]
  readonly offset: number
  readonly returned: number
  readonly hasMore: boolean
  /** Results of the page were left out, from its end, to keep to the token budget. */
  readonly truncatedDueToTokenBudget?: true
}

/** An entity of a path, or between two of them the query or expression that makes one of the other. */
export interface PathStep extends Removed {
  readonly type: string
  /** Absent between two columns whose query is not recorded. */
  readonly urn?: string
  readonly properties?: EntityRef['properties']
  readonly platform?: string
  readonly platformInstance?: string
  readonly subTypes?: readonly string[]
  /** Of a column. */
  readonly fieldPath?: string
  readonly dataset?: string
  /** How one column is computed from the other. */
  readonly transform?: string
  readonly exists?: false
}

export interface LineagePathAnswer {
  readonly metadata: {
    readonly queryType: 'lineage-path-trace'
    readonly direction: string
    readonly pathType: 'dataset-level' | 'column-level'
    readonly fields: JsonObject
    readonly note?: string
  }
  readonly source: Removed & { readonly urn: string; readonly column?: string }
  readonly target: Removed & { readonly urn: string; readonly column?: string }
  readonly pathCount: number
  readonly paths: readonly { readonly path: readonly PathStep[] }[]
  readonly receipt: Receipt
}

export interface QueryDocument {
  /** Of the query, or of the view whose definition it is. */
  readonly urn: string
  readonly properties: {
    readonly name?: string
    readonly description?: string
    readonly source?: string
    /** `omitted` stands for a text too long to show. */
    readonly statement:
      | { readonly value: string; readonly language: string }
      | {
          readonly language: string
          readonly omitted: { readonly characters: number; readonly get: 'get_entities' }
        }
    readonly lastModified?: string
  }
  readonly platform?: string
  /** The view, when it is a definition. */
  readonly definitionOf?: string
  /** Datasets, without repeats. */
  readonly subjects: readonly string[]
}

export interface DatasetQueriesAnswer extends Removed {
  readonly start: number
  readonly total: number
  readonly count: number
  readonly queries: readonly QueryDocument[]
  readonly truncatedDueToTokenBudget?: true
  readonly receipt: Receipt
}

/**
 * `breaks`: it names what is gone. `affected`: it is made from something that breaks. `changes`: its
 * values change. `unknown`: it reads the table, and which of its columns is not recorded.
 */
export type ImpactEffect = 'breaks' | 'affected' | 'changes' | 'unknown'

export interface AffectedDataset {
  readonly entity: EntityRef
  /** Fewest hops from the dataset that is changed. */
  readonly degree: number
  readonly effect: ImpactEffect
  readonly why: string
  /** Its columns that are computed from the changed one. */
  readonly columns?: readonly string[]
  /** URNs of owners. */
  readonly owners?: readonly string[]
  readonly path: readonly string[]
}

/** A dashboard or a chart that is made from what was asked about. */
export interface ConsumerHit {
  readonly entity: EntityRef
  /** Fewest hops from the dataset asked about. */
  readonly degree: number
  /** The dataset before it, or the chart that it shows. */
  readonly via: string
  readonly externalUrl?: string
  readonly owners?: readonly { readonly urn: string; readonly name: string }[]
}

/** How many there are, and the nearest, in order of degree, then URN. */
export interface Consumers {
  readonly total: number
  readonly first: readonly ConsumerHit[]
}

export interface ImpactConsumer extends ConsumerHit {
  readonly effect: ImpactEffect
  readonly why: string
}

export interface ImpactOwner {
  readonly urn: string
  readonly name: string
  readonly datasets: number
}

/** How many there are, and the first by URN. */
interface NamedEntities {
  readonly total: number
  readonly first: readonly { readonly urn: string; readonly name?: string }[]
}

export interface ImpactAnswer extends Removed {
  readonly urn: string
  readonly column?: string
  readonly change: ImpactChange
  readonly summary: Readonly<Record<'datasets' | ImpactEffect, number>>
  /** In order of degree, then URN. */
  readonly affected: readonly AffectedDataset[]
  readonly offset: number
  readonly returned: number
  readonly hasMore: boolean
  readonly partOfKey?: boolean
  /** Dashboards and charts at the end of the lineage. */
  readonly consumers?: { readonly total: number; readonly first: readonly ImpactConsumer[] } | undefined
  /** Foreign keys of others that refer to it. */
  readonly references?: readonly { dataset: string; column: string; targetColumn: string }[] | undefined
  readonly assertions?: NamedEntities | undefined
  readonly queries?: NamedEntities | undefined
  readonly owners?: readonly ImpactOwner[]
  readonly receipt: Receipt
}

/** What one commit made of an aspect. */
export interface AspectVersion {
  readonly commit: string
  readonly at: string
  readonly actor?: string
  readonly message?: string
  /** Where it was committed, when that is another branch than the one read. */
  readonly branch?: string
  readonly provenance?: Readonly<Record<string, Json>>
  readonly systemMetadata?: Json
  readonly digest: string
  /** There was none before. */
  readonly first?: true
  readonly changes?: readonly ValueChange[]
  readonly moreChanges?: number
}

export interface AspectProvenance {
  readonly aspect: string
  /** Newest first. */
  readonly versions: readonly AspectVersion[]
  readonly hasMore?: true
}

export interface ProvenanceAnswer {
  readonly urn: string
  readonly aspects: readonly AspectProvenance[]
  /** Runs that wrote the dataset. */
  readonly producedBy?: readonly { readonly urn: string; readonly name?: string; readonly result?: string }[]
  /** Aspects that were left out, from the end, to keep to the token budget. */
  readonly moreAspects?: number
  readonly receipt: Receipt
}

export type ClaimVerdict = 'holds' | 'does_not_hold' | 'unknown'

export interface VerifyAnswer {
  readonly verdict: ClaimVerdict
  readonly claim: JsonObject
  readonly because: string
  /** What the catalog has instead, or as well. */
  readonly found?: Json
  /** The aspect that decides, and the commit that last changed it. */
  readonly decidedBy?: {
    readonly urn: string
    readonly aspect: string
    readonly commit: string
    readonly at: string
  }
  /** The commit it was decided at. */
  readonly receipt: Receipt
}

export interface SimilarDataset {
  readonly entity: EntityRef
  /** 0 to 1; 1 is the same columns (and the same name, when one is asked). */
  readonly score: number
  readonly reasons: readonly string[]
  /** Columns of the dataset that were asked for. */
  readonly matched: readonly string[]
  /** Asked for, and not there. */
  readonly missing?: readonly string[]
  /** There, and not asked for. */
  readonly extra?: readonly string[]
  readonly otherTypes?: readonly { readonly column: string; readonly asked: string; readonly has: string }[]
}

export interface SimilarSchemaAnswer {
  readonly asked: Removed & {
    readonly urn?: string
    readonly name?: string
    readonly columns: readonly string[]
  }
  readonly verdict: 'exists' | 'similar' | 'new'
  readonly total: number
  /** Most alike first. */
  readonly results: readonly SimilarDataset[]
  readonly receipt: Receipt
}

export interface BriefPart {
  readonly part: string
  /** `ref` of the dataset it is about. */
  readonly of: number
  readonly lines: readonly string[]
}

export interface BriefAnswer {
  readonly about: string
  readonly datasets: readonly { readonly ref: number; readonly urn: string }[]
  readonly parts: readonly BriefPart[]
  /** How many more datasets the words are about than there was room for. */
  readonly moreDatasets?: number
  /** Parts that did not fit, whole: of each dataset by its `ref`, what each part would have cost. */
  readonly dropped?: readonly { readonly of: number; readonly tokens: Readonly<Record<string, number>> }[]
  /** The tools that give the parts that were dropped. */
  readonly get?: Readonly<Record<string, readonly string[]>>
  readonly budget: { readonly tokens: number; readonly used: number }
  readonly receipt: Receipt
}

export interface LineageAnswer extends Removed {
  readonly urn: string
  readonly upstreams?: LineagePage
  readonly downstreams?: LineagePage
  /** Downstream, of a table: the dashboards and charts that are made from it or from what is. */
  readonly consumers?: Consumers
  readonly metadata?: {
    readonly queryType: 'column-level-lineage'
    readonly groupedBy: 'dataset'
    readonly column: string
    readonly fields: Readonly<Record<string, string>>
  }
  /** As for a search. */
  readonly hints?: readonly string[]
  readonly receipt: Receipt
}

export type RunResult = 'SUCCESS' | 'FAILURE' | 'ERROR' | 'INIT'

export interface AssertionDocument {
  readonly urn: string
  readonly type: string
  readonly name?: string
  readonly description?: string
  readonly note?: string
  readonly externalUrl?: string
  readonly platform?: string
  readonly sourceType?: string
  readonly column?: string
  readonly definition: JsonObject
  readonly latestResultType?: RunResult
  /** Of the newest complete run. */
  readonly failed?: number
  readonly evaluated?: number
  readonly runSummary: {
    readonly total: number
    readonly succeeded: number
    readonly failed: number
    readonly errors: number
  }
  readonly runHistory: readonly AssertionRunDocument[]
  readonly tags?: readonly string[]
}

export interface AssertionRunDocument {
  readonly timestampMillis: number
  readonly runId: string
  readonly resultType: RunResult
  readonly failed?: number
  readonly evaluated?: number
  readonly sampleKeys?: readonly string[]
  readonly error?: string
}

export interface DatasetAssertionsAnswer extends Removed {
  readonly success: true
  readonly data: {
    readonly start: number
    readonly count: number
    readonly total: number
    readonly assertions: readonly AssertionDocument[]
  }
  readonly message: string
  readonly receipt: Receipt
}

/** `missing`: one side has no assertion, no complete run, or an ERROR, so there is nothing to compare. */
export type HealthVerdict = 'production-only' | 'reference-only' | 'both-fail' | 'both-pass' | 'missing'

/** One side of a pair. Every member is null when the side has no such assertion. */
export interface HealthSide {
  readonly assertion: string | null
  readonly dataset: string | null
  /** Result of the newest complete run; null when there is none. */
  readonly result: RunResult | null
  readonly failed: number | null
  readonly total: number | null
  /** When that run was, ISO 8601. */
  readonly at: string | null
  readonly sampleKeys: readonly string[]
  /** Why, for an ERROR. */
  readonly message: string | null
  /** The definition, or the source's fingerprint, has changed since that run, or it is older than asked for. */
  readonly stale: boolean
}

export interface HealthCheck {
  /** Name of the assertion in the file that declares it, else its kind. */
  readonly assertion: string
  readonly description: string | null
  /** The production dataset, else the reference one. */
  readonly dataset: string
  /** Its name without the instance prefix. */
  readonly datasetName: string
  readonly column: string | null
  readonly check: string
  readonly severity: string | null
  readonly reference: HealthSide
  readonly production: HealthSide
  readonly verdict: HealthVerdict
  /** e.g. `production-error`, `reference-never-run`, `production-missing`, `production-stale`; empty when all is plain. */
  readonly notes: readonly string[]
}

export interface HealthDiffAnswer {
  readonly reference: string
  readonly production: string
  /** production-only first, then reference-only, both-fail, missing, both-pass; most failures first inside each. */
  readonly checks: readonly HealthCheck[]
  readonly offset: number
  readonly returned: number
  /** Checks were left out, from the end, to keep to the token budget. */
  readonly hasMore: boolean
  readonly counts: Readonly<Record<HealthVerdict, number>> & {
    readonly total: number
    readonly errors: number
    readonly neverRun: number
    readonly stale: number
  }
  readonly receipt: Receipt
}

export interface IncidentDocument {
  readonly urn: string
  readonly title: string
  readonly description?: string
  readonly type?: string
  readonly state: 'ACTIVE' | 'RESOLVED'
  /** CRITICAL | HIGH | MEDIUM | LOW */
  readonly priority?: string
  readonly datasets: readonly { readonly urn: string; readonly name: string }[]
  readonly assertion?: string
  readonly runId?: string
  readonly raisedAt?: string
  readonly updatedAt?: string
  readonly message?: string
}

export interface IncidentsAnswer extends Removed {
  readonly start: number
  readonly count: number
  readonly total: number
  readonly incidents: readonly IncidentDocument[]
  readonly receipt: Receipt
}

export interface DocumentMatch {
  readonly urn: string
  readonly title: string
  /** The text around each match, and where the match begins, in characters of the whole document. */
  readonly matches: readonly { readonly excerpt: string; readonly position: number }[]
  readonly total_matches: number
  readonly content_length: number
}

export interface DocumentMatchesAnswer {
  /** Documents with a match, in the order asked. */
  readonly results: readonly DocumentMatch[]
  readonly total_matches: number
  readonly documents_with_matches: number
  /** Documents were left out, from the end, to keep to the token budget. */
  readonly truncatedDueToTokenBudget?: true
  readonly receipt: Receipt
}

export interface CallerAnswer {
  readonly success: true
  readonly data: {
    readonly corpUser: { readonly urn: string; readonly username: string; readonly properties?: JsonObject }
    readonly tenant: string
    readonly roles: readonly string[]
  }
  readonly message: string
  readonly receipt: Receipt
}

export type { Json }
