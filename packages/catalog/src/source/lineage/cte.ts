import type { ResolveQuery } from './context.js'
import type { CteBinding, CteChain } from './cte-chain.js'
import { type Relation, withColumnNames } from './relation.js'
import type { Scope } from './scope.js'
import type { CteBody, SetOperationBody, SqlNode, WithBody } from './sql-ast.js'
import { bodyOf, kindOf } from './sql-ast.js'
import type { Trace } from './trace.js'

/** Makes the CTEs of a WITH clause known; each is resolved when first used. */
export function bindCtes(
  with_: WithBody | null | undefined,
  trace: Trace,
  ctes: CteChain | undefined,
  outer?: Scope,
): CteChain | undefined {
  const { rules } = trace
  const recursive = with_?.recursive === true || rules.recursionNeedsNoKeyword
  const seeLater =
    rules.ctesSeeLater === 'always' || (rules.ctesSeeLater === 'recursive' && with_?.recursive === true)
  const bindings: CteBinding[] = []
  let chain = ctes
  for (const cte of with_?.ctes ?? []) {
    const binding: CteBinding = {
      name: rules.fold(cte.alias),
      cte,
      recursive,
      ctes: chain,
      outer,
      mutedDepth: trace.mutedDepth,
      relation: undefined,
      busy: false,
    }
    bindings.push(binding)
    chain = { binding, next: chain }
  }
  if (seeLater) for (const binding of bindings) binding.ctes = chain
  return chain
}

export function cteNamed(name: string, ctes: CteChain | undefined, trace: Trace): CteBinding | undefined {
  for (let chain = ctes; chain; chain = chain.next) {
    if (!chain.binding.busy && trace.rules.sameName(chain.binding.name, name)) return chain.binding
  }
  return undefined
}

export function relationOfCte(binding: CteBinding, trace: Trace, query: ResolveQuery): Relation {
  if (binding.relation) return binding.relation
  binding.busy = true
  binding.relation = trace.mutedAs(binding.mutedDepth, () => resolveCte(binding, trace, query))
  binding.busy = false
  return binding.relation
}

function resolveCte(binding: CteBinding, trace: Trace, query: ResolveQuery): Relation {
  const { cte, ctes, outer } = binding
  const names = (cte.columns ?? []).map(trace.rules.fold)
  const anchor = binding.recursive ? firstBranch(cte.this) : undefined
  if (!anchor) return withColumnNames(query(cte.this, ctes, outer), names)
  return resolveRecursive(cte, anchor, names, binding, trace, query)
}

/**
 * A CTE that may use itself: start from its first branch, then resolve the whole
 * with the result so far standing for the CTE until no column gains a source.
 */
function resolveRecursive(
  cte: CteBody,
  anchor: SqlNode,
  names: readonly string[],
  binding: CteBinding,
  trace: Trace,
  query: ResolveQuery,
): Relation {
  let known = withColumnNames(
    trace.muted(() => query(anchor, binding.ctes, binding.outer)),
    names,
  )
  const self: CteBinding = { ...binding, relation: undefined, busy: false }
  const inside: CteChain = { binding: self, next: binding.ctes }
  for (let size = -1; size !== sourceCount(known); ) {
    size = sourceCount(known)
    self.relation = known
    known = withColumnNames(
      trace.muted(() => query(cte.this, inside, binding.outer)),
      names,
    )
  }
  self.relation = known
  return withColumnNames(query(cte.this, inside, binding.outer), names)
}

function firstBranch(node: SqlNode): SqlNode | undefined {
  let first: SqlNode | undefined
  for (let at = node; ; ) {
    const kind = kindOf(at)
    if (kind !== 'union' && kind !== 'intersect' && kind !== 'except') return first
    at = bodyOf<SetOperationBody>(at, kind).left
    first = at
  }
}

function sourceCount(relation: Relation): number {
  let count = 0
  for (const { derivation } of relation.columns) {
    for (const source of derivation.sources())
      count += source.transform === 'identity' ? 1 : source.transform === 'derived' ? 1000 : 1_000_000
  }
  return count
}
