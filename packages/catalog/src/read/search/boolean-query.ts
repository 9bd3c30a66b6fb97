import { CatalogError } from '../../model/error.js'
import { canonicalField, FIELD_NAMES } from './fields.js'
import { MAX_NESTING } from './filter.js'

/** A parsed `/q` query. */
export type BooleanQuery =
  | { readonly kind: 'all' }
  | { readonly kind: 'and'; readonly all: readonly BooleanQuery[] }
  | { readonly kind: 'or'; readonly any: readonly BooleanQuery[] }
  | { readonly kind: 'not'; readonly query: BooleanQuery }
  | { readonly kind: 'term'; readonly text: string; readonly prefix: boolean; readonly field?: string }
  | { readonly kind: 'phrase'; readonly text: string; readonly field?: string }

type Token = {
  readonly kind: 'term' | 'phrase' | '(' | ')' | '+' | 'AND' | 'OR' | 'NOT' | 'end'
  readonly text: string
  readonly at: number
  readonly field?: string
}

/**
 * Parses what follows `/q`: `a+b` and `a AND b` (and), `a b` (and), `OR`, `NOT` or
 * `-a`, parentheses, `pre*`, `"a phrase"`, `tag:PII`. Throws `CatalogError`
 * `search_query_invalid` with a position.
 */
export function parseBooleanQuery(text: string): BooleanQuery {
  const tokens = tokenize(text)
  if (tokens.length === 1) return { kind: 'all' }
  let next = 0
  let depth = 0
  const peek = () => tokens[next] as Token

  const or = (): BooleanQuery => {
    const any = [and()]
    while (peek().kind === 'OR') {
      next++
      any.push(and())
    }
    return any.length === 1 ? (any[0] as BooleanQuery) : { kind: 'or', any }
  }
  const and = (): BooleanQuery => {
    const all = [not()]
    for (;;) {
      const kind = peek().kind
      if (kind === 'AND' || kind === '+') next++
      else if (kind === 'OR' || kind === ')' || kind === 'end') break
      all.push(not())
    }
    return all.length === 1 ? (all[0] as BooleanQuery) : { kind: 'and', all }
  }
  const not = (): BooleanQuery => {
    if (++depth > MAX_NESTING)
      throw queryError(`Nested more than ${MAX_NESTING} levels deep at position ${peek().at}.`)
    const query = nested()
    depth--
    return query
  }
  const nested = (): BooleanQuery => {
    const token = peek()
    next++
    switch (token.kind) {
      case 'NOT':
        return { kind: 'not', query: not() }
      case '(': {
        const inner = or()
        if (peek().kind !== ')') throw queryError(`Expected ")" at position ${peek().at}.`)
        next++
        return inner
      }
      case 'phrase':
        return { kind: 'phrase', text: token.text, ...(token.field && { field: token.field }) }
      case 'term': {
        if (token.text === '*' && !token.field) return { kind: 'all' }
        const prefix = token.text.endsWith('*')
        const word = prefix ? token.text.slice(0, -1) : token.text
        if (word.includes('*'))
          throw queryError(`A "*" stands only at the end of a word (position ${token.at}).`)
        return { kind: 'term', text: word, prefix, ...(token.field && { field: token.field }) }
      }
      default:
        throw queryError(
          `Expected a word at position ${token.at}, found ${token.kind === 'end' ? 'the end' : `"${token.text}"`}.`,
        )
    }
  }
  const query = or()
  if (peek().kind !== 'end') throw queryError(`Unexpected "${peek().text}" at position ${peek().at}.`)
  return query
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  const pattern = /\s+|([()+])|-(?=\S)|(?:([A-Za-z_]+):)?(?:"((?:[^"\\]|\\.)*)"|([^\s()+"]+))|(")/g
  for (const m of text.matchAll(pattern)) {
    const at = m.index
    if (m[1]) tokens.push({ kind: m[1] as '(', text: m[1], at })
    else if (m[0] === '-') tokens.push({ kind: 'NOT', text: '-', at })
    else if (m[5]) throw queryError(`The phrase that starts at position ${at} does not end.`)
    else if (m[3] !== undefined)
      tokens.push({ kind: 'phrase', text: m[3].replace(/\\(.)/g, '$1'), at, ...field(m[2], at) })
    else if (m[4] !== undefined) {
      const upper = m[2] ? '' : m[4]
      if (upper === 'AND' || upper === 'OR' || upper === 'NOT') tokens.push({ kind: upper, text: upper, at })
      else if (m[2]?.toLowerCase() === 'urn') tokens.push({ kind: 'phrase', text: `urn:${m[4]}`, at })
      else tokens.push({ kind: 'term', text: m[4], at, ...field(m[2], at) })
    }
  }
  tokens.push({ kind: 'end', text: '', at: text.length })
  return tokens
}

function field(name: string | undefined, at: number): { field?: string } {
  if (name === undefined) return {}
  const canonical = canonicalField(name)
  if (canonical) return { field: canonical }
  throw queryError(`There is no field "${name}" (position ${at}).`, `Use one of ${FIELD_NAMES.join(', ')}.`)
}

function queryError(
  message: string,
  remedy = 'Write queries like /q orders+payments OR "order items" AND tag:pii.',
): CatalogError {
  return new CatalogError('invalid', 'search_query_invalid', message, { remedy })
}
