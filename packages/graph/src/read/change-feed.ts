import type { CommitInfo, EntityChange } from '../api.js'
import { GraphError } from '../error.js'
import type { Db } from '../storage/database.js'
import { type BranchRow, type CommitRow, commitInfo, type History } from '../storage/history.js'
import { isRemoved } from '../storage/removed-commits.js'
import type { SchemaStore } from '../storage/schema-store.js'
import {
  type ChangeFilter,
  checkedLimit,
  decodeToken,
  encodeToken,
  filterDigest,
  rejected,
  wanted,
} from './change-page.js'
import { type ChangePlace, checkedPlace, commitChanges } from './changes.js'

export interface FeedOptions extends ChangeFilter {
  /** Default `main`. Not needed with a cursor or page token, which know their branch; must fit it when given. */
  readonly branch?: string
  /**
   * Where a first poll begins: with what comes (`now`), with the first commit of the
   * branch's line of history (`beginning`), or after a commit of it.
   */
  readonly start?: 'now' | 'beginning' | { readonly after: string }
  /** Of an earlier poll: what came after it. */
  readonly cursor?: string
  /** Of the page before, within one poll. */
  readonly pageToken?: string
  /** Changes in one page; default 1000, at most 8192. */
  readonly limit?: number
}

export interface ChangeBlock {
  readonly commit: CommitInfo
  readonly changes: readonly EntityChange[]
}

export interface FeedPage {
  /** The head of the branch when the poll began. */
  readonly head: CommitInfo
  /** One per commit, oldest first. A block cut by the end of the page goes on in the next page. */
  readonly blocks: readonly ChangeBlock[]
  /** There is more of this poll. Then no cursor: only whole commits are passed. */
  readonly nextPageToken?: string
  /** On the last page: where the next poll goes on. Keep it together with what was done about the blocks. */
  readonly cursor?: string
  /** On the last page: whether no commit had come since the poll began. */
  readonly caughtUp?: boolean
}

export interface FeedEnvironment {
  readonly db: Db
  readonly graphId: string
  readonly history: History
  readonly schemas: SchemaStore
}

/** A poll in progress: commits after `after` up to `cut`, at `place` inside commit `seq`. */
interface PollState {
  readonly br: number
  readonly after: number
  readonly cut: number
  readonly seq?: number
  readonly place?: ChangePlace
}

/**
 * The commits of a branch's own line (first parents, inherited ones included) as
 * blocks of changes. The reader keeps its place; a cursor is bound to the
 * branch, not its name, so a branch made again under the name never continues
 * it, and a deleted one is read to its end. Inside a read transaction.
 */
export function feedPage(env: FeedEnvironment, options: FeedOptions): FeedPage {
  const limit = checkedLimit(options.limit)
  const binds = { graph: env.graphId, filter: filterDigest(options) }
  const poll = pollState(env, options, binds)
  const cut = commitInfo(env.history.at(poll.cut))
  const blocks: ChangeBlock[] = []
  let left = limit
  for (const commit of commitsBetween(env, poll)) {
    const changes: EntityChange[] = []
    let place = commit.seq === poll.seq ? poll.place : undefined
    for (const [change, at] of keptChanges(env, commit, place, options.cursor)) {
      if (!wanted(options, change)) continue
      if (left === 0) {
        if (changes.length > 0) blocks.push({ commit: commitInfo(commit), changes })
        const next = { ...binds, ...poll, after: before(poll, commit), seq: commit.seq, place }
        return { head: cut, blocks, nextPageToken: encodeToken('page', next) }
      }
      changes.push(change)
      place = at
      left--
    }
    blocks.push({ commit: commitInfo(commit), changes })
  }
  const head = env.history.branchNumbered(poll.br).head_seq
  const cursor = encodeToken('cursor', { ...binds, br: poll.br, after: poll.cut })
  return { head: cut, blocks, cursor, caughtUp: head === poll.cut }
}

/** As `commitChanges`; what a cleanup removed ends the feed for good, and there is one way on. */
function keptChanges(env: FeedEnvironment, commit: CommitRow, place?: ChangePlace, cursor?: string) {
  if (!isRemoved(env.db, commit.seq)) return commitChanges(env, commit, place)
  throw new GraphError(
    'gone',
    'changes_gone',
    `The changes of commit ${commit.id} were removed by a cleanup, so the feed cannot go on from here.`,
    {
      remedy: 'Take a baseline of the branch and go on from its cursor; asking again does not help.',
      details: { commit: commit.id, ...(cursor !== undefined && { cursor }) },
    },
  )
}

/** Which branch a feed reads, for policy to judge. */
export function branchOfFeed(env: FeedEnvironment, options: FeedOptions): string {
  const binds = { graph: env.graphId, filter: filterDigest(options) }
  return env.history.branchNumbered(pollState(env, options, binds).br).name
}

function before(poll: PollState, commit: CommitRow): number {
  return Math.max(poll.after, commit.seq - 1)
}

function pollState(
  env: FeedEnvironment,
  options: FeedOptions,
  binds: Readonly<Record<string, unknown>>,
): PollState {
  if (options.pageToken !== undefined) {
    const token = decodeToken(options.pageToken, 'page', binds)
    const { br, after } = fitting(env, options, token)
    const branch = env.history.branchNumbered(br)
    const place = token.place === undefined ? {} : { place: checkedPlace(token.place) }
    return { br, after, cut: onItsLine(env, branch, token.cut), seq: counted(token.seq), ...place }
  }
  if (options.cursor !== undefined) {
    const { br, after } = fitting(env, options, decodeToken(options.cursor, 'cursor', binds))
    return { br, after, cut: env.history.branchNumbered(br).head_seq }
  }
  const branch = env.history.branch(options.branch ?? 'main')
  const { start = 'now' } = options
  const after =
    start === 'now' ? branch.head_seq : start === 'beginning' ? 0 : onLine(env, branch, start.after)
  return { br: branch.br, after, cut: branch.head_seq }
}

/** What a token says of its branch, if that is a branch, and the one asked for. */
function fitting(
  env: FeedEnvironment,
  options: FeedOptions,
  token: Readonly<Record<string, unknown>>,
): Pick<PollState, 'br' | 'after'> {
  const [br, after] = [counted(token.br), counted(token.after)]
  if (!env.history.findBranchNumbered(br)) throw rejected('its branch is gone')
  if (options.branch !== undefined && env.history.findBranch(options.branch)?.br !== br) {
    throw rejected(`it belongs to another branch than the ${JSON.stringify(options.branch)} of today`)
  }
  return { br, after }
}

function counted(given: unknown): number {
  if (Number.isSafeInteger(given) && (given as number) >= 0) return given as number
  throw rejected('it was not given by a graph')
}

/** The number of a commit of the branch's own line: nothing is told of another's. */
function onItsLine(env: FeedEnvironment, branch: BranchRow, given: unknown): number {
  const seq = counted(given)
  if (env.history.between(branch, seq - 1)[0]?.seq !== seq) throw rejected('it was not given by a graph')
  return seq
}

/** The cursor of a reader that has all of a branch up to a commit of it, and no more. */
export function cursorAfter(env: FeedEnvironment, br: number, seq: number, filter: ChangeFilter): string {
  return encodeToken('cursor', { graph: env.graphId, filter: filterDigest(filter), br, after: seq })
}

function onLine(env: FeedEnvironment, branch: BranchRow, id: string): number {
  return env.history.recorded(id, branch.name).seq
}

function commitsBetween(env: FeedEnvironment, poll: PollState): CommitRow[] {
  const branch = env.history.branchNumbered(poll.br)
  return env.history.between({ ...branch, head_seq: poll.cut }, poll.after)
}
