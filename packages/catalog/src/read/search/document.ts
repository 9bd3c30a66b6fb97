/** A searchable part of an entity: where its words stand and how much they say about it. */
export interface SearchPart {
  readonly name: string
  readonly text: string
}

/** One entity as search sees it. */
export interface SearchDocument {
  readonly urn: string
  /** `DATASET`, `TAG`, … */
  readonly type: string
  readonly name: string
  readonly description: string | null
  /** Queries that mention it and datasets made from it. */
  readonly uses: number
  readonly parts: readonly SearchPart[]
  /** Filterable values by canonical field name (see `fields.ts`). */
  readonly values: Readonly<Record<string, readonly FacetValue[]>>
}

export interface FacetValue {
  /** What a filter compares with and a facet counts: a URN when the value is an entity. */
  readonly value: string
  /** What people call it; also accepted by filters. */
  readonly label: string
  readonly entity: boolean
}

/** A value that is no entity, and its own label. */
export function plainValue(value: string): FacetValue {
  return { value, label: value, entity: false }
}

/** How much a word in each part says about what the entity is. */
export const PART_WEIGHTS: Readonly<Record<string, number>> = {
  name: 10,
  qualifiedName: 2,
  fieldPaths: 4,
  glossaryTerms: 4,
  fieldGlossaryTerms: 3,
  tags: 3,
  fieldTags: 2,
  description: 3,
  fieldDescriptions: 1.5,
  owners: 2,
  domains: 3,
  structuredProperties: 2,
  subTypes: 1,
  platform: 1,
  content: 1,
}

/** Parts by the numbers they have in an index. */
export const PART_NAMES: readonly string[] = Object.keys(PART_WEIGHTS)
