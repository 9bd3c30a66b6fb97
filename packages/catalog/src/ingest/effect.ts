/** Property values a projection sets; null clears. */
export type Patch = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

export interface EdgeTarget {
  /** URN of the other end. */
  readonly urn: string
  readonly data?: Patch
}

/**
 * What one aspect means for the typed part of the graph. Projections are pure:
 * they return effects, and only a proposal all of whose effects are well formed
 * is applied.
 */
export type Effect =
  /** The entity is described and has these values. */
  | { readonly op: 'node'; readonly urn: string; readonly patch: Patch }
  /** Exactly these edges of one type touch the anchor and are stated by this aspect. */
  | {
      readonly op: 'edges'
      readonly edge: string
      /** The end the anchor is at. */
      readonly side: 'from' | 'to'
      readonly anchor: string
      readonly targets: readonly EdgeTarget[]
    }
  /** The fields of a dataset are exactly these; fields that are gone are retired. */
  | { readonly op: 'schema'; readonly dataset: string; readonly fields: readonly string[] }
  /** A row of a keyed type that is no URN entity. */
  | { readonly op: 'row'; readonly type: 'AssertionRun'; readonly data: Patch }
  /** Applies only when `at` is not older than what the entity has in `atProperty`. */
  | {
      readonly op: 'newest'
      readonly urn: string
      readonly atProperty: string
      readonly at: number | string
      readonly patch: Patch
      /** Patches of other entities that come with it. */
      readonly also?: readonly { readonly urn: string; readonly patch: Patch }[]
    }
