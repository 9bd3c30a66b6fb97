import { acceptScalarLiteral, type Literal } from './literal.js'
import type { AnnotationSyntax } from './schema-ast.js'
import type { Name } from './token.js'
import type { TokenCursor } from './token-cursor.js'

/** `@name`, `@name(value)` or `@name(value, key=value, …)`; the cursor stands at the `@`. */
export function parseAnnotation(cursor: TokenCursor): AnnotationSyntax {
  const { start } = cursor.next()
  const name = cursor.expectName('the name of an annotation')
  const named: { name: Name; value: Literal }[] = []
  let value: Literal | undefined
  if (cursor.accept('(')) {
    if (!(cursor.atKind('name') && cursor.at('=', 1))) value = parseValue(cursor)
    if (value === undefined || cursor.accept(',')) {
      do {
        const key = cursor.expectName('the name of an argument')
        cursor.expect('=', 'after the name of the argument')
        named.push({ name: key, value: parseValue(cursor) })
      } while (cursor.accept(','))
    }
    cursor.expect(')', 'after the arguments of the annotation')
  }
  return { name, ...(value && { value }), arguments: named, ...cursor.spanFrom(start) }
}

/** A literal; a bare word stands for a string. */
function parseValue(cursor: TokenCursor): Literal {
  const literal = acceptScalarLiteral(cursor)
  if (literal) return literal
  const token = cursor.peek()
  if (token.kind !== 'name' && token.kind !== 'type-name') {
    return cursor.fail('a string, number, true, false or a name')
  }
  cursor.next()
  return { kind: 'string', value: token.text, start: token.start, end: token.end }
}
