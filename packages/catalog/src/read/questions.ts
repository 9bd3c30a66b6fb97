import type { Json } from '../aspect/proposal.js'

/** Parameters of the reads, named as DataHub's MCP server names them. */

export interface SearchQuestion {
  /** Words, `*` for everything, or `/q` followed by a boolean query. */
  readonly query?: string
  /** `entity_type = dataset AND NOT platform = snowflake` */
  readonly filter?: string
  /** 0 to 50; default 10. 0 answers with totals and facets only. */
  readonly num_results?: number
  /** `name` or `urn`; relevance when absent. */
  readonly sort_by?: string
  readonly sort_order?: 'asc' | 'desc'
  readonly offset?: number
}

export interface LineageQuestion {
  readonly urn: string
  /** Field path; `""` and `"null"` mean none. */
  readonly column?: string | null
  /** Keeps only entities that match these words. */
  readonly query?: string
  /** Same grammar as in search. */
  readonly filter?: string
  /** Default true. */
  readonly upstream?: boolean
  /** Default 1; 3 and more mean no limit. */
  readonly max_hops?: number
  /** Default 30. */
  readonly max_results?: number
  readonly offset?: number
}

export interface LineagePathQuestion {
  readonly source_urn: string
  readonly target_urn: string
  /** Both columns or neither; `""` and `"null"` mean none. */
  readonly source_column?: string | null
  readonly target_column?: string | null
  /** Which way the target lies; both are looked at, downstream first, when absent. */
  readonly direction?: 'upstream' | 'downstream' | null
  /** Paths to pass over. */
  readonly offset?: number
}

export interface DatasetQueriesQuestion {
  readonly urn: string
  readonly column?: string | null
  readonly source?: 'MANUAL' | 'SYSTEM' | null
  readonly start?: number
  /** Default 10, at most 100. */
  readonly count?: number
}

export type ImpactChange = 'drop' | 'rename' | 'change_type' | 'make_nullable' | 'change_meaning'

export interface ImpactQuestion {
  readonly urn: string
  /** The whole table when absent. */
  readonly column?: string | null
  /** Default `drop`. */
  readonly change?: ImpactChange
  /** Default 30, at most 1000. */
  readonly max_results?: number
  readonly offset?: number
}

export interface ProvenanceQuestion {
  readonly urn: string
  /** Its history; the newest version of every aspect when absent. */
  readonly aspect?: string | null
  /** Versions; default 10 of one aspect, 1 of each of all. */
  readonly limit?: number
}

/** A claim `{entity, relation, value}`, or a citation `{receipt}`, or a receipt and an entity. */
export interface VerifyQuestion {
  readonly entity?: string
  /** Column of the entity the claim is about. */
  readonly column?: string | null
  /** `upstream_of`, `owned_by`, `description` … */
  readonly relation?: string
  readonly value?: Json
  readonly receipt?: { readonly graph: string; readonly commit: string; readonly at?: string }
}

export interface BriefQuestion {
  /** URN of a dataset, or a topic or task in words. */
  readonly about: string
  /** Tokens of the whole answer; default 2000, 200 to 20000. */
  readonly budget?: number
}

/** Either the dataset, or the columns. */
export interface SimilarSchemaQuestion {
  readonly urn?: string
  readonly columns?: readonly (string | { readonly name: string; readonly type?: string | null })[]
  readonly name?: string
  /** Default 10, at most 50. */
  readonly max_results?: number
  readonly offset?: number
}

export interface SchemaFieldsQuestion {
  readonly urn: string
  /** Matching fields come first, best match first. */
  readonly keywords?: string | readonly string[]
  /** Default 100. */
  readonly limit?: number
  readonly offset?: number
}

export interface DatasetAssertionsQuestion {
  readonly urn: string
  readonly start?: number
  /** Default 5, at most 20. */
  readonly count?: number
  readonly column?: string
  /** `not_null`, `unique` …, or a DataHub category such as `DATASET`. */
  readonly assertion_type?: string
  readonly status?: 'PASSING' | 'FAILING' | 'ERROR' | 'INIT'
  /** Default 1, at most 10. */
  readonly run_events_count?: number
}

export interface HealthDiffQuestion {
  /** Name of the platform instance taken as right. */
  readonly reference: string
  /** Name of the platform instance in question. */
  readonly production: string
  /** Dataset URNs (of either instance) to keep; all when absent. */
  readonly datasets?: readonly string[]
  /** A run older than this is stale. */
  readonly stale_after_ms?: number
  /** Checks to pass over. */
  readonly offset?: number
}

export interface IncidentsQuestion {
  readonly state?: 'ACTIVE' | 'RESOLVED'
  /** Only incidents on this dataset. */
  readonly urn?: string
  readonly start?: number
  /** Default 20, at most 100. */
  readonly count?: number
}

export interface DocumentSearchQuestion
  extends Pick<SearchQuestion, 'query' | 'filter' | 'num_results' | 'offset'> {
  readonly semantic_query?: string
}

export interface DocumentGrepQuestion {
  readonly urns: readonly string[]
  /** A regular expression of ECMAScript; `(?i)`, `(?m)` or `(?s)` may stand before it. */
  readonly pattern: string
  /** Default 200, at most 2000. */
  readonly context_chars?: number
  /** Default 5, at most 100. */
  readonly max_matches_per_doc?: number
  /** Characters of each document to pass over; default 0. */
  readonly start_offset?: number
}
