import { lex } from '../syntax/lexer.js'
import type { Reporter } from '../syntax/reporter.js'
import type { Span, TokenKind } from '../syntax/token.js'

/** A comment as written, without the white space around it. */
export interface Comment extends Span {
  readonly text: string
  /** A `//` comment, which ends its line. */
  readonly line: boolean
  /** Line breaks between it and what stands before it; 0 when it stands behind something. */
  readonly breaksBefore: number
  /** Whether a line break (or the end of the file) follows it. */
  readonly endsLine: boolean
}

export interface CommentedToken extends Span {
  readonly kind: TokenKind
  /** The source text, quotes and dollar sign included. */
  readonly text: string
  readonly comments: readonly Comment[]
  /** Line breaks between it and what stands before it, its own comments included. */
  readonly breaksBefore: number
}

/**
 * The tokens of a text without lexical errors, each with the comments before it. The values of an
 * enum, which may hold what are several tokens elsewhere (`b-c`, `1x`), are one token each.
 */
export function commentedTokens(source: string, reporter: Reporter): CommentedToken[] {
  const tokens: CommentedToken[] = []
  let end = source.charCodeAt(0) === 0xfeff ? 1 : 0
  let inEnum = false
  for (const token of lex(source, reporter)) {
    const last = tokens.at(-1)
    const symbol = token.kind === 'symbol' ? token.text : ''
    if (
      inEnum &&
      last &&
      last.end === token.start &&
      !isPunctuation(last) &&
      !',)?'.includes(symbol || '_')
    ) {
      const start = last.start
      tokens[tokens.length - 1] = {
        ...last,
        kind: 'name',
        end: token.end,
        text: source.slice(start, token.end),
      }
    } else {
      const { comments, breaks } = commentsBetween(source, end, token.start)
      const text = source.slice(token.start, token.end)
      tokens.push({
        kind: token.kind,
        start: token.start,
        end: token.end,
        text,
        comments,
        breaksBefore: breaks,
      })
    }
    end = token.end
    if (symbol === ')') inEnum = false
    if (symbol === '(' && opensEnum(tokens)) inEnum = true
  }
  return tokens
}

function isPunctuation(token: CommentedToken): boolean {
  return token.kind === 'symbol' && '(,'.includes(token.text)
}

/** A type stands behind a colon; anything else named `enum` is a name. */
function opensEnum(tokens: readonly CommentedToken[]): boolean {
  return tokens.at(-2)?.text === 'enum' && tokens.at(-3)?.text === ':'
}

function commentsBetween(source: string, from: number, to: number): { comments: Comment[]; breaks: number } {
  const comments: Comment[] = []
  let breaks = 0
  for (let at = from; at < to; ) {
    if (source.charCodeAt(at) !== 47) {
      if (source.charCodeAt(at++) === 10) breaks++
      continue
    }
    const line = source.charCodeAt(at + 1) === 47
    const close = line ? source.indexOf('\n', at) : source.indexOf('*/', at + 2) + 2
    const end = line && (close < 0 || close > to) ? to : close
    const text = line ? source.slice(at, end).trimEnd() : source.slice(at, end)
    const endsLine = line || endsItsLine(source, end)
    comments.push({ text, line, breaksBefore: breaks, endsLine, start: at, end })
    breaks = 0
    at = end
  }
  return { comments, breaks }
}

function endsItsLine(source: string, from: number): boolean {
  let at = from
  while (at < source.length && ' \t\r'.includes(source.charAt(at))) at++
  return at >= source.length || source.charCodeAt(at) === 10
}
