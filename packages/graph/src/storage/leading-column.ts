import type { BoundType } from './bound-schema.js'
import { isIdColumn } from './id-column.js'

/** Whether an index begins with the property, so that one value of it, or a range, is found without looking at the rest. */
export function leadsIndex(type: BoundType, property: string): boolean {
  const { model } = type
  if (isIdColumn(model, property)) return true
  if (!type.byName.has(property)) return property === 'id' || type.kind === 'edge'
  const key = type.kind === 'node' ? [type.model.key] : []
  return [...model.indexes, ...model.unique, ...key].some(([first]) => first === property)
}
