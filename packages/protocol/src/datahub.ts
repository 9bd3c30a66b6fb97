import { z } from 'zod'
import { jsonValue, optional, wholeNumber } from './json.js'

/**
 * What DataHub's clients send and read, as far as it is told apart here. Everything is loose: they
 * send more than they need to, and each version of them something else.
 */

const flag = z.enum(['true', 'false'])
const urn = z.string().min(1)

export const datahubConfig = z
  .looseObject({
    /** A text, and the first thing a client looks at. */
    noCode: z.literal('true'),
    versions: z.record(z.string(), z.looseObject({ version: z.string() })),
    patchCapable: z.boolean(),
    statefulIngestionCapable: z.boolean(),
  })
  .meta({ id: 'DatahubConfig' })
export type DatahubConfig = z.infer<typeof datahubConfig>

export const aspectQuery = z.looseObject({
  aspect: z.string().min(1),
  /** 0 is the newest; others are not kept by number. */
  version: wholeNumber(0).optional(),
})

/** `{"aspect": {"com.linkedin.dataset.DatasetProperties": {…}}}` */
export const aspectAnswer = z.looseObject({
  version: z.int(),
  aspect: z.record(z.string(), jsonValue),
  systemMetadata: optional(z.looseObject({})),
})

export const aspectsAction = z.looseObject({
  action: z.enum(['ingestProposal', 'ingestProposalBatch', 'getTimeseriesAspectValues', 'getCount']),
})

const criterion = z.looseObject({
  field: z.string(),
  value: z.string().optional(),
  values: z.array(z.string()).optional(),
  condition: z.string().optional(),
  negated: z.boolean().optional(),
})
/** Alternatives (`or`) of conditions that hold together (`and`). */
export const datahubFilter = z.looseObject({
  or: z.array(z.looseObject({ and: z.array(criterion) })).optional(),
})
export type DatahubFilter = z.infer<typeof datahubFilter>
export type DatahubCriterion = z.infer<typeof criterion>

/** Of `ingestProposal`: `proposal`; of `ingestProposalBatch`: `proposals`; the others say what they read. */
export const aspectsRequest = z.looseObject({
  proposal: jsonValue.optional(),
  proposals: z.array(jsonValue).optional(),
  urn: urn.optional(),
  aspect: z.string().min(1).optional(),
  limit: optional(z.int().min(0).max(10_000)),
  startTimeMillis: optional(z.int().min(0)),
  endTimeMillis: optional(z.int().min(0)),
  filter: optional(datahubFilter),
  urnLike: optional(z.string()),
})

export const entitiesAction = z.looseObject({
  action: z.enum(['ingest', 'delete', 'search', 'listUrns']),
})

export const entitiesRequest = z.looseObject({
  urn: urn.optional(),
  aspectName: optional(z.string().min(1)),
  startTimeMillis: optional(z.int().min(0)),
  endTimeMillis: optional(z.int().min(0)),
  /** Of `ingest`: a snapshot; of the others: a type of entity. */
  entity: z.union([z.string().min(1), z.looseObject({ value: z.looseObject({}) })]).optional(),
  systemMetadata: optional(z.looseObject({})),
  input: optional(z.string()),
  start: z.int().min(0).optional(),
  count: z.int().min(0).max(10_000).optional(),
  filter: optional(datahubFilter),
})

/** RestLi wraps the result of an action. */
export const actionAnswer = z.looseObject({ value: jsonValue })

/** `aspects=List(a,b)` */
export const entityQuery = z.looseObject({ aspects: z.string().optional() })

export const entityAnswer = z.looseObject({
  urn: z.string(),
  entityName: z.string(),
  aspects: z.record(z.string(), z.looseObject({ value: jsonValue })),
})

export const writeQuery = z.looseObject({ async: flag.optional() })

/** `[{"urn": U, "<aspect>": {"value": {…}, "systemMetadata": {…}}}]` */
export const entityList = z.array(z.looseObject({ urn }))

export const readQuery = z.looseObject({ systemMetadata: flag.optional() })

export const deleteQuery = z.looseObject({
  /** Aspects to delete, separated by commas or repeated; all and the entity when absent. */
  aspects: z.union([z.string(), z.array(z.string())]).optional(),
})

export const scrollQuery = z.looseObject({
  count: wholeNumber(1, 1000).optional(),
  scrollId: z.string().min(1).optional(),
  query: z.string().optional(),
  systemMetadata: flag.optional(),
  includeSoftDelete: flag.optional(),
})

export const listQuery = scrollQuery.extend({
  /** Of the aspects, those named; URNs only when absent. */
  aspects: z.union([z.string(), z.array(z.string())]).optional(),
})

export const scrollRequest = z.looseObject({
  entities: optional(z.array(z.string().min(1))),
  /** Absent: URNs only. Empty: all aspects. */
  aspects: optional(z.array(z.string())),
  filter: optional(jsonValue),
})

export const scrollAnswer = z.looseObject({
  scrollId: optional(z.string()),
  entities: z.array(z.looseObject({ urn: z.string() })),
  totalCount: z.int().min(0),
})

/** URNs with the names of the aspects that were written. */
export const traceRequest = z.record(z.string(), z.array(z.string()))

const writeStatus = z.looseObject({ writeStatus: z.string() })
export const traceAnswer = z.record(
  z.string(),
  z.record(
    z.string(),
    z.looseObject({ success: z.boolean(), primaryStorage: writeStatus, searchStorage: writeStatus }),
  ),
)

export const graphqlRequest = z.looseObject({
  query: z.string().min(1),
  variables: optional(z.record(z.string(), jsonValue)),
  operationName: optional(z.string()),
})

/** As GraphQL has it: what could not be read is null in `data`, and told in `errors`. */
export const graphqlAnswer = z.looseObject({
  data: optional(z.record(z.string(), jsonValue)),
  errors: z
    .array(
      z.looseObject({
        message: z.string(),
        path: z.array(z.union([z.string(), z.int()])).optional(),
        extensions: z.looseObject({ code: z.int(), classification: z.string(), error: z.string() }),
      }),
    )
    .optional(),
})
