import { parseAnnotation } from './annotation-parser.js'
import { lex } from './lexer.js'
import { acceptNumber, acceptScalarLiteral } from './literal.js'
import type { Reporter } from './reporter.js'
import type {
  AnnotationSyntax,
  Body,
  CardinalitySyntax,
  ConstraintArgument,
  ConstraintSyntax,
  Declaration,
  EdgeDeclaration,
  InterfaceDeclaration,
  NodeDeclaration,
  ParsedSchema,
  PropertySyntax,
} from './schema-ast.js'
import type { Name } from './token.js'
import { TokenCursor } from './token-cursor.js'
import { parseTypeRef } from './type-ref.js'

const CONSTRAINTS = new Set(['key', 'unique', 'index', 'range', 'check'])
const DECLARATIONS = new Set(['interface', 'node', 'edge'])

/** Reads a `.pg` text. Reports what is malformed and reads on at the next property or declaration. */
export function parseSchemaSource(source: string, reporter: Reporter): ParsedSchema {
  const cursor = new TokenCursor(source, lex(source, reporter), reporter)
  return new SchemaParser(cursor).parse()
}

class SchemaParser {
  readonly #cursor: TokenCursor

  constructor(cursor: TokenCursor) {
    this.#cursor = cursor
  }

  parse(): ParsedSchema {
    const declarations: Declaration[] = []
    while (!this.#cursor.done) {
      const read = this.#cursor.recovering(
        () => this.#declaration(),
        () => this.#atDeclaration(),
      )
      if (read) declarations.push(read)
    }
    return { declarations }
  }

  #atDeclaration(): boolean {
    const token = this.#cursor.peek()
    return token.kind === 'name' && DECLARATIONS.has(token.text) && this.#cursor.atKind('type-name', 1)
  }

  #declaration(): Declaration {
    const cursor = this.#cursor
    if (cursor.acceptWord('interface')) return this.#interface()
    if (cursor.acceptWord('node')) return this.#node()
    if (cursor.acceptWord('edge')) return this.#edge()
    return cursor.fail('a declaration: `node`, `edge` or `interface`')
  }

  #interface(): InterfaceDeclaration {
    const name = this.#cursor.expectTypeName('the name of the interface')
    return { kind: 'interface', name, ...this.#body('after the name of the interface') }
  }

  #node(): NodeDeclaration {
    const cursor = this.#cursor
    const name = cursor.expectTypeName('the name of the node type')
    const annotations = this.#annotations()
    const interfaces: Name[] = []
    if (cursor.acceptWord('implements')) {
      do interfaces.push(cursor.expectTypeName('the name of an interface'))
      while (cursor.accept(','))
      annotations.push(...this.#annotations())
    }
    return { kind: 'node', name, annotations, implements: interfaces, ...this.#body('to open the node type') }
  }

  #edge(): EdgeDeclaration {
    const cursor = this.#cursor
    const name = cursor.expectTypeName('the name of the edge type')
    cursor.expect(':', 'after the name of the edge type')
    const from = cursor.expectTypeName('the node type the edge starts at')
    cursor.expect('->', 'between the node types of the edge')
    const to = cursor.expectTypeName('the node type the edge ends at')
    const cardinalities: CardinalitySyntax[] = []
    const annotations = this.#annotations(cardinalities)
    const body: Body = cursor.at('{') ? this.#body('') : { properties: [], constraints: [] }
    return { kind: 'edge', name, from, to, cardinalities, annotations, ...body }
  }

  #body(where: string): Body {
    const cursor = this.#cursor
    const properties: PropertySyntax[] = []
    const constraints: ConstraintSyntax[] = []
    const open = cursor.expect('{', where)
    while (!cursor.at('}')) {
      if (cursor.done || this.#atDeclaration()) {
        cursor.reporter.report('syntax-error', open, 'This block is never closed.', 'Close it with }.')
        break
      }
      cursor.recovering(
        () => {
          if (cursor.at('@')) constraints.push(this.#constraint())
          else properties.push(this.#property())
        },
        () => this.#atMember(),
      )
    }
    cursor.accept('}')
    return { properties, constraints }
  }

  /** Where reading can go on inside a body. */
  #atMember(): boolean {
    const cursor = this.#cursor
    if (cursor.at('}') || this.#atDeclaration() || this.#atConstraint()) return true
    return cursor.atKind('name') && cursor.at(':', 1)
  }

  #atConstraint(): boolean {
    const cursor = this.#cursor
    return cursor.at('@') && CONSTRAINTS.has(cursor.peek(1).text) && cursor.at('(', 2)
  }

  #property(): PropertySyntax {
    const cursor = this.#cursor
    const name = cursor.expectName('a property name')
    cursor.expect(':', `after the property name \`${name.text}\``)
    const type = cursor.recovering(
      () => parseTypeRef(cursor),
      () => cursor.at('@') || this.#atMember(),
    )
    const property = { name, ...(type && { type }), annotations: this.#annotations() }
    this.#refuseSeparator()
    return property
  }

  /** Common in other languages; one clear sentence is better than a cascade. */
  #refuseSeparator(): void {
    const cursor = this.#cursor
    if (!cursor.at(',') && !cursor.at('=')) return
    const token = cursor.peek()
    const remedy =
      token.text === ','
        ? 'Remove it; properties stand below each other.'
        : 'Remove it; a property has no default value.'
    cursor.reporter.report('syntax-error', token, `\`${token.text}\` cannot follow a property.`, remedy)
    cursor.next()
    while (token.text === '=' && !cursor.done && !this.#atMember()) cursor.next()
  }

  /** `@name`, `@name(value)`, `@name(value, key=value)`, as many as follow. A constraint with arguments is none. */
  #annotations(cardinalities?: CardinalitySyntax[]): AnnotationSyntax[] {
    const found: AnnotationSyntax[] = []
    const cursor = this.#cursor
    while (cursor.at('@') && !this.#atConstraint()) {
      if (cursor.atWord('card', 1) && cursor.at('(', 2)) {
        const cardinality = this.#cardinality()
        if (cardinalities) cardinalities.push(cardinality)
        else
          cursor.reporter.report('invalid-cardinality', cardinality, '@card belongs on an edge declaration.')
      } else found.push(parseAnnotation(cursor))
    }
    return found
  }

  #cardinality(): CardinalitySyntax {
    const cursor = this.#cursor
    const { start } = cursor.next()
    cursor.next()
    cursor.next()
    const min = this.#integer('the least number of edges')
    cursor.expect('..', 'between the bounds, like @card(0..1)')
    const max = cursor.atKind('integer') ? this.#integer('') : undefined
    cursor.expect(')', 'after the bounds')
    return { min, ...(max && { max }), ...cursor.spanFrom(start) }
  }

  #integer(what: string): Name {
    const token = this.#cursor.peek()
    if (token.kind !== 'integer') return this.#cursor.fail(what)
    this.#cursor.next()
    return { text: token.text, start: token.start, end: token.end }
  }

  #constraint(): ConstraintSyntax {
    const cursor = this.#cursor
    const { start } = cursor.next()
    const name = cursor.expectName('the name of a constraint')
    if (!CONSTRAINTS.has(name.text)) {
      const place =
        name.text === 'card' ? 'Write @card behind the edge declaration, before its block.' : undefined
      cursor.reporter.report(
        'unsupported-constraint',
        name,
        `@${name.text} cannot stand alone in a block.`,
        place ??
          'Use @key, @unique, @index, @range or @check; write other annotations behind a property or type.',
      )
      this.#skipArguments()
      return { name, arguments: [], ...cursor.spanFrom(start) }
    }
    cursor.expect('(', `after @${name.text}`)
    const found: ConstraintArgument[] = []
    do found.push(this.#constraintArgument())
    while (cursor.accept(','))
    cursor.expect(')', `after the arguments of @${name.text}`)
    return { name, arguments: found, ...cursor.spanFrom(start) }
  }

  #skipArguments(): void {
    const cursor = this.#cursor
    if (!cursor.accept('(')) return
    while (!cursor.done && !cursor.at(')') && !this.#atMember()) cursor.next()
    cursor.accept(')')
  }

  #constraintArgument(): ConstraintArgument {
    const cursor = this.#cursor
    const { start } = cursor.peek()
    const min = acceptNumber(cursor)
    if (cursor.accept('..')) {
      const max = acceptNumber(cursor)
      return { kind: 'range', ...(min && { min }), ...(max && { max }), ...cursor.spanFrom(start) }
    }
    const literal = min ?? acceptScalarLiteral(cursor)
    if (literal) return { kind: 'literal', literal, ...cursor.spanFrom(start) }
    const name = cursor.expectName('a property name, a range like 0..10 or a string')
    return { kind: 'name', ...name }
  }
}
