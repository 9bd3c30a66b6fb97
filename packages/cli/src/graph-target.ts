import { existsSync, realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { LoadOptions } from '@groundplane/cluster'
import { actorPrincipal, type Principal, withoutCredentials } from '@groundplane/core'
import type { Authorize, EmbeddingProvider, Graph } from '@groundplane/graph'
import { embedderOf, openCluster } from './cluster-target.js'
import { CommandError } from './errors.js'
import { type Place, resolvePlace } from './operator/scope.js'
import { resolveActor } from './operator-config.js'
import { note } from './output.js'

/** How a command line may name a graph; exactly one way at a time. */
export interface GraphAddress {
  readonly root?: string | undefined
  readonly store?: string
  readonly cluster?: string
  readonly server?: string
  readonly graph?: string
  readonly profile?: string
  readonly as?: string
}

export interface GraphTarget {
  readonly graph: Graph
  readonly principal?: Principal
  /** The cluster's policies; absent for a bare root, whose owner is whoever can write the directory. */
  readonly authorize?: Authorize
  /** Stored queries of a cluster graph: name → text. Empty for a bare root. */
  readonly queries: ReadonlyMap<string, string>
  /** Makes vectors of texts, when a provider is bound. */
  readonly embedder?: EmbeddingProvider
  /** The directory of the cluster the graph belongs to; absent for a bare root. */
  readonly managed?: string
  /** False for a graph of a cluster whose control plane is on S3: destructive work on it asks first. */
  readonly local: boolean
  close(): void
}

/**
 * Opens the addressed graph under the rules that bind it: a graph of a cluster, however it
 * is named, obeys the cluster's applied policies. Writes say on stderr what they resolved to.
 * `rulesOnly`: without stored queries, and so also when published content is lost or altered.
 */
export async function openGraphTarget(
  told: GraphAddress,
  purpose: 'read' | 'write' | 'preview',
  load: LoadOptions = {},
): Promise<GraphTarget> {
  const address = await resolvePlace<GraphAddress & Place>(told)
  if (address.server !== undefined) throw onlyHere(address.server)
  // A preview takes the write lock to look, and writes nothing worth announcing.
  const access = purpose === 'read' ? 'read' : 'write'
  const given = [address.root, address.store, address.cluster].filter((x) => x !== undefined)
  if (given.length !== 1) {
    throw new CommandError(
      'graph_address',
      given.length === 0 ? 'No graph is named.' : 'The graph is named in more than one way.',
      {
        remedy:
          'Name it once: a root as the argument, --store <root>, --cluster <dir> [--graph <id>], or --profile <name>. In a directory with a cluster.yaml it is that cluster.',
      },
    )
  }
  const root = address.root ?? address.store
  if (root !== undefined) refuseAddress(root)
  const managed = root === undefined ? undefined : managingCluster(root)
  const target =
    root !== undefined && managed === undefined
      ? await openBareRoot(root, address, access)
      : await openClusterGraph(
          managed?.dir ?? (address.cluster as string),
          managed?.graph ?? address.graph,
          address.as,
          access,
          load,
        )
  if (purpose === 'write')
    note(`writing to ${target.graph.root}${target.principal ? ` as ${target.principal.actor}` : ''}`)
  return target
}

/** A graph root is a directory; an address taken for a relative path would name one nobody meant. */
export function refuseAddress(root: string): void {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(root)) return
  const remedy = /^s3:/i.test(root)
    ? 'Graphs are kept in directories: name one here. A cluster whose "storage" is on S3 keeps them in its "data_dir".'
    : 'Name a directory here, or the graph of a server with --server <url> --graph <id>.'
  throw new CommandError('graph_address', `${withoutCredentials(root)} is an address, not a directory.`, {
    remedy,
  })
}

function onlyHere(server: string): CommandError {
  return new CommandError(
    'graph_address',
    `The place in use is the server ${server}; this works on graphs here.`,
    {
      remedy: 'Name a root, --store <root>, --cluster <dir>, or a --profile that has one of these.',
    },
  )
}

/** `<dir>/graphs/<id>.gp` below a ledger belongs to that cluster, also when a link leads there. */
function managingCluster(root: string): { dir: string; graph: string } | undefined {
  const absolute = existsSync(root) ? realpathSync(root) : resolve(root)
  const graphs = dirname(absolute)
  const dir = dirname(graphs)
  // The ledger, or, when that is on S3, the mark of the directory that holds the graphs.
  if (!['state.json', 'data-dir.json'].some((name) => existsSync(join(dir, '__cluster', name))))
    return undefined
  return { dir, graph: absolute.slice(graphs.length + 1).replace(/\.gp$/, '') }
}

async function openBareRoot(
  root: string,
  address: GraphAddress,
  access: 'read' | 'write',
): Promise<GraphTarget> {
  if (address.graph !== undefined) {
    throw new CommandError('graph_address', '--graph goes with --cluster.', { remedy: 'Leave --graph out.' })
  }
  const { embeddingProviderFromEnvironment, Graph } = await import('@groundplane/graph')
  const embedder = embeddingProviderFromEnvironment(process.env)
  const graph = Graph.open(root, { readOnly: access === 'read', ...(embedder && { embedder }) })
  const actor = await resolveActor(address.as)
  return {
    graph,
    ...(actor !== undefined && { principal: actorPrincipal(actor) }),
    ...(embedder && { embedder }),
    queries: new Map(),
    local: true,
    close: () => graph.close(),
  }
}

async function openClusterGraph(
  dir: string,
  id: string | undefined,
  as: string | undefined,
  access: 'read' | 'write',
  load: LoadOptions,
): Promise<GraphTarget> {
  const cluster = await openCluster(dir, as, load)
  const applied = cluster.graph(id)
  const graph = await cluster.open(applied.id, access)
  const embedder = await embedderOf(applied)
  return {
    graph,
    ...(embedder && { embedder }),
    authorize: cluster.authorize,
    ...(cluster.principal && { principal: cluster.principal }),
    queries: new Map(applied.queries.map((q) => [q.name, q.source])),
    managed: dir,
    local: cluster.revision.local,
    close: () => graph.close(),
  }
}
