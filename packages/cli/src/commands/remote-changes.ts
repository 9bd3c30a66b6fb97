import type { ChangeDiff, ChangeFeed } from '@groundplane/client'
import type { CommitInfo, DiffPage, EntityChange, FeedPage, Row } from '@groundplane/graph'
import { commitOf, type RemoteGraph } from '../remote-graph.js'

/** History of a graph of a server and what it changed, as a graph here gives it. */

/** The most commits or changes that a server sends at once. */
const PAGE = 1000

/** Commits of a branch, newest first, in as many pages as `limit` takes. */
export async function commitsOver(
  remote: RemoteGraph,
  { branch, limit }: { readonly branch?: string | undefined; readonly limit: number },
): Promise<CommitInfo[]> {
  const commits: CommitInfo[] = []
  let pageToken: string | null | undefined
  while (commits.length < limit) {
    const page = await remote.ask(
      remote.client.commits({
        limit: Math.min(PAGE, limit - commits.length),
        ...(branch !== undefined && { branch }),
        ...(pageToken != null && { pageToken }),
      }),
    )
    commits.push(...page.commits.map(commitOf))
    pageToken = page.next_page_token
    if (pageToken == null) break
  }
  return commits
}

export async function commitOver(
  remote: RemoteGraph,
  id: string,
): Promise<{ commit: CommitInfo; changes: EntityChange[] }> {
  const commit = commitOf(await remote.ask(remote.client.commit(id)))
  const changes: EntityChange[] = []
  for (let pageToken: string | null | undefined; ; ) {
    const page = await remote.ask(
      remote.client.changes(id, { limit: PAGE, ...(pageToken != null && { pageToken }) }),
    )
    changes.push(...page.changes.map(changeOf))
    pageToken = page.next_page_token
    if (pageToken == null) return { commit, changes }
  }
}

interface Question {
  readonly limit?: number | undefined
  readonly pageToken?: string | undefined
  readonly type?: readonly string[] | undefined
  readonly branch?: string | undefined
}

export async function diffOver(
  remote: RemoteGraph,
  { from, to, ...question }: Question & { readonly from: string; readonly to?: string | undefined },
): Promise<DiffPage> {
  const page = await remote.ask<ChangeDiff>(
    remote.client.diff({ from, ...(to !== undefined && { to }), ...wireOf(question) }),
  )
  return {
    from: page.from,
    to: page.to,
    at: page.receipt.at,
    changes: page.changes.map(changeOf),
    nextPageToken: page.next_page_token ?? null,
  }
}

export async function feedOver(
  remote: RemoteGraph,
  question: Question & { readonly cursor?: string | undefined; readonly start?: string | undefined },
): Promise<FeedPage> {
  const { cursor, start } = question
  const page = await remote.ask<ChangeFeed>(
    remote.client.pollChanges({
      ...wireOf(question),
      ...(cursor !== undefined && { cursor }),
      ...(start !== undefined && { start }),
    }),
  )
  const { next_page_token: next, cursor: place, caught_up: caughtUp } = page
  return {
    head: commitOf(page.head),
    blocks: page.blocks.map(({ commit, changes }) => ({
      commit: commitOf(commit),
      changes: changes.map(changeOf),
    })),
    ...(next != null && { nextPageToken: next }),
    ...(place != null && { cursor: place }),
    ...(caughtUp != null && { caughtUp }),
  }
}

function wireOf({ limit, pageToken, type, branch }: Question) {
  return {
    ...(limit !== undefined && { limit }),
    ...(pageToken !== undefined && { page_token: pageToken }),
    ...(type !== undefined && { type }),
    ...(branch !== undefined && { branch }),
  }
}

const OPS = { insert: 'inserted', update: 'updated', delete: 'deleted' } as const

type WireChange = ChangeDiff['changes'][number]

function changeOf({ id, kind, op, type, before, after }: WireChange): EntityChange {
  return {
    kind,
    type: type.name,
    id,
    op: OPS[op],
    before: rowOf(id, before),
    after: rowOf(id, after),
  }
}

function rowOf(id: string, image: WireChange['before']): Row | null {
  if (image == null) return null
  return { id, ...image.endpoints, ...(image.properties as Row) }
}
