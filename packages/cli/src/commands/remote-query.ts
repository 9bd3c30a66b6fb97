import type { ChangeOutput, InvokeOutput, ReadOutput } from '@groundplane/client'
import type { MutationResult, QueryResult } from '@groundplane/graph'
import { CommandError } from '../errors.js'
import { commitOf, type RemoteGraph } from '../remote-graph.js'

/** A query for a server: stored there, or as text. */
export interface RemoteQuery {
  readonly stored?: string | undefined
  readonly text?: string | undefined
  readonly name?: string | undefined
  readonly params: Record<string, unknown>
}

export interface At {
  readonly branch?: string | undefined
  readonly snapshot?: string | undefined
  readonly ifCommit?: string | undefined
}

/** The rows a server answers, as a query here gives them. */
export async function queryOver(remote: RemoteGraph, query: RemoteQuery, at: At): Promise<QueryResult> {
  const { params, name, stored, text } = query
  const { branch, snapshot } = at
  const answer = (await remote.ask<InvokeOutput>(
    stored === undefined
      ? remote.client.query({ query: text as string, name, params, branch, snapshot })
      : remote.client.invoke(stored, { params, branch, snapshot, expect_mutation: false }),
  )) as ReadOutput
  const commit = answer.graph_commit_id as string
  refuseOther(commit, at)
  return {
    columns: answer.columns.map((column, i) => ({ name: column, type: answer.column_types[i] ?? '' })),
    rows: answer.rows,
    rowCount: answer.row_count,
    commit,
    truncated: answer.truncated,
  }
}

/** A read is of one commit, so looking at which it was is as good as asking for it. */
export function refuseOther(commit: string, { branch, snapshot, ifCommit }: At): void {
  if (ifCommit === undefined || snapshot !== undefined || commit === ifCommit) return
  throw new CommandError(
    'commit_mismatch',
    `The head of ${branch ?? 'main'} is ${commit}, not ${ifCommit}.`,
    {
      kind: 'stale',
      remedy: 'Read again from the new head, then repeat with its commit id.',
      details: { expected: ifCommit, found: commit },
    },
  )
}

/** What a write on a server did, as one here says it. */
export async function mutateOver(
  remote: RemoteGraph,
  { params, name, stored, text }: RemoteQuery,
  { branch, ifCommit, message }: At & { readonly message?: string | undefined },
): Promise<MutationResult> {
  const condition = ifCommit === undefined ? {} : { ifCommit }
  const answer = (await remote.ask<InvokeOutput>(
    stored === undefined
      ? remote.client.mutate({ query: text as string, name, params, branch, message }, condition)
      : remote.client.invoke(stored, { params, branch, message, expect_mutation: true }, condition),
  )) as ChangeOutput
  const { affected_nodes: nodes, affected_edges: edges, inserted, updated, deleted, commit } = answer
  return { affected: { nodes, edges }, inserted, updated, deleted, commit: commit ? commitOf(commit) : null }
}
