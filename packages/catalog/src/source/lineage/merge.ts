import type { Context } from './context.js'
import { bindCtes } from './cte.js'
import { type Assignment, assignmentsOf, targetId, withAssignments } from './data-modification.js'
import { derive, steer } from './expression.js'
import { readFromItem, tableName } from './from-clause.js'
import { partsOf } from './reference.js'
import type { Relation, RelationColumn } from './relation.js'
import { bodyOf, type Identifier, kindOf, type SqlNode, type TableBody, type WithBody } from './sql-ast.js'

export interface MergeBody {
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

/** What a MERGE writes: the assignments and inserted values of all its branches together. */
export function analyseMerge(
  body: MergeBody,
  around: Context,
): { readonly target?: string; readonly columns: readonly RelationColumn[] } {
  const { trace, scope } = around
  const with_ = body.with_?.with as WithBody | undefined
  const context = { ...around, ctes: bindCtes(with_, trace, around.ctes) }
  const table = targetTable(body.this)
  readFromItem(table ? { table } : body.this, context, scope)
  const before = { columns: scope.visible.length, open: scope.open.length }
  readFromItem(body.using, context, scope)
  const source = { columns: scope.visible.slice(before.columns), open: scope.open.slice(before.open) }
  steer(body.on, 'join', context)
  const alias = table?.alias ?? table?.name
  const names = alias ? [trace.rules.fold(alias)] : []
  const assigned: Assignment[] = []
  for (const when of whensIn(body.whens)) {
    steer(when.condition, 'filter', context)
    const [verb, ...parts] = (when.then?.tuple as { expressions?: SqlNode[] } | undefined)?.expressions ?? []
    const word = (verb?.var as { this?: string } | undefined)?.this
    if (word === 'UPDATE') assigned.push(...assignmentsOf(parts[0], names, context))
    else if (word === 'INSERT') assigned.push(...inserted(parts, table, source, context))
  }
  return { ...(table && { target: targetId(table, trace) }), columns: withAssignments([], assigned, trace) }
}

/** `INTO t AS x`: the parser wraps the table in an alias. */
function targetTable(node: SqlNode): TableBody | undefined {
  const kind = kindOf(node)
  if (kind === 'table') return bodyOf<TableBody>(node, kind)
  if (kind !== 'alias') return undefined
  const { this: inner, alias } = bodyOf<{ this: SqlNode; alias: Identifier }>(node, kind)
  return kindOf(inner) === 'table' ? { ...bodyOf<TableBody>(inner, 'table'), alias } : undefined
}

function whensIn(node: SqlNode): WhenBody[] {
  const all = (node.whens as { expressions?: SqlNode[] } | undefined)?.expressions ?? []
  return all.flatMap((n) => (kindOf(n) === 'when' ? [n.when as WhenBody] : []))
}

/** `INSERT (a, b) VALUES (x, y)`, without names the columns of the target, or BigQuery's `INSERT ROW`. */
function inserted(
  parts: readonly SqlNode[],
  table: TableBody | undefined,
  source: Relation,
  context: Context,
): Assignment[] {
  const { trace } = context
  const { fold } = trace.rules
  const list = (node: SqlNode | undefined): readonly SqlNode[] =>
    (node?.tuple as { expressions?: SqlNode[] } | undefined)?.expressions ?? []
  const columns = table && trace.schema(tableName(table, trace))?.columns
  if ((parts[0]?.var as { this?: string } | undefined)?.this === 'ROW') {
    if (source.open.length > 0) {
      trace.unresolvedAt('ROW', 'star_of_unknown_table', 'the columns of the merged source are not known')
    }
    return source.columns.map((c, i) => ({ column: columns?.[i] ?? c.name, derivation: c.derivation }))
  }
  const named =
    parts.length > 1
      ? list(parts[0]).map((n) => partsOf(n)?.at(-1) ?? (n.identifier as Identifier))
      : undefined
  const values = list(parts.at(-1))
  const names = named ? named.map((n) => n && fold(n)) : columns
  if (!names) {
    const target = table ? targetId(table, trace) : 'INSERT'
    trace.unresolvedAt(
      target,
      'unknown_table',
      `the columns of ${target} are not known, and INSERT names none`,
    )
    return []
  }
  if (names.length !== values.length && !trace.rules.insertMayOmitColumns) {
    trace.unresolvedAt(
      'INSERT',
      'column_count_mismatch',
      `${values.length} values for ${names.length} columns`,
    )
  }
  return values.flatMap((value, i) => {
    const column = names[i]
    return column ? [{ column, derivation: derive(value, context) }] : []
  })
}
