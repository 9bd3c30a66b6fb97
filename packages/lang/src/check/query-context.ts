import type { SchemaLookup } from '../bind/schema-lookup.js'
import type { Variable, VariableTable } from '../bind/scope.js'
import { isNumeric, isText, sameType } from '../bind/value-types.js'
import type { Expression, ParamModel } from '../ir/query-ir.js'
import type { ValueType } from '../ir/schema-model.js'
import type { Literal } from '../syntax/literal.js'
import type { ExpressionSyntax } from '../syntax/query-ast.js'
import type { Reporter } from '../syntax/reporter.js'
import type { Span } from '../syntax/token.js'

/** What every check of one query shares. */
export interface QueryContext {
  readonly source: string
  readonly schema: SchemaLookup
  readonly reporter: Reporter
  readonly params: ReadonlyMap<string, ParamModel>
  /** Declared with a type that does not exist: using them is no further mistake. */
  readonly unresolvedParams: ReadonlySet<string>
  /** Parameters met so far; what is missing at the end is unused. */
  readonly usedParams: Set<string>
  readonly variables: VariableTable
}

/** An expression with its type. A literal keeps its syntax, because its type follows from where it stands. */
export type Typed =
  | {
      readonly kind: 'value'
      readonly expression: Expression
      readonly type: ValueType
      readonly nullable: boolean
      readonly literal?: Literal
    }
  | { readonly kind: 'entity'; readonly expression: Expression; readonly variable: Variable }

/** What the checks of a call's arguments ask of the checker the call stands in. */
export interface ArgumentChecker {
  readonly context: QueryContext
  /** An expression that is a value and no entity or Blob. Undefined after a report. */
  checkValue(syntax: ExpressionSyntax): (Typed & { kind: 'value' }) | undefined
  /** The variable a name stands for. Undefined after a report. */
  lookup(name: string, span: Span): Variable | undefined
}

/** A typed value; null only where `nullable` says so. */
export function value(expression: Expression, type: ValueType, nullable = false): Typed & { kind: 'value' } {
  return { kind: 'value', expression, type, nullable }
}

export const TYPES = {
  string: { kind: 'scalar', name: 'String' },
  bool: { kind: 'scalar', name: 'Bool' },
  i64: { kind: 'scalar', name: 'I64' },
  f64: { kind: 'scalar', name: 'F64' },
  dateTime: { kind: 'scalar', name: 'DateTime' },
  strings: { kind: 'list', of: 'String' },
} as const satisfies Record<string, ValueType>

/** Whether values of the two types may meet in a comparison or assignment: numbers mix, and so do enums and strings. */
export function compatible(a: ValueType, b: ValueType): boolean {
  if (isNumeric(a) && isNumeric(b)) return true
  if (isText(a) && isText(b)) return true
  if (a.kind === 'list' && b.kind === 'list') {
    return compatible({ kind: 'scalar', name: a.of }, { kind: 'scalar', name: b.of })
  }
  return sameType(a, b)
}

/** Number of expressions in the tree. Aliases share parts, so callers bound what they let grow. */
export function expressionSize(expression: Expression): number {
  let size = 0
  anyExpression(expression, () => {
    size++
    return false
  })
  return size
}

export function anyExpression(expression: Expression, holds: (expression: Expression) => boolean): boolean {
  if (holds(expression)) return true
  switch (expression.kind) {
    case 'aggregate':
      return anyExpression(expression.arg, holds)
    case 'arithmetic':
      return anyExpression(expression.left, holds) || anyExpression(expression.right, holds)
    case 'call':
      return expression.args.some((arg) => anyExpression(arg, holds))
    default:
      return false
  }
}
