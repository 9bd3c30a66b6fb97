import { ClusterError } from '../cluster-error.js'
import type { Ledger } from '../ledger.js'
import type { LedgerEntry } from '../ledger-entry.js'
import type { AppliedPolicy } from './applied-revision.js'
import type { PublishedContents } from './published-contents.js'

/** Those that speak for a graph that is served, or for the cluster. `ClusterError` for bindings that apply cannot have written. */
export async function appliedPolicies(
  contents: PublishedContents,
  ledger: Ledger,
  served: ReadonlySet<string>,
): Promise<AppliedPolicy[]> {
  const bundles = contents.of('policy').map(([name, entry]) => ({
    name,
    entry,
    bound: boundScopes(ledger, name, entry),
  }))
  const scopes = new Map<string, string>()
  for (const { name, bound } of bundles) {
    for (const scope of bound) {
      const other = scopes.get(scope)
      if (other !== undefined) {
        throw new ClusterError(
          'unavailable',
          'duplicate_policy_binding',
          `policies "${other}" and "${name}" both apply to ${scope}`,
          { remedy: 'Merge the bundles of one scope, then apply.' },
        )
      }
      scopes.set(scope, name)
    }
  }
  const policies: AppliedPolicy[] = []
  for (const { name, entry, bound } of bundles) {
    const source = await contents.text(`policy.${name}`, entry)
    const appliesTo = bound.filter((scope) => scope === 'cluster' || served.has(scope))
    const file = `${name}${entry.format === 'cedar' ? '.cedar' : '.policy.yaml'}`
    if (appliesTo.length > 0) policies.push({ name, source, file, appliesTo })
  }
  return policies
}

/**
 * Graph ids, or the word `cluster`, as apply records them. A binding that apply cannot have written is
 * refused: ignored, it would leave a graph without its rules.
 */
function boundScopes(ledger: Ledger, name: string, { applies_to = [] }: LedgerEntry): string[] {
  if (applies_to.length === 0) {
    throw new ClusterError(
      'unavailable',
      'policy_bindings_missing',
      `the ledger does not say what policy "${name}" applies to`,
      { remedy: 'Run "groundplane cluster apply": it records the bindings.' },
    )
  }
  const { applied_revision, resource_statuses, tombstones } = ledger
  const remedy = 'Run "groundplane cluster apply": it records the bindings that are declared.'
  return applies_to.map((scope) => {
    if (scope === 'cluster') return scope
    if (!scope.startsWith('graph.')) {
      const message = `the ledger binds policy "${name}" to ${scope}, which is neither a graph nor the cluster`
      throw new ClusterError('unavailable', 'wrong_kind_reference', message, { remedy })
    }
    // One that is gone has a status or a tombstone.
    if (!applied_revision.resources[scope] && !resource_statuses[scope] && !tombstones?.[scope]) {
      const message = `the ledger binds policy "${name}" to ${scope}, which it does not know`
      throw new ClusterError('unavailable', 'dangling_graph_reference', message, { remedy })
    }
    return scope.slice('graph.'.length)
  })
}
