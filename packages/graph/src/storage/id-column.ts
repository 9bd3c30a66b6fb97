import type { EdgeModel, NodeModel } from '@groundplane/lang'

/** Whether a property's value is, character for character, the entity's id: a key that is one string. */
export function isIdColumn(type: NodeModel | EdgeModel, property: string): boolean {
  if (type.kind !== 'node' || type.key.length !== 1 || type.key[0] !== property) return false
  const value = type.properties.find((p) => p.name === property)?.type
  return value?.kind === 'enum' || (value?.kind === 'scalar' && value.name === 'String')
}
