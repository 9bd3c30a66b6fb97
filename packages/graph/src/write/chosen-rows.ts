import type { ValueType, WritePredicate } from '@groundplane/lang'
import { eachOf } from '../compile/join-list.js'
import { constantLike } from '../compile/operand.js'
import { EMPTY, ident, quoteIdent, raw, type Slot, type Sql, sql, trusted } from '../compile/sql.js'
import type { BoundType } from '../storage/bound-schema.js'
import { isIdColumn } from '../storage/id-column.js'
import { leadsIndex } from '../storage/leading-column.js'
import { type View, visible } from '../storage/view.js'

/** Which rows an `update` or `delete` chooses, for `TypeWriter.chosen`. */
export interface ChosenRows {
  /** Tables beside the type's own, which is `t`; empty, or with what joins them to it. */
  readonly beside: Sql
  readonly condition: Sql
  /** Whether an index may find them. */
  readonly indexed: boolean
}

export function chosenRows(type: BoundType, where: WritePredicate, view: View): ChosenRows {
  const property = type.byName.get(where.property)
  if (!property && where.property !== 'id') return byEnd(type, where, view)
  const isId = !property || isIdColumn(type.model, where.property)
  const column = isId ? sql`t.id` : trusted(`t.${quoteIdent(property.column)}`)
  const condition = compare(column, where, property?.codec.type ?? TEXT)
  return { beside: EMPTY, condition, indexed: isIndexable(where.op) && leadsIndex(type, where.property) }
}

/** What an index answers; nothing answers `!=` and `contains`. */
export function isIndexable(op: string): boolean {
  return op !== '!=' && op !== 'contains'
}

/** The id that alone is chosen, when the statement names one; null for any other choice. */
export function chosenId(type: BoundType, where: WritePredicate): Slot | null {
  let known = ids.get(where)
  if (known?.type !== type) {
    known = { type, slot: idSlot(type, where) }
    ids.set(where, known)
  }
  return known.slot
}

/** Of the conditions in checked queries, which are run again and again. */
const ids = new WeakMap<WritePredicate, { readonly type: BoundType; readonly slot: Slot | null }>()

function idSlot(type: BoundType, where: WritePredicate): Slot | null {
  if (where.op !== '=') return null
  const property = type.byName.get(where.property)
  if (property ? !isIdColumn(type.model, where.property) : where.property !== 'id') return null
  return constantLike(where.value, property?.codec.type ?? TEXT).slots[0] as Slot
}

const TEXT: ValueType = { kind: 'scalar', name: 'String' }

/** By the id of the node at one end: the nodes as a table, for the reason that `reachedList` gives (see compile/walk.ts). */
function byEnd(type: BoundType, where: WritePredicate, view: View): ChosenRows {
  if (type.kind !== 'edge')
    throw new Error(`assertion failed: ${type.name} has no property ${where.property}`)
  const end = where.property === 'from' || where.property === 'src' ? 'src' : 'dst'
  const node = end === 'src' ? type.from : type.to
  const ids = compare(sql`n.id`, where, TEXT)
  const nodes = sql`(SELECT json_group_array(n.eid) FROM ${ident(node.table)} n WHERE ${ids} AND ${visible(view, 'n', node.tid)})`
  const beside = sql`${eachOf(nodes, 'r')} CROSS JOIN `
  return { beside, condition: sql`t.${raw(end)} = r.value`, indexed: true }
}

function compare(column: Sql, where: WritePredicate, type: ValueType): Sql {
  if (where.op === 'contains' && type.kind === 'list') {
    const item = constantLike(where.value, { kind: 'scalar', name: type.of })
    return sql`EXISTS (SELECT 1 FROM json_each(${column}) j WHERE j.value = ${item})`
  }
  const value = constantLike(where.value, type)
  switch (where.op) {
    case 'contains':
      return sql`instr(${column}, ${value}) > 0`
    case 'starts_with':
      return sql`(${column} >= ${value} AND ${column} < (${value} || CAST(x'FF' AS TEXT)))`
    case '!=':
      return sql`${column} <> ${value}`
    default:
      return sql`${column} ${trusted(where.op)} ${value}`
  }
}
