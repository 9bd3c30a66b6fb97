import { z } from 'zod'
import { flag, isoTime, jsonValue, optional, receipt, wholeNumber } from './json.js'

const count = z.int().min(0)

/** An entity as the catalog holds it: its URN and whatever it knows, in DataHub's names. */
export const entity = z.looseObject({ urn: z.string() }).meta({ id: 'Entity' })
export type Entity = z.infer<typeof entity>

/** Results of the page were left out, from its end, to keep to the token budget. */
const truncatedDueToTokenBudget = z.literal(true).optional()

/** Parts that were left out whole to keep to the token budget: how many, what they would cost, and the tool that gives them. */
const omitted = z
  .array(z.looseObject({ part: z.string(), items: count.optional(), tokens: count, get: z.string() }))
  .optional()

const facet = z.looseObject({
  field: z.string(),
  displayName: optional(z.string()),
  aggregations: z.array(
    z.looseObject({
      value: z.string(),
      count,
      displayName: optional(z.string()),
      entity: optional(jsonValue),
    }),
  ),
})

/** `start` echoes the offset asked for. `num_results=0` leaves out `searchResults` and `count`. */
export const searchResult = z
  .looseObject({
    start: count,
    count: count.optional(),
    total: count,
    searchResults: z.array(z.looseObject({ entity, omitted })).optional(),
    facets: z.array(facet).optional(),
    /** What the filter asks for that nothing in the catalog has. */
    hints: z.array(z.string()).optional(),
    truncatedDueToTokenBudget,
    omitted,
    receipt,
  })
  .meta({ id: 'SearchResult' })
export type SearchResult = z.infer<typeof searchResult>

/** In the order asked. One that does not exist, or that the answer has no room for (`answer_full`), stands as `{urn, code, error}`. */
export const entityList = z
  .looseObject({
    entities: z.array(z.looseObject({ urn: z.string(), error: z.string().optional() })),
    receipt,
  })
  .meta({ id: 'EntityList' })
export type EntityList = z.infer<typeof entityList>

export const schemaFieldList = z
  .looseObject({
    urn: z.string(),
    fields: z.array(z.looseObject({ fieldPath: z.string(), omitted })),
    totalFields: count,
    returned: count,
    remainingCount: count,
    matchingCount: optional(count),
    offset: count,
    truncatedDueToTokenBudget,
    receipt,
  })
  .meta({ id: 'SchemaFieldList' })
export type SchemaFieldList = z.infer<typeof schemaFieldList>

const lineageSide = z.looseObject({
  total: count,
  searchResults: z.array(
    z.looseObject({ entity, degree: z.int(), lineageColumns: optional(z.array(z.string())) }),
  ),
  offset: count,
  returned: count,
  hasMore: z.boolean(),
  truncatedDueToTokenBudget,
})

/** Dashboards and charts that are made from a dataset or from what is: how many, and the nearest. */
const consumers = z.looseObject({
  total: z.int(),
  first: z.array(
    z.looseObject({
      entity,
      degree: z.int(),
      via: z.string(),
      externalUrl: z.string().optional(),
      owners: z.array(z.looseObject({ urn: z.string(), name: z.string() })).optional(),
    }),
  ),
})

/** One of `upstreams` and `downstreams`, by the direction asked. */
export const lineageResult = z
  .looseObject({
    upstreams: lineageSide.optional(),
    downstreams: lineageSide.optional(),
    consumers: consumers.optional(),
    hints: z.array(z.string()).optional(),
    omitted,
    receipt,
  })
  .meta({ id: 'LineageResult' })
export type LineageResult = z.infer<typeof lineageResult>

const lineageEnd = z.looseObject({ urn: z.string(), column: z.string().optional() })

/** Each path goes from the source to the target: entities, and between two of them the query or expression that makes one of the other. */
export const lineagePaths = z
  .looseObject({
    metadata: z.looseObject({
      queryType: z.literal('lineage-path-trace'),
      direction: z.string(),
      pathType: z.enum(['dataset-level', 'column-level']),
      fields: z.looseObject({}),
      note: z.string().optional(),
    }),
    source: lineageEnd,
    target: lineageEnd,
    pathCount: count,
    paths: z.array(
      z.looseObject({
        path: z.array(z.looseObject({ type: z.string(), urn: z.string().optional() })).optional(),
        omitted,
      }),
    ),
    truncatedDueToTokenBudget,
    receipt,
  })
  .meta({ id: 'LineagePaths' })
export type LineagePaths = z.infer<typeof lineagePaths>

export const datasetQueries = z
  .looseObject({
    start: count,
    total: count,
    count,
    queries: z.array(
      z.looseObject({
        urn: z.string(),
        properties: z.looseObject({
          statement: z.looseObject({ value: z.string().optional(), language: z.string() }),
        }),
        subjects: z.array(z.string()).optional(),
        omitted,
      }),
    ),
    truncatedDueToTokenBudget,
    receipt,
  })
  .meta({ id: 'DatasetQueries' })
export type DatasetQueries = z.infer<typeof datasetQueries>

/** Parts in a fixed order, the most needed first; `of` is the `ref` of the dataset a part is about. */
export const briefResult = z
  .looseObject({
    about: z.string(),
    datasets: z.array(z.looseObject({ ref: z.int().min(1), urn: z.string() })),
    parts: z.array(z.looseObject({ part: z.string(), of: z.int().min(1), lines: z.array(z.string()) })),
    moreDatasets: count.optional(),
    dropped: z.array(z.looseObject({ of: z.int().min(1), tokens: z.record(z.string(), count) })).optional(),
    get: z.record(z.string(), z.array(z.string())).optional(),
    budget: z.looseObject({ tokens: count, used: count }),
    receipt,
  })
  .meta({ id: 'BriefResult' })
export type BriefResult = z.infer<typeof briefResult>

/** Most alike first; `score` is 1 for the same columns. */
export const similarSchemaResult = z
  .looseObject({
    asked: z.looseObject({ columns: z.array(z.string()) }),
    verdict: z.enum(['exists', 'similar', 'new']),
    total: count,
    results: z.array(
      z.looseObject({
        entity,
        score: z.number().min(0).max(1),
        reasons: z.array(z.string()).optional(),
        matched: z.array(z.string()).optional(),
        omitted,
      }),
    ),
    truncatedDueToTokenBudget,
    receipt,
  })
  .meta({ id: 'SimilarSchemaResult' })
export type SimilarSchemaResult = z.infer<typeof similarSchemaResult>

const effect = z.enum(['breaks', 'affected', 'changes', 'unknown'])

/** In order of distance. `unknown`: it reads the table, and which of its columns is not recorded. */
export const impactResult = z
  .looseObject({
    urn: z.string(),
    change: z.string(),
    summary: z.looseObject({
      datasets: count,
      breaks: count,
      affected: count,
      changes: count,
      unknown: count,
    }),
    consumers: consumers.optional(),
    affected: z.array(
      z.looseObject({
        entity,
        degree: z.int(),
        effect,
        why: z.string(),
        path: z.array(z.string()).optional(),
        omitted,
      }),
    ),
    offset: count,
    returned: count,
    hasMore: z.boolean(),
    truncatedDueToTokenBudget,
    omitted,
    owners: z.array(z.looseObject({ urn: z.string(), name: z.string(), datasets: count })).optional(),
    receipt,
  })
  .meta({ id: 'ImpactResult' })
export type ImpactResult = z.infer<typeof impactResult>

/** Versions newest first; `changes` are against the version before, `first` says that there was none. */
export const provenanceResult = z
  .looseObject({
    urn: z.string(),
    aspects: z.array(
      z.looseObject({
        aspect: z.string(),
        versions: z.array(
          z.looseObject({
            commit: z.string(),
            at: isoTime,
            actor: z.string().optional(),
            digest: z.string(),
            first: z.literal(true).optional(),
            omitted,
            changes: z
              .array(
                z.looseObject({
                  path: z.string(),
                  before: jsonValue.optional(),
                  after: jsonValue.optional(),
                }),
              )
              .optional(),
          }),
        ),
        hasMore: z.literal(true).optional(),
      }),
    ),
    moreAspects: count.optional(),
    omitted,
    receipt,
  })
  .meta({ id: 'ProvenanceResult' })
export type ProvenanceResult = z.infer<typeof provenanceResult>

/** `unknown`: nobody has stated it. `receipt` is of the commit it was decided at. */
export const verifyResult = z
  .looseObject({
    verdict: z.enum(['holds', 'does_not_hold', 'unknown']),
    claim: z.looseObject({}),
    because: z.string().optional(),
    omitted,
    found: jsonValue.optional(),
    decidedBy: z
      .looseObject({ urn: z.string(), aspect: z.string(), commit: z.string(), at: isoTime })
      .optional(),
    receipt,
  })
  .meta({ id: 'VerifyResult' })
export type VerifyResult = z.infer<typeof verifyResult>

/** `changed` counts entities and columns; those that were so already are not in it, and none is no commit. */
export const editResult = z
  .looseObject({ success: z.literal(true), changed: count, message: z.string(), receipt })
  .meta({ id: 'EditResult' })
export type EditResult = z.infer<typeof editResult>

/** `author` is the actor in whose name it was saved. */
export const savedDocument = z
  .looseObject({
    success: z.literal(true),
    urn: z.string(),
    message: z.string(),
    author: z.string(),
    receipt,
  })
  .meta({ id: 'SavedDocument' })
export type SavedDocument = z.infer<typeof savedDocument>

/** `position` and `content_length` count characters of the whole document. */
export const documentMatches = z
  .looseObject({
    results: z.array(
      z.looseObject({
        urn: z.string(),
        title: z.string().optional(),
        matches: z.array(z.looseObject({ excerpt: z.string().optional(), position: count })),
        omitted,
        total_matches: count,
        content_length: count,
      }),
    ),
    total_matches: count,
    documents_with_matches: count,
    truncatedDueToTokenBudget,
    receipt,
  })
  .meta({ id: 'DocumentMatches' })
export type DocumentMatches = z.infer<typeof documentMatches>

/** `properties` when the catalog describes the actor. */
export const callerResult = z
  .looseObject({
    success: z.literal(true),
    data: z.looseObject({
      corpUser: z.looseObject({ urn: z.string(), username: z.string() }),
      tenant: z.string(),
      roles: z.array(z.string()),
    }),
    message: z.string().optional(),
    omitted,
    receipt,
  })
  .meta({ id: 'CallerResult' })
export type CallerResult = z.infer<typeof callerResult>

export const descriptionResult = z
  .looseObject({
    success: z.literal(true),
    urn: z.string(),
    column_path: z.string().nullable(),
    message: z.string(),
    receipt,
  })
  .meta({ id: 'DescriptionResult' })
export type DescriptionResult = z.infer<typeof descriptionResult>

/** `created` is false when there was an active incident for the same cause: that one's URN is given. */
export const raisedIncident = z
  .looseObject({
    success: z.literal(true),
    urn: z.string(),
    created: z.boolean(),
    message: z.string(),
    receipt,
  })
  .meta({ id: 'RaisedIncident' })
export type RaisedIncident = z.infer<typeof raisedIncident>

const valueChange = z.looseObject({
  path: z.string(),
  before: jsonValue.optional(),
  after: jsonValue.optional(),
})

/** `ok` is null where the caller may not know. */
export const proposalReview = z
  .looseObject({
    proposal: z.string(),
    title: z.string().optional(),
    by: z.string().nullable(),
    base: z.string(),
    head: z.string(),
    changes: z.array(
      z.looseObject({
        urn: z.string(),
        aspect: z.string(),
        changes: z.array(valueChange).optional(),
        omitted,
      }),
    ),
    /** How many more it would change than are shown. */
    moreChanges: count.optional(),
    checks: z.array(
      z.looseObject({ check: z.string(), ok: z.boolean().nullable(), why: z.array(z.string()).optional() }),
    ),
    receipt,
  })
  .meta({ id: 'ProposalReview' })
export type ProposalReview = z.infer<typeof proposalReview>

const proposalList = z
  .looseObject({
    proposals: z.array(
      z.looseObject({
        proposal: z.string(),
        title: z.string().optional(),
        by: z.string().nullish(),
        at: isoTime,
        head: z.string(),
        omitted,
      }),
    ),
    truncatedDueToTokenBudget,
    receipt,
  })
  .meta({ id: 'ProposalList' })

const proposalDecision = z
  .looseObject({
    proposal: z.string(),
    decision: z.enum(['approved', 'rejected']),
    message: z.string(),
    receipt,
  })
  .meta({ id: 'ProposalDecision' })

export const reviewResult = z.union([proposalList, proposalDecision, proposalReview])

export const assertionList = z
  .looseObject({
    success: z.boolean(),
    data: z.looseObject({
      start: count,
      count,
      total: count,
      assertions: z.array(z.looseObject({ urn: z.string(), type: z.string(), omitted })),
    }),
    message: optional(z.string()),
    truncatedDueToTokenBudget,
    receipt,
  })
  .meta({ id: 'AssertionList' })
export type AssertionList = z.infer<typeof assertionList>

export const verdict = z.enum(['production-only', 'reference-only', 'both-fail', 'both-pass', 'missing'])
export type Verdict = z.infer<typeof verdict>

/** `result` is null when that side has no run. `failed` counts rows. */
const checkSide = z.looseObject({ result: z.string().nullable(), failed: count.nullable() })

/** One assertion, looked at on both instances. */
export const healthCheck = z
  .looseObject({
    assertion: z.string(),
    dataset: z.string(),
    column: z.string().nullable(),
    reference: checkSide,
    production: checkSide,
    verdict,
  })
  .meta({ id: 'HealthCheck' })
export type HealthCheck = z.infer<typeof healthCheck>

export const healthDiff = z
  .looseObject({
    reference: z.string(),
    production: z.string(),
    checks: z.array(healthCheck),
    offset: count.optional(),
    returned: count.optional(),
    hasMore: z.boolean().optional(),
    truncatedDueToTokenBudget,
    counts: z.record(z.string(), count),
    receipt,
  })
  .meta({ id: 'HealthDiff' })
export type HealthDiff = z.infer<typeof healthDiff>

export const catalogIncident = z
  .looseObject({
    urn: z.string(),
    title: z.string().optional(),
    description: z.string().optional(),
    state: z.enum(['ACTIVE', 'RESOLVED']),
    priority: z.string().optional(),
    datasets: z.array(z.looseObject({ urn: z.string(), name: z.string() })).optional(),
    omitted,
    assertion: z.string().optional(),
    runId: z.string().optional(),
    raisedAt: isoTime.optional(),
  })
  .meta({ id: 'CatalogIncident' })
export type CatalogIncident = z.infer<typeof catalogIncident>

export const catalogIncidentList = z
  .looseObject({
    incidents: z.array(catalogIncident),
    total: count.optional(),
    truncatedDueToTokenBudget,
    receipt,
  })
  .meta({ id: 'CatalogIncidentList' })
export type CatalogIncidentList = z.infer<typeof catalogIncidentList>

/** The lineage picture of a run. `failing` counts assertions that fail in production. */
export const pictureNode = z
  .looseObject({
    urn: z.string(),
    name: z.string(),
    kind: z.enum(['table', 'view']),
    instance: z.string(),
    /**
     * `failing`: checks fail on it in production, but the run does not hold it to be the cause. `healthy`: it has
     * assertions and all of them pass in production. `unwatched`: no assertion vouches for it, because it has none
     * or one has no result.
     */
    status: z.enum(['culprit', 'affected', 'failing', 'healthy', 'unwatched']),
    failing: count,
  })
  .meta({ id: 'PictureNode' })
export type PictureNode = z.infer<typeof pictureNode>

/** Data flows from `source` to `target`, both URNs of nodes in the same picture. */
export const pictureEdge = z
  .looseObject({ source: z.string(), target: z.string() })
  .meta({ id: 'PictureEdge' })
export type PictureEdge = z.infer<typeof pictureEdge>

export const catalogPicture = z
  .looseObject({ nodes: z.array(pictureNode), edges: z.array(pictureEdge), receipt: receipt.optional() })
  .meta({ id: 'CatalogPicture' })
export type CatalogPicture = z.infer<typeof catalogPicture>

const whole = (max: number) => wholeNumber(0, max)

export const searchQuery = z.strictObject({
  query: z.string().optional(),
  filter: z.string().optional(),
  sort_by: z.enum(['name', 'urn']).optional(),
  sort_order: z.enum(['asc', 'desc']).optional(),
  num_results: whole(50).optional(),
  offset: whole(1_000_000).optional(),
})
/** `urn` is repeated for several. */
export const entitiesQuery = z.strictObject({
  urn: z.union([z.string(), z.array(z.string()).min(1).max(100)]),
})
export const fieldsQuery = z.strictObject({
  urn: z.string(),
  keywords: z.string().optional(),
  limit: whole(1000).optional(),
  offset: whole(1_000_000).optional(),
})
/** `max_hops` of 3 or more means without limit. */
export const lineageQuery = z.strictObject({
  urn: z.string(),
  column: z.string().optional(),
  query: z.string().optional(),
  filter: z.string().optional(),
  upstream: flag.optional(),
  max_hops: whole(100).optional(),
  max_results: whole(1000).optional(),
  offset: whole(1_000_000).optional(),
})
export const assertionsQuery = z.strictObject({
  urn: z.string(),
  column: z.string().optional(),
  assertion_type: z.string().optional(),
  status: z.enum(['PASSING', 'FAILING', 'ERROR', 'INIT']).optional(),
  start: whole(1_000_000).optional(),
  count: whole(20).optional(),
  run_events_count: whole(10).optional(),
})
/** Both default to the instances the cluster's crew is configured with. */
export const healthDiffQuery = z.strictObject({
  reference: z.string().optional(),
  production: z.string().optional(),
  offset: whole(1_000_000).optional(),
})
export const catalogIncidentsQuery = z.strictObject({
  urn: z.string().optional(),
  state: z.enum(['ACTIVE', 'RESOLVED']).optional(),
  start: whole(1_000_000).optional(),
  count: whole(100).optional(),
})
export const pictureQuery = z.strictObject({ run: z.string() })
