import type { CommentedToken } from './commented-tokens.js'

/** Where the tokens stand decides what `:`, `<`, `{`, `,` and `=` look like. */
export type SpacingStyle = 'plain' | 'traversal' | 'annotation'

const WORD_OPERATORS = new Set(['contains', 'starts_with', 'and', 'or', 'as', 'asc', 'desc', 'where', 'set'])
const NEVER_BEFORE = new Set([',', ')', ']', '?', ':', '.', '..'])
const NEVER_AFTER = new Set(['(', '[', '@', '.', '..'])

/** Walks the tokens of one line and says where a space belongs. Sees every token once, in order. */
export class Spacing {
  readonly #style: SpacingStyle
  #previous: CommentedToken | undefined
  /** Whether the last token can end a value: behind it `-` subtracts and `contains` compares. */
  #operand = false
  #unary = false

  constructor(style: SpacingStyle) {
    this.#style = style
  }

  /** Whether a space stands before `token`, the next one. Call once for each token. */
  before(token: CommentedToken): boolean {
    const previous = this.#previous
    const spaced = previous !== undefined && this.#between(previous, token)
    this.#advance(token)
    return spaced
  }

  #between(previous: CommentedToken, token: CommentedToken): boolean {
    const before = symbolOf(previous)
    const after = symbolOf(token)
    if (this.#unary) return false
    if (this.#style === 'traversal') {
      if ('{},:<>'.includes(after || ' ')) return after === '<'
      if (before === '}' || before === '>') return true
      if ('{,:<'.includes(before || ' ')) return false
    }
    if (this.#style === 'annotation' && (before === '=' || after === '=')) return false
    if (NEVER_BEFORE.has(after)) return false
    if (NEVER_AFTER.has(before)) return false
    if (after === '(') return !(this.#operand && (previous.kind === 'name' || previous.kind === 'type-name'))
    return true
  }

  #advance(token: CommentedToken): void {
    const symbol = symbolOf(token)
    const operator =
      symbol !== '' || (token.kind === 'name' && this.#operand && WORD_OPERATORS.has(token.text))
    this.#unary = symbol === '-' && !this.#operand
    this.#operand = operator ? symbol === ')' || symbol === ']' : true
    this.#previous = token
  }
}

function symbolOf(token: CommentedToken): string {
  return token.kind === 'symbol' ? token.text : ''
}
