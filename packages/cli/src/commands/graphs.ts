import { openCluster } from '../cluster-target.js'
import { type GraphAddress, openGraphTarget } from '../graph-target.js'
import { showRows, type Wanted } from '../listing.js'
import { resolvePlace } from '../operator/scope.js'
import { note } from '../output.js'
import { remoteServer } from '../remote-graph.js'

interface ListedGraph {
  readonly graph_id: string
  readonly kind: 'graph' | 'catalog'
  /** Its directory, or its address below that of the server. */
  readonly uri: string
}

/** The graphs of a server or of a cluster's applied revision that can be worked with; of a root, that one. */
export async function runGraphsList(
  root: string | undefined,
  options: GraphAddress & Wanted,
): Promise<number> {
  const graphs = await graphsAt({ ...options, root })
  await showRows({ graphs }, ['graph', 'kind', 'uri'], graphs.map(rowOf), options, 'No graph is there.')
  return 0
}

const rowOf = ({ graph_id: graph, kind, uri }: ListedGraph) => ({ graph, kind, uri })

async function graphsAt(told: GraphAddress): Promise<ListedGraph[]> {
  const server = await remoteServer(told)
  if (server) {
    const { graphs } = await server.ask(server.client.graphs())
    return graphs.map(({ graph_id, kind, uri }) => ({ graph_id, kind, uri }))
  }
  const { cluster, root, store } = await resolvePlace(told)
  if (cluster === undefined || root !== undefined || store !== undefined) return [await onlyOne(told)]
  const { mayList, revision } = await openCluster(cluster, told.as)
  mayList()
  for (const { graph, code, message } of revision.quarantined) note(`not "${graph}" (${code}): ${message}`)
  return revision.graphs
    .map(({ id, kind, root: uri }) => ({ graph_id: id, kind, uri }))
    .sort((a, b) => (a.graph_id < b.graph_id ? -1 : 1))
}

async function onlyOne(told: GraphAddress): Promise<ListedGraph> {
  const target = await openGraphTarget(told, 'read')
  const { graph, managed } = target
  try {
    const applied = managed === undefined ? [] : (await openCluster(managed, told.as)).revision.graphs
    const kind = applied.find(({ id }) => id === graph.id)?.kind ?? 'graph'
    return { graph_id: graph.id, kind, uri: graph.root }
  } finally {
    target.close()
  }
}
