import { Derivation, strongest, type Transform } from './derivation.js'
import type { Relation } from './relation.js'
import { type CteChain, type Lookup, Scope } from './scope.js'
import type { ColumnBody, Identifier, SqlNode, WindowSpecBody } from './sql-ast.js'
import { kindOf } from './sql-ast.js'
import type { IndirectUsage, Trace } from './trace.js'

/** Resolves a nested query; names it does not have may mean those of `outer`. */
export type ResolveQuery = (node: SqlNode, ctes: CteChain | undefined, outer: Scope | undefined) => Relation

export interface Context {
  readonly trace: Trace
  readonly scope: Scope
  readonly ctes: CteChain | undefined
  readonly query: ResolveQuery
  /** Whether a bare name may mean an output column of the same SELECT. */
  readonly aliases: boolean
}

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
    into.absorb(resolveColumn(body as unknown as ColumnBody, context), transform)
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
  lambda: (body, transform, into, context) => {
    const scope = new Scope(context.scope)
    scope.visible = ((body.parameters ?? []) as Identifier[]).map((p) => ({
      name: p.name,
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

/** `schema.table.column`, or a field of a structured column. */
function visitDot(body: SqlNode, transform: Transform, into: Derivation, context: Context): void {
  const inner = body.this as SqlNode
  const field = body.field
  if (kindOf(inner) === 'column' && isIdentifier(field)) {
    const { name, table } = inner.column as ColumnBody
    const qualifier = table ? context.scope.relationNamed(context.trace.rules.fold(table)) : undefined
    if (table && !qualifier && context.scope.relationNamed(context.trace.rules.fold(name))) {
      into.absorb(resolveColumn({ name: field, table: name }, context), transform)
      return
    }
  }
  visit(inner, strongest(transform, 'derived'), into, context)
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

function resolveColumn(column: ColumnBody, context: Context): Derivation {
  const { scope, trace } = context
  const { fold } = trace.rules
  const name = fold(column.name)
  if (column.table) {
    return decide(scope.qualified(fold(column.table), name), column, context)
  }
  const lookup = scope.unqualified(name)
  if ('found' in lookup) {
    // An alias to the left beats a column that a table function might have, but not one that a table might have.
    const alias = lookup.byFunction && trace.rules.lateralAliases ? scope.output(name) : undefined
    return alias ?? lookup.found
  }
  if (lookup.missing === 'unknown_column') {
    const alias = context.aliases || trace.rules.lateralAliases ? scope.output(name) : undefined
    if (alias) return alias
    const row = scope.relationNamed(name)
    if (row) return rowOf(row)
    if (isStringInDisguise(column.name, trace) || isParameter(column.name)) return new Derivation()
  }
  return decide(lookup, column, context)
}

function decide(lookup: Lookup, column: ColumnBody, context: Context): Derivation {
  if ('found' in lookup) return lookup.found
  const text = column.table ? `${column.table.name}.${column.name.name}` : column.name.name
  context.trace.unresolvedAt(text, lookup.missing, explain(lookup, column))
  const unknown = new Derivation()
  unknown.complete = false
  return unknown
}

function explain(lookup: Extract<Lookup, { missing: string }>, column: ColumnBody): string {
  const name = column.name.name
  switch (lookup.missing) {
    case 'unknown_column':
      return column.table
        ? `${column.table.name} has no column ${name}`
        : `no table in reach has a column ${name}`
    case 'unknown_qualifier':
      return `nothing in FROM is called ${column.table?.name ?? name}`
    case 'ambiguous_column':
      return `more than one table may have the column ${name}; qualify it, or harvest the schemas`
  }
}

function rowOf(relation: Relation): Derivation {
  const row = new Derivation()
  for (const column of relation.columns) row.absorb(column.derivation, 'derived')
  for (const part of relation.open) {
    if (part.table === undefined) row.absorb(part.derivation, 'derived')
    else row.complete = false
  }
  return row
}

function isStringInDisguise(name: Identifier, trace: Trace): boolean {
  if (!trace.rules.quotedFallsBackToString || name.quoted !== true || !name.span) return false
  return trace.slice(name.span.start, name.span.start + 1) === '"'
}

/** The parser takes SQLite's `@name` for a column. */
function isParameter(name: Identifier): boolean {
  return name.quoted !== true && name.name.startsWith('@')
}

function isObject(value: unknown): value is SqlNode {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

function isIdentifier(value: unknown): value is Identifier {
  return isObject(value) && typeof value.name === 'string'
}
