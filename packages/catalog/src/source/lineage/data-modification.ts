import type { Context } from './context.js'
import { bindCtes } from './cte.js'
import { Derivation } from './derivation.js'
import { derive, steer } from './expression.js'
import { baseTable, readFromItem, readJoin, tableName } from './from-clause.js'
import { MULTIPLE_ASSIGNMENT } from './parser-gaps.js'
import { partsOf } from './reference.js'
import type { Relation, RelationColumn } from './relation.js'
import { Scope } from './scope.js'
import type {
  DeleteBody,
  Identifier,
  InsertBody,
  SqlNode,
  SubqueryBody,
  TableBody,
  UpdateBody,
} from './sql-ast.js'
import { bodyOf, kindOf } from './sql-ast.js'
import { printTableName, type Trace } from './trace.js'

/** What an INSERT, UPDATE or DELETE writes, and the scope its RETURNING list is read in. */
export interface Modification {
  readonly target: string
  readonly columns: readonly RelationColumn[]
  readonly returning: Scope
}

export interface Assignment {
  readonly column: string
  readonly derivation: Derivation
}

export function targetId(table: TableBody, trace: Trace): string {
  const name = tableName(table, trace)
  return trace.schema(name)?.id ?? printTableName(name)
}

export function analyseInsert(body: InsertBody, around: Context): Modification {
  const { trace } = around
  const { fold, insertMayOmitColumns } = trace.rules
  const context = { ...around, ctes: bindCtes(body.with, trace, around.ctes, around.scope.outer) }
  const target = targetId(body.table, trace)
  const written = insertedRelation(body, context)
  const named = body.columns && body.columns.length > 0
  const declared =
    body.by_name === true
      ? undefined
      : named
        ? body.columns?.map((c) => fold(c))
        : trace.schema(tableName(body.table, trace))?.columns
  const count = written.columns.length
  if (
    declared &&
    written.open.length === 0 &&
    count > 0 &&
    (count > declared.length || (count < declared.length && (named || !insertMayOmitColumns)))
  ) {
    trace.unresolvedAt(
      target,
      'column_count_mismatch',
      `${count} values for ${declared.length} columns of ${target}`,
    )
  }
  const inserted = written.columns.map((c, i) => ({
    name: declared?.[i] ?? c.name,
    derivation: c.derivation,
  }))
  const columns = withConflict(body.on_conflict, inserted, body.table, context)
  return { target, columns, returning: returningScope(body.table, columns, context) }
}

function insertedRelation(body: InsertBody, { query, ctes }: Context): Relation {
  if (body.query) return query(body.query, ctes, undefined)
  const rows = (body.values ?? []).map((expressions) => ({ expressions }))
  return query({ values: { expressions: rows } }, ctes, undefined)
}

/** `ON CONFLICT DO UPDATE SET y = excluded.y`: the update's sources join those of the insert. */
function withConflict(
  conflict: SqlNode | null | undefined,
  inserted: readonly RelationColumn[],
  table: TableBody,
  context: Context,
): readonly RelationColumn[] {
  const { action, where_ } = (conflict?.on_conflict ?? {}) as { action?: SqlNode; where_?: SqlNode }
  if (!action) return inserted
  const { trace } = context
  const scope = new Scope(trace.rules)
  scope.add(trace.rules.fold({ name: 'excluded' }), { columns: inserted, open: [] })
  const own = baseTable(table, trace)
  scope.add(trace.rules.fold(table.alias ?? table.name), own)
  scope.visible = [...own.columns]
  scope.open = [...own.open]
  const inside = { ...context, scope }
  const assigned = assignmentsOf(action, [scopeName(table, trace)], inside)
  steer(where_, 'filter', inside)
  return withAssignments(inserted, assigned, trace)
}

/** Columns with what is assigned to them besides. */
export function withAssignments(
  columns: readonly RelationColumn[],
  assigned: readonly Assignment[],
  trace: Trace,
): readonly RelationColumn[] {
  const all = [...columns]
  for (const { column, derivation } of assigned) {
    const at = all.findIndex((c) => trace.rules.sameName(c.name, column))
    const known = all[at]
    if (!known) {
      all.push({ name: column, derivation })
      continue
    }
    const both = new Derivation()
    both.absorb(known.derivation)
    both.absorb(derivation)
    all[at] = { name: known.name, derivation: both }
  }
  return all
}

/** What the RETURNING list sees of a table: the written columns as written, the others as they are. */
function returningScope(table: TableBody, columns: readonly RelationColumn[], context: Context): Scope {
  const { rules } = context.trace
  const scope = new Scope(rules)
  const known = context.trace.schema(tableName(table, context.trace))
  const all = known
    ? known.columns.map(
        (name) => columns.find((c) => rules.sameName(c.name, name)) ?? { name, derivation: new Derivation() },
      )
    : [...columns]
  scope.add(rules.fold(table.alias ?? table.name), { columns: all, open: [] })
  scope.visible = all
  return scope
}

export function analyseUpdate(body: UpdateBody, around: Context): Modification {
  const { trace } = around
  const scope = new Scope(trace.rules)
  const context = { ...around, scope, ctes: bindCtes(body.with, trace, around.ctes, around.scope.outer) }
  readFromItem({ table: body.table }, context, scope)
  const own = { visible: scope.visible, open: scope.open }
  for (const item of [
    ...(body.extra_tables ?? []).map((table) => ({ table })),
    ...(body.from_clause?.expressions ?? []),
  ]) {
    readFromItem(item, context, scope)
  }
  for (const join of [...(body.table_joins ?? []), ...(body.from_joins ?? [])]) readJoin(join, context, scope)
  const names = [scopeName(body.table, trace), trace.rules.fold(body.table.name)]
  const assigned = body.set.flatMap(([name, value]) => assignment(name, value, names, context))
  steer(body.where_clause?.this, 'filter', context)
  // RETURNING sees the new values of the table, and the rest of FROM.
  const after = own.visible.map((c) => {
    const set = assigned.find((a) => trace.rules.sameName(a.column, c.name))
    return set ? { name: c.name, derivation: set.derivation } : c
  })
  const returning = new Scope(trace.rules, scope)
  returning.add(scopeName(body.table, trace), { columns: after, open: own.open })
  returning.visible = [...after, ...scope.visible.slice(own.visible.length)]
  const columns = withAssignments([], assigned, trace)
  return { target: targetId(body.table, trace), columns, returning }
}

function scopeName(table: TableBody, trace: Trace): string {
  return trace.rules.fold(table.alias ?? table.name)
}

export function analyseDelete(body: DeleteBody, around: Context): Modification {
  const { trace } = around
  const scope = new Scope(trace.rules)
  const context = { ...around, scope, ctes: bindCtes(body.with, trace, around.ctes, around.scope.outer) }
  readFromItem({ table: { ...body.table, alias: body.alias ?? body.table.alias ?? null } }, context, scope)
  for (const table of body.using ?? []) readFromItem({ table }, context, scope)
  steer(body.where_clause?.this, 'filter', context)
  return { target: targetId(body.table, trace), columns: [], returning: scope }
}

/** The assignments of ON CONFLICT and MERGE: the parser writes them as a tuple of `eq(identifier a, …)`. */
export function assignmentsOf(
  node: SqlNode | undefined,
  targets: readonly string[],
  context: Context,
): Assignment[] {
  const parts = (node?.tuple as { expressions?: SqlNode[] } | undefined)?.expressions ?? []
  return parts.flatMap((part) => {
    const { left, right } = (part.eq ?? {}) as { left?: SqlNode; right?: SqlNode }
    if (!left || !right) return []
    const name = left.identifier ? [left.identifier as Identifier] : partsOf(left)
    return name ? assignment(joinedName(name), right, targets, context) : []
  })
}

/** As the parser keeps the name of an UPDATE's SET: one identifier with dots. */
function joinedName(parts: readonly Identifier[]): Identifier {
  if (parts.length === 1) return parts[0] as Identifier
  return { name: parts.map((p) => p.name).join('.') }
}

/** `SET a = …`, `SET t.a = …`, BigQuery's `SET a.field = …`, and several columns of one value. */
function assignment(
  name: Identifier,
  value: SqlNode,
  targets: readonly string[],
  context: Context,
): Assignment[] {
  if (name.name === MULTIPLE_ASSIGNMENT) return multipleAssignment(value, context)
  const { fold, sameName } = context.trace.rules
  const parts = name.quoted === true ? [name.name] : name.name.split('.')
  const [first, second] = parts.map((part) => fold({ name: part, quoted: name.quoted === true }))
  const qualified = second !== undefined && targets.some((t) => sameName(t, first as string))
  return [{ column: (qualified ? second : first) as string, derivation: derive(value, context) }]
}

/** `SET (a, b) = (SELECT x, y …)`, or `= (x, y)`, or `= ROW (x, y)`: part by part. */
function multipleAssignment(value: SqlNode, context: Context): Assignment[] {
  const args = (value.function as { args?: SqlNode[] } | undefined)?.args ?? []
  const names = args.slice(0, -1).map((n) => partsOf(n)?.at(-1))
  const source = args.at(-1)
  if (!source) return []
  const values = partsOfRow(source, context)
  return names.flatMap((name, i) => {
    if (!name) return []
    const missing = new Derivation()
    missing.complete = false
    return [{ column: context.trace.rules.fold(name), derivation: values[i] ?? missing }]
  })
}

function partsOfRow(source: SqlNode, context: Context): Derivation[] {
  const kind = kindOf(source)
  if (kind === 'subquery') {
    const inner = bodyOf<SubqueryBody>(source, kind).this
    return context.query(inner, context.ctes, context.scope).columns.map((c) => c.derivation)
  }
  const list = (source.tuple as { expressions?: SqlNode[] } | undefined)?.expressions ??
    (source.function as { args?: SqlNode[] } | undefined)?.args ??
    (source.row as { expressions?: SqlNode[] } | undefined)?.expressions ?? [
      kind === 'paren' ? (source.paren as { this: SqlNode }).this : source,
    ]
  return list.map((part) => derive(part, context))
}
