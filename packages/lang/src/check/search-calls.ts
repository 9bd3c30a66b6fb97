import { isInteger, showType } from '../bind/value-types.js'
import type { Expression, SearchCall } from '../ir/query-ir.js'
import type { ExpressionSyntax } from '../syntax/query-ast.js'
import { fitLiteral } from './literals.js'
import type { ArgumentChecker, Typed } from './query-context.js'

type CallSyntax = ExpressionSyntax & { kind: 'call' }

const USAGE: Readonly<
  Record<SearchCall['func'], { readonly arity: readonly [number, number]; readonly form: string }>
> = {
  search: { arity: [2, 2], form: 'search($x.text, $query)' },
  match_text: { arity: [2, 2], form: 'match_text($x.text, $query)' },
  fuzzy: { arity: [2, 3], form: 'fuzzy($x.text, $query, 2)' },
  bm25: { arity: [2, 2], form: 'bm25($x.text, $query)' },
  nearest: { arity: [2, 2], form: 'nearest($x.vector, $vector) or nearest($x.vector, "text")' },
  rrf: { arity: [2, 3], form: 'rrf(nearest($x.vector, $vector), bm25($x.text, $query), 60)' },
}

export const SEARCH_NAMES: readonly string[] = Object.keys(USAGE)

export function isSearchFunction(name: string): name is SearchCall['func'] {
  return Object.hasOwn(USAGE, name)
}

/** A call of a search function, or undefined after a report. */
export function checkSearch(syntax: CallSyntax, checker: ArgumentChecker): SearchCall | undefined {
  const func = syntax.func.text as SearchCall['func']
  const { arity, form } = USAGE[func]
  if (syntax.args.length < arity[0] || syntax.args.length > arity[1]) {
    checker.context.reporter.report(
      'invalid-arguments',
      syntax,
      `${func} does not take ${syntax.args.length} arguments.`,
      `Write ${form}.`,
    )
    return undefined
  }
  return func === 'rrf' ? checkFusion(syntax, checker) : checkFieldSearch(func, syntax, checker)
}

/** rrf(rank, rank [, k]): each rank is nearest or bm25. */
function checkFusion(syntax: CallSyntax, checker: ArgumentChecker): SearchCall | undefined {
  const args: (Expression | SearchCall)[] = []
  for (const rank of syntax.args.slice(0, 2)) {
    if (rank.kind !== 'call' || (rank.func.text !== 'nearest' && rank.func.text !== 'bm25')) {
      checker.context.reporter.report(
        'invalid-arguments',
        rank,
        'rrf fuses rankings by nearest or bm25.',
        `Write ${USAGE.rrf.form}.`,
      )
      continue
    }
    const call = checkSearch(rank, checker)
    if (call) args.push(call)
  }
  const k = syntax.args[2]
  const constant = k && checkCount(k, 1, 'The constant of rrf', checker)
  if (constant) args.push(constant)
  return args.length === syntax.args.length ? { func: 'rrf', args } : undefined
}

function checkFieldSearch(
  func: SearchCall['func'],
  syntax: CallSyntax,
  checker: ArgumentChecker,
): SearchCall | undefined {
  const [field, query, edits] = syntax.args as [ExpressionSyntax, ExpressionSyntax, ExpressionSyntax?]
  const target = checkField(func, field, checker)
  const wanted =
    func === 'nearest' ? checkNearestQuery(query, target, checker) : checkTextQuery(func, query, checker)
  const extra = edits && checkCount(edits, 0, 'The number of edits', checker)
  if (!target || !wanted || (edits && !extra)) return undefined
  return { func, args: [target.expression, wanted, ...(extra ? [extra] : [])] }
}

/** Search runs on a property of a node: a String, or for nearest a vector. */
function checkField(
  func: string,
  field: ExpressionSyntax,
  checker: ArgumentChecker,
): (Typed & { kind: 'value' }) | undefined {
  const { reporter } = checker.context
  if (field.kind !== 'property') {
    reporter.report(
      'invalid-arguments',
      field,
      `${func} searches a property.`,
      `Write ${func}($x.property, …).`,
    )
    return undefined
  }
  const typed = checker.checkValue(field)
  if (!typed) return undefined
  if (checker.lookup(field.variable.text, field)?.kind === 'edge') {
    reporter.report(
      'misplaced-search',
      field,
      `${func} cannot search a property of an edge.`,
      'Compare it with a filter instead.',
    )
    return undefined
  }
  const fits =
    func === 'nearest'
      ? typed.type.kind === 'vector'
      : typed.type.kind === 'scalar' && typed.type.name === 'String'
  if (fits) return typed
  reporter.report(
    'type-mismatch',
    field,
    `${func} needs a ${func === 'nearest' ? 'Vector' : 'String'} property; this is ${showType(typed.type)}.`,
  )
  return undefined
}

function checkTextQuery(
  func: string,
  query: ExpressionSyntax,
  checker: ArgumentChecker,
): Expression | undefined {
  const typed = checker.checkValue(query)
  if (!typed) return undefined
  if (typed.type.kind === 'scalar' && typed.type.name === 'String') return typed.expression
  checker.context.reporter.report(
    'type-mismatch',
    query,
    `${func} looks for a String; this is ${showType(typed.type)}.`,
  )
  return undefined
}

function checkNearestQuery(
  query: ExpressionSyntax,
  target: (Typed & { kind: 'value' }) | undefined,
  checker: ArgumentChecker,
): Expression | undefined {
  if (target && query.kind === 'literal' && query.literal.kind === 'list') {
    const fitted = fitLiteral(query.literal, target.type, checker.context.reporter)
    return fitted && { kind: 'literal', ...fitted }
  }
  const typed = checker.checkValue(query)
  if (!typed || !target) return undefined
  if (typed.type.kind === 'scalar' && typed.type.name === 'String') return typed.expression
  if (typed.type.kind === 'vector' && showType(typed.type) === showType(target.type)) return typed.expression
  checker.context.reporter.report(
    'type-mismatch',
    query,
    `nearest needs ${showType(target.type)} or a String here; this is ${showType(typed.type)}.`,
  )
  return undefined
}

function checkCount(
  syntax: ExpressionSyntax,
  least: number,
  what: string,
  checker: ArgumentChecker,
): Expression | undefined {
  const typed = checker.checkValue(syntax)
  if (!typed) return undefined
  if (!isInteger(typed.type)) {
    checker.context.reporter.report(
      'type-mismatch',
      syntax,
      `${what} is a whole number; this is ${showType(typed.type)}.`,
    )
    return undefined
  }
  if (typed.literal?.kind === 'integer' && typed.literal.value < least) {
    checker.context.reporter.report(
      'literal-out-of-range',
      syntax,
      `${what} is at least ${least}.`,
      `Use ${least} or more.`,
    )
    return undefined
  }
  return typed.expression
}
