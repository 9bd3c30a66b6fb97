import type { ComparisonOperator } from '../ir/query-ir.js'
import { acceptNumber, acceptScalarLiteral, type Literal, MAX_NESTING } from './literal.js'
import type { ExpressionSyntax } from './query-ast.js'
import { SyntaxFailure, type TokenCursor } from './token-cursor.js'

const OPERATORS = new Set<string>(['=', '!=', '<', '<=', '>', '>='])
const WORD_OPERATORS = new Set<string>(['contains', 'starts_with'])
/** Operators of one expression: a + b + c nests to the left, once per operator. */
const MAX_OPERATORS = 256

type ArithmeticOperator = '+' | '-' | '*' | '/' | '%'

/** Counts how deep a parser is, so that hostile nesting ends in a message and not in a full stack. */
export class Nesting {
  #depth = 0

  within<T>(cursor: TokenCursor, read: () => T): T {
    if (this.#depth >= MAX_NESTING) {
      cursor.reporter.report(
        'nesting-too-deep',
        cursor.peek(),
        `This is nested more than ${MAX_NESTING} levels deep.`,
      )
      throw new SyntaxFailure()
    }
    this.#depth++
    try {
      return read()
    } finally {
      this.#depth--
    }
  }
}

export class ExpressionParser {
  readonly #cursor: TokenCursor
  readonly #nesting: Nesting
  #operators = 0

  constructor(cursor: TokenCursor, nesting: Nesting) {
    this.#cursor = cursor
    this.#nesting = nesting
  }

  acceptComparison(): ComparisonOperator | undefined {
    const token = this.#cursor.peek()
    const known =
      (token.kind === 'symbol' && OPERATORS.has(token.text)) ||
      (token.kind === 'name' && WORD_OPERATORS.has(token.text))
    if (!known) return undefined
    this.#cursor.next()
    return token.text as ComparisonOperator
  }

  /** Sums of products; both associate to the left. */
  parse(): ExpressionSyntax {
    this.#operators = 0
    return this.#sum()
  }

  #sum(): ExpressionSyntax {
    return this.#chain(['+', '-'], () => this.#chain(['*', '/', '%'], () => this.#unary()))
  }

  #chain(operators: readonly ArithmeticOperator[], operand: () => ExpressionSyntax): ExpressionSyntax {
    const cursor = this.#cursor
    let left = operand()
    for (;;) {
      const op = operators.find((candidate) => cursor.at(candidate))
      if (!op) return left
      if (++this.#operators > MAX_OPERATORS) {
        cursor.reporter.report(
          'nesting-too-deep',
          cursor.peek(),
          `This expression has more than ${MAX_OPERATORS} operators.`,
        )
        throw new SyntaxFailure()
      }
      cursor.next()
      const right = operand()
      left = { kind: 'arithmetic', op, left, right, start: left.start, end: right.end }
    }
  }

  #unary(): ExpressionSyntax {
    const cursor = this.#cursor
    const number = acceptNumber(cursor)
    if (number) return { kind: 'literal', literal: number, start: number.start, end: number.end }
    const minus = cursor.accept('-')
    if (!minus) return this.#primary()
    const right = this.#nesting.within(cursor, () => this.#unary())
    const zero: Literal = { kind: 'integer', value: 0, start: minus.start, end: minus.end }
    const left: ExpressionSyntax = { kind: 'literal', literal: zero, start: minus.start, end: minus.end }
    return { kind: 'arithmetic', op: '-', left, right, start: minus.start, end: right.end }
  }

  #primary(): ExpressionSyntax {
    const cursor = this.#cursor
    const literal = this.acceptLiteral()
    if (literal) return { kind: 'literal', literal, start: literal.start, end: literal.end }
    if (cursor.atKind('variable')) return this.#variable()
    const { start } = cursor.peek()
    if (cursor.accept('(')) {
      const inner = this.#nesting.within(cursor, () => this.#sum())
      cursor.expect(')', 'to close the parenthesis')
      return { ...inner, ...cursor.spanFrom(start) }
    }
    const name = cursor.expectName('a value: a variable, property, literal or call')
    if (!cursor.at('(')) return { kind: 'name', name: name.text, start: name.start, end: name.end }
    return { kind: 'call', func: name, args: this.#arguments(), ...cursor.spanFrom(start) }
  }

  #variable(): ExpressionSyntax {
    const cursor = this.#cursor
    const variable = cursor.expectVariable('a variable')
    if (!cursor.accept('.'))
      return { kind: 'variable', name: variable.text, start: variable.start, end: variable.end }
    const property = cursor.expectName(`a property of $${variable.text}`)
    return { kind: 'property', variable, property, start: variable.start, end: property.end }
  }

  #arguments(): ExpressionSyntax[] {
    const cursor = this.#cursor
    cursor.next()
    const args: ExpressionSyntax[] = []
    if (cursor.accept(')')) return args
    do args.push(this.#nesting.within(cursor, () => this.#sum()))
    while (cursor.accept(','))
    cursor.expect(')', 'or `,` after an argument')
    return args
  }

  /** What a property can be matched with or set to: a literal, `$param`, `now()` or `null`. */
  value(): ExpressionSyntax {
    const cursor = this.#cursor
    const token = cursor.peek()
    if (token.kind === 'name' && token.text === 'null') {
      cursor.next()
      const literal: Literal = { kind: 'null', start: token.start, end: token.end }
      return { kind: 'literal', literal, start: token.start, end: token.end }
    }
    const literal = this.acceptLiteral()
    if (literal) return { kind: 'literal', literal, start: literal.start, end: literal.end }
    if (token.kind === 'variable' && !cursor.at('.', 1)) return this.#variable()
    if (cursor.atWord('now') && cursor.at('(', 1)) return this.#primary()
    return cursor.fail('a literal, a parameter or now()')
  }

  acceptLiteral(): Literal | undefined {
    const cursor = this.#cursor
    if (cursor.at('[')) return this.#nesting.within(cursor, () => this.#list())
    return this.#acceptDate() ?? acceptScalarLiteral(cursor)
  }

  #list(): Literal {
    const cursor = this.#cursor
    const { start } = cursor.next()
    const items: Literal[] = []
    if (!cursor.at(']')) {
      do
        items.push(
          this.acceptLiteral() ??
            cursor.fail('a literal', 'A list holds literals; pass a list as a parameter.'),
        )
      while (cursor.accept(','))
    }
    cursor.expect(']', 'or `,` after an item of the list')
    return { kind: 'list', items, ...cursor.spanFrom(start) }
  }

  #acceptDate(): Literal | undefined {
    const cursor = this.#cursor
    const token = cursor.peek()
    const kind =
      token.kind === 'name' && (token.text === 'date' || token.text === 'datetime') ? token.text : undefined
    if (!kind || !cursor.at('(', 1) || !cursor.atKind('string', 2)) return undefined
    cursor.next()
    cursor.next()
    const value = cursor.next().text
    cursor.expect(')', `after the text of ${kind}`)
    return { kind, value, ...cursor.spanFrom(token.start) }
  }
}
