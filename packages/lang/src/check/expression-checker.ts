import { nearestName } from '@groundplane/core'
import { isUnresolved, type Scope, type Variable } from '../bind/scope.js'
import { suggest } from '../bind/suggestion.js'
import { isInteger, isNumeric, isText, showType } from '../bind/value-types.js'
import type { Expression } from '../ir/query-ir.js'
import type { ValueType } from '../ir/schema-model.js'
import type { ExpressionSyntax } from '../syntax/query-ast.js'
import type { Span } from '../syntax/token.js'
import { checkFunction, FUNCTION_NAMES } from './functions.js'
import { fitLiteral, naturalLiteral } from './literals.js'
import {
  type ArgumentChecker,
  anyExpression,
  compatible,
  expressionSize,
  type QueryContext,
  TYPES,
  type Typed,
  value,
} from './query-context.js'
import { checkSearch, isSearchFunction, SEARCH_NAMES } from './search-calls.js'

const AGGREGATES = new Set(['count', 'sum', 'avg', 'min', 'max'])

/** Each alias that doubles the one before would grow without bound. */
const MAX_INLINED = 10_000

/** Where an expression stands decides what it may contain. */
export type Place = 'match' | 'return' | 'order'

/** Resolves names and types of expressions against one scope. Answers undefined after a report. */
export class ExpressionChecker implements ArgumentChecker {
  readonly context: QueryContext
  readonly #scope: Scope
  readonly #place: Place
  readonly #aliases: ReadonlyMap<string, Typed>
  #inAggregate = false
  #inlined = 0

  constructor(
    context: QueryContext,
    scope: Scope,
    place: Place,
    aliases: ReadonlyMap<string, Typed> = new Map(),
  ) {
    this.context = context
    this.#scope = scope
    this.#place = place
    this.#aliases = aliases
  }

  check(syntax: ExpressionSyntax): Typed | undefined {
    switch (syntax.kind) {
      case 'literal': {
        const fitted = naturalLiteral(syntax.literal, this.context.reporter)
        if (!fitted) return undefined
        return { ...value({ kind: 'literal', ...fitted }, fitted.type), literal: syntax.literal }
      }
      case 'variable':
        return this.#variable(syntax.name, syntax)
      case 'property':
        return this.#property(syntax)
      case 'name':
        return this.#alias(syntax)
      case 'arithmetic':
        return this.#arithmetic(syntax)
      case 'call':
        return this.#call(syntax)
    }
  }

  /** An expression that is a value and no entity or Blob. */
  checkValue(syntax: ExpressionSyntax): (Typed & { kind: 'value' }) | undefined {
    const typed = this.check(syntax)
    if (!typed || typed.kind === 'value') return typed
    const { name, kind } = typed.variable
    this.#report(
      'type-mismatch',
      syntax,
      `$${name} is a ${kind}, not a value.`,
      kind === 'path'
        ? `Use nodes($${name}) or length($${name}).`
        : `Use a property of it, like $${name}.name.`,
    )
    return undefined
  }

  #report(...args: Parameters<QueryContext['reporter']['report']>): void {
    this.context.reporter.report(...args)
  }

  /** A bare variable: a parameter first, so that a pattern variable never hides one. */
  #variable(name: string, span: Span): Typed | undefined {
    const param = this.context.params.get(name)
    if (param) {
      this.context.usedParams.add(name)
      if (param.type.kind === 'blob') {
        this.#report('blob-value', span, `The Blob parameter $${name} cannot be read by a query.`)
        return undefined
      }
      return value(
        { kind: 'param', name, type: param.type, nullable: param.nullable },
        param.type,
        param.nullable,
      )
    }
    const variable = this.lookup(name, span)
    return (
      variable && { kind: 'entity', variable, expression: { kind: 'variable', variable: variable.unique } }
    )
  }

  lookup(name: string, span: Span): Variable | undefined {
    const variable = name === '_' ? undefined : this.#scope.lookup(name)
    if (variable) return isUnresolved(variable) ? undefined : variable
    if (this.context.unresolvedParams.has(name)) return undefined
    const known = () => [...new Set([...this.#scope.names(), ...this.context.params.keys()])]
    const message =
      name === '_' ? '$_ has no value; every $_ is another variable.' : `$${name} is not bound here.`
    this.#report('unknown-variable', span, message, () => suggest(name, known(), (n) => `$${n}`))
    return undefined
  }

  #property(syntax: ExpressionSyntax & { kind: 'property' }): Typed | undefined {
    const { text } = syntax.variable
    if (this.context.params.has(text) && !this.#scope.lookup(text)) {
      this.#report('type-mismatch', syntax, `$${text} is a parameter and has no properties.`)
      return undefined
    }
    const variable = this.lookup(text, syntax.variable)
    if (!variable) return undefined
    if (variable.kind === 'path') {
      this.#report(
        'type-mismatch',
        syntax,
        `$${text} is a path and has no properties.`,
        `Use nodes($${text}) or length($${text}).`,
      )
      return undefined
    }
    const properties = this.context.schema.properties(variable.kind, variable.type)
    const property = properties.get(syntax.property.text)
    if (!property) {
      const message = `${variable.type} has no property \`${syntax.property.text}\`.`
      this.#report('unknown-property', syntax.property, message, () =>
        suggest(syntax.property.text, [...properties.keys()]),
      )
      return undefined
    }
    if (property.type.kind === 'blob') {
      this.#report('blob-value', syntax, `The Blob property \`${property.name}\` cannot be read by a query.`)
      return undefined
    }
    const nullable = property.nullable || variable.optional
    const { type, name } = property
    return value(
      { kind: 'property', variable: variable.unique, property: name, type, nullable },
      type,
      nullable,
    )
  }

  /** In `order` an alias stays a reference; in `return` it is the earlier expression again. */
  #alias(syntax: ExpressionSyntax & { kind: 'name' }): Typed | undefined {
    const found = this.#aliases.get(syntax.name)
    if (found && this.#place === 'order')
      return { ...found, expression: { kind: 'alias', name: syntax.name } }
    if (found) {
      this.#inlined += expressionSize(found.expression)
      if (this.#inlined <= MAX_INLINED) return found
      this.#report(
        'nesting-too-deep',
        syntax,
        `Aliases built on aliases expand to more than ${MAX_INLINED} parts.`,
      )
      return undefined
    }
    const variable = () =>
      this.#scope.names().includes(syntax.name) ? `Did you mean $${syntax.name}?` : undefined
    this.#report(
      'unknown-alias',
      syntax,
      `No projection before this is named \`${syntax.name}\`.`,
      () => suggest(syntax.name, [...this.#aliases.keys()]) ?? variable(),
    )
    return undefined
  }

  #arithmetic(syntax: ExpressionSyntax & { kind: 'arithmetic' }): Typed | undefined {
    const left = this.checkValue(syntax.left)
    const right = this.checkValue(syntax.right)
    if (!left || !right) return undefined
    for (const [side, operand] of [[syntax.left, left] as const, [syntax.right, right] as const]) {
      const fits = syntax.op === '%' ? isInteger(operand.type) : isNumeric(operand.type)
      if (fits) continue
      const needed = syntax.op === '%' ? 'whole numbers' : 'numbers'
      const remedy = isText(operand.type) && syntax.op === '+' ? 'Join strings with concat(a, b).' : undefined
      this.#report(
        'type-mismatch',
        side,
        `\`${syntax.op}\` needs ${needed}; this is ${showType(operand.type)}.`,
        remedy,
      )
      return undefined
    }
    const whole = syntax.op !== '/' && isInteger(left.type) && isInteger(right.type)
    const type = whole ? TYPES.i64 : TYPES.f64
    // Dividing by zero yields null.
    const nullable = left.nullable || right.nullable || syntax.op === '/' || syntax.op === '%'
    return value(
      { kind: 'arithmetic', op: syntax.op, left: left.expression, right: right.expression, type },
      type,
      nullable,
    )
  }

  #call(syntax: ExpressionSyntax & { kind: 'call' }): Typed | undefined {
    const name = syntax.func.text
    if (name === 'now') {
      if (syntax.args.length > 0)
        this.#report('invalid-arguments', syntax, 'now takes no arguments.', 'Write now().')
      return value({ kind: 'now', type: TYPES.dateTime }, TYPES.dateTime)
    }
    if (AGGREGATES.has(name)) return this.#aggregate(syntax)
    if (isSearchFunction(name)) {
      if (this.#place === 'match' && (name === 'nearest' || name === 'rrf')) {
        this.#report(
          'misplaced-search',
          syntax,
          `${name} ranks rows; it does not filter them.`,
          'Move it to order, with a limit.',
        )
        return undefined
      }
      const call = checkSearch(syntax, this)
      const type = ['search', 'match_text', 'fuzzy'].includes(name) ? TYPES.bool : TYPES.f64
      return call && value({ kind: 'search', call, type }, type)
    }
    if (FUNCTION_NAMES.includes(name)) return checkFunction(syntax, this)
    if (name === 'date' || name === 'datetime') {
      this.#report('invalid-date', syntax, `${name} takes one string in double quotes.`)
      return undefined
    }
    this.#report('unknown-function', syntax.func, `There is no function \`${name}\`.`, () => {
      const near = nearestName(name, [...AGGREGATES, ...SEARCH_NAMES, ...FUNCTION_NAMES, 'now'])
      return near && `Did you mean ${near}?`
    })
    return undefined
  }

  #aggregate(syntax: ExpressionSyntax & { kind: 'call' }): Typed | undefined {
    const func = syntax.func.text as 'count' | 'sum' | 'avg' | 'min' | 'max'
    const [first] = syntax.args
    if (this.#place === 'match' || this.#inAggregate) {
      const message = this.#inAggregate
        ? 'An aggregate cannot contain another.'
        : `${func} cannot stand in a pattern.`
      this.#report('misplaced-aggregate', syntax, message)
      return undefined
    }
    if (!first || syntax.args.length !== 1) {
      this.#report(
        'invalid-arguments',
        syntax,
        `${func} takes one argument.`,
        `Write ${func}($x) or ${func}($x.property).`,
      )
      return undefined
    }
    this.#inAggregate = true
    const arg = func === 'count' ? this.check(first) : this.checkValue(first)
    this.#inAggregate = false
    if (!arg) return undefined
    if (anyExpression(arg.expression, (e) => e.kind === 'aggregate')) {
      this.#report('misplaced-aggregate', first, 'An aggregate cannot contain another.')
      return undefined
    }
    const type = arg.kind === 'value' ? this.#aggregateType(func, arg.type, first) : TYPES.i64
    return type && value({ kind: 'aggregate', func, arg: arg.expression, type }, type, func !== 'count')
  }

  #aggregateType(func: string, of: ValueType, span: Span): ValueType | undefined {
    if (func === 'count') return TYPES.i64
    if (func === 'sum' || func === 'avg') {
      if (isNumeric(of)) return TYPES.f64
      this.#report('type-mismatch', span, `${func} needs numbers; this is ${showType(of)}.`)
      return undefined
    }
    const ordered = isNumeric(of) || isText(of) || (of.kind === 'scalar' && of.name !== 'Bool')
    if (ordered) return of
    this.#report('type-mismatch', span, `${func} needs numbers, strings or dates; this is ${showType(of)}.`)
    return undefined
  }

  /**
   * A literal, parameter or `now()` as a value for something of type `expected`, for `{ p: value }`,
   * `where` and assignments; `nullable` says whether null may stand there.
   */
  fit(
    syntax: ExpressionSyntax,
    expected: ValueType,
    use: 'nullable' | 'required' | 'match',
    what: string,
  ): Expression | undefined {
    if (syntax.kind === 'literal') {
      if (syntax.literal.kind === 'null') {
        if (use === 'nullable') return { kind: 'literal', value: null, type: expected }
        if (use === 'required') this.#report('null-for-required', syntax, `${what} cannot be null.`)
        else
          this.#report(
            'type-mismatch',
            syntax,
            'null equals nothing, so this matches nothing.',
            'Compare with a value.',
          )
        return undefined
      }
      const fitted = fitLiteral(syntax.literal, expected, this.context.reporter)
      return fitted && { kind: 'literal', ...fitted }
    }
    if (syntax.kind === 'variable') return this.#fitParam(syntax.name, syntax, expected, what)
    if (expected.kind === 'scalar' && expected.name === 'DateTime')
      return { kind: 'now', type: TYPES.dateTime }
    this.#report('type-mismatch', syntax, `${what} is ${showType(expected)}; now() is DateTime.`)
    return undefined
  }

  #fitParam(name: string, span: Span, expected: ValueType, what: string): Expression | undefined {
    const param = this.context.params.get(name)
    if (!param) {
      if (this.context.unresolvedParams.has(name)) return undefined
      const remedy = () =>
        suggest(name, [...this.context.params.keys()], (n) => `$${n}`) ??
        `Declare it: $${name}: ${showType(expected)}.`
      this.#report('unknown-variable', span, `$${name} is no parameter of this query.`, remedy)
      return undefined
    }
    this.context.usedParams.add(name)
    const blobText = expected.kind === 'blob' && param.type.kind === 'scalar' && param.type.name === 'String'
    if (!blobText && !compatible(param.type, expected)) {
      const message = `${what} is ${showType(expected)}; the parameter $${name} is ${showType(param.type)}.`
      this.#report(
        'type-mismatch',
        span,
        message,
        `Declare the parameter as $${name}: ${showType(expected)}.`,
      )
      return undefined
    }
    return { kind: 'param', name, type: param.type, nullable: param.nullable }
  }
}
