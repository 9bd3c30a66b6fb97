import { lex } from '../syntax/lexer.js'
import { Reporter } from '../syntax/reporter.js'
import type { Span, Token } from '../syntax/token.js'

/** The tokens of a text that may be half written, and where in them a position falls. */
export class CursorTokens {
  readonly source: string
  /** Without the end token. */
  readonly tokens: readonly Token[]

  constructor(source: string) {
    this.source = source
    this.tokens = lex(source, new Reporter(source, undefined)).slice(0, -1)
  }

  text(index: number): string {
    return this.tokens[index]?.text ?? ''
  }

  kind(index: number): Token['kind'] {
    return this.tokens[index]?.kind ?? 'end'
  }

  isSymbol(index: number, symbol: string): boolean {
    const token = this.tokens[index]
    return token?.kind === 'symbol' && token.text === symbol
  }

  isWord(index: number, ...words: readonly string[]): boolean {
    const token = this.tokens[index]
    return token?.kind === 'name' && words.includes(token.text)
  }

  /** Number of tokens that start before the offset. */
  countBefore(offset: number): number {
    let low = 0
    let high = this.tokens.length
    while (low < high) {
      const mid = (low + high) >> 1
      if ((this.tokens[mid] as Token).start < offset) low = mid + 1
      else high = mid
    }
    return low
  }

  /** The word, variable or string the position touches. */
  touching(offset: number): number | undefined {
    const next = this.countBefore(offset)
    const touches = (index: number) => {
      const token = this.tokens[index]
      return token && token.kind !== 'symbol' && token.start <= offset && offset <= token.end
    }
    return touches(next) ? next : touches(next - 1) ? next - 1 : undefined
  }

  /** Whether the position stands in a comment. */
  inComment(offset: number): boolean {
    const before = this.tokens[this.countBefore(offset) - 1]
    if (before && before.end > offset) return false
    let at = before?.end ?? 0
    while (at < offset) {
      const open = this.source.indexOf('/', at)
      if (open < 0 || open >= offset) return false
      const line = this.source.charAt(open + 1) === '/'
      const close = this.source.indexOf(line ? '\n' : '*/', open + 2)
      if (close < 0 || offset <= (line ? close : close + 1)) return offset > open + 1
      at = close + (line ? 1 : 2)
    }
    return false
  }

  /** What a completion at the position replaces: the word before and behind it, or nothing. */
  prefix(offset: number): {
    readonly span: Span /** Index of the first token not before it. */
    readonly index: number
  } {
    const index = this.countBefore(offset) - 1
    const token = this.tokens[index]
    const word = token && ['name', 'type-name', 'variable', 'string', 'unknown'].includes(token.kind)
    if (!word || token.end < offset) return { span: { start: offset, end: offset }, index: index + 1 }
    return { span: { start: token.start, end: token.end }, index }
  }
}
