import type { Span } from '../syntax/token.js'
import { CursorTokens } from './cursor-tokens.js'
import { type QueryScan, queryAround, type ScannedVariable } from './query-scan.js'
import type { PropertyView, SchemaView, TypeView } from './schema-view.js'

/** What a name in a query stands for. */
export type QueryTarget = { readonly span: Span } & (
  | { readonly kind: 'type'; readonly type: TypeView }
  | { readonly kind: 'property'; readonly type: TypeView; readonly property: PropertyView }
  | { readonly kind: 'variable'; readonly variable: ScannedVariable; readonly declared: Span }
  | { readonly kind: 'query'; readonly name: string }
  | { readonly kind: 'function'; readonly name: string }
)

/** The name at a position, resolved as far as the text and the schema tell. */
export function queryTargetAt(
  source: string,
  offset: number,
  schema: SchemaView | undefined,
): QueryTarget | undefined {
  const cursor = new CursorTokens(source)
  const index = cursor.touching(offset)
  const token = index === undefined ? undefined : cursor.tokens[index]
  const query = index === undefined ? undefined : queryAround(cursor, index, schema)
  if (index === undefined || !token || !query) return undefined
  const span = { start: token.start, end: token.end }
  switch (token.kind) {
    case 'type-name': {
      const type = schema?.written(token.text)
      return type && { kind: 'type', type, span }
    }
    case 'variable': {
      const variable = query.variables.get(token.text)
      const declared = variable && cursor.tokens[variable.token]
      return declared && { kind: 'variable', variable, declared, span }
    }
    case 'name':
      return nameTarget(cursor, index, query, schema, span)
    default:
      return undefined
  }
}

function nameTarget(
  cursor: CursorTokens,
  index: number,
  query: QueryScan,
  schema: SchemaView | undefined,
  span: Span,
): QueryTarget | undefined {
  const name = cursor.text(index)
  if (index === query.from + 1) return { kind: 'query', name, span }
  const property = (type: TypeView | undefined): QueryTarget | undefined => {
    const found = type?.properties.get(name)
    return type && found && { kind: 'property', type, property: found, span }
  }
  if (cursor.isSymbol(index - 1, '.')) return property(query.typeOf(cursor.text(index - 2)))
  if (cursor.isWord(index - 1, 'where')) return property(schema?.written(writtenType(cursor, index)))
  if (cursor.isSymbol(index + 1, '(')) return { kind: 'function', name, span }
  const frame = query.framesAt(index).at(-1)
  if (frame?.kind === 'assignments') return property(schema?.written(frame.owner))
  const edge = frame?.kind === 'match' ? schema?.traversedEdge(name) : undefined
  return edge && { kind: 'type', type: edge, span }
}

/** The type an `update` or `delete` names, looking back from its `where`. */
export function writtenType(cursor: CursorTokens, index: number): string {
  for (let at = index; at > 0; at--) {
    if (cursor.isWord(at, 'update', 'delete')) return cursor.text(at + 1)
  }
  return ''
}
