import { isNumeric, isText, showType } from '../bind/value-types.js'
import type { ComparisonOperator, Expression, Predicate } from '../ir/query-ir.js'
import type { ValueType } from '../ir/schema-model.js'
import type { ExpressionSyntax, PredicateSyntax } from '../syntax/query-ast.js'
import type { ExpressionChecker } from './expression-checker.js'
import { fitLiteral } from './literals.js'
import { compatible, type Typed } from './query-context.js'
import { checkSearch, isSearchFunction } from './search-calls.js'

type CompareSyntax = PredicateSyntax & { kind: 'compare' }

/** Conditions of a pattern: comparisons, search calls, and their combinations. */
export class PredicateChecker {
  readonly #expressions: ExpressionChecker

  constructor(expressions: ExpressionChecker) {
    this.#expressions = expressions
  }

  check(syntax: PredicateSyntax): Predicate | undefined {
    switch (syntax.kind) {
      case 'compare':
        return this.#compare(syntax)
      case 'call':
        return this.#search(syntax.call)
      default: {
        const parts = syntax.parts.map((part) => this.check(part)).filter((part) => part !== undefined)
        if (parts.length < syntax.parts.length) return undefined
        return syntax.kind === 'or' ? { kind: 'or', any: parts } : { kind: 'and', all: parts }
      }
    }
  }

  #report(...args: Parameters<ExpressionChecker['context']['reporter']['report']>): void {
    this.#expressions.context.reporter.report(...args)
  }

  #search(syntax: ExpressionSyntax): Predicate | undefined {
    const name = syntax.kind === 'call' ? syntax.func.text : ''
    if (syntax.kind === 'call' && (name === 'search' || name === 'match_text' || name === 'fuzzy')) {
      const call = checkSearch(syntax, this.#expressions)
      return call && { kind: 'text', call }
    }
    const typed = this.#expressions.check(syntax)
    if (!typed) return undefined
    const code = isSearchFunction(name) ? 'misplaced-search' : 'type-mismatch'
    this.#report(
      code,
      syntax,
      `${name}(…) alone is no condition.`,
      'Compare it with a value, or use search, match_text or fuzzy.',
    )
    return undefined
  }

  #compare(syntax: CompareSyntax): Predicate | undefined {
    const { op } = syntax
    const literalLeft = syntax.left.kind === 'literal'
    const literalRight = syntax.right.kind === 'literal'
    // A literal takes its type from the other side.
    if (literalLeft !== literalRight) return this.#compareLiteral(syntax, literalLeft)
    const left = this.#expressions.check(syntax.left)
    const right = this.#expressions.check(syntax.right)
    if (!left || !right) return undefined
    if (left.kind === 'entity' || right.kind === 'entity') return this.#compareEntities(syntax, left, right)
    if (!this.#fits(op, left.type, right.type, syntax)) return undefined
    return { kind: 'compare', op, left: left.expression, right: right.expression }
  }

  /** `=` and `!=` of two entities of one type compare identity. */
  #compareEntities(syntax: CompareSyntax, left: Typed, right: Typed): Predicate | undefined {
    const { op } = syntax
    const sameKind =
      left.kind === 'entity' &&
      right.kind === 'entity' &&
      left.variable.kind === right.variable.kind &&
      left.variable.type === right.variable.type &&
      left.variable.kind !== 'path'
    if (sameKind && (op === '=' || op === '!='))
      return { kind: 'compare', op, left: left.expression, right: right.expression }
    this.#report(
      'type-mismatch',
      syntax,
      `\`${op}\` cannot compare these.`,
      'Compare a property with a value, or two variables of one type with = or !=.',
    )
    return undefined
  }

  #compareLiteral(syntax: CompareSyntax, literalLeft: boolean): Predicate | undefined {
    const [literalSide, otherSide] = literalLeft ? [syntax.left, syntax.right] : [syntax.right, syntax.left]
    const other = this.#expressions.checkValue(otherSide)
    if (!other || literalSide.kind !== 'literal') return undefined
    const literal = this.#literalFor(syntax, literalSide, other, literalLeft)
    if (!literal) return undefined
    const [left, right] = literalLeft ? [literal, other.expression] : [other.expression, literal]
    return { kind: 'compare', op: syntax.op, left, right }
  }

  /** The literal as the type the other side asks for; how strict depends on the operator. */
  #literalFor(
    syntax: CompareSyntax,
    side: ExpressionSyntax & { kind: 'literal' },
    other: Typed & { kind: 'value' },
    literalLeft: boolean,
  ): Expression | undefined {
    const { reporter } = this.#expressions.context
    const equality = syntax.op === '=' || syntax.op === '!='
    const wanted =
      syntax.op === 'contains' && !literalLeft && other.type.kind === 'list'
        ? element(other.type)
        : other.type
    const lenient = wanted.kind === 'list' || wanted.kind === 'vector' || isNumeric(wanted) || isText(wanted)
    if (
      wanted !== other.type ||
      !lenient ||
      (equality && wanted.kind !== 'list' && wanted.kind !== 'vector')
    ) {
      const fitted = fitLiteral(side.literal, wanted, reporter)
      return fitted && { kind: 'literal', ...fitted }
    }
    // `age < 5000000000` and `status starts_with "x"` say something, so they need only be comparable.
    const natural = this.#expressions.checkValue(side)
    if (!natural) return undefined
    const [left, right] = literalLeft ? [natural.type, other.type] : [other.type, natural.type]
    return this.#fits(syntax.op, left, right, syntax) ? natural.expression : undefined
  }

  #fits(op: ComparisonOperator, left: ValueType, right: ValueType, syntax: CompareSyntax): boolean {
    if (op === 'contains' && left.kind === 'list') {
      if (compatible(element(left), right)) return true
      this.#report('type-mismatch', syntax.right, `${showType(left)} cannot contain ${showType(right)}.`)
      return false
    }
    if (op === 'contains' || op === 'starts_with') {
      if (isText(left) && isText(right)) return true
      const [side, type] = isText(left) ? [syntax.right, right] : [syntax.left, left]
      const needs = op === 'contains' ? 'a String (or a list on the left)' : 'a String on both sides'
      this.#report('type-mismatch', side, `\`${op}\` needs ${needs}; this is ${showType(type)}.`)
      return false
    }
    if (left.kind === 'list' || right.kind === 'list' || left.kind === 'vector' || right.kind === 'vector') {
      const remedy =
        left.kind === 'vector' || right.kind === 'vector'
          ? 'Rank vectors with nearest.'
          : 'Test membership with contains.'
      this.#report(
        'type-mismatch',
        syntax,
        `\`${op}\` does not compare ${showType(left)} and ${showType(right)}.`,
        remedy,
      )
      return false
    }
    if (compatible(left, right)) return true
    this.#report(
      'type-mismatch',
      syntax,
      `\`${op}\` cannot compare ${showType(left)} with ${showType(right)}.`,
    )
    return false
  }
}

function element(list: ValueType & { kind: 'list' }): ValueType {
  return { kind: 'scalar', name: list.of }
}
