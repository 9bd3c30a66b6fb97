/** What the lexer yields. Keywords are identifiers here: only the parser knows where a word is one. */
export type TokenKind =
  | 'name' // starts lower case or `_`
  | 'type-name' // starts upper case
  | 'variable' // `$name`
  | 'integer'
  | 'float'
  | 'string'
  | 'symbol'
  | 'unknown' // already reported by the lexer
  | 'end'

export interface Token {
  readonly kind: TokenKind
  /** Offsets into the source, end exclusive. */
  readonly start: number
  readonly end: number
  /** The source text; for a variable without the `$`, for a string the decoded value. */
  readonly text: string
}

/** A piece of source, as offsets. Becomes a positioned range only when a diagnostic needs one. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** A word of the source with its place. */
export interface Name extends Span {
  readonly text: string
}
