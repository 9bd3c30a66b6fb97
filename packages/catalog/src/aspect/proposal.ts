/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

export type JsonObject = { readonly [key: string]: Json }

/**
 * One aspect of one entity, to be upserted. The unit every producer speaks:
 * harvesters, the assertion runner, the crew, DataHub's wire.
 */
export interface AspectProposal {
  readonly entityUrn: string
  readonly aspectName: string
  /** The aspect as a JSON object. */
  readonly aspect: Json
  /** The exact JSON text to keep; `JSON.stringify(aspect)` when absent. */
  readonly text?: string
  /** DataHub's `systemMetadata`, kept beside the aspect; a change of it alone is no change. */
  readonly systemMetadata?: Json
}

/** A proposal that was not written, and why. */
export interface RejectedProposal {
  /** Position in the batch, from 0. */
  readonly index: number
  readonly urn: string | null
  readonly aspectName: string | null
  /** `proposal_invalid | urn_invalid | entity_type_mismatch | aspect_name_invalid | aspect_json_invalid | aspect_shape_invalid | change_type_unsupported` */
  readonly code: string
  readonly message: string
  readonly remedy: string
}
