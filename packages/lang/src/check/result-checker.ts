import type { Scope } from '../bind/scope.js'
import type { Expression, Ordering, Projection, SearchCall } from '../ir/query-ir.js'
import type { ProjectionSyntax, ReadBody } from '../syntax/query-ast.js'
import { ExpressionChecker } from './expression-checker.js'
import { anyExpression, type QueryContext, type Typed } from './query-context.js'

export interface CheckedResult {
  readonly projections: readonly Projection[]
  readonly aggregated: boolean
  readonly order: readonly Ordering[]
}

/** Checks `return` and `order`, and what they must agree on with each other and with `limit`. */
export function checkResult(body: ReadBody, scope: Scope, context: QueryContext): CheckedResult {
  const aliases = new Map<string, Typed>()
  const projections = checkProjections(body.projections, scope, context, aliases)
  const aggregated = projections.some((projection) => aggregates(projection.expression))
  const order = checkOrder(
    body,
    { projections, grouped: aggregated || body.distinct },
    new ExpressionChecker(context, scope, 'order', aliases),
  )
  return { projections, aggregated, order }
}

function checkProjections(
  written: readonly ProjectionSyntax[],
  scope: Scope,
  context: QueryContext,
  aliases: Map<string, Typed>,
): Projection[] {
  const checker = new ExpressionChecker(context, scope, 'return', aliases)
  const names = new Set<string>()
  const projections: Projection[] = []
  for (const syntax of written) {
    const name = syntax.alias?.text ?? columnName(syntax, context)
    if (names.has(name))
      context.reporter.report(
        'duplicate-column',
        syntax.alias ?? syntax,
        `Two columns are named \`${name}\`.`,
      )
    names.add(name)
    const typed = checker.check(syntax.expression)
    if (!typed) continue
    refuseHalfAggregated(typed.expression, syntax, context)
    projections.push({ expression: typed.expression, name })
    if (syntax.alias) aliases.set(name, typed)
  }
  return projections
}

/** The text as written, with white space made even. */
function columnName(syntax: ProjectionSyntax, context: QueryContext): string {
  const { expression } = syntax
  if (expression.kind === 'variable') return expression.name
  if (expression.kind === 'property') return `${expression.variable.text}.${expression.property.text}`
  return context.source.slice(syntax.start, syntax.end).replace(/\s+/g, ' ')
}

function aggregates(expression: Expression): boolean {
  return anyExpression(expression, (e) => e.kind === 'aggregate')
}

/** `count($x) + $p.age` has no one value of age per group. */
function refuseHalfAggregated(expression: Expression, syntax: ProjectionSyntax, context: QueryContext): void {
  if (expression.kind === 'aggregate' || !aggregates(expression)) return
  if (!bareInGroup(expression)) return
  context.reporter.report(
    'misplaced-aggregate',
    syntax,
    'This mixes an aggregate with a value of a single row.',
    'Return the value as a projection of its own, or aggregate it too.',
  )
}

function bareInGroup(expression: Expression): boolean {
  switch (expression.kind) {
    case 'aggregate':
      return false
    case 'arithmetic':
      return bareInGroup(expression.left) || bareInGroup(expression.right)
    case 'call':
      return expression.args.some(bareInGroup)
    case 'property':
    case 'variable':
    case 'search':
      return true
    default:
      return false
  }
}

interface ResultShape {
  readonly projections: readonly Projection[]
  /** Aggregated or distinct: rows of the result are no longer rows of the pattern. */
  readonly grouped: boolean
}

function checkOrder(body: ReadBody, shape: ResultShape, checker: ExpressionChecker): Ordering[] {
  const { reporter } = checker.context
  const order: Ordering[] = []
  const columns = new Columns(shape.projections)
  for (const { expression: syntax, descending } of body.order) {
    const typed = checker.check(syntax)
    if (!typed) continue
    const { expression } = typed
    if (typed.kind === 'value' && (typed.type.kind === 'list' || typed.type.kind === 'vector')) {
      reporter.report(
        'type-mismatch',
        syntax,
        'Rows cannot be ordered by a list or vector.',
        'Order by a single value.',
      )
      continue
    }
    if (ranksByDistance(expression, columns) && !body.limit) {
      reporter.report('limit-required', syntax, 'A ranking by nearest or rrf needs a limit.')
    }
    const settled = shape.grouped ? groupedOrder(expression, columns) : expression
    if (settled) order.push({ expression: settled, descending })
    else reporter.report('ungrouped-order', syntax, 'This value is not part of the grouped result.')
  }
  return order
}

/** Projections by name and by what they compute; built when first asked. */
class Columns {
  readonly #projections: readonly Projection[]
  #byName: ReadonlyMap<string, Projection> | undefined
  #byContent: ReadonlyMap<string, Projection> | undefined

  constructor(projections: readonly Projection[]) {
    this.#projections = projections
  }

  named(name: string): Projection | undefined {
    this.#byName ??= new Map(this.#projections.map((p) => [p.name, p]))
    return this.#byName.get(name)
  }

  equalTo(expression: Expression): Projection | undefined {
    this.#byContent ??= new Map(this.#projections.map((p) => [fingerprint(p.expression), p]))
    return this.#byContent.get(fingerprint(expression))
  }

  get aggregated(): boolean {
    return this.#projections.some((projection) => aggregates(projection.expression))
  }
}

/** In a grouped result, an order is by a projection, or by an aggregate of its own. */
function groupedOrder(expression: Expression, columns: Columns): Expression | undefined {
  if (expression.kind === 'alias') return expression
  const same = columns.equalTo(expression)
  if (same) return { kind: 'alias', name: same.name }
  return aggregates(expression) && !bareInGroup(expression) && columns.aggregated ? expression : undefined
}

function fingerprint(expression: Expression): string {
  return JSON.stringify(expression, (_, v) => (typeof v === 'bigint' ? `${v}n` : v))
}

function ranksByDistance(expression: Expression, columns: Columns): boolean {
  const needsLimit = (call: SearchCall) => call.func === 'nearest' || call.func === 'rrf'
  return anyExpression(expression, (e) => {
    if (e.kind === 'search') return needsLimit(e.call)
    const named = e.kind === 'alias' ? columns.named(e.name)?.expression : undefined
    return named?.kind === 'search' && needsLimit(named.call)
  })
}
