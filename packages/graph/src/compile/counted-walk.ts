import type { Clause, ReadQuery, TraverseClause } from '@groundplane/lang'
import type { BoundEdge, BoundSchema } from '../storage/bound-schema.js'

/** A walk whose far end is only counted, and the pattern without it. */
export interface CountedWalk {
  readonly walk: TraverseClause
  readonly edge: BoundEdge
  /** The near end is the clause's target. */
  readonly backward: boolean
  readonly rest: readonly Clause[]
}

/**
 * The walk of a query that returns nothing but counts of one variable, which only
 * that walk (and a bind of its type without conditions) names. Null for any
 * other query: it is compiled as a pattern.
 */
export function countedWalk(query: ReadQuery, schema: BoundSchema): CountedWalk | null {
  if (query.order.length > 0 || query.distinct || query.offset || query.limit === 0) return null
  const far = countedVariable(query)
  if (far === null) return null
  const walks = query.match.filter(
    (c): c is TraverseClause => c.kind === 'traverse' && (c.source === far) !== (c.target === far),
  )
  const walk = walks[0]
  const edge = walk && schema.edges.get(walk.edge)
  if (
    walks.length !== 1 ||
    !walk?.hops ||
    !edge ||
    edge.erased !== undefined ||
    edge.from.erased !== undefined ||
    edge.from !== edge.to
  )
    return null
  const rest = query.match.filter((c) => c !== walk && !isBareBind(c, far))
  const backward = walk.source === far
  const near = backward ? walk.target : walk.source
  if (!rest.every(isPlain) || !rest.some((c) => binds(c, near)) || names(rest, far)) return null
  return { walk, edge, backward, rest }
}

function countedVariable(query: ReadQuery): string | null {
  const counted = new Set<string | null>(
    query.projections.map(({ expression: e }) =>
      e.kind === 'aggregate' && e.func === 'count' && e.arg.kind === 'variable' ? e.arg.variable : null,
    ),
  )
  const [only] = counted
  return counted.size === 1 && only !== undefined ? only : null
}

function isBareBind(clause: Clause, variable: string): boolean {
  return clause.kind === 'bind' && clause.variable === variable && clause.where.length === 0
}

function isPlain(clause: Clause): boolean {
  return clause.kind !== 'optional'
}

function binds(clause: Clause, variable: string): boolean {
  if (clause.kind === 'bind') return clause.variable === variable
  return clause.kind === 'traverse' && (clause.source === variable || clause.target === variable)
}

/** Whether a variable is named anywhere inside, however deep. */
function names(node: unknown, variable: string): boolean {
  if (Array.isArray(node)) return node.some((item) => names(item, variable))
  if (node === null || typeof node !== 'object') return node === variable
  return Object.values(node).some((member) => names(member, variable))
}
