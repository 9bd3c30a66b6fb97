import { z } from 'zod'

/**
 * What is read of an OpenLineage event, by the specification 2-0-2 and its facets. Everything is
 * loose: facets that are not read, and members of later versions, are kept and not looked at. What
 * is null is absent, as several clients have it.
 */

const name = z.string().min(1)
const text = z.string().nullish()
const count = z.int().nullish()
/** A facet nobody here reads. */
const anyFacet = z.looseObject({}).nullish()

/** A facet may be deleted by a later event, which then says no more of it than that. */
function facet<T extends z.ZodRawShape>(shape: T) {
  return z.preprocess((value) => (isDeletion(value) ? null : value), z.looseObject(shape).nullish())
}

function isDeletion(value: unknown): boolean {
  return typeof value === 'object' && value !== null && '_deleted' in value && value._deleted === true
}

function facets<T extends z.ZodRawShape>(shape: T) {
  return z.object(shape).partial().catchall(anyFacet).nullish()
}

interface SchemaField {
  readonly name: string
  readonly type?: string | null | undefined
  readonly description?: string | null | undefined
  readonly fields?: readonly SchemaField[] | null | undefined
}
const schemaField: z.ZodType<SchemaField> = z.looseObject({
  name,
  type: text,
  description: text,
  get fields() {
    return z.array(schemaField).nullish()
  },
})

const inputField = z.looseObject({
  namespace: name,
  name,
  field: name,
  transformations: z
    .array(z.looseObject({ type: z.string(), subtype: text, masking: z.boolean().nullish() }))
    .nullish(),
})

const metrics = {
  rowCount: count,
  bytes: count,
  columnMetrics: z
    .record(
      z.string(),
      z.looseObject({
        nullCount: count,
        distinctCount: count,
        min: z.unknown().optional(),
        max: z.unknown().optional(),
      }),
    )
    .nullish(),
}

const assertions = {
  assertions: z.array(
    z.looseObject({
      assertion: name,
      success: z.boolean(),
      column: text,
      severity: text,
      name: text,
      expected: text,
      actual: text,
    }),
  ),
}

const owners = { owners: z.array(z.looseObject({ name, type: text })).nullish() }

export const datasetFacets = {
  schema: facet({ fields: z.array(schemaField).nullish() }),
  documentation: facet({ description: text }),
  ownership: facet(owners),
  dataSource: facet({ name: text, uri: text }),
  columnLineage: facet({
    fields: z.record(z.string().min(1), z.looseObject({ inputFields: z.array(inputField) })).nullish(),
    dataset: z.array(inputField).nullish(),
  }),
  lifecycleStateChange: facet({
    lifecycleStateChange: z.enum(['ALTER', 'CREATE', 'DROP', 'OVERWRITE', 'RENAME', 'TRUNCATE']),
    previousIdentifier: z.looseObject({ namespace: name, name }).nullish(),
  }),
  symlinks: facet({
    identifiers: z.array(z.looseObject({ namespace: name, name, type: z.string() })).nullish(),
  }),
  // Of inputs alone by the specification; producers send them with the other facets as well.
  dataQualityMetrics: facet(metrics),
  dataQualityAssertions: facet(assertions),
}

export const inputFacets = { dataQualityMetrics: facet(metrics), dataQualityAssertions: facet(assertions) }
export const outputFacets = { outputStatistics: facet({ rowCount: count, size: count, fileCount: count }) }
export const jobFacets = {
  documentation: facet({ description: text }),
  ownership: facet(owners),
  sql: facet({ query: text }),
}
export const runFacets = {
  parent: facet({
    run: z.looseObject({ runId: z.guid() }),
    job: z.looseObject({ namespace: name, name }),
  }),
  errorMessage: facet({ message: z.string(), programmingLanguage: text, stackTrace: text }),
  nominalTime: facet({ nominalStartTime: text, nominalEndTime: text }),
}

const dataset = z.looseObject({
  namespace: name,
  name,
  facets: facets(datasetFacets),
  inputFacets: facets(inputFacets),
  outputFacets: facets(outputFacets),
})
const job = z.looseObject({ namespace: name, name, facets: facets(jobFacets) })

const base = { eventTime: z.iso.datetime({ offset: true }), producer: name, schemaURL: text }

export const runEvent = z.looseObject({
  ...base,
  eventType: z.enum(['START', 'RUNNING', 'COMPLETE', 'ABORT', 'FAIL', 'OTHER']).nullish(),
  run: z.looseObject({ runId: z.guid(), facets: facets(runFacets) }),
  job,
  inputs: z.array(dataset).nullish(),
  outputs: z.array(dataset).nullish(),
})
export const jobEvent = z.looseObject({
  ...base,
  job,
  inputs: z.array(dataset).nullish(),
  outputs: z.array(dataset).nullish(),
})
export const datasetEvent = z.looseObject({ ...base, dataset })

export type DatasetFacets = z.output<z.ZodObject<typeof datasetFacets>>
export type WireDataset = z.output<typeof dataset>
