import { GroundplaneError } from '@groundplane/core'
import type { DiffOptions, EntityChange, FeedOptions } from '@groundplane/graph'
import type { ChangeDiff, ChangeFeed, CommitChanges, CommitList } from '@groundplane/protocol'
import { fromCountToken, fromPageToken, toPageToken } from '../http/page-token.js'
import { causeToWire, changeToWire, commitToWire, receiptOf } from '../routes/graph-wire.js'
import type { ServedGraph } from '../served-revision.js'
import { ServerError } from '../server-error.js'
import { type Caller, whoOf } from './caller.js'

/** History of one served graph and what it changed, for HTTP and MCP alike, in pages. */

const OPS = { insert: 'inserted', update: 'updated', delete: 'deleted' } as const
const DEFAULT_PAGE = 100

export interface Page {
  readonly limit?: number | undefined
  readonly page_token?: string | undefined
}

/** Which changes are wanted, as the wire has it. */
export interface WantedChanges {
  readonly kind?: readonly ('node' | 'edge')[] | undefined
  readonly type?: readonly string[] | undefined
  readonly op?: readonly (keyof typeof OPS)[] | undefined
}

export interface FeedQuestion extends Page, WantedChanges {
  readonly branch?: string | undefined
  readonly cursor?: string | undefined
  readonly start?: string | undefined
}

export interface DiffQuestion extends Page, WantedChanges {
  readonly from: string
  readonly to?: string | undefined
  /** Whose head `to` is when it is left out. */
  readonly branch?: string | undefined
}

export async function listCommits(
  caller: Caller,
  { service }: ServedGraph,
  { branch, limit = DEFAULT_PAGE, page_token }: Page & { readonly branch?: string | undefined },
): Promise<CommitList> {
  const commits = await service.commits({
    ...(branch !== undefined && { branch }),
    limit: limit + 1,
    ...(page_token !== undefined && { before: fromPageToken(page_token) }),
    ...whoOf(caller),
  })
  const page = commits.slice(0, limit)
  const last = page.at(-1)
  return {
    commits: page.map(commitToWire),
    next_page_token: commits.length > limit && last ? toPageToken(last.id) : null,
  }
}

export async function commitChanges(
  caller: Caller,
  { service }: ServedGraph,
  commitId: string,
  { limit = DEFAULT_PAGE, page_token, ...wanted }: Page & WantedChanges,
): Promise<CommitChanges> {
  const cause = causeToWire(await service.commit(commitId, whoOf(caller)))
  const offset = page_token === undefined ? 0 : fromCountToken(page_token)
  const changes = (await orGone(service.changes(commitId, whoOf(caller)))).filter(wantedBy(wanted))
  const more = changes.length > offset + limit
  return {
    cause,
    changes: changes.slice(offset, offset + limit).map(changeToWire),
    next_page_token: more ? toPageToken(String(offset + limit)) : null,
  }
}

/** What came on a branch since the caller's place. `changes_gone` when a cleanup removed it. */
export async function pollChanges(
  caller: Caller,
  { id, service }: ServedGraph,
  question: FeedQuestion,
): Promise<ChangeFeed> {
  const { branch, cursor, page_token, limit, start } = question
  const page = await service.feed({
    ...(branch !== undefined && { branch }),
    ...(cursor !== undefined && { cursor }),
    ...(page_token !== undefined && { pageToken: page_token }),
    ...(limit !== undefined && { limit }),
    ...filterOf(question),
    ...(start !== undefined && { start: startOf(start) }),
    ...whoOf(caller),
    ...(caller.signal && { signal: caller.signal() }),
  })
  return {
    blocks: page.blocks.map(({ commit, changes }) => ({
      cause: causeToWire(commit),
      commit: commitToWire(commit),
      changes: changes.map(changeToWire),
    })),
    ...(page.nextPageToken !== undefined && { next_page_token: page.nextPageToken }),
    ...(page.cursor !== undefined && { cursor: page.cursor }),
    ...(page.caughtUp !== undefined && { caught_up: page.caughtUp }),
    head: commitToWire(page.head),
    receipt: receiptOf(id, page.head),
  }
}

/** The net change between two commits. */
export async function diffCommits(
  caller: Caller,
  { id, service }: ServedGraph,
  question: DiffQuestion,
): Promise<ChangeDiff> {
  const { from, to, branch = 'main', limit, page_token } = question
  const options: DiffOptions = {
    from,
    to: to ?? branch,
    ...(limit !== undefined && { limit }),
    ...(page_token !== undefined && { pageToken: page_token }),
    ...filterOf(question),
  }
  const page = await orGone(
    service.diff({ ...options, ...whoOf(caller), ...(caller.signal && { signal: caller.signal() }) }),
  )
  return {
    from: page.from,
    to: page.to,
    changes: page.changes.map(changeToWire),
    next_page_token: page.nextPageToken,
    receipt: receiptOf(id, { id: page.to, at: page.at }),
  }
}

function wantedBy({ kind, type, op }: WantedChanges): (change: EntityChange) => boolean {
  const ops = op?.map((name) => OPS[name])
  return (change) =>
    (kind?.includes(change.kind) ?? true) &&
    (type?.includes(change.type) ?? true) &&
    (ops?.includes(change.op) ?? true)
}

export function filterOf({ kind, type, op }: WantedChanges): Pick<DiffOptions, 'kinds' | 'types' | 'ops'> {
  return {
    ...(kind && { kinds: kind }),
    ...(type && { types: type }),
    ...(op && { ops: op.map((name) => OPS[name]) }),
  }
}

function startOf(start: string): NonNullable<FeedOptions['start']> {
  if (start === 'now' || start === 'beginning') return start
  if (start.startsWith('after:')) return { after: start.slice('after:'.length) }
  throw new ServerError('invalid', 'changes_start', `The feed cannot start at "${start}".`, {
    remedy: 'Use now, beginning or after:<commit id>.',
  })
}

/** Changes that were removed are one failure to a reader of changes, however it came upon them. */
async function orGone<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof GroundplaneError) || error.code !== 'commit_removed') throw error
    throw new ServerError('gone', 'changes_gone', error.message, {
      remedy:
        'Compare commits that were kept; to follow the branch, take a baseline and go on from its cursor.',
      ...(error.details && { details: error.details }),
      cause: error,
    })
  }
}
