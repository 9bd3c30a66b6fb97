/** What the catalog says, as plain values the judgement works on. All of it is of the production instance. */
export interface DatasetFacts {
  readonly urn: string
  /** Name without instance and schema: `v_product_sales`. */
  readonly name: string
  readonly kind: 'table' | 'view'
  readonly description: string
  readonly tags: readonly string[]
  readonly terms: readonly string[]
  readonly owners: readonly string[]
  readonly fields: readonly FieldFacts[]
  /** Defining SQL of a view; empty for a table. */
  readonly sql: string
}

export interface FieldFacts {
  readonly path: string
  readonly description: string
  readonly tags: readonly string[]
  readonly terms: readonly string[]
}

/** A dataset upstream of an affected one. */
export interface UpstreamFacts {
  /** The affected dataset. */
  readonly of: string
  readonly urn: string
  readonly degree: number
  /** From the affected dataset to this one, both included. */
  readonly path: readonly string[]
}

/** The newest result of an assertion on the production instance. */
export interface AssertionFacts {
  readonly urn: string
  readonly name: string
  readonly dataset: string
  readonly column: string | null
  /** `not_null`, `row_count` … */
  readonly check: string
  readonly severity: string | null
  readonly failing: boolean
  /** Neither is true of one that could not be run, or never was. */
  readonly passing: boolean
  readonly failed: number
  readonly total: number
  readonly definition: Readonly<Record<string, unknown>>
}

/** Where the values of one column end up. */
export interface ColumnReach {
  readonly dataset: string
  readonly column: string
  /** Datasets with a column derived from it. */
  readonly reaches: ReadonlySet<string>
}
