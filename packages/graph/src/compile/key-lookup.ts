import type { CheckedQuery, Clause } from '@groundplane/lang'
import type { BoundSchema } from '../storage/bound-schema.js'

const known = new WeakMap<CheckedQuery, boolean>()

/**
 * Whether a query reads at most one entity, by its whole key, and nothing else:
 * microseconds on any graph, so it need not go to another thread.
 */
export function isKeyLookup(query: CheckedQuery, nodes: BoundSchema['model']['nodes']): boolean {
  let is = known.get(query)
  if (is === undefined) {
    const [clause] = query.kind === 'read' ? query.match : []
    is = query.kind === 'read' && query.match.length === 1 && bindsKey(clause, nodes) && !searches(query)
    known.set(query, is)
  }
  return is
}

/** Whether a clause binds one node at most, by its whole key. */
export function bindsKey(clause: Clause | undefined, nodes: BoundSchema['model']['nodes']): boolean {
  if (clause?.kind !== 'bind') return false
  const key = nodes.find((n) => n.name === clause.type)?.key ?? []
  return key.length > 0 && key.every((k) => clause.where.some((w) => w.property === k))
}

/** Scores rest on statistics of the whole type. */
function searches(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(searches)
  if (node === null || typeof node !== 'object') return false
  return (node as { kind?: unknown }).kind === 'search' || Object.values(node).some(searches)
}
