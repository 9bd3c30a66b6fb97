import { jsonDigest } from '@groundplane/core'
import type { SchemaModel } from './schema-model.js'

/**
 * SHA-256 over the canonical JSON of the model. Comments, formatting and the order
 * of enum members do not count; the order of declarations and properties does.
 */
export function schemaDigest(model: Omit<SchemaModel, 'digest'>): string {
  return jsonDigest({
    interfaces: canonical(model.interfaces),
    nodes: canonical(model.nodes),
    edges: canonical(model.edges),
  })
}

function canonical(value: unknown): unknown {
  // JSON has no integers beyond 2^53; the tag keeps 9007199254740993 apart from its text.
  if (typeof value === 'bigint') return { $integer: value.toString() }
  if (Array.isArray(value)) return value.map(canonical)
  if (value === null || typeof value !== 'object') return value
  const members = Object.entries(value).map(([key, member]) => [key, canonical(member)] as const)
  const result = Object.fromEntries(members)
  if (result.kind === 'enum' && Array.isArray(result.values)) result.values = [...result.values].sort()
  return result
}
