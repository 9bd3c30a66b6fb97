import { CatalogError } from '../model/error.js'

/** A well-formed DataHub URN, byte for byte as it was written. */
export type Urn = string & { readonly __brand: 'Urn' }

/**
 * The parts of a URN. `parts` are raw (still escaped), so that printing gives
 * back the same bytes; use `decodeUrnPart` to read one.
 */
export interface ParsedUrn {
  readonly urn: Urn
  readonly entityType: string
  readonly parts: readonly string[]
  /** Whether the id is written as a tuple, `(a,b)`. */
  readonly tuple: boolean
}

const HEAD = 'urn:li:'
const ENTITY_TYPE = /^[A-Za-z][A-Za-z0-9_]*$/
const OPEN = 0x28
const CLOSE = 0x29
const COMMA = 0x2c
/** DataHub's internal separator; a URN that holds it would corrupt its search index. */
const BANNED = '␟'

/**
 * Parses DataHub's grammar: `urn:li:<type>:<id>` where the id is plain text or a
 * tuple of parts separated by `,` at parenthesis depth one. Parts may be URNs.
 * Case matters, `:` needs no escape, `%` is not an escape character of its own.
 *
 * Returns the reason as a string when the text is not a URN.
 */
export function tryParseUrn(text: string): ParsedUrn | string {
  const colon = text.startsWith(HEAD) ? text.indexOf(':', HEAD.length) : -1
  const entityType = text.slice(HEAD.length, Math.max(colon, HEAD.length))
  if (!ENTITY_TYPE.test(entityType)) return 'a URN starts with "urn:li:<entityType>:"'
  if (text.includes(BANNED)) return `a URN must not contain "${BANNED}"`
  if (text.trim() !== text) return 'a URN has no white space around it'
  const id = text.slice(colon + 1)
  if (id === '') return 'the id after the entity type is empty'
  if (!id.startsWith('(')) return { urn: text as Urn, entityType, parts: [id], tuple: false }
  const parts = splitTuple(id)
  return typeof parts === 'string' ? parts : { urn: text as Urn, entityType, parts, tuple: true }
}

function splitTuple(id: string): string[] | string {
  const parts: string[] = []
  let depth = 0
  let start = 1
  for (let i = 0; i < id.length; i++) {
    const c = id.charCodeAt(i)
    // The other characters, nearly all there are, change nothing.
    if (c < OPEN || c > COMMA) continue
    if (c === OPEN) depth++
    else if (c === CLOSE) depth--
    else if (c === COMMA && depth === 1) {
      parts.push(id.slice(start, i))
      start = i + 1
    }
    if (depth === 0 && i < id.length - 1) return 'text follows the closing parenthesis of the tuple'
  }
  if (depth !== 0) return 'the parentheses of the tuple do not balance'
  parts.push(id.slice(start, -1))
  return parts.some((p) => p === '') ? 'a part of the tuple is empty' : parts
}

/** Parses or throws `CatalogError` `urn_invalid`. */
export function parseUrn(text: string): ParsedUrn {
  const parsed = tryParseUrn(text)
  if (typeof parsed !== 'string') return parsed
  throw new CatalogError('invalid', 'urn_invalid', `"${abbreviate(text)}" is not a URN: ${parsed}`, {
    remedy: 'Write it like urn:li:dataset:(urn:li:dataPlatform:sqlite,shop.main.orders,PROD).',
  })
}

export function isUrn(text: string): text is Urn {
  return typeof tryParseUrn(text) !== 'string'
}

/** Prints a URN from raw parts; inverse of `parseUrn`. */
export function printUrn(entityType: string, parts: readonly string[], tuple = parts.length > 1): Urn {
  return `urn:li:${entityType}:${tuple ? `(${parts.join(',')})` : parts[0]}` as Urn
}

/** Escapes exactly `,` `(` `)`, as DataHub does; `%` stays as it is. */
export function encodeUrnPart(text: string): string {
  return text.replace(/[,()]/g, (c) => (c === ',' ? '%2C' : c === '(' ? '%28' : '%29'))
}

export function decodeUrnPart(part: string): string {
  return part.replace(/%2C|%28|%29/gi, (e) => (e[2] === '8' ? '(' : e[2] === '9' ? ')' : ','))
}

function abbreviate(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
