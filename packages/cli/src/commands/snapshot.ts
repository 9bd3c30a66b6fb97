import type { SnapshotInfo } from '@groundplane/graph'
import type { GraphAddress } from '../graph-target.js'
import { showRows, type Wanted } from '../listing.js'
import { onGraph } from '../on-graph.js'
import { note } from '../output.js'
import { commitOf, type RemoteGraph } from '../remote-graph.js'

interface SnapshotOptions extends GraphAddress, Wanted {
  readonly branch?: string
  readonly snapshot?: string
}

/** Which commit a branch is at, and how many entities of each type are there. */
export async function runSnapshot(root: string | undefined, options: SnapshotOptions): Promise<number> {
  const { branch, snapshot } = options
  const found = await onGraph(
    { ...options, root },
    'read',
    ({ graph, principal }) =>
      graph.snapshot({
        ...(branch !== undefined && { branch }),
        ...(snapshot !== undefined && { commit: snapshot }),
        ...(principal && { principal }),
      }),
    (remote) => snapshotOver(remote, options),
  )
  const rows = found.types.map(({ name, kind, rows }) => ({ type: name, kind, rows }))
  await showRows(found, ['type', 'kind', 'rows'], rows, options)
  note(`${found.branch} at ${found.commit.id} (${found.commit.at})`)
  return 0
}

async function snapshotOver(
  remote: RemoteGraph,
  { branch, snapshot }: SnapshotOptions,
): Promise<SnapshotInfo> {
  const answer = await remote.ask(
    remote.client.snapshot({
      ...(branch !== undefined && { branch }),
      ...(snapshot !== undefined && { snapshot }),
    }),
  )
  return {
    branch: answer.graph_branch,
    commit: commitOf(answer.commit),
    types: answer.datasets.map(({ type_name: name, entity_kind: kind, entity_count: rows }) => ({
      name,
      kind,
      rows,
    })),
  }
}
