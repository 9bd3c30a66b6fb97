import { bindCtes } from './cte.js'
import { Derivation } from './derivation.js'
import { type Context, derive, steer } from './expression.js'
import { baseTable, readFromItem, readJoin, tableName } from './from-clause.js'
import { contextOf, resolveQuery } from './query.js'
import { type Relation, type RelationColumn, withColumnNames } from './relation.js'
import { type CteChain, Scope } from './scope.js'
import type {
  CreateTableBody,
  CreateViewBody,
  DeleteBody,
  Identifier,
  InsertBody,
  SqlNode,
  TableBody,
  UpdateBody,
} from './sql-ast.js'
import { bodyOf, kindOf } from './sql-ast.js'
import { printTableName, type Trace } from './trace.js'

export type StatementKind =
  | 'select'
  | 'create_view'
  | 'create_table'
  | 'insert'
  | 'update'
  | 'delete'
  | 'merge'
  | 'other'

export type OutputColumn = RelationColumn

export interface StatementAnalysis {
  readonly kind: StatementKind
  readonly target?: string
  readonly columns: readonly OutputColumn[]
}

/** Dispatches on the statement's kind; what the trace gathers is the caller's. */
export function analyseStatement(statement: SqlNode, trace: Trace): StatementAnalysis {
  const kind = kindOf(statement)
  switch (kind) {
    case 'select':
    case 'union':
    case 'intersect':
    case 'except':
    case 'subquery':
    case 'values':
      return { kind: 'select', columns: resolveQuery(statement, trace, undefined).columns }
    case 'create_view': {
      const { name, columns = [], query } = bodyOf<CreateViewBody>(statement, kind)
      const relation = withColumnNames(
        resolveQuery(query, trace, undefined),
        columns.map((c) => trace.rules.fold(c.name)),
      )
      return { kind, target: targetId(name, trace), columns: relation.columns }
    }
    case 'create_table': {
      const { name, as_select, with_cte } = bodyOf<CreateTableBody>(statement, kind)
      const ctes = bindCtes(with_cte, trace, undefined)
      const columns = as_select ? resolveQuery(as_select, trace, ctes).columns : []
      return { kind, target: targetId(name, trace), columns }
    }
    case 'insert':
      return analyseInsert(bodyOf<InsertBody>(statement, kind), trace)
    case 'update':
      return analyseUpdate(bodyOf<UpdateBody>(statement, kind), trace)
    case 'delete':
      return analyseDelete(bodyOf<DeleteBody>(statement, kind), trace)
    case 'merge':
      return analyseMerge(bodyOf<MergeBody>(statement, kind), trace)
    default:
      trace.unresolvedAt(
        kind || 'statement',
        'unsupported_statement',
        `statements of kind ${kind || 'unknown'} carry no lineage that is analysed`,
      )
      return { kind: 'other', columns: [] }
  }
}

function targetId(table: TableBody, trace: Trace): string {
  const name = tableName(table, trace)
  return trace.schema(name)?.id ?? printTableName(name)
}

function contextAround(trace: Trace, ctes: CteChain | undefined): Context {
  return contextOf(trace, new Scope(), ctes)
}

function analyseInsert(body: InsertBody, trace: Trace): StatementAnalysis {
  const { fold } = trace.rules
  const ctes = bindCtes(body.with, trace, undefined)
  const target = targetId(body.table, trace)
  const written = insertedRelation(body, trace, ctes)
  const declared = body.columns?.length
    ? body.columns.map(fold)
    : trace.schema(tableName(body.table, trace))?.columns
  if (
    declared &&
    written.open.length === 0 &&
    written.columns.length > 0 &&
    declared.length !== written.columns.length
  ) {
    trace.unresolvedAt(
      target,
      'column_count_mismatch',
      `${written.columns.length} values for ${declared.length} columns of ${target}`,
    )
  }
  const columns = written.columns.map((c, i) => ({ name: declared?.[i] ?? c.name, derivation: c.derivation }))
  return { kind: 'insert', target, columns: withConflict(body.on_conflict, columns, body.table, trace, ctes) }
}

function insertedRelation(body: InsertBody, trace: Trace, ctes: CteChain | undefined): Relation {
  if (body.query) return resolveQuery(body.query, trace, ctes)
  const rows = (body.values ?? []).map((expressions) => ({ expressions }))
  return resolveQuery({ values: { expressions: rows } }, trace, ctes)
}

/** `ON CONFLICT DO UPDATE SET y = excluded.y`: the update's sources join those of the insert. */
function withConflict(
  conflict: SqlNode | null | undefined,
  inserted: readonly OutputColumn[],
  table: TableBody,
  trace: Trace,
  ctes: CteChain | undefined,
): readonly OutputColumn[] {
  const assignments = assignmentsIn(conflict, trace)
  if (assignments.length === 0) return inserted
  const scope = new Scope()
  scope.add('excluded', { columns: inserted, open: [] })
  const own = baseTable(table, trace)
  scope.add(trace.rules.fold(table.alias ?? table.name), own)
  scope.visible = [...own.columns]
  scope.open = [...own.open]
  const context = contextOf(trace, scope, ctes)
  const columns = [...inserted]
  for (const { name, value } of assignments) {
    const derivation = derive(value, context)
    const at = columns.findIndex((c) => c.name.toLowerCase() === name.toLowerCase())
    if (at < 0) columns.push({ name, derivation })
    else {
      const both = new Derivation()
      both.absorb((columns[at] as OutputColumn).derivation)
      both.absorb(derivation)
      columns[at] = { name: (columns[at] as OutputColumn).name, derivation: both }
    }
  }
  return columns
}

/** The parser writes `SET a = …` of ON CONFLICT and MERGE as `eq(identifier a, …)`. */
function assignmentsIn(node: unknown, trace: Trace): { name: string; value: SqlNode }[] {
  if (node === null || typeof node !== 'object') return []
  if (Array.isArray(node)) return node.flatMap((n) => assignmentsIn(n, trace))
  const { left, right } = ((node as SqlNode).eq ?? {}) as { left?: SqlNode; right?: SqlNode }
  const name = (left?.identifier ?? (left?.column as { name?: Identifier } | undefined)?.name) as
    | Identifier
    | undefined
  if (name && right) return [{ name: trace.rules.fold(name), value: right }]
  return Object.values(node).flatMap((n) => assignmentsIn(n, trace))
}

function analyseUpdate(body: UpdateBody, trace: Trace): StatementAnalysis {
  const ctes = bindCtes(body.with, trace, undefined)
  const context = contextAround(trace, ctes)
  const { scope } = context
  readFromItem({ table: body.table }, context, scope)
  for (const item of [
    ...(body.extra_tables ?? []).map((table) => ({ table })),
    ...(body.from_clause?.expressions ?? []),
  ]) {
    readFromItem(item, context, scope)
  }
  for (const join of [...(body.table_joins ?? []), ...(body.from_joins ?? [])]) readJoin(join, context, scope)
  const columns = body.set.map(([name, value]) => ({
    name: trace.rules.fold(name),
    derivation: derive(value, context),
  }))
  steer(body.where_clause?.this, 'filter', context)
  return { kind: 'update', target: targetId(body.table, trace), columns }
}

function analyseDelete(body: DeleteBody, trace: Trace): StatementAnalysis {
  const context = contextAround(trace, bindCtes(body.with, trace, undefined))
  readFromItem(
    { table: { ...body.table, alias: body.alias ?? body.table.alias ?? null } },
    context,
    context.scope,
  )
  for (const table of body.using ?? []) readFromItem({ table }, context, context.scope)
  steer(body.where_clause?.this, 'filter', context)
  return { kind: 'delete', target: targetId(body.table, trace), columns: [] }
}

interface MergeBody {
  readonly this: SqlNode
  readonly using: SqlNode
  readonly on?: SqlNode | null
  readonly whens: SqlNode
  readonly with_?: SqlNode | null
}

interface WhenBody {
  readonly then?: SqlNode | null
  readonly condition?: SqlNode | null
}

function analyseMerge(body: MergeBody, trace: Trace): StatementAnalysis {
  const context = contextAround(trace, undefined)
  readFromItem(body.this, context, context.scope)
  readFromItem(body.using, context, context.scope)
  steer(body.on, 'join', context)
  const columns = new Map<string, Derivation>()
  const assign = (name: string, value: SqlNode): void => {
    const derivation = columns.get(name) ?? new Derivation()
    derivation.absorb(derive(value, context))
    columns.set(name, derivation)
  }
  for (const when of whensIn(body.whens)) {
    steer(when.condition, 'filter', context)
    for (const { name, value } of assignmentsIn(when.then, trace)) assign(name, value)
    for (const { name, value } of insertOf(when.then)) assign(trace.rules.fold(name), value)
  }
  const table = bodyOf<TableBody>(body.this, 'table')
  return {
    kind: 'merge',
    ...(table && { target: targetId(table, trace) }),
    columns: [...columns].map(([name, derivation]) => ({ name, derivation })),
  }
}

function whensIn(node: unknown): WhenBody[] {
  if (node === null || typeof node !== 'object') return []
  if (Array.isArray(node)) return node.flatMap(whensIn)
  if (kindOf(node as SqlNode) === 'when') return [(node as SqlNode).when as WhenBody]
  return Object.values(node).flatMap(whensIn)
}

/** `INSERT (a, b) VALUES (x, y)` of MERGE: `tuple(var INSERT, tuple(names), tuple(values))`. */
function insertOf(then: SqlNode | null | undefined): { name: Identifier; value: SqlNode }[] {
  const parts = (then?.tuple as { expressions?: SqlNode[] } | undefined)?.expressions ?? []
  if ((parts[0]?.var as { this?: string } | undefined)?.this !== 'INSERT') return []
  const list = (node: SqlNode | undefined): SqlNode[] =>
    (node?.tuple as { expressions?: SqlNode[] } | undefined)?.expressions ?? []
  const values = list(parts[2])
  return list(parts[1]).flatMap((n, i) => {
    const name = (n.identifier ?? (n.column as { name?: Identifier } | undefined)?.name) as
      | Identifier
      | undefined
    const value = values[i]
    return name && value ? [{ name, value }] : []
  })
}
