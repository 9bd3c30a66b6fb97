import type { Context } from './context.js'
import { bindCtes } from './cte.js'
import type { CteChain } from './cte-chain.js'
import { analyseDelete, analyseInsert, analyseUpdate, type Modification } from './data-modification.js'
import { Derivation } from './derivation.js'
import { derive, steer } from './expression.js'
import { readFromItem, readJoin } from './from-clause.js'
import { readPivot } from './pivot.js'
import {
  EMPTY_RELATION,
  type OpenPart,
  type Relation,
  type RelationColumn,
  withColumnNames,
} from './relation.js'
import { Scope } from './scope.js'
import { selectItem } from './select-list.js'
import { resolveSetOperation } from './set-operation.js'
import { steerByKey } from './sort-key.js'
import type {
  DeleteBody,
  InsertBody,
  SelectBody,
  SqlNode,
  SubqueryBody,
  UpdateBody,
  ValuesBody,
} from './sql-ast.js'
import { bodyOf, isIdentifier, kindOf } from './sql-ast.js'
import type { Trace } from './trace.js'

/** Resolves any query expression to its columns; `outer` is the query around it, for correlated names. */
export function resolveQuery(
  node: SqlNode,
  trace: Trace,
  ctes: CteChain | undefined,
  outer?: Scope,
): Relation {
  return trace.work.inside(() => resolveKind(node, trace, ctes, outer))
}

function resolveKind(node: SqlNode, trace: Trace, ctes: CteChain | undefined, outer?: Scope): Relation {
  const kind = kindOf(node)
  switch (kind) {
    case 'select':
      return resolveSelect(bodyOf<SelectBody>(node, kind), trace, ctes, outer)
    case 'union':
    case 'intersect':
    case 'except':
      return resolveSetOperation(node, contextOf(trace, new Scope(trace.rules, outer), ctes))
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
    case 'pivot':
      return resolvePivot(node, trace, ctes, outer)
    case 'insert':
    case 'update':
    case 'delete':
      return resolveModification(node, kind, trace, ctes, outer)
    case 'table':
    case 'joined_table': {
      const scope = new Scope(trace.rules, outer)
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

function resolveValues(body: ValuesBody, trace: Trace, ctes: CteChain | undefined, outer?: Scope): Relation {
  const context = contextOf(trace, new Scope(trace.rules, outer), ctes)
  const columns: RelationColumn[] = []
  for (const row of body.expressions) {
    row.expressions.forEach((cell, i) => {
      columns[i] ??= { name: trace.rules.valuesColumn(i), derivation: new Derivation() }
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
  const scope = new Scope(trace.rules, outer)
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
  // CONNECT BY makes rows of rows: PRIOR is another row of the same columns.
  if (body.connect) {
    scope.hidden = [
      ...scope.hidden,
      { name: trace.rules.fold({ name: 'level' }), derivation: new Derivation() },
    ]
    steer(body.connect.start, 'filter', context)
    steer(body.connect.connect, 'join', context)
  }
  const open: OpenPart[] = []
  for (const item of body.expressions ?? []) selectItem(item, context, scope, open)
  steer(body.where_clause?.this, 'filter', context)
  steer(body.having?.this, 'filter', context)
  steer(body.qualify?.this, 'filter', context)
  for (const key of body.group_by?.expressions ?? []) steerByKey(key, 'group', context)
  for (const key of body.distinct_on ?? []) steerByKey(key, 'group', context)
  for (const key of body.order_by?.expressions ?? []) steerByKey(key.this, 'sort', context)
  return { columns: scope.outputs, open }
}

/** DuckDB's statement `PIVOT t ON …`, whose table the parser keeps as a column. */
function resolvePivot(node: SqlNode, trace: Trace, ctes: CteChain | undefined, outer?: Scope): Relation {
  const context = contextOf(trace, new Scope(trace.rules, outer), ctes)
  const { this: pivoted, with: with_ } = bodyOf<{ this: SqlNode; with?: SelectBody['with'] }>(node, 'pivot')
  const inside = { ...context, ctes: bindCtes(with_, trace, ctes, outer) }
  const column = pivoted.column as { name: unknown; table?: unknown } | undefined
  const table: SqlNode =
    column && isIdentifier(column.name)
      ? { table: { name: column.name, schema: column.table ?? null } }
      : pivoted
  readFromItem(table, inside, inside.scope)
  return readPivot(node, inside)
}

/** `WITH moved AS (DELETE … RETURNING …)`: what it returns. */
function resolveModification(
  node: SqlNode,
  kind: 'insert' | 'update' | 'delete',
  trace: Trace,
  ctes: CteChain | undefined,
  outer?: Scope,
): Relation {
  const context = contextOf(trace, new Scope(trace.rules, outer), ctes)
  const done = modification(node, kind, context)
  const open: OpenPart[] = []
  const scope = done.returning
  for (const item of bodyOf<{ returning?: SqlNode[] }>(node, kind).returning ?? []) {
    selectItem(item, { ...context, scope }, scope, open)
  }
  return { columns: scope.outputs, open }
}

function modification(node: SqlNode, kind: 'insert' | 'update' | 'delete', context: Context): Modification {
  if (kind === 'insert') return analyseInsert(bodyOf<InsertBody>(node, kind), context)
  if (kind === 'update') return analyseUpdate(bodyOf<UpdateBody>(node, kind), context)
  return analyseDelete(bodyOf<DeleteBody>(node, kind), context)
}
