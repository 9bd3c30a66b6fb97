import type { Span } from './token.js'
import type { TokenCursor } from './token-cursor.js'

export type Literal = Span &
  (
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'integer'; readonly value: number | bigint }
    | { readonly kind: 'float'; readonly value: number }
    | { readonly kind: 'bool'; readonly value: boolean }
    | { readonly kind: 'null' }
    /** `date("…")` and `datetime("…")`; the text is checked later. */
    | { readonly kind: 'date' | 'datetime'; readonly value: string }
    | { readonly kind: 'list'; readonly items: readonly Literal[] }
  )

export const MAX_NESTING = 64

/** A string, number or bool at the cursor, a leading minus included; undefined when there is none. */
export function acceptScalarLiteral(cursor: TokenCursor): Literal | undefined {
  const token = cursor.peek()
  const { start } = token
  if (token.kind === 'string') {
    cursor.next()
    return { kind: 'string', value: token.text, start, end: token.end }
  }
  if (token.kind === 'name' && (token.text === 'true' || token.text === 'false')) {
    cursor.next()
    return { kind: 'bool', value: token.text === 'true', start, end: token.end }
  }
  return acceptNumber(cursor)
}

export function acceptNumber(cursor: TokenCursor): Literal | undefined {
  const negative = cursor.at('-')
  const token = cursor.peek(negative ? 1 : 0)
  if (token.kind !== 'integer' && token.kind !== 'float') return undefined
  const { start } = cursor.peek()
  if (negative) cursor.next()
  cursor.next()
  const text = negative ? `-${token.text}` : token.text
  if (token.kind === 'float') return { kind: 'float', value: Number(text), start, end: token.end }
  return { kind: 'integer', value: readInteger(text), start, end: token.end }
}

/** Digits beyond any 64-bit integer are kept as a value no type accepts, without unbounded work. */
function readInteger(text: string): number | bigint {
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value
  return text.length > 40 ? (text.startsWith('-') ? -(2n ** 130n) : 2n ** 130n) : BigInt(text)
}
