import type { Span } from '../syntax/token.js'

/** Text to show about the name at `span`. */
export interface Hover {
  readonly span: Span
  readonly markdown: string
}

/** A place in the text itself, or in the schema it was read with. */
export interface Definition {
  readonly document: 'own' | 'schema'
  readonly span: Span
}

export interface OutlineSymbol {
  readonly name: string
  readonly kind: 'node' | 'edge' | 'interface' | 'property' | 'query' | 'mutation'
  readonly detail: string
  /** The whole of it; contains `span`. */
  readonly extent: Span
  /** Its name. */
  readonly span: Span
  readonly children: readonly OutlineSymbol[]
}
