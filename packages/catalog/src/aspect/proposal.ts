/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

export type JsonObject = { readonly [key: string]: Json }

/**
 * What a proposal does: `UPSERT` writes the aspect, whatever is there; `CREATE` only where there is
 * none of that name, `CREATE_ENTITY` only where the entity has none at all, `UPDATE` only where
 * there is one; `PATCH` brings a JSON patch instead of an aspect.
 */
export type ProposedChange = 'UPSERT' | 'CREATE' | 'CREATE_ENTITY' | 'UPDATE' | 'PATCH'

/**
 * One aspect of one entity, to be written. The unit every producer speaks:
 * harvesters, the assertion runner, the crew, DataHub's wire.
 */
export interface AspectProposal {
  readonly entityUrn: string
  readonly aspectName: string
  /** The aspect as a JSON object. */
  readonly aspect: Json
  /** The exact JSON text to keep; `JSON.stringify(aspect)` when absent. */
  readonly text?: string
  /** Default `UPSERT`. */
  readonly change?: ProposedChange
  /** DataHub's `systemMetadata`, kept beside the aspect; a change of it alone is no change. */
  readonly systemMetadata?: Json
}

/** A proposal that was not written, and why. */
export interface RejectedProposal {
  /** Position in the batch, from 0. */
  readonly index: number
  readonly urn: string | null
  readonly aspectName: string | null
  /** `proposal_invalid | urn_invalid | entity_type_mismatch | aspect_name_invalid | aspect_json_invalid | aspect_shape_invalid | change_type_unsupported | patch_invalid | aspect_exists | aspect_not_found | entity_exists | value_invalid | property_value_invalid | catalog_schema_outdated` */
  readonly code: string
  readonly message: string
  readonly remedy: string
}
