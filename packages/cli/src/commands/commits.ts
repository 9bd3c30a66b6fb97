import { type GraphAddress, openGraphTarget } from '../graph-target.js'
import { print, printJson, renderRows, table } from '../output.js'

interface CommitOptions extends GraphAddress {
  readonly branch?: string
  readonly limit?: number
  readonly json?: boolean
}

export async function runCommitList(root: string | undefined, options: CommitOptions): Promise<number> {
  const target = await openGraphTarget({ ...options, root }, 'read')
  try {
    const commits = target.graph.commits({
      limit: options.limit ?? 20,
      ...(options.branch !== undefined && { branch: options.branch }),
      ...(target.principal && { principal: target.principal }),
    })
    if (options.json) printJson({ ok: true, commits })
    else {
      const rows = commits.map((c) => ({
        commit: c.id,
        kind: c.kind,
        at: c.at,
        actor: c.actor ?? '',
        changes: `+${c.changes.inserted} ~${c.changes.updated} -${c.changes.deleted}`,
        message: c.message ?? '',
      }))
      print(renderRows(['commit', 'kind', 'at', 'actor', 'changes', 'message'], rows, 'table'))
    }
    return 0
  } finally {
    target.close()
  }
}

export async function runCommitShow(
  id: string,
  root: string | undefined,
  options: CommitOptions,
): Promise<number> {
  const target = await openGraphTarget({ ...options, root }, 'read')
  try {
    const commit = target.graph.commit(id, target)
    const changes = target.graph.changes(id, target)
    if (options.json) printJson({ ok: true, commit, changes })
    else {
      print(`commit ${commit.id} (${commit.kind}) by ${commit.actor ?? 'nobody named'} at ${commit.at}`)
      if (commit.message !== null) print(`    ${commit.message}`)
      print('')
      print(
        table(
          ['op', 'type', 'id'],
          changes.map((c) => ({ op: c.op, type: c.type, id: c.id })),
        ),
      )
    }
    return 0
  } finally {
    target.close()
  }
}
