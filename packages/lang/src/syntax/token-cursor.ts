import type { Reporter } from './reporter.js'
import type { Name, Span, Token, TokenKind } from './token.js'

/** Thrown by a parser after it has reported; caught at the nearest place that can read on. */
export class SyntaxFailure extends Error {}

/** A position in a token list, with the few moves every parser makes. Reports what it cannot accept. */
export class TokenCursor {
  readonly reporter: Reporter
  readonly source: string
  readonly #tokens: readonly Token[]
  #index = 0

  constructor(source: string, tokens: readonly Token[], reporter: Reporter) {
    this.source = source
    this.#tokens = tokens
    this.reporter = reporter
  }

  get index(): number {
    return this.#index
  }

  /** The token `ahead` of the current one; the end token beyond the last. */
  peek(ahead = 0): Token {
    const last = this.#tokens.length - 1
    return this.#tokens[Math.min(this.#index + ahead, last)] as Token
  }

  next(): Token {
    const token = this.peek()
    if (token.kind !== 'end') this.#index++
    return token
  }

  /** End offset of the token before the current one. */
  get previousEnd(): number {
    return this.#tokens[this.#index - 1]?.end ?? 0
  }

  get done(): boolean {
    return this.peek().kind === 'end'
  }

  at(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'symbol' && token.text === symbol
  }

  atWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'name' && token.text === word
  }

  atKind(kind: TokenKind, ahead = 0): boolean {
    return this.peek(ahead).kind === kind
  }

  accept(symbol: string): Token | undefined {
    return this.at(symbol) ? this.next() : undefined
  }

  acceptWord(word: string): Token | undefined {
    return this.atWord(word) ? this.next() : undefined
  }

  expect(symbol: string, where: string): Token {
    return this.accept(symbol) ?? this.fail(`\`${symbol}\` ${where}`)
  }

  expectWord(word: string, where: string): Token {
    return this.acceptWord(word) ?? this.fail(`\`${word}\` ${where}`)
  }

  expectName(what: string): Name {
    return this.#expectKind('name', what)
  }

  expectTypeName(what: string): Name {
    return this.#expectKind('type-name', what)
  }

  expectVariable(what: string): Name {
    return this.#expectKind('variable', what)
  }

  #expectKind(kind: TokenKind, what: string): Name {
    const token = this.peek()
    if (token.kind !== kind) return this.fail(what, caseRemedy(kind, token))
    this.next()
    return { text: token.text, start: token.start, end: token.end }
  }

  /** Reports what was expected at the current token and gives up on the construct being read. */
  fail(expected: string, remedy?: string): never {
    const token = this.peek()
    // The lexer has already said what is wrong with it.
    if (token.kind !== 'unknown') {
      this.reporter.report('syntax-error', token, `Expected ${expected}, found ${describe(token)}.`, remedy)
    }
    throw new SyntaxFailure()
  }

  /**
   * Runs `read`; if it fails, skips to where `resume` holds (or the end) and always makes progress.
   * `resume` is told how many braces were opened since: inside them a weak sign is no place to go on.
   */
  recovering<T>(read: () => T, resume: (depth: number) => boolean): T | undefined {
    const start = this.#index
    try {
      return read()
    } catch (failure) {
      if (!(failure instanceof SyntaxFailure)) throw failure
      let depth = 0
      if (this.#index === start && !(this.at('}') && resume(0))) depth += this.#skip()
      while (!this.done && !resume(depth)) depth = Math.max(0, depth + this.#skip())
      return undefined
    }
  }

  #skip(): number {
    const token = this.next()
    if (token.kind !== 'symbol') return 0
    return token.text === '{' ? 1 : token.text === '}' ? -1 : 0
  }

  /** Whether a line break stands before the current token. */
  get atLineStart(): boolean {
    return this.source.slice(this.previousEnd, this.peek().start).includes('\n')
  }

  /** Moves to the first token that starts at or after `offset`. */
  seek(offset: number): void {
    while (!this.done && this.peek().start < offset) this.#index++
  }

  spanFrom(start: number): Span {
    return { start, end: Math.max(start, this.previousEnd) }
  }
}

function caseRemedy(kind: TokenKind, found: Token): string | undefined {
  if (kind === 'type-name' && found.kind === 'name') {
    const suggestion = found.text.charAt(0).toUpperCase() + found.text.slice(1)
    return /^[A-Z]/.test(suggestion)
      ? `Type names start upper case: write ${suggestion}.`
      : 'Type names start upper case.'
  }
  if (kind === 'name' && found.kind === 'type-name') {
    return `Names of this kind start lower case: write ${found.text.charAt(0).toLowerCase()}${found.text.slice(1)}.`
  }
  if (kind === 'variable' && found.kind === 'name')
    return `Variables start with a dollar sign: write $${found.text}.`
  return undefined
}

function describe(token: Token): string {
  switch (token.kind) {
    case 'end':
      return 'the end of the file'
    case 'string':
      return 'a string'
    case 'variable':
      return `\`$${token.text}\``
    default:
      return `\`${token.text.slice(0, 40)}\``
  }
}
