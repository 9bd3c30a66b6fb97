import type { GraphAddress } from '../graph-target.js'
import { showRows, type Wanted } from '../listing.js'
import { onGraph } from '../on-graph.js'
import { print, printJson, table } from '../output.js'
import { commitOver, commitsOver } from './remote-changes.js'

interface CommitOptions extends GraphAddress, Wanted {
  readonly branch?: string
  readonly limit?: number
}

export async function runCommitList(root: string | undefined, options: CommitOptions): Promise<number> {
  const { branch, limit = 20 } = options
  const commits = await onGraph(
    { ...options, root },
    'read',
    ({ graph, principal }) =>
      graph.commits({ limit, ...(branch !== undefined && { branch }), ...(principal && { principal }) }),
    (remote) => commitsOver(remote, { branch, limit }),
  )
  const rows = commits.map((c) => ({
    commit: c.id,
    kind: c.kind,
    at: c.at,
    actor: c.actor,
    changes: `+${c.changes.inserted} ~${c.changes.updated} -${c.changes.deleted}`,
    message: c.message,
  }))
  await showRows({ commits }, ['commit', 'kind', 'at', 'actor', 'changes', 'message'], rows, options)
  return 0
}

export async function runCommitShow(
  id: string,
  root: string | undefined,
  options: CommitOptions,
): Promise<number> {
  const { commit, changes } = await onGraph(
    { ...options, root },
    'read',
    (target) => ({ commit: target.graph.commit(id, target), changes: target.graph.changes(id, target) }),
    (remote) => commitOver(remote, id),
  )
  if (options.json) printJson({ ok: true, commit, changes })
  else {
    print(`commit ${commit.id} (${commit.kind}) by ${commit.actor ?? 'nobody named'} at ${commit.at}`)
    if (commit.message !== null) print(`    ${commit.message}`)
    print('')
    const rows = changes.map((c) => ({ op: c.op, type: c.type, id: c.id }))
    print(table(['op', 'type', 'id'], rows))
  }
  return 0
}
