import type { Literal } from './literal.js'
import type { Name, Span } from './token.js'
import type { TypeRef } from './type-ref.js'

/** A `.pg` file as written. Declarations that could not be read are absent. */
export interface ParsedSchema {
  readonly declarations: readonly Declaration[]
}

export type Declaration = InterfaceDeclaration | NodeDeclaration | EdgeDeclaration

export interface InterfaceDeclaration extends Body {
  readonly kind: 'interface'
  readonly name: Name
}

export interface NodeDeclaration extends Body {
  readonly kind: 'node'
  readonly name: Name
  readonly annotations: readonly AnnotationSyntax[]
  readonly implements: readonly Name[]
}

export interface EdgeDeclaration extends Body {
  readonly kind: 'edge'
  readonly name: Name
  readonly from: Name
  readonly to: Name
  readonly annotations: readonly AnnotationSyntax[]
  readonly cardinalities: readonly CardinalitySyntax[]
}

export interface Body {
  readonly properties: readonly PropertySyntax[]
  readonly constraints: readonly ConstraintSyntax[]
}

export interface PropertySyntax {
  readonly name: Name
  /** Absent when it could not be read. */
  readonly type?: TypeRef
  readonly annotations: readonly AnnotationSyntax[]
}

export interface AnnotationSyntax extends Span {
  readonly name: Name
  readonly value?: Literal
  readonly arguments: readonly { readonly name: Name; readonly value: Literal }[]
}

export interface CardinalitySyntax extends Span {
  readonly min: Name
  readonly max?: Name
}

export interface ConstraintSyntax extends Span {
  readonly name: Name
  readonly arguments: readonly ConstraintArgument[]
}

export type ConstraintArgument = Span &
  (
    | { readonly kind: 'name'; readonly text: string }
    | { readonly kind: 'literal'; readonly literal: Literal }
    | { readonly kind: 'range'; readonly min?: Literal; readonly max?: Literal }
  )
