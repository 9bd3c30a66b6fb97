import { type Completion, Proposals } from './completion.js'
import { CursorTokens } from './cursor-tokens.js'
import { type Frame, type QueryScan, queryAround } from './query-scan.js'
import { writtenType } from './query-target.js'
import type { SchemaView, TypeView } from './schema-view.js'
import { FILTER_FUNCTIONS, FUNCTIONS, QUERY_ANNOTATIONS, VALUE_TYPES } from './words.js'

/** Proposals for a position of a `.gq` text, which may be half written. Without a schema, only the language's own words. */
export function completeQueries(
  source: string,
  offset: number,
  schema: SchemaView | undefined,
): Completion[] {
  const cursor = new CursorTokens(source)
  if (cursor.inComment(offset)) return []
  return new QueryCompletion(cursor, offset, schema).propose()
}

class QueryCompletion {
  readonly #cursor: CursorTokens
  readonly #schema: SchemaView | undefined
  readonly #proposals: Proposals
  /** Index of the word being written, or of what follows the position. */
  readonly #at: number
  readonly #inString: boolean

  constructor(cursor: CursorTokens, offset: number, schema: SchemaView | undefined) {
    const { span, index } = cursor.prefix(offset)
    const inString = cursor.kind(index) === 'string' && span.start < offset
    // Inside a string the quotes stay.
    const closed = inString && span.end > span.start + 1 && cursor.source.charAt(span.end - 1) === '"'
    this.#inString = inString && (!closed || offset < span.end)
    this.#proposals = new Proposals(
      this.#inString ? { start: span.start + 1, end: closed ? span.end - 1 : offset } : span,
    )
    this.#cursor = cursor
    this.#schema = schema
    this.#at = index
  }

  propose(): Completion[] {
    const query = queryAround(this.#cursor, this.#at - 1, this.#schema)
    if (query) this.#inQuery(query)
    else if (!this.#inString) this.#proposals.keywords('query')
    return this.#proposals.all
  }

  #inQuery(query: QueryScan): void {
    const cursor = this.#cursor
    const at = this.#at
    const frames = query.framesAt(at)
    const frame = frames.at(-1)
    const afterBody = !frame && [...range(query.from, at)].some((index) => cursor.isSymbol(index, '}'))
    if (this.#inString) this.#enumValues(query, frame)
    else if (afterBody) this.#proposals.keywords('query')
    else if (cursor.isSymbol(at - 1, '@')) this.#proposals.words('annotation', QUERY_ANNOTATIONS)
    else if (!frame) return
    else if (cursor.isSymbol(at - 1, '.')) this.#proposals.properties(query.typeOf(cursor.text(at - 2)))
    else if (frame.kind === 'params') this.#param()
    else if (frame.kind === 'body') this.#section(query, frame)
    else if (frame.kind === 'match') this.#clause(query)
    else if (frame.kind === 'assignments') this.#assignment(query, frame)
    else if (frame.kind === 'return' || frame.kind === 'order') this.#result(query, frame)
    else if (frame.kind === 'call') this.#values(query, true)
    else if (frame.kind === 'other') this.#values(query, false)
  }

  #param(): void {
    const before = this.#at - 1
    if (this.#cursor.isSymbol(before, ':') || this.#cursor.isSymbol(before, '['))
      this.#proposals.words('value-type', VALUE_TYPES)
  }

  #section(query: QueryScan, frame: Frame): void {
    const cursor = this.#cursor
    const before = this.#at - 1
    const schema = this.#schema
    if (cursor.isWord(before, 'insert', 'update', 'delete')) {
      this.#proposals.types(schema?.nodes ?? []).types(schema?.edges ?? [])
    } else if (cursor.isWord(before - 1, 'update')) this.#proposals.keywords('set')
    else if (cursor.isWord(before - 1, 'delete')) this.#proposals.keywords('where')
    else if (cursor.isWord(before, 'where')) this.#writable(schema?.written(writtenType(cursor, before)))
    else if (cursor.isWord(before - 1, 'where')) this.#proposals.keywords('contains', 'starts_with')
    else if (cursor.isWord(before - 2, 'where')) this.#values(query, false)
    else if (cursor.isWord(before, 'return')) this.#proposals.keywords('distinct')
    else {
      const reads = ['match', 'return', 'order', 'limit', 'offset']
      const first = before === frame.open
      const writes =
        first || [...range(frame.open, this.#at)].some((i) => cursor.isWord(i, 'insert', 'update', 'delete'))
      if (this.#afterUpdate(frame)) this.#proposals.keywords('where')
      if (first) this.#proposals.keywords('match')
      else if (!writes) this.#proposals.keywords(...reads)
      if (writes) this.#proposals.keywords('insert', 'update', 'delete')
    }
  }

  /** Behind the closing brace of `update T set { … }`. */
  #afterUpdate(frame: Frame): boolean {
    const cursor = this.#cursor
    if (!cursor.isSymbol(this.#at - 1, '}')) return false
    for (let at = this.#at - 1; at > frame.open; at--) {
      if (cursor.isSymbol(at, '{')) return cursor.isWord(at - 1, 'set')
    }
    return false
  }

  #writable(type: TypeView | undefined): void {
    this.#proposals.properties(type)
    if (type?.kind === 'edge') this.#proposals.add('property', 'from').add('property', 'to')
    else if (type) this.#proposals.add('property', 'id', 'String')
  }

  #clause(query: QueryScan): void {
    const cursor = this.#cursor
    const before = this.#at - 1
    const proposals = this.#proposals
    const operand = cursor.kind(before) === 'variable'
    if (cursor.isSymbol(before, ':')) {
      const edgeVariable = cursor.kind(before - 2) === 'variable'
      if (edgeVariable) proposals.edgesFrom(query.typeOf(cursor.text(before - 2)), this.#schema)
      else proposals.types(this.#schema?.nodes ?? [])
    } else if (cursor.isSymbol(before, '<') && cursor.kind(before - 1) === 'variable') {
      proposals.edgesFrom(query.typeOf(cursor.text(before - 1)), this.#schema)
      this.#values(query, true)
    } else if (operand && !isComparison(cursor, before - 1)) {
      proposals.edgesFrom(query.typeOf(cursor.text(before)), this.#schema)
      this.#clauseStart(query)
    } else if (isComparison(cursor, before)) this.#values(query, true)
    else {
      if (cursor.kind(before) === 'name' && cursor.isSymbol(before - 1, '.'))
        proposals.keywords('contains', 'starts_with')
      this.#clauseStart(query)
    }
  }

  #clauseStart(query: QueryScan): void {
    this.#variables(query)
    this.#proposals
      .keywords('not', 'exists', 'optional', 'and', 'or')
      .words('function', FILTER_FUNCTIONS)
      .words('function', FUNCTIONS)
  }

  #assignment(query: QueryScan, frame: Frame): void {
    const cursor = this.#cursor
    if (!cursor.isSymbol(this.#at - 1, ':')) {
      const type = this.#schema?.written(frame.owner)
      if (type?.kind === 'edge' && cursor.isWord(frame.open - 2, 'insert'))
        this.#proposals.add('property', 'from', type.from).add('property', 'to', type.to)
      this.#proposals.properties(type)
      return
    }
    for (const value of this.#enumOf(query, frame)) this.#proposals.add('enum-value', JSON.stringify(value))
    this.#values(query, false)
  }

  #result(query: QueryScan, frame: Frame): void {
    const cursor = this.#cursor
    const before = this.#at - 1
    if (cursor.isWord(before, 'as')) return
    const behindValue = before > frame.open && !cursor.isSymbol(before, ',')
    if (behindValue) this.#proposals.keywords(...(frame.kind === 'return' ? ['as'] : ['asc', 'desc']))
    if (frame.kind === 'order') {
      for (let at = query.from; at < query.to; at++) {
        if (cursor.isWord(at, 'as') && cursor.kind(at + 1) === 'name')
          this.#proposals.add('variable', cursor.text(at + 1), 'a column of the result')
      }
    }
    this.#values(query, true)
  }

  /** Values: parameters and literals; with `pattern`, also what the pattern binds, and functions. */
  #values(query: QueryScan, pattern: boolean): void {
    this.#variables(query, pattern ? undefined : 'parameter')
    if (pattern) this.#proposals.words('function', FUNCTIONS)
    else
      this.#proposals.words(
        'function',
        FUNCTIONS.filter(({ name }) => ['now', 'date', 'datetime'].includes(name)),
      )
    this.#proposals.keywords('true', 'false', ...(pattern ? [] : ['null']))
  }

  #variables(query: QueryScan, only?: 'parameter'): void {
    for (const { name, kind, type, token } of query.variables.values()) {
      if (token === this.#at || (only && kind !== only)) continue
      const label = `$${name}`
      if (kind === 'parameter') this.#proposals.add('parameter', label, type)
      else this.#proposals.add('variable', label, kind === 'path' ? `path over ${type}` : type)
    }
  }

  #enumValues(query: QueryScan, frame: Frame | undefined): void {
    for (const value of this.#enumOf(query, frame)) this.#proposals.add('enum-value', value)
  }

  /** The enum values that fit behind `name:` or `$x.name =`. */
  #enumOf(query: QueryScan, frame: Frame | undefined): readonly string[] {
    const cursor = this.#cursor
    const name = this.#at - 2
    const type = cursor.isSymbol(name - 1, '.')
      ? query.typeOf(cursor.text(name - 2))
      : frame?.kind === 'assignments'
        ? this.#schema?.written(frame.owner)
        : cursor.isWord(name - 1, 'where')
          ? this.#schema?.written(writtenType(cursor, name))
          : undefined
    const valueType = type?.properties.get(cursor.text(name))?.valueType
    return valueType?.kind === 'enum' ? valueType.values : []
  }
}

function isComparison(cursor: CursorTokens, index: number): boolean {
  const symbol = cursor.kind(index) === 'symbol' ? cursor.text(index) : ''
  return (
    ['=', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%'].includes(symbol) ||
    cursor.isWord(index, 'contains', 'starts_with')
  )
}

function* range(from: number, to: number): Iterable<number> {
  for (let index = from; index < to; index++) yield index
}
