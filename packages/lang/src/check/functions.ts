import { isInteger, isText, showType } from '../bind/value-types.js'
import type { Expression } from '../ir/query-ir.js'
import type { ValueType } from '../ir/schema-model.js'
import type { ExpressionSyntax } from '../syntax/query-ast.js'
import { type ArgumentChecker, compatible, TYPES, type Typed, value } from './query-context.js'

type Value = Typed & { kind: 'value' }
type FunctionName = (Expression & { kind: 'call' })['func']

interface FunctionRule {
  readonly arity: readonly [number, number]
  readonly usage: string
  /** The type of the result, or what is wrong with which argument. */
  readonly result: (args: readonly Value[]) => ValueType | { at: number; needs: string }
}

const text = (type: ValueType) => (args: readonly Value[]) => {
  const at = args.findIndex((arg) => !isText(arg.type))
  return at < 0 ? type : { at, needs: 'a string' }
}

const RULES: Readonly<Record<Exclude<FunctionName, 'nodes'>, FunctionRule>> = {
  lower: { arity: [1, 1], usage: 'lower(text)', result: text(TYPES.string) },
  upper: { arity: [1, 1], usage: 'upper(text)', result: text(TYPES.string) },
  trim: { arity: [1, 1], usage: 'trim(text)', result: text(TYPES.string) },
  length: {
    arity: [1, 1],
    usage: 'length(text), length(list) or length($path)',
    result: ([arg]) => {
      const counts = arg && (isText(arg.type) || arg.type.kind === 'list')
      return counts ? TYPES.i64 : { at: 0, needs: 'a string or a list' }
    },
  },
  concat: {
    arity: [2, 16],
    usage: 'concat(a, b, …)',
    result: (args) => {
      const at = args.findIndex((arg) => arg.type.kind !== 'scalar' && arg.type.kind !== 'enum')
      return at < 0 ? TYPES.string : { at, needs: 'a single value' }
    },
  },
  substring: {
    arity: [2, 3],
    usage: 'substring(text, start, length), start counted from 0',
    result: (args) => {
      if (args[0] && !isText(args[0].type)) return { at: 0, needs: 'a string' }
      const at = args.findIndex((arg, i) => i > 0 && !isInteger(arg.type))
      return at < 0 ? TYPES.string : { at, needs: 'a whole number' }
    },
  },
  coalesce: {
    arity: [2, 16],
    usage: 'coalesce(a, b, …)',
    result: (args) => {
      const [first] = args
      if (!first) return TYPES.string
      const at = args.findIndex((arg) => !compatible(arg.type, first.type))
      if (at >= 0) return { at, needs: showType(first.type) }
      return first.type.kind === 'enum' ? TYPES.string : first.type
    },
  },
}

export const FUNCTION_NAMES: readonly string[] = [...Object.keys(RULES), 'nodes']

/** Calls of the functions that compute one value from others; null in, null out, except for coalesce. */
export function checkFunction(
  syntax: ExpressionSyntax & { kind: 'call' },
  checker: ArgumentChecker,
): Typed | undefined {
  const name = syntax.func.text
  const ofPath = checkPathFunction(syntax, checker)
  if (ofPath !== 'no path') return ofPath
  const rule = RULES[name as keyof typeof RULES]
  const [least, most] = rule.arity
  if (syntax.args.length < least || syntax.args.length > most) {
    checker.context.reporter.report(
      'invalid-arguments',
      syntax,
      `${name} does not take ${syntax.args.length} arguments.`,
      `Write ${rule.usage}.`,
    )
    return undefined
  }
  const args: Value[] = []
  for (const arg of syntax.args) {
    const typed = checker.checkValue(arg)
    if (typed) args.push(typed)
  }
  if (args.length < syntax.args.length) return undefined
  const result = rule.result(args)
  if ('at' in result) {
    const culprit = args[result.at]
    const found = culprit ? showType(culprit.type) : 'nothing'
    checker.context.reporter.report(
      'type-mismatch',
      syntax.args[result.at] ?? syntax,
      `${name} needs ${result.needs} here; this is ${found}.`,
      `Write ${rule.usage}.`,
    )
    return undefined
  }
  const nullable = name === 'coalesce' ? args.every((arg) => arg.nullable) : args.some((arg) => arg.nullable)
  const func = name as FunctionName
  return value(
    { kind: 'call', func, args: args.map((arg) => arg.expression), type: result },
    result,
    nullable,
  )
}

/** `nodes($p)` is the ids along a path, first to last; `length($p)` its hops. */
function checkPathFunction(
  syntax: ExpressionSyntax & { kind: 'call' },
  checker: ArgumentChecker,
): Typed | undefined | 'no path' {
  const name = syntax.func.text
  const [first] = syntax.args
  if (
    name !== 'nodes' &&
    !(name === 'length' && first?.kind === 'variable' && !checker.context.params.has(first.name))
  )
    return 'no path'
  const path =
    first?.kind === 'variable' && syntax.args.length === 1 ? checker.lookup(first.name, first) : undefined
  if (path?.kind === 'path') {
    const type = name === 'nodes' ? TYPES.strings : TYPES.i64
    const args: Expression[] = [{ kind: 'variable', variable: path.unique }]
    return value({ kind: 'call', func: name as FunctionName, args, type }, type, path.optional)
  }
  if (path || first?.kind !== 'variable' || syntax.args.length !== 1) {
    const remedy = 'Bind a path with $p = $a edge{1,4} $b and write nodes($p) or length($p).'
    checker.context.reporter.report('invalid-arguments', syntax, `${name} needs a path here.`, remedy)
  }
  return undefined
}
