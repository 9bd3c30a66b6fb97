import type { Name, Span } from './token.js'
import type { TokenCursor } from './token-cursor.js'

/** A type as written; nothing is resolved. */
export interface TypeRef extends Span {
  readonly shape: TypeShape
  readonly nullable: boolean
}

export type TypeShape =
  | { readonly kind: 'named'; readonly name: Name }
  | { readonly kind: 'list'; readonly of: Name }
  | { readonly kind: 'enum'; readonly values: readonly Name[] }
  | { readonly kind: 'vector'; readonly dimensions: Name }

export function parseTypeRef(cursor: TokenCursor): TypeRef {
  const { start } = cursor.peek()
  const shape = parseTypeShape(cursor)
  const nullable = cursor.accept('?') !== undefined
  return { shape, nullable, ...cursor.spanFrom(start) }
}

function parseTypeShape(cursor: TokenCursor): TypeShape {
  if (cursor.accept('[')) {
    const of = cursor.expectTypeName('a type inside the list')
    cursor.expect(']', 'after the type of the list')
    return { kind: 'list', of }
  }
  if (cursor.atWord('enum') && cursor.at('(', 1)) return parseEnum(cursor)
  const name = cursor.expectTypeName('a type')
  if (name.text !== 'Vector') return { kind: 'named', name }
  cursor.expect('(', 'after Vector, like Vector(768)')
  const dimensions = cursor.peek()
  if (dimensions.kind !== 'integer') return cursor.fail('the number of dimensions')
  cursor.next()
  cursor.expect(')', 'after the number of dimensions')
  return {
    kind: 'vector',
    dimensions: { text: dimensions.text, start: dimensions.start, end: dimensions.end },
  }
}

function parseEnum(cursor: TokenCursor): TypeShape {
  cursor.next()
  cursor.next()
  const values: Name[] = []
  do values.push(parseEnumValue(cursor))
  while (cursor.accept(','))
  cursor.expect(')', 'or `,` after an enum value')
  return { kind: 'enum', values }
}

/**
 * A run of letters, digits, `_` and `-`, like `b-c` or `1x`: no token of the
 * rest of the language, so it is read from the text and the cursor moved behind it.
 */
function parseEnumValue(cursor: TokenCursor): Name {
  const { start } = cursor.peek()
  const pattern = /[A-Za-z0-9_-]+/y
  pattern.lastIndex = start
  const text = pattern.exec(cursor.source)?.[0]
  if (text === undefined || cursor.done) {
    return cursor.fail('an enum value', 'Enum values are made of letters, digits, _ and -, without quotes.')
  }
  const end = start + text.length
  cursor.seek(end)
  return { text, start, end }
}
