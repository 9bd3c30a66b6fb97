import type { ComparisonOperator } from '../ir/query-ir.js'
import type { Literal } from './literal.js'
import type { AnnotationSyntax } from './schema-ast.js'
import type { Name, Span } from './token.js'
import type { TypeRef } from './type-ref.js'

/** A `.gq` file as written; nothing is resolved. */
export interface ParsedQueries {
  readonly queries: readonly ParsedQuery[]
}

export interface ParsedQuery {
  readonly name: string
  readonly nameSpan: Span
  /** From `query` to the closing brace. */
  readonly span: Span
  /** False when a part could not be read and is missing below. */
  readonly complete: boolean
  readonly params: readonly ParamSyntax[]
  readonly annotations: readonly AnnotationSyntax[]
  readonly body: ReadBody | WriteBody
}

export interface ParamSyntax {
  readonly name: Name
  readonly type: TypeRef
}

export interface ReadBody {
  readonly kind: 'read'
  readonly match: readonly ClauseSyntax[]
  readonly projections: readonly ProjectionSyntax[]
  readonly distinct: boolean
  readonly order: readonly OrderingSyntax[]
  readonly limit?: Name
  readonly offset?: Name
}

export interface ProjectionSyntax extends Span {
  readonly expression: ExpressionSyntax
  readonly alias?: Name
}

export interface OrderingSyntax {
  readonly expression: ExpressionSyntax
  readonly descending: boolean
}

export type ClauseSyntax = BindSyntax | TraverseSyntax | FilterSyntax | BlockSyntax

export interface BindSyntax extends Span {
  readonly kind: 'bind'
  readonly variable: Name
  readonly type: Name
  readonly where: readonly AssignmentSyntax[]
}

export interface TraverseSyntax extends Span {
  readonly kind: 'traverse'
  readonly source: Name
  readonly target: Name
  readonly edge: Name
  readonly undirected: boolean
  readonly hops?: Span & { readonly min: Name; readonly max?: Name }
  readonly edgeVariable?: Name
  readonly pathVariable?: Name
}

export interface FilterSyntax extends Span {
  readonly kind: 'filter'
  readonly predicate: PredicateSyntax
}

export interface BlockSyntax extends Span {
  readonly kind: 'not' | 'exists' | 'optional'
  readonly keyword: Span
  readonly match: readonly ClauseSyntax[]
}

export type PredicateSyntax = Span &
  (
    | {
        readonly kind: 'compare'
        readonly op: ComparisonOperator
        readonly left: ExpressionSyntax
        readonly right: ExpressionSyntax
      }
    | { readonly kind: 'or' | 'and'; readonly parts: readonly PredicateSyntax[] }
    /** A call that stands alone: a search. */
    | { readonly kind: 'call'; readonly call: ExpressionSyntax }
  )

export type ExpressionSyntax = Span &
  (
    | { readonly kind: 'literal'; readonly literal: Literal }
    | { readonly kind: 'variable'; readonly name: string }
    | { readonly kind: 'property'; readonly variable: Name; readonly property: Name }
    /** A bare word: an earlier alias. */
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'call'; readonly func: Name; readonly args: readonly ExpressionSyntax[] }
    | {
        readonly kind: 'arithmetic'
        readonly op: '+' | '-' | '*' | '/' | '%'
        readonly left: ExpressionSyntax
        readonly right: ExpressionSyntax
      }
  )

export interface AssignmentSyntax extends Span {
  readonly property: Name
  /** A literal, a variable or `now()`. */
  readonly value: ExpressionSyntax
}

export interface WriteBody {
  readonly kind: 'write'
  readonly statements: readonly StatementSyntax[]
}

export interface ConditionSyntax extends Span {
  readonly property: Name
  readonly op: ComparisonOperator
  readonly value: ExpressionSyntax
}

export type StatementSyntax = Span &
  (
    | { readonly kind: 'insert'; readonly type: Name; readonly assignments: readonly AssignmentSyntax[] }
    | {
        readonly kind: 'update'
        readonly type: Name
        readonly assignments: readonly AssignmentSyntax[]
        readonly where: ConditionSyntax
      }
    | { readonly kind: 'delete'; readonly type: Name; readonly where: ConditionSyntax }
  )
