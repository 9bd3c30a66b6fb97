import { bindCtes } from './cte.js'
import { Derivation } from './derivation.js'
import { type Context, derive, steer } from './expression.js'
import { readFromItem, readJoin } from './from-clause.js'
import {
  EMPTY_RELATION,
  type OpenPart,
  type Relation,
  type RelationColumn,
  withColumnNames,
} from './relation.js'
import { type CteChain, Scope } from './scope.js'
import type {
  ColumnBody,
  Identifier,
  OrderedBody,
  SelectBody,
  SetOperationBody,
  SqlNode,
  StarBody,
  SubqueryBody,
  ValuesBody,
} from './sql-ast.js'
import { bodyOf, kindOf } from './sql-ast.js'
import type { Trace } from './trace.js'

/** Resolves any query expression to its columns; `outer` is the query around it, for correlated names. */
export function resolveQuery(
  node: SqlNode,
  trace: Trace,
  ctes: CteChain | undefined,
  outer?: Scope,
): Relation {
  const kind = kindOf(node)
  switch (kind) {
    case 'select':
      return resolveSelect(bodyOf<SelectBody>(node, kind), trace, ctes, outer)
    case 'union':
    case 'intersect':
    case 'except':
      return resolveSetOperation(bodyOf<SetOperationBody>(node, kind), kind, trace, ctes, outer)
    case 'subquery': {
      const body = bodyOf<SubqueryBody>(node, kind)
      return withColumnNames(
        resolveQuery(body.this, trace, ctes, outer),
        (body.column_aliases ?? []).map(trace.rules.fold),
      )
    }
    case 'paren':
      return resolveQuery(bodyOf<{ this: SqlNode }>(node, kind).this, trace, ctes, outer)
    case 'values':
      return resolveValues(bodyOf<ValuesBody>(node, kind), trace, ctes, outer)
    case 'table':
    case 'joined_table': {
      const scope = new Scope(outer)
      readFromItem(node, contextOf(trace, scope, ctes), scope)
      return { columns: scope.visible, open: scope.open }
    }
    default:
      trace.unresolvedAt(
        kind || 'query',
        'unsupported_construct',
        `a query of kind ${kind || 'unknown'} is not analysed`,
      )
      return EMPTY_RELATION
  }
}

function resolveSetOperation(
  body: SetOperationBody,
  kind: string,
  trace: Trace,
  ctes: CteChain | undefined,
  outer?: Scope,
): Relation {
  const inside = bindCtes(body.with, trace, ctes, outer)
  const left = resolveQuery(body.left, trace, inside, outer)
  const right = resolveQuery(body.right, trace, inside, outer)
  if (
    left.open.length === 0 &&
    right.open.length === 0 &&
    left.columns.length !== right.columns.length &&
    !body.by_name
  ) {
    trace.unresolvedAt(
      kind,
      'column_count_mismatch',
      `the branches of ${kind.toUpperCase()} have ${left.columns.length} and ${right.columns.length} columns`,
    )
  }
  const columns = left.columns.map((column, i) => {
    const other = body.by_name ? right.columns.find((c) => c.name === column.name) : right.columns[i]
    // Rows of the right side of EXCEPT never appear in the result; they only take rows away.
    if (!other || kind === 'except') return column
    const derivation = new Derivation()
    derivation.absorb(column.derivation)
    derivation.absorb(other.derivation)
    return { name: column.name, derivation }
  })
  if (kind === 'except') for (const column of right.columns) trace.influence(column.derivation, 'filter')
  if (body.by_name) columns.push(...right.columns.filter((c) => !left.columns.some((l) => l.name === c.name)))
  const relation = { columns, open: kind === 'except' ? left.open : [...left.open, ...right.open] }
  const scope = new Scope(outer)
  scope.outputs = [...columns]
  scope.visible = [...columns]
  sortBy(body.order_by?.expressions, contextOf(trace, scope, inside))
  return relation
}

function resolveValues(body: ValuesBody, trace: Trace, ctes: CteChain | undefined, outer?: Scope): Relation {
  const context = contextOf(trace, new Scope(outer), ctes)
  const columns: RelationColumn[] = []
  for (const row of body.expressions) {
    row.expressions.forEach((cell, i) => {
      columns[i] ??= { name: `column${i + 1}`, derivation: new Derivation() }
      columns[i].derivation.absorb(derive(cell, context))
    })
  }
  return withColumnNames({ columns, open: [] }, (body.column_aliases ?? []).map(trace.rules.fold))
}

export function contextOf(trace: Trace, scope: Scope, ctes: CteChain | undefined): Context {
  const query = (node: SqlNode, inner: CteChain | undefined, outer?: Scope): Relation =>
    resolveQuery(node, trace, inner, outer)
  return { trace, scope, ctes, query, aliases: false }
}

function resolveSelect(body: SelectBody, trace: Trace, ctes: CteChain | undefined, outer?: Scope): Relation {
  const scope = new Scope(outer)
  const context = contextOf(trace, scope, bindCtes(body.with, trace, ctes, outer))
  for (const item of body.from?.expressions ?? []) readFromItem(item, context, scope)
  for (const join of body.joins ?? []) readJoin(join, context, scope)
  for (const view of body.lateral_views ?? []) {
    readFromItem(
      {
        alias: {
          this: view.this,
          alias: view.table_alias ?? { name: '' },
          column_aliases: view.column_aliases ?? [],
        },
      },
      context,
      scope,
    )
  }
  for (const { name, spec } of body.windows ?? []) scope.windows.set(name.name.toLowerCase(), spec)
  const open: OpenPart[] = []
  for (const item of body.expressions ?? []) selectItem(item, context, scope, open)
  steer(body.where_clause?.this, 'filter', context)
  steer(body.having?.this, 'filter', context)
  steer(body.qualify?.this, 'filter', context)
  for (const key of body.group_by?.expressions ?? []) steerByKey(key, 'group', context)
  for (const key of body.distinct_on ?? []) steerByKey(key, 'group', context)
  sortBy(body.order_by?.expressions, context)
  return { columns: scope.outputs, open }
}

function sortBy(keys: readonly OrderedBody[] | undefined, context: Context): void {
  for (const key of keys ?? []) steerByKey(key.this, 'sort', context)
}

/** GROUP BY and ORDER BY take positions and output names as well as expressions. */
function steerByKey(key: SqlNode, usage: 'group' | 'sort', context: Context): void {
  const { scope, trace } = context
  const literal = key.literal as { literal_type?: string; value?: string } | undefined
  if (literal) {
    const column = literal.literal_type === 'number' ? scope.outputs[Number(literal.value) - 1] : undefined
    if (column) trace.influence(column.derivation, usage)
    return
  }
  const bare = kindOf(key) === 'column' ? (key.column as ColumnBody) : undefined
  const output =
    bare && !bare.table && usage === 'sort' ? scope.output(trace.rules.fold(bare.name)) : undefined
  if (output) trace.influence(output, usage)
  else steer(key, usage, context)
}

function selectItem(item: SqlNode, context: Context, scope: Scope, open: OpenPart[]): void {
  const { trace } = context
  const kind = kindOf(item)
  if (kind === 'star') {
    expandStar(bodyOf<StarBody>(item, kind), context, scope, open)
    return
  }
  if (
    kind === 'braced_wildcard' ||
    (kind === 'function' && (item.function as { name?: string }).name?.toLowerCase() === 'columns')
  ) {
    trace.unresolvedAt(
      trace.print(item),
      'unsupported_construct',
      'a pattern over column names is not expanded',
    )
    return
  }
  scope.outputs.push({ name: outputName(item, trace), derivation: derive(item, context) })
}

function outputName(item: SqlNode, trace: Trace): string {
  const kind = kindOf(item)
  if (kind === 'alias') return trace.rules.fold((item.alias as { alias: Identifier }).alias)
  if (kind === 'column') return trace.rules.fold((item.column as ColumnBody).name)
  if (kind === 'dot') {
    const field = (item.dot as { field?: Identifier }).field
    if (field && typeof field.name === 'string') return trace.rules.fold(field)
  }
  return trace.print(item)
}

function expandStar(star: StarBody, context: Context, scope: Scope, open: OpenPart[]): void {
  const { trace } = context
  const { fold } = trace.rules
  let source: Relation = { columns: scope.visible, open: scope.open }
  if (star.table) {
    const relation = scope.relationNamed(fold(star.table))
    if (!relation) {
      trace.unresolvedAt(
        `${star.table.name}.*`,
        'unknown_qualifier',
        `nothing in FROM is called ${star.table.name}`,
      )
      return
    }
    source = relation
  }
  const named = (list: readonly Identifier[] | null | undefined): Set<string> =>
    new Set((list ?? []).map((i) => fold(i).toLowerCase()))
  const except = named(star.except)
  const replaced = new Map((star.replace ?? []).map((r) => [fold(r.alias).toLowerCase(), r.this]))
  const renamed = new Map((star.rename ?? []).map(([from, to]) => [fold(from).toLowerCase(), fold(to)]))
  for (const column of source.columns) {
    const key = column.name.toLowerCase()
    const expression = replaced.get(key)
    if (except.has(key)) continue
    scope.outputs.push({
      name: renamed.get(key) ?? column.name,
      derivation: expression ? derive(expression, context) : column.derivation,
    })
  }
  if (source.open.length > 0) starOfUnknown(star, source.open, trace)
  open.push(...source.open)
}

function starOfUnknown(star: StarBody, open: readonly OpenPart[], trace: Trace): void {
  const text = star.table ? `${star.table.name}.*` : '*'
  const tables = open.flatMap((part) => (part.table === undefined ? [] : [part.table]))
  trace.unresolvedAt(
    text,
    'star_of_unknown_table',
    tables.length > 0
      ? `the columns of ${tables.join(', ')} are not known`
      : 'the columns of a table function are not known',
  )
}
