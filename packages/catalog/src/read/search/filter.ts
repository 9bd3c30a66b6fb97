import { assert } from '@groundplane/core'
import { CatalogError } from '../../model/error.js'
import type { FacetValue } from './document.js'
import { canonicalField, FIELD_NAMES, propertyField } from './fields.js'

/** A checked filter. `values` are compared without regard to case, against values and labels. */
export type Filter =
  | { readonly kind: 'and'; readonly all: readonly Filter[] }
  | { readonly kind: 'or'; readonly any: readonly Filter[] }
  | { readonly kind: 'not'; readonly filter: Filter }
  | { readonly kind: 'is-null'; readonly field: string }
  | { readonly kind: 'equals'; readonly field: string; readonly values: readonly string[] }
  | {
      readonly kind: 'compare'
      readonly field: string
      readonly op: '<' | '<=' | '>' | '>='
      readonly value: string
    }

/** Of parentheses and NOT, in filters and in `/q`: more is a mistake, and would be a deep call stack. */
export const MAX_NESTING = 64

interface Token {
  readonly kind: 'word' | 'string' | 'op' | 'end'
  readonly text: string
  readonly at: number
}

/**
 * Parses `entity_type = dataset AND NOT (platform = snowflake OR env IN (DEV, QA))`.
 * OR binds loosest, then AND, then NOT. Throws `CatalogError` `filter_invalid`
 * with the position of what was not expected.
 */
export function parseFilter(text: string): Filter {
  return new FilterParser(text).parse()
}

class FilterParser {
  readonly #tokens: Token[]
  #next = 0
  #depth = 0

  constructor(text: string) {
    this.#tokens = tokenize(text)
  }

  parse(): Filter {
    const filter = this.#or()
    if (this.#peek().kind !== 'end') this.#expected('AND, OR or the end')
    return filter
  }

  #peek(): Token {
    return this.#tokens[this.#next] as Token
  }

  #keyword(word: string): boolean {
    const token = this.#peek()
    if (token.kind !== 'word' || token.text.toUpperCase() !== word) return false
    this.#next++
    return true
  }

  #op(...ops: string[]): string | undefined {
    const token = this.#peek()
    if (token.kind !== 'op' || !ops.includes(token.text)) return undefined
    this.#next++
    return token.text
  }

  #expected(what: string): never {
    const token = this.#peek()
    const found = token.kind === 'end' ? 'the end' : `"${token.text}"`
    throw filterError(`Expected ${what} at position ${token.at}, found ${found}.`)
  }

  #or(): Filter {
    const any = [this.#and()]
    while (this.#keyword('OR')) any.push(this.#and())
    return any.length === 1 ? (any[0] as Filter) : { kind: 'or', any }
  }

  #and(): Filter {
    const all = [this.#not()]
    while (this.#keyword('AND')) all.push(this.#not())
    return all.length === 1 ? (all[0] as Filter) : { kind: 'and', all }
  }

  #not(): Filter {
    if (++this.#depth > MAX_NESTING)
      throw filterError(`Nested more than ${MAX_NESTING} levels deep at position ${this.#peek().at}.`)
    const filter = this.#nested()
    this.#depth--
    return filter
  }

  #nested(): Filter {
    if (this.#keyword('NOT')) return { kind: 'not', filter: this.#not() }
    if (!this.#op('(')) return this.#condition()
    const filter = this.#or()
    if (!this.#op(')')) this.#expected('")"')
    return filter
  }

  #condition(): Filter {
    const name = this.#peek()
    if (name.kind !== 'word') this.#expected('a field name')
    const field = canonicalField(name.text) ?? propertyField(name.text)
    if (!field)
      throw filterError(
        `There is no field "${name.text}" (position ${name.at}).`,
        `Use one of ${FIELD_NAMES.join(', ')}, structuredProperties.<id>.`,
      )
    this.#next++
    const op = this.#op('=', '!=', '<', '<=', '>', '>=')
    if (op === '=') return { kind: 'equals', field, values: [this.#value()] }
    if (op === '!=') return { kind: 'not', filter: { kind: 'equals', field, values: [this.#value()] } }
    if (op) return { kind: 'compare', field, op: op as '<', value: this.#value() }
    if (this.#keyword('IS')) return this.#isNull(field)
    const negated = this.#keyword('NOT')
    if (!this.#keyword('IN')) this.#expected('=, !=, <, <=, >, >=, IN or IS')
    const within: Filter = { kind: 'equals', field, values: this.#list() }
    return negated ? { kind: 'not', filter: within } : within
  }

  #isNull(field: string): Filter {
    const negated = this.#keyword('NOT')
    if (!this.#keyword('NULL')) this.#expected('NULL')
    return negated ? { kind: 'not', filter: { kind: 'is-null', field } } : { kind: 'is-null', field }
  }

  #list(): string[] {
    if (!this.#op('(')) this.#expected('"("')
    const values = [this.#value()]
    while (this.#op(',')) values.push(this.#value())
    if (!this.#op(')')) this.#expected('"," or ")"')
    return values
  }

  #value(): string {
    const token = this.#peek()
    if (token.kind !== 'word' && token.kind !== 'string') this.#expected('a value')
    this.#next++
    return token.text
  }
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let i = 0
  while (i < text.length) {
    const at = i
    const c = text[i] as string
    if (/\s/.test(c)) i++
    else if (c === '"' || c === "'") {
      const { value, end } = quoted(text, i)
      tokens.push({ kind: 'string', text: value, at })
      i = end
    } else if (/[=!<>]/.test(c)) {
      const op = /^(?:!=|<=|>=|=|<|>)/.exec(text.slice(i))?.[0]
      if (!op) throw filterError(`Unexpected "${c}" at position ${at}.`)
      tokens.push({ kind: 'op', text: op, at })
      i += op.length
    } else if ('(),'.includes(c)) {
      tokens.push({ kind: 'op', text: c, at })
      i++
    } else {
      const end = wordEnd(text, i)
      tokens.push({ kind: 'word', text: text.slice(i, end), at })
      i = end
    }
  }
  tokens.push({ kind: 'end', text: '', at: text.length })
  return tokens
}

/** A bare word ends at white space or punctuation; a bare URN keeps its balanced parentheses and commas. */
function wordEnd(text: string, start: number): number {
  const urn = text.startsWith('urn:li:', start)
  let depth = 0
  let i = start
  for (; i < text.length; i++) {
    const c = text[i] as string
    if (/[\s=!<>"']/.test(c) && depth === 0) break
    if (c === '(' && urn) depth++
    else if (c === ')' && depth > 0) depth--
    else if ('(),'.includes(c) && depth === 0) break
  }
  return i
}

function quoted(text: string, start: number): { value: string; end: number } {
  const quote = text[start]
  let value = ''
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === quote) return { value, end: i + 1 }
    if (text[i] === '\\' && i + 1 < text.length) i++
    value += text[i]
  }
  throw filterError(`The string that starts at position ${start} does not end.`)
}

function filterError(
  message: string,
  remedy = 'Write conditions like entity_type = dataset AND NOT platform = snowflake.',
): CatalogError {
  return new CatalogError('invalid', 'filter_invalid', message, { remedy })
}

/** Of each document by its number, 1 when it passes; `passing` answers for one field and a test of its values. */
export function filterMask(
  filter: Filter,
  end: number,
  passing: (field: string, test: (value: FacetValue) => boolean) => Uint8Array,
): Uint8Array {
  const mask = (part: Filter): Uint8Array => {
    switch (part.kind) {
      case 'and':
        return part.all.map(mask).reduce((a, b) => a.map((bit, i) => bit & (b[i] as number)))
      case 'or':
        return part.any.map(mask).reduce((a, b) => a.map((bit, i) => bit | (b[i] as number)))
      case 'not':
        return mask(part.filter).map((bit) => 1 - bit)
      case 'is-null':
        return passing(part.field, () => true).map((bit) => 1 - bit)
      case 'equals':
        return passing(part.field, (v) => part.values.some((w) => same(v, w)))
      case 'compare':
        return passing(part.field, (v) => holds(part.op, v.label, part.value))
    }
  }
  const found = mask(filter)
  assert(found.length === end, 'a mask has a place for each document')
  return found
}

/** Without regard to case, by value or by label. */
export function same(have: FacetValue, want: string): boolean {
  return sameText(have.value, want) || (have.label !== have.value && sameText(have.label, want))
}

function sameText(a: string, b: string): boolean {
  return a === b || a.toLowerCase() === b.toLowerCase()
}

function holds(op: '<' | '<=' | '>' | '>=', a: string, b: string): boolean {
  const [x, y] = [Number(a), Number(b)]
  const order = Number.isFinite(x) && Number.isFinite(y) ? x - y : a < b ? -1 : a > b ? 1 : 0
  return op === '<' ? order < 0 : op === '<=' ? order <= 0 : op === '>' ? order > 0 : order >= 0
}
