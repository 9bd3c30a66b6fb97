import type { BoundEdge, BoundProperty, BoundType } from '../storage/bound-schema.js'
import { dataErased } from '../storage/erasure.js'
import { isIdColumn } from '../storage/id-column.js'
import { visible } from '../storage/view.js'
import { type BoundVariable, needAlias, type Scope } from './scope.js'
import { ident, raw, type Sql, sql } from './sql.js'

/**
 * A key that is a single string is stored once, as the id: reading the id lets
 * every comparison and order use the id's index.
 */
export function isIdProperty(type: BoundType, property: string): boolean {
  if (property === 'id') return !type.byName.has('id')
  return isIdColumn(type.model, property)
}

export function propertyColumn(variable: BoundVariable, property: string): Sql {
  const alias = needAlias(variable)
  if (isIdProperty(variable.type, property)) return sql`${raw(alias)}.id`
  return column(alias, needProperty(variable.type, property))
}

export function column(alias: string, property: BoundProperty): Sql {
  return sql`${raw(alias)}.${ident(property.column)}`
}

/** The id of the node an edge row leaves (`src`) or reaches (`dst`). */
export function endpointId(variable: BoundVariable, edge: BoundEdge, end: 'src' | 'dst', scope: Scope): Sql {
  const node = end === 'src' ? edge.from : edge.to
  const alias = scope.alias('n')
  const n = raw(alias)
  const seen = visible(scope.view, alias, node.tid)
  return sql`(SELECT ${n}.id FROM ${ident(node.table)} ${n} WHERE ${n}.eid = ${raw(needAlias(variable))}.${raw(end)} AND ${seen})`
}

export function needProperty(type: BoundType, name: string): BoundProperty {
  const property = type.byName.get(name)
  if (!property) throw new Error(`assertion failed: ${type.name} has no property ${name}`)
  if (property.erased !== undefined) throw dataErased(`${type.name}.${name}`)
  return property
}
