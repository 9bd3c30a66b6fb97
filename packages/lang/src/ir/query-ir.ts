import type { LiteralValue, ValueType } from './schema-model.js'

/**
 * A checked query: every name resolved against one schema, every expression
 * typed. What an executor may rely on without checking again is written on each
 * member. Plain immutable data.
 */
export type CheckedQuery = ReadQuery | WriteQuery

interface QueryHead {
  readonly name: string
  readonly params: readonly ParamModel[]
  readonly description?: string
  readonly instruction?: string
  readonly deprecated?: string
  /** Digest of the schema it was checked against. */
  readonly schemaDigest: string
}

export interface ParamModel {
  /** Without the `$`. */
  readonly name: string
  readonly type: ValueType
  /** A nullable parameter may be left out and is then null. */
  readonly nullable: boolean
}

export interface ReadQuery extends QueryHead {
  readonly kind: 'read'
  /** Every variable of the query, inner patterns included; names are unique. */
  readonly variables: readonly VariableModel[]
  readonly match: readonly Clause[]
  readonly projections: readonly Projection[]
  readonly distinct: boolean
  /** True when any projection aggregates; the others are then the group key. */
  readonly aggregated: boolean
  readonly order: readonly Ordering[]
  readonly limit?: number
  readonly offset?: number
}

export interface VariableModel {
  /** Without the `$`. */
  readonly name: string
  readonly kind: 'node' | 'edge' | 'path'
  /** Node or edge type name; for a path, the edge type it walks. */
  readonly type: string
  /** Written `$_`: each occurrence is a variable of its own with a generated name. */
  readonly anonymous?: boolean
  /** Bound by an `optional` block: null where the block does not match. */
  readonly optional?: boolean
}

/**
 * A pattern is a set of conditions: `match` lists binds and traversals first (in
 * source order), then optional blocks, filters, and at last `not` and `exists`. A block's inner variables are visible
 * only inside it, except that those of `optional` are visible after it.
 */
export type Clause = BindClause | TraverseClause | FilterClause | NotClause | ExistsClause | OptionalClause

/**
 * `$x: Type { prop: value }`. Equality on each property; a null value matches nothing. A list property
 * never stands here: its membership test is a filter clause with `contains`. A variable may be bound by
 * several clauses of one type; each adds its conditions.
 */
export interface BindClause {
  readonly kind: 'bind'
  readonly variable: string
  readonly type: string
  readonly where: readonly { readonly property: string; readonly value: Expression }[]
}

/**
 * `$a edge $b`. Both variables have a node type here even when no bind clause
 * names them (the type follows from the edge). `hops` absent is one hop.
 */
export interface TraverseClause {
  readonly kind: 'traverse'
  readonly source: string
  readonly target: string
  readonly edge: string
  /** `out`: source is the edge's from. `in`: source is its to. `both`: either, deduplicated. */
  readonly direction: 'out' | 'in' | 'both'
  readonly hops?: { readonly min: number; readonly max: number }
  /** Present only without `hops`: one row per edge, parallel edges included. */
  readonly edgeVariable?: string
  readonly pathVariable?: string
}

export interface FilterClause {
  readonly kind: 'filter'
  readonly predicate: Predicate
}

/** Negation as an anti-join. Uses at least one variable of the enclosing pattern. */
export interface NotClause {
  readonly kind: 'not'
  readonly match: readonly Clause[]
}

/** Semi-join: keeps a row once if the inner pattern matches at all. Uses an outer variable like `not`. */
export interface ExistsClause {
  readonly kind: 'exists'
  readonly match: readonly Clause[]
}

/** Left join: variables first bound inside are null where it does not match. */
export interface OptionalClause {
  readonly kind: 'optional'
  readonly match: readonly Clause[]
}

export type ComparisonOperator = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'contains' | 'starts_with'

export type Predicate =
  | {
      readonly kind: 'compare'
      readonly op: ComparisonOperator
      readonly left: Expression
      readonly right: Expression
    }
  | { readonly kind: 'or'; readonly any: readonly Predicate[] }
  | { readonly kind: 'and'; readonly all: readonly Predicate[] }
  /** `search | match_text | fuzzy` used as a filter. */
  | { readonly kind: 'text'; readonly call: SearchCall }

export interface SearchCall {
  readonly func: 'search' | 'match_text' | 'fuzzy' | 'bm25' | 'nearest' | 'rrf'
  readonly args: readonly (Expression | SearchCall)[]
}

export type Expression =
  | { readonly kind: 'literal'; readonly value: LiteralValue; readonly type: ValueType }
  | { readonly kind: 'param'; readonly name: string; readonly type: ValueType; readonly nullable: boolean }
  /** Statement time, one value for the whole query. */
  | { readonly kind: 'now'; readonly type: ValueType }
  /** A bound entity as a value. In `=` and `!=` two of one type compare by identity. */
  | { readonly kind: 'variable'; readonly variable: string }
  | {
      readonly kind: 'property'
      readonly variable: string
      readonly property: string
      readonly type: ValueType
      readonly nullable: boolean
    }
  /** An earlier projection, by its output name. Only in `order`. */
  | { readonly kind: 'alias'; readonly name: string }
  | {
      readonly kind: 'aggregate'
      readonly func: 'count' | 'sum' | 'avg' | 'min' | 'max'
      readonly arg: Expression
      readonly type: ValueType
    }
  | { readonly kind: 'search'; readonly call: SearchCall; readonly type: ValueType }
  /** `/` is always F64; division and remainder by zero are null. Null in, null out. */
  | {
      readonly kind: 'arithmetic'
      readonly op: '+' | '-' | '*' | '/' | '%'
      readonly left: Expression
      readonly right: Expression
      readonly type: ValueType
    }
  /**
   * Null in, null out, except `coalesce`. `length` counts characters of a string, items of a list, hops of a
   * path; `substring(text, start, length?)` counts from 0; `nodes($path)` is the ids along the path, first to
   * last. The path argument is a `variable` expression.
   */
  | {
      readonly kind: 'call'
      readonly func: 'lower' | 'upper' | 'trim' | 'length' | 'concat' | 'substring' | 'nodes' | 'coalesce'
      readonly args: readonly Expression[]
      readonly type: ValueType
    }

export interface Projection {
  readonly expression: Expression
  /** Output column: the alias, else `var.prop`, `var`, or the text of the call. Unique in the query. */
  readonly name: string
}

export interface Ordering {
  readonly expression: Expression
  readonly descending: boolean
}

export interface WriteQuery extends QueryHead {
  readonly kind: 'write'
  /** Either inserts and updates, or deletes; run in order, one commit, each sees those before. */
  readonly statements: readonly WriteStatement[]
}

export type WriteValue = Extract<Expression, { kind: 'literal' | 'param' | 'now' }>

export interface Assignment {
  readonly property: string
  readonly value: WriteValue
}

export interface WritePredicate {
  readonly property: string
  readonly op: ComparisonOperator
  readonly value: WriteValue
}

export type WriteStatement =
  | { readonly kind: 'insert-node'; readonly type: string; readonly assignments: readonly Assignment[] }
  | {
      readonly kind: 'insert-edge'
      readonly type: string
      readonly from: WriteValue
      readonly to: WriteValue
      readonly assignments: readonly Assignment[]
    }
  | {
      readonly kind: 'update'
      readonly entity: 'node' | 'edge'
      readonly type: string
      readonly assignments: readonly Assignment[]
      readonly where: WritePredicate
    }
  | {
      readonly kind: 'delete'
      readonly entity: 'node' | 'edge'
      readonly type: string
      readonly where: WritePredicate
    }
