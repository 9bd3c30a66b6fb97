import type { Commit, GroundplaneClient } from '@groundplane/client'
import type { CommitInfo } from '@groundplane/graph'
import { CommandError } from './errors.js'
import type { GraphAddress } from './graph-target.js'
import { answerOf, connect } from './operator/connect.js'
import { resolvePlace } from './operator/scope.js'
import { resolveServer } from './operator/server-target.js'
import { note } from './output.js'

/** A graph of a server, as a command works with it. Who acts is whoever the token belongs to. */
export interface RemoteGraph {
  readonly id: string
  readonly client: ReturnType<GroundplaneClient['graph']>
  /** Waits for an answer; a refusal fails the command with the server's own code. */
  ask<T>(answer: Promise<T>): Promise<T>
  /** Lines as they come; one that does not come fails the command the same way. */
  lines<T>(lines: AsyncGenerator<string, T>): AsyncGenerator<string, T>
}

/** A server, as a command works with it. */
export interface RemoteServer {
  readonly url: string
  readonly client: GroundplaneClient
  readonly ask: RemoteGraph['ask']
}

/**
 * The graph of a server, when that is the place a command is told or has in use; undefined when
 * the place is here. Writes say on stderr what they resolved to.
 */
export async function remoteGraph(
  told: GraphAddress,
  purpose: 'read' | 'write',
): Promise<RemoteGraph | undefined> {
  const address = await resolvePlace(told)
  const server = await serverAt(address)
  if (!server) return undefined
  const { ask, client, url } = server
  const id = address.graph ?? (await onlyGraph(client, ask, url))
  if (purpose === 'write') note(`writing to ${url}/graphs/${id}`)
  return { id, client: client.graph(id), ask, lines: (lines) => askedLines(ask, lines) }
}

/** The server that a command is told or has in use, if that is the place. */
export async function remoteServer(told: GraphAddress): Promise<RemoteServer | undefined> {
  return serverAt(await resolvePlace(told))
}

async function serverAt(address: GraphAddress): Promise<RemoteServer | undefined> {
  if (address.server === undefined) return undefined
  if ([address.root, address.store, address.cluster].some((x) => x !== undefined)) {
    throw new CommandError('graph_address', 'The graph is named in more than one way.', {
      remedy: 'Keep one of: a root, --store, --cluster, --server.',
    })
  }
  if (address.as !== undefined) {
    throw new CommandError('actor_not_over_server', 'Who acts on a server is whoever the token belongs to.', {
      remedy: 'Leave out --as; `groundplane login` keeps a token.',
    })
  }
  const server = await resolveServer(address.server)
  const client = await connect(server)
  return { url: server.url, client, ask: (answer) => answerOf(server, answer) }
}

async function* askedLines<T>(
  ask: RemoteGraph['ask'],
  lines: AsyncGenerator<string, T>,
): AsyncGenerator<string, T> {
  try {
    for (;;) {
      const { done, value } = await ask(lines.next())
      if (done) return value
      yield value
    }
  } finally {
    await lines.return(undefined as never)
  }
}

async function onlyGraph(client: GroundplaneClient, ask: RemoteGraph['ask'], url: string): Promise<string> {
  const { graphs } = await ask(client.graphs())
  const [only, ...others] = graphs
  if (only && others.length === 0) return only.graph_id
  throw new CommandError('graph_ambiguous', `${url} serves ${only ? 'several graphs' : 'no graph'}.`, {
    remedy: `Choose with --graph: ${graphs.map((g) => g.graph_id).join(', ') || 'none is served'}.`,
  })
}

/** A commit as commands on a graph here show it. */
export function commitOf(commit: Commit): CommitInfo {
  const parents = [commit.parent_commit_id, commit.merged_parent_commit_id]
  return {
    id: commit.graph_commit_id,
    parents: parents.filter((id): id is string => typeof id === 'string'),
    branch: commit.graph_branch ?? 'main',
    kind: commit.kind,
    actor: commit.actor_id ?? null,
    provenance: commit.provenance,
    message: commit.message ?? null,
    schemaDigest: commit.schema_digest,
    at: commit.at,
    changes: { inserted: commit.inserted, updated: commit.updated, deleted: commit.deleted },
  }
}
