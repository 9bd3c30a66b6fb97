/**
 * A checked `.pg` schema: names resolved, interfaces expanded, constraints
 * normalised. Plain immutable data; JSON in and out loses nothing.
 */
export type ScalarName =
  | 'String'
  | 'Bool'
  | 'I32'
  | 'I64'
  | 'U32'
  | 'U64'
  | 'F32'
  | 'F64'
  | 'Date'
  | 'DateTime'

export type ValueType =
  | { readonly kind: 'scalar'; readonly name: ScalarName }
  | { readonly kind: 'list'; readonly of: ScalarName }
  | { readonly kind: 'enum'; readonly values: readonly string[] }
  | { readonly kind: 'vector'; readonly dimensions: number }
  | { readonly kind: 'blob' }

export type LiteralValue = string | number | bigint | boolean | null | readonly LiteralValue[]

export interface AnnotationModel {
  readonly name: string
  readonly value?: LiteralValue
  readonly arguments: Readonly<Record<string, LiteralValue>>
}

export interface PropertyModel {
  readonly name: string
  readonly type: ValueType
  readonly nullable: boolean
  readonly annotations: readonly AnnotationModel[]
  /** The interface it was expanded from. */
  readonly fromInterface?: string
  /** `@rename_from`: its name before. Meaning only to schema migration. */
  readonly renamedFrom?: string
  /** `@default`: what a new entity gets that does not give the property, and what a migration fills in. Fits the type. */
  readonly default?: LiteralValue
}

export interface RangeConstraint {
  readonly property: string
  readonly min?: number | bigint
  readonly max?: number | bigint
}

export interface CheckConstraint {
  readonly property: string
  /** ECMAScript regular expression source, valid with the `u` flag; matched anywhere unless anchored. */
  readonly pattern: string
  /** Flags beside `u`, sorted: some of `i`, `m`, `s`. Absent when there are none. */
  readonly flags?: string
}

interface EntityModel {
  readonly name: string
  /** In declaration order, interface properties first. */
  readonly properties: readonly PropertyModel[]
  /**
   * Each a tuple of property names. On an edge, `from` and `to` stand for its endpoints (written `src` and
   * `dst` too); no edge property has such a name.
   */
  readonly unique: readonly (readonly string[])[]
  readonly indexes: readonly (readonly string[])[]
  readonly ranges: readonly RangeConstraint[]
  readonly checks: readonly CheckConstraint[]
  readonly annotations: readonly AnnotationModel[]
  readonly renamedFrom?: string
}

export interface NodeModel extends EntityModel {
  readonly kind: 'node'
  /** Key properties in declared order; empty for a keyless type. */
  readonly key: readonly string[]
  readonly implements: readonly string[]
}

export interface EdgeModel extends EntityModel {
  readonly kind: 'edge'
  readonly from: string
  readonly to: string
  /** Edges per source node; `max: null` is unbounded. */
  readonly cardinality: { readonly min: number; readonly max: number | null }
}

export interface InterfaceModel {
  readonly name: string
  readonly properties: readonly PropertyModel[]
}

export interface SchemaModel {
  readonly interfaces: readonly InterfaceModel[]
  /** In declaration order. */
  readonly nodes: readonly NodeModel[]
  readonly edges: readonly EdgeModel[]
  /** SHA-256 of the canonical model: comments and formatting do not count. */
  readonly digest: string
}
