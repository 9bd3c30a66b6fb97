import type { ValueType, WritePredicate } from '@groundplane/lang'
import { constantLike } from '../compile/operand.js'
import { quoteIdent, type Slot, type Sql, sql, trusted, value } from '../compile/sql.js'
import type { BoundEdge, BoundType } from '../storage/bound-schema.js'
import { isIdColumn } from '../storage/id-column.js'
import { type View, visible } from '../storage/view.js'

/**
 * Which rows an `update` or `delete` chooses, as a condition on `t` for
 * `TypeWriter.page`: those up to a version number, so that what the statement itself writes is not chosen again.
 */
export function chosenRows(type: BoundType, where: WritePredicate, view: View, upTo: number): Sql {
  // A bound value, not a literal: the text repeats, so its statement is prepared once.
  return sql`(${condition(type, where, view)}) AND t.vid <= ${value(upTo)}`
}

/** The id that alone is chosen, when the statement names one; null for any other choice. */
export function chosenId(type: BoundType, where: WritePredicate): Slot | null {
  if (where.op !== '=') return null
  const property = type.byName.get(where.property)
  if (property ? !isIdColumn(type.model, where.property) : where.property !== 'id') return null
  return constantLike(where.value, property?.codec.type ?? TEXT).slots[0] as Slot
}

const TEXT: ValueType = { kind: 'scalar', name: 'String' }

function condition(type: BoundType, where: WritePredicate, view: View): Sql {
  const property = type.byName.get(where.property)
  if (!property) return builtinCondition(type, where, view)
  if (isIdColumn(type.model, where.property)) return compare(sql`t.id`, where, property.codec.type)
  return compare(trusted(`t.${quoteIdent(property.column)}`), where, property.codec.type)
}

/** `id`, and on edges the ids of the end points. */
function builtinCondition(type: BoundType, where: WritePredicate, view: View): Sql {
  if (where.property === 'id') return compare(sql`t.id`, where, TEXT)
  if (type.kind !== 'edge')
    throw new Error(`assertion failed: ${type.name} has no property ${where.property}`)
  const end = where.property === 'from' || where.property === 'src' ? 'src' : 'dst'
  return endCondition(type, end, compare(sql`n.id`, where, TEXT), view)
}

function endCondition(type: BoundEdge, end: 'src' | 'dst', condition: Sql, view: View): Sql {
  const node = end === 'src' ? type.from : type.to
  const table = trusted(quoteIdent(node.table))
  return sql`t.${trusted(end)} IN (SELECT n.eid FROM ${table} n WHERE ${condition} AND ${visible(view, 'n', node.tid)})`
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
