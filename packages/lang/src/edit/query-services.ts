import { parseQueries } from '../check/query-checker.js'
import type { ParsedQuery } from '../syntax/query-ast.js'
import type { Span } from '../syntax/token.js'
import { CursorTokens } from './cursor-tokens.js'
import { code, describeProperty, describeType, withDescription } from './markdown.js'
import type { Definition, Hover, OutlineSymbol } from './outline.js'
import { queryAround } from './query-scan.js'
import { queryTargetAt } from './query-target.js'
import { type SchemaView, textOf } from './schema-view.js'
import { FILTER_FUNCTIONS, FUNCTIONS } from './words.js'

/** What the name at a position means; undefined where there is nothing to say. */
export function hoverQueries(
  source: string,
  offset: number,
  schema: SchemaView | undefined,
): Hover | undefined {
  const target = queryTargetAt(source, offset, schema)
  if (!target) return undefined
  const { span } = target
  switch (target.kind) {
    case 'type':
      return { span, markdown: describeType(target.type) }
    case 'property':
      return { span, markdown: describeProperty(target.type, target.property) }
    case 'variable': {
      const { name, kind, type } = target.variable
      const word = kind === 'parameter' ? 'parameter ' : kind === 'path' ? 'path over ' : ''
      const head = code(kind === 'parameter' ? `$${name}: ${type}` : `$${name}: ${word}${type}`, 'gq')
      const declared = kind === 'node' ? schema?.node(type) : schema?.edge(type)
      if (kind === 'parameter') return { span, markdown: withDescription(head, 'Parameter of the query.') }
      return { span, markdown: declared ? `${head}\n\n${describeType(declared)}` : head }
    }
    case 'query': {
      const query = parseQueries(source).document.queries.find(
        ({ nameSpan }) => nameSpan.start === span.start,
      )
      return query && { span, markdown: describeQuery(query, source) }
    }
    case 'function': {
      const known = [...FUNCTIONS, ...FILTER_FUNCTIONS].find(({ name }) => name === target.name)
      return known && { span, markdown: known.detail }
    }
  }
}

function describeQuery(query: ParsedQuery, source: string): string {
  const head = code(`query ${signature(query, source)}`, 'gq')
  const writes = query.body.kind === 'write' ? 'Writes.' : 'Reads.'
  return [head, textOf(query.annotations, 'description'), textOf(query.annotations, 'instruction'), writes]
    .filter((part) => part !== undefined)
    .join('\n\n')
}

function signature(query: ParsedQuery, source: string): string {
  const params = query.params.map(({ name, type }) => `$${name.text}: ${source.slice(type.start, type.end)}`)
  return `${query.name}(${params.join(', ')})`
}

/** Where the name at a position is declared: in the schema, or in this text. */
export function defineInQueries(
  source: string,
  offset: number,
  schema: SchemaView | undefined,
): Definition | undefined {
  const target = queryTargetAt(source, offset, schema)
  switch (target?.kind) {
    case 'type':
      return { document: 'schema', span: target.type.span }
    case 'property':
      return { document: 'schema', span: target.property.span }
    case 'variable':
      return { document: 'own', span: place(target.declared) }
    case 'query':
      return { document: 'own', span: target.span }
    default:
      return undefined
  }
}

function place({ start, end }: Span): Span {
  return { start, end }
}

/**
 * Every place in its query where the variable or parameter at a position is written, dollar sign included;
 * empty where there is none. Blocks that reuse one name for another variable are taken together.
 */
export function variablePlaces(source: string, offset: number): Span[] {
  const cursor = new CursorTokens(source)
  const index = cursor.touching(offset)
  if (index === undefined || cursor.kind(index) !== 'variable' || cursor.text(index) === '_') return []
  const query = queryAround(cursor, index, undefined)
  const name = cursor.text(index)
  return cursor.tokens
    .slice(query?.from ?? 0, query?.to ?? 0)
    .filter(({ kind, text }) => kind === 'variable' && text === name)
    .map(place)
}

/** The queries of a file, each with its parameters as its detail. */
export function outlineQueries(source: string): OutlineSymbol[] {
  return parseQueries(source).document.queries.map((query) => ({
    name: query.name,
    kind: query.body.kind === 'write' ? 'mutation' : 'query',
    detail: signature(query, source).slice(query.name.length),
    extent: query.span,
    span: query.nameSpan,
    children: [],
  }))
}
