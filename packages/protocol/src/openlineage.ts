import { z } from 'zod'

/**
 * What OpenLineage's clients send and read (`OpenLineage.yml` of the specification 2-0-2). An event is
 * told apart where it is received, so that in a batch each is judged by itself.
 */

/** A RunEvent, a JobEvent or a DatasetEvent. */
export const lineageEvent = z.looseObject({}).meta({
  id: 'OpenLineageEvent',
  description:
    'A RunEvent, a JobEvent or a DatasetEvent of https://openlineage.io/spec/2-0-2/OpenLineage.json',
})

/** An element may be anything: what is no event is reported as one that failed. */
export const lineageBatch = z.array(z.unknown())

const failedEvent = z.looseObject({
  /** Position in the batch, from 0. */
  index: z.int().min(0),
  reason: z.string(),
  /** Whether sending it again unchanged may help. */
  retriable: z.boolean(),
  code: z.string(),
  remedy: z.string(),
  /** What is wrong, each by a JSON pointer into the event. */
  problems: z.array(z.looseObject({ pointer: z.string(), message: z.string() })),
})

export const lineageAnswer = z
  .looseObject({
    status: z.enum(['success', 'partial_success']),
    summary: z.looseObject({
      received: z.int().min(0),
      successful: z.int().min(0),
      failed: z.int().min(0),
      retriable: z.int().min(0),
      non_retriable: z.int().min(0),
    }),
    failed_events: z.array(failedEvent),
    /** The commit that holds what is recorded; null when all of it was recorded before. */
    receipt: z.looseObject({ graph: z.string(), commit: z.string(), at: z.string() }).nullable(),
    /** Datasets that are new and differ from others by casing only, so that lineage ends at them. */
    warnings: z
      .array(
        z.looseObject({
          code: z.string(),
          message: z.string(),
          urn: z.string(),
          others: z.array(z.string()),
        }),
      )
      .optional(),
  })
  .meta({ id: 'OpenLineageAnswer' })
export type LineageAnswer = z.infer<typeof lineageAnswer>
