import type { Context } from './context.js'
import { Derivation, strongest, type Transform } from './derivation.js'
import { decide, isColumn, partsOf, resolveColumn, resolvePath } from './reference.js'
import { Scope } from './scope.js'
import type { ColumnBody, Identifier, SqlNode, WindowSpecBody } from './sql-ast.js'
import { isIdentifier, isObject, kindOf } from './sql-ast.js'
import type { IndirectUsage } from './trace.js'

const AGGREGATE_KINDS: ReadonlySet<string> = new Set(
  `count sum avg group_concat string_agg list_agg array_agg count_if sum_if stddev stddev_pop stddev_samp variance
   var_pop var_samp median mode any_value approx_distinct approx_count_distinct approx_percentile percentile
   percentile_cont percentile_disc logical_and logical_or skewness array_concat_agg array_unique_agg bool_xor_agg
   json_array_agg json_object_agg bitwise_and_agg bitwise_or_agg bitwise_xor_agg arg_max arg_min approx_top_k
   approx_quantiles aggregate_function parameterized_agg anonymous_agg_func combined_agg_func object_agg hash_agg
   within_group max min`.split(/\s+/),
)

const AGGREGATE_FUNCTIONS: ReadonlySet<string> = new Set(
  `total json_group_array json_group_object jsonb_group_array jsonb_group_object array_agg json_agg jsonb_agg
   json_object_agg jsonb_object_agg bool_and bool_or every bit_and bit_or bit_xor corr covar_pop covar_samp regr_slope
   regr_intercept regr_r2 string_agg listagg countif count_if sum avg approx_count_distinct hll median mode arg_max
   arg_min max_by min_by list histogram product quantile quantile_cont quantile_disc first last any_value logical_and
   logical_or array_concat_agg geomean kurtosis skewness entropy mad sumkahan fsum favg object_agg boolor_agg booland_agg
   stddev stddev_pop stddev_samp variance var_pop var_samp approx_quantiles approx_top_count percentile_cont
   percentile_disc group_concat count`.split(/\s+/),
)

const QUERY_KINDS: ReadonlySet<string> = new Set(['select', 'union', 'intersect', 'except', 'values'])

/** Kind of a node that stands for a value already traced. */
export const RESOLVED = 'groundplane_resolved'

/** The sources of an expression's value. Filters of nested queries go to the trace as indirect. */
export function derive(node: SqlNode, context: Context): Derivation {
  const into = new Derivation()
  visitNode(node, 'identity', into, context)
  return into
}

/** An expression that only steers: every column in it becomes an indirect source. */
export function steer(node: SqlNode | null | undefined, usage: IndirectUsage, context: Context): void {
  if (node) context.trace.influence(derive(node, { ...context, aliases: true }), usage)
}

function visit(value: unknown, transform: Transform, into: Derivation, context: Context): void {
  if (value === null || typeof value !== 'object') return
  if (Array.isArray(value)) {
    for (const item of value) visit(item, transform, into, context)
    return
  }
  const node = value as SqlNode
  if (kindOf(node) !== '') visitNode(node, transform, into, context)
  else for (const part of Object.values(node)) visit(part, transform, into, context)
}

function visitNode(node: SqlNode, transform: Transform, into: Derivation, context: Context): void {
  const { work } = context.trace
  work.enter()
  visitKind(node, transform, into, context)
  work.leave()
}

function visitKind(node: SqlNode, transform: Transform, into: Derivation, context: Context): void {
  const kind = kindOf(node)
  const body = node[kind]
  const special = SPECIAL[kind]
  if (special && body !== null && typeof body === 'object') {
    special(body as SqlNode, transform, into, context)
  } else if (QUERY_KINDS.has(kind) && isObject(body)) {
    visitQuery(node, transform, into, context)
  } else if (AGGREGATE_KINDS.has(kind) && isObject(body)) {
    visit(body, 'aggregate', into, context)
  } else {
    visit(body, strongest(transform, 'derived'), into, context)
  }
}

type Visitor = (body: SqlNode, transform: Transform, into: Derivation, context: Context) => void

const SPECIAL: Readonly<Record<string, Visitor | undefined>> = {
  column: (body, transform, into, context) => {
    if (!isIdentifier(body.name)) return visit(body, transform, into, context)
    const column = body as unknown as ColumnBody
    absorb(
      column.table ? resolvePath([column.table, column.name], context) : resolveColumn(column, context),
      transform,
      into,
      context,
    )
  },
  alias: (body, transform, into, context) => visit(body.this, transform, into, context),
  paren: (body, transform, into, context) => visit(body.this, transform, into, context),
  subquery: (body, transform, into, context) => visitQuery({ subquery: body }, transform, into, context),
  exists: (body, _transform, _into, context) => {
    // Only whether there is a row matters: the nested query's filters are recorded, its columns are not.
    context.query(body.this as SqlNode, context.ctes, context.scope)
  },
  in: (body, transform, into, context) => {
    const inner = strongest(transform, 'derived')
    visit(body.this, inner, into, context)
    const list = (body.expressions ?? []) as SqlNode[]
    const table = body.is_field === true ? tableOfMembership(list, context) : undefined
    if (table) visitQuery(table, inner, into, context)
    else visit(list, inner, into, context)
    if (isObject(body.query)) visitQuery(body.query, inner, into, context)
    visit(body.unnest, inner, into, context)
  },
  function: (body, transform, into, context) => {
    const args = (body.args ?? []) as SqlNode[]
    const aggregate = AGGREGATE_FUNCTIONS.has(String(body.name).toLowerCase())
    visit(args, aggregate ? 'aggregate' : strongest(transform, 'derived'), into, context)
  },
  window_function: (body, transform, into, context) => {
    const inner = strongest(transform, 'derived')
    visit(body.this, inner, into, context)
    if (isObject(body.over)) visitWindow(body.over as unknown as WindowSpecBody, into, context, new Set())
    for (const [key, part] of Object.entries(body)) {
      if (key !== 'this' && key !== 'over') visit(part, inner, into, context)
    }
  },
  dot: (body, transform, into, context) => visitDot(body, transform, into, context),
  method_call: (body, transform, into, context) => {
    // `schema.f(x)` and DuckDB's `x.f()` look the same: what is no column is a schema.
    const inner = body.this as SqlNode
    const parts = context.trace.rules.methodCalls ? partsOf(inner) : []
    if (!parts || (parts.length > 0 && isColumn(parts, context)))
      visitNode(inner, strongest(transform, 'derived'), into, context)
    visit(body.args, strongest(transform, 'derived'), into, context)
  },
  comprehension: (body, _transform, into, context) => {
    visit(body.iterator, 'derived', into, context)
    const scope = new Scope(context.scope.rules, context.scope)
    const variable = partsOf(body.expression as SqlNode)?.[0]
    if (variable) scope.visible = [{ name: context.scope.rules.fold(variable), derivation: new Derivation() }]
    visit([body.this, body.condition], 'derived', into, { ...context, scope })
  },
  parameter: (body, transform, into, context) => {
    const { index, style } = body as { index?: number; style?: string }
    if (!context.trace.rules.positionalColumns || style !== 'Dollar' || typeof index !== 'number') return
    const { visible, open } = context.scope
    const column = open.length === 0 ? visible[index - 1] : undefined
    const name: Identifier = { name: `$${index}` }
    into.absorb(
      column ? column.derivation : decide({ missing: 'unknown_column', candidates: [] }, [name], context),
      transform,
    )
  },
  connect_by_root: (body, transform, into, context) => {
    // The parser keeps a bare name as `var`.
    const { this: name } = ((body.this as SqlNode | undefined)?.var ?? {}) as { this?: string }
    if (typeof name !== 'string') return visit(body.this, transform, into, context)
    into.absorb(resolveColumn({ name: { name } }, context), transform)
  },
  [RESOLVED]: (body, transform, into) =>
    into.absorb((body as unknown as { derivation: Derivation }).derivation, transform),
  lambda: (body, transform, into, context) => {
    const scope = new Scope(context.scope.rules, context.scope)
    scope.visible = ((body.parameters ?? []) as Identifier[]).map((p) => ({
      name: context.scope.rules.fold(p),
      derivation: new Derivation(),
    }))
    visit(body.body, strongest(transform, 'derived'), into, { ...context, scope })
  },
  table: () => undefined,
  star: (body, transform, into, context) => {
    // `count(t.*)`: a row as a value.
    const alias = isIdentifier(body.table) ? context.trace.rules.fold(body.table) : undefined
    const relation = alias === undefined ? undefined : context.scope.relationNamed(alias)
    const columns = relation ? relation.columns : context.scope.visible
    for (const column of columns) into.absorb(column.derivation, strongest(transform, 'derived'))
  },
}

function visitQuery(node: SqlNode, transform: Transform, into: Derivation, context: Context): void {
  const relation = context.query(node, context.ctes, context.scope)
  for (const column of relation.columns) into.absorb(column.derivation, transform)
  if (relation.open.length > 0) into.complete = false
}

function visitWindow(spec: WindowSpecBody, into: Derivation, context: Context, seen: Set<string>): void {
  visit(spec.partition_by, 'derived', into, context)
  visit(spec.order_by, 'derived', into, context)
  const name = spec.window_name?.name.toLowerCase()
  if (name === undefined || seen.has(name)) return
  const named = context.scope.window(name)
  if (named) visitWindow(named, into, context, seen.add(name))
}

/** A dotted name, or a field of some other value. */
function visitDot(body: SqlNode, transform: Transform, into: Derivation, context: Context): void {
  const parts = partsOf({ dot: body })
  if (parts) {
    absorb(resolvePath(parts, context), transform, into, context)
    return
  }
  const inner = body.this as SqlNode
  const composite = kindOf(inner) === 'paren' ? partsOf((inner.paren as { this: SqlNode }).this) : undefined
  if (composite && isIdentifier(body.field)) {
    // PostgreSQL's `(row).field`, where the row is a FROM item or a column.
    absorb(resolvePath([...composite, body.field], context, true), transform, into, context)
    return
  }
  visitNode(fieldOfStruct(inner, body.field) ?? inner, strongest(transform, 'derived'), into, context)
}

/** `STRUCT(a, b AS c).c` and `struct_pack(a := x, c := b).c` are `b`. */
function fieldOfStruct(node: SqlNode, field: unknown): SqlNode | undefined {
  const { name, args } = (node.function ?? {}) as { name?: string; args?: SqlNode[] }
  if (!/^(?:struct|struct_pack)$/i.test(name ?? '') || !isIdentifier(field)) return undefined
  for (const arg of args ?? []) {
    const named = arg.named_argument as { name?: Identifier; value?: SqlNode } | undefined
    const alias = arg.alias as { alias?: Identifier } | undefined
    const called = named?.name ?? alias?.alias ?? partsOf(arg)?.at(-1)
    if (called?.name?.toLowerCase() === field.name.toLowerCase()) return named?.value ?? arg
  }
  return undefined
}

function absorb(value: Derivation, transform: Transform, into: Derivation, context: Context): void {
  context.trace.work.spend(value.size)
  into.absorb(value, transform)
}

/** SQLite's `x IN table`: every column of the table takes part. */
function tableOfMembership(list: readonly SqlNode[], context: Context): SqlNode | undefined {
  const only = list[0]
  if (list.length !== 1 || only === undefined || kindOf(only) !== 'column') return undefined
  const { name, table } = only.column as ColumnBody
  if (context.trace.rules.name !== 'sqlite') return undefined
  return {
    select: {
      expressions: [{ star: {} }],
      from: { expressions: [{ table: { name, schema: table ?? null } }] },
    },
  }
}
