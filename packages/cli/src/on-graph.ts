import { type GraphAddress, type GraphTarget, openGraphTarget } from './graph-target.js'
import { type RemoteGraph, remoteGraph } from './remote-graph.js'

/**
 * One piece of work on the graph a command names: `here` on a root or a graph of a cluster, which is
 * closed afterwards whatever happens, `there` on a graph of a server. Both give the same, so that a
 * command shows it in one way. A preview says nothing of writing.
 */
export async function onGraph<T>(
  told: GraphAddress,
  purpose: 'read' | 'write' | 'preview',
  here: (target: GraphTarget) => T | Promise<T>,
  there: (remote: RemoteGraph) => Promise<T>,
): Promise<T> {
  const remote = await remoteGraph(told, purpose === 'write' ? 'write' : 'read')
  if (remote) return there(remote)
  const target = await openGraphTarget(told, purpose)
  try {
    return await here(target)
  } finally {
    target.close()
  }
}
