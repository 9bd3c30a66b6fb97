import type { Diagnostic } from '@groundplane/core'
import type { PolicyBinding } from '@groundplane/policy'
import { CommandError } from './errors.js'
import { readText } from './input.js'

/** Where the bundles come from: one file, the applied revision of a cluster, or (by default) what a directory declares. */
export interface PolicyAddress {
  readonly policy?: string
  readonly cluster?: string
  readonly config?: string
  readonly graph?: string
}

export interface PolicySource {
  readonly bindings: readonly PolicyBinding[]
  /** Graph ids of the cluster; of one file, the graph it is taken to govern. */
  readonly graphs: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
}

/** A mistake in a bundle is among the diagnostics, and the bundle is then left out. */
export async function readPolicies(address: PolicyAddress): Promise<PolicySource> {
  const given = [address.policy, address.cluster, address.config].filter((x) => x !== undefined)
  if (given.length > 1) {
    throw new CommandError('policy_source', 'The policies are named in more than one way.', {
      remedy:
        'Give one of --policy <file>, --cluster <dir> (what is applied) and --config <dir> (what is declared).',
    })
  }
  if (address.policy !== undefined) return fromFile(address.policy, address.graph ?? 'graph')
  if (address.cluster === undefined) {
    const { declaredPolicies } = await import('@groundplane/cluster/declared-policies')
    const { policies, graphs, diagnostics } = await declaredPolicies(address.config ?? '.')
    return { bindings: policies, graphs, diagnostics }
  }
  const { loadApplied } = await import('@groundplane/cluster/applied')
  const { policies, graphs, quarantined } = await loadApplied(address.cluster)
  const ids = [...graphs.map(({ id }) => id), ...quarantined.map(({ graph }) => graph)]
  return { bindings: policies, graphs: ids, diagnostics: [] }
}

/** A file on its own governs the graph that is asked about; Cedar text, which fits both, the server too. */
async function fromFile(file: string, graph: string): Promise<PolicySource> {
  const { checkPolicy } = await import('@groundplane/policy')
  const source = readText(file)
  const { policy, diagnostics } = checkPolicy(source, file)
  const name = (file.split('/').pop() as string).replace(/(\.policy)?\.(ya?ml|cedar)$/, '')
  const bind = (scope: string): PolicyBinding => ({ name, source, file, appliesTo: [scope] })
  const scopes =
    policy?.target === 'cluster' ? ['cluster'] : policy?.target === 'either' ? [graph, 'cluster'] : [graph]
  return { bindings: policy ? scopes.map(bind) : [], graphs: [graph], diagnostics }
}

/** The graph a question is about: the one named, else the only one a decision can depend on. */
export function questionedGraph({ bindings, graphs }: PolicySource, named: string | undefined): string {
  if (named !== undefined) {
    if (graphs.includes(named)) return named
    throw new CommandError('graph_not_declared', `There is no graph "${named}".`, {
      kind: 'not-found',
      remedy: `Choose with --graph: ${graphs.join(', ') || 'none is declared'}.`,
    })
  }
  const bundles = bindings.filter(({ appliesTo }) => appliesTo[0] !== 'cluster')
  const governed = bundles.flatMap(({ appliesTo }) => appliesTo)
  const alike = bundles.length === 1 && governed.length === graphs.length
  const [only] = alike ? governed : graphs
  if (only !== undefined && (alike || graphs.length === 1)) return only
  throw new CommandError(
    'graph_ambiguous',
    graphs.length === 0 ? 'No graph is declared.' : 'Different policies govern the graphs.',
    { remedy: `Choose with --graph: ${graphs.join(', ') || 'none is declared'}.` },
  )
}
