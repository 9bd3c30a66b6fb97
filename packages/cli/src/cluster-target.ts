import type { Catalog } from '@groundplane/catalog'
import type { AppliedGraph, AppliedRevision, LoadOptions } from '@groundplane/cluster'
import { actorPrincipal, type Principal } from '@groundplane/core'
import type { Authorize, EmbeddingProvider, Graph } from '@groundplane/graph'
import { CommandError } from './errors.js'
import { clusterRoot } from './operator/scope.js'
import { resolveActor } from './operator-config.js'

/** The applied revision of a cluster directory, with the rules its policies set on whoever acts. */
export interface ClusterTarget {
  /** Config directory or storage root. */
  readonly dir: string
  readonly revision: AppliedRevision
  readonly principal?: Principal
  readonly authorize: Authorize
  /** The applied graph with this id, or the only one when no id is given. */
  graph(id: string | undefined): AppliedGraph
  open(id: string, access: 'read' | 'write'): Promise<Graph>
  /** Throws `denied` when policy does not let whoever acts see which graphs there are. */
  mayList(): void
}

/** `named`: a config directory, a storage root, or a name of one in the operator config. */
export async function openCluster(
  named: string,
  as: string | undefined,
  options: LoadOptions = {},
): Promise<ClusterTarget> {
  const dir = await clusterRoot(named)
  const [{ loadApplied }, { authorizer, PolicyEngine }, actor] = await Promise.all([
    import('@groundplane/cluster/applied'),
    import('@groundplane/policy'),
    resolveActor(as),
  ])
  const revision = await loadApplied(dir, options)
  const principal = actor === undefined ? undefined : actorPrincipal(actor)
  // Without any policy the rules are those of the file system: whoever can write the directory may.
  const gate = authorizer(PolicyEngine.load(revision.policies), {
    mode: revision.governed ? 'policy' : 'open',
  })
  // One process, one actor: whatever is done inside is done by whoever runs the command.
  const authorize: Authorize = (request) => gate({ ...(principal && { principal }), ...request })
  const graph = (id: string | undefined) => pickGraph(revision, dir, id)
  return {
    dir,
    revision,
    ...(principal && { principal }),
    authorize,
    mayList: () => gate({ action: 'graph_list', graph: 'cluster', ...(principal && { principal }) }),
    graph,
    async open(id, access) {
      const { Graph } = await import('@groundplane/graph')
      const applied = graph(id)
      const embedder = await embedderOf(applied)
      return Graph.open(applied.root, {
        readOnly: access === 'read',
        authorize,
        ...(embedder && { embedder }),
        ...(applied.externalBlobs && { externalBlobs: applied.externalBlobs }),
      })
    },
  }
}

/** The provider that makes the vectors of a graph, if it has one; its key is needed when something is embedded. */
export async function embedderOf(applied: AppliedGraph): Promise<EmbeddingProvider | undefined> {
  if (!applied.embedding) return undefined
  const { declaredEmbeddingProvider } = await import('@groundplane/graph')
  return declaredEmbeddingProvider(applied.embedding, process.env)
}

function pickGraph(revision: AppliedRevision, dir: string, id: string | undefined): AppliedGraph {
  const candidates = revision.graphs.map((g) => g.id).sort()
  if (id === undefined && revision.graphs.length === 1 && revision.quarantined.length === 0)
    return revision.graphs[0] as AppliedGraph
  const found = revision.graphs.find((g) => g.id === id)
  if (found) return found
  const unusable = revision.quarantined.find((q) => q.graph === id)
  if (unusable) {
    throw new CommandError(
      unusable.code,
      `The graph "${unusable.graph}" cannot be used: ${unusable.message}`,
      {
        kind: 'unavailable',
        remedy: `Run \`groundplane cluster plan --config ${dir}\`: it says what is wrong and what to do.`,
      },
    )
  }
  throw new CommandError(
    id === undefined ? 'graph_ambiguous' : 'graph_not_applied',
    id === undefined
      ? `The cluster in ${dir} has several graphs.`
      : `The cluster in ${dir} has no applied graph "${id}".`,
    {
      kind: id === undefined ? 'invalid' : 'not-found',
      remedy: `Choose with --graph: ${candidates.join(', ') || 'none is applied yet'}.`,
    },
  )
}

/** Opens a catalog graph of the cluster for a body and closes it afterwards, whatever happens. */
export async function withCatalog<T>(
  cluster: ClusterTarget,
  graphId: string,
  body: (catalog: Catalog) => Promise<T>,
): Promise<T> {
  const { Catalog } = await import('@groundplane/catalog')
  const graph = await cluster.open(graphId, 'write')
  try {
    return await body(new Catalog(graph))
  } finally {
    graph.close()
  }
}
