import { isoTime, type Provenance } from '@groundplane/core'
import type { CommitInfo, CommitKind, ReadContext } from '../api.js'
import { readsAsCommitId } from '../branch/branch-name.js'
import { GraphError } from '../error.js'
import type { Db } from './database.js'
import { ENTERED_IDS } from './format.js'
import { checkNotRemoved } from './removed-commits.js'
import { MAIN, MAIN_HEAD, type View } from './view.js'

export interface CommitRow {
  readonly seq: number
  readonly id: string
  readonly br: number
  readonly branch: string
  readonly parent_id: string | null
  readonly merge_parent_id: string | null
  readonly kind: CommitKind
  readonly actor: string | null
  readonly provenance: string
  readonly message: string | null
  readonly schema_digest: string
  readonly schema_version: number
  readonly at_ms: number
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
}

export interface BranchRow {
  readonly br: number
  readonly name: string
  readonly head_seq: number
  readonly parent_br: number | null
  readonly fork_seq: number | null
  /** Milliseconds. */
  readonly created_at: number
  readonly deleted_at: number | null
}

/** Expression: whether the graph was deleted. */
export const IS_DELETED = "EXISTS (SELECT 1 FROM meta WHERE key = 'deleted')"

/** Each name by its number, whatever the planner thinks of the tables' sizes. */
const COMMIT_COLUMNS = `c.seq, c.id, c.br, (SELECT b.name FROM branches b WHERE b.br = c.br) AS branch,
  (SELECT p.id FROM commits p WHERE p.seq = c.parent_seq) AS parent_id,
  (SELECT m.id FROM commits m WHERE m.seq = c.merge_parent_seq) AS merge_parent_id, c.kind, c.actor,
  c.provenance, c.message, c.schema_digest, c.schema_version, c.at_ms, c.inserted, c.updated, c.deleted`

const COMMIT = `SELECT ${COMMIT_COLUMNS} FROM commits c`

/**
 * A branch's own line from one of its commits back, newest first: each commit's first parent. In the order of the walk,
 * which has one commit in its queue at a time; so a limit ends it.
 */
const LINE = `WITH RECURSIVE line(seq, parent_seq) AS (
    SELECT seq, parent_seq FROM commits WHERE seq = @from AND seq > @after
    UNION ALL
    SELECT p.seq, p.parent_seq FROM line CROSS JOIN commits p ON p.seq = line.parent_seq WHERE p.seq > @after)
  SELECT ${COMMIT_COLUMNS} FROM line CROSS JOIN commits c ON c.seq = line.seq WHERE c.seq < @before LIMIT @limit`

const SEQ_OF_ID = `COALESCE((SELECT i.seq FROM commit_ids i WHERE i.id = @id),
  (SELECT t.seq FROM commits t WHERE t.seq > ${ENTERED_IDS} AND t.id = @id))`

/** Where a read context points: which commit, which versions, which schema. */
export interface Resolved {
  readonly commit: CommitRow
  readonly view: View
}

/** Branches and commits of one connection, as they stand in the current transaction. */
export class History {
  readonly #db: Db
  readonly #bySeq
  readonly #byId
  readonly #branchByName
  readonly #branchByNumber
  readonly #liveBranches
  readonly #line

  constructor(db: Db) {
    this.#db = db
    this.#bySeq = db.prepare<[number], CommitRow>(`${COMMIT} WHERE c.seq = ?`)
    this.#byId = db.prepare<[{ id: string }], CommitRow>(`${COMMIT} WHERE c.seq = ${SEQ_OF_ID}`)
    this.#line = db.prepare<[LineRange], CommitRow>(LINE)
    const branch = 'SELECT br, name, head_seq, parent_br, fork_seq, created_at, deleted_at FROM heads'
    this.#branchByName = db.prepare<[string], BranchRow>(`${branch} WHERE name = ? AND deleted_at IS NULL`)
    this.#branchByNumber = db.prepare<[number], BranchRow>(`${branch} WHERE br = ?`)
    this.#liveBranches = db.prepare<[], BranchRow>(
      `${branch} WHERE deleted_at IS NULL ORDER BY br <> 1, name`,
    )
  }

  findBranch(name: string): BranchRow | undefined {
    return this.#branchByName.get(name)
  }

  findBranchNumbered(br: number): BranchRow | undefined {
    return this.#branchByNumber.get(br)
  }

  /** A branch by its number, also after it was deleted. */
  branchNumbered(br: number): BranchRow {
    const found = this.#branchByNumber.get(br)
    if (!found) throw new Error(`assertion failed: branch ${br} is not stored`)
    return found
  }

  liveBranches(): BranchRow[] {
    return this.#liveBranches.all()
  }

  branch(name: string): BranchRow {
    const found = this.#branchByName.get(name)
    if (!found) {
      throw new GraphError('not-found', 'branch_not_found', `There is no branch ${JSON.stringify(name)}.`, {
        remedy: 'List the branches of the graph and choose one of them.',
      })
    }
    return found
  }

  head(branchName: string): CommitRow {
    return this.at(this.branch(branchName).head_seq)
  }

  at(seq: number): CommitRow {
    const found = this.#bySeq.get(seq)
    if (!found) throw new Error(`assertion failed: commit ${seq} is not stored`)
    return found
  }

  findCommit(id: string): CommitRow | undefined {
    return this.#byId.get({ id })
  }

  /** A commit's record, of a branch's history when one is given; its data may be gone. */
  recorded(id: string, branch?: string): CommitRow {
    const commit = this.byId(id)
    if (branch !== undefined) this.#checkOnBranch(commit, branch)
    return commit
  }

  byId(id: string): CommitRow {
    const found = this.#byId.get({ id })
    if (!found) {
      throw new GraphError('not-found', 'commit_not_found', `There is no commit ${JSON.stringify(id)}.`, {
        remedy: 'List the commits of the branch and choose one of them.',
      })
    }
    return found
  }

  /** A commit by its id, or the head of a branch by its name: no branch is named like an id. */
  named(name: string): CommitRow {
    return readsAsCommitId(name) ? this.byId(name) : this.head(name)
  }

  /** Call inside a read transaction when more than the view is read. */
  resolve(ctx: ReadContext | undefined): Resolved {
    if (ctx?.commit === undefined) {
      const branch = this.branch(ctx?.branch ?? 'main')
      const head = this.at(branch.head_seq)
      checkHead(head, ctx ?? {}, branch.name)
      return { commit: head, view: this.headView(branch) }
    }
    const commit = this.byId(ctx.commit)
    checkNotRemoved(this.#db, commit)
    const view = this.viewAt(commit.br, commit.seq)
    if (ctx.branch !== undefined) this.#checkOnBranch(commit, ctx.branch)
    return { commit, view }
  }

  headView(branch: Pick<BranchRow, 'br' | 'parent_br' | 'fork_seq'>): View {
    if (branch.br === MAIN) return MAIN_HEAD
    return { chain: [{ br: branch.br, upto: null }, ...this.#ancestors(branch)] }
  }

  viewAt(br: number, seq: number): View {
    const branch = this.branchNumbered(br)
    // At the very head the cheaper view is the same one.
    if (branch.head_seq === seq && br === MAIN) return MAIN_HEAD
    return { chain: [{ br, upto: seq }, ...this.#ancestors(branch)] }
  }

  #ancestors(branch: Pick<BranchRow, 'parent_br' | 'fork_seq'>): { br: number; upto: number }[] {
    const chain: { br: number; upto: number }[] = []
    let at: Pick<BranchRow, 'parent_br' | 'fork_seq'> | undefined = branch
    while (at && at.parent_br !== null && at.fork_seq !== null) {
      chain.push({ br: at.parent_br, upto: at.fork_seq })
      at = this.#branchByNumber.get(at.parent_br)
    }
    return chain
  }

  /** The stretches of history whose commits are the branch's own line, nearest first. */
  firstParents(branch: BranchRow): { br: number; upto: number }[] {
    return [{ br: branch.br, upto: branch.head_seq }, ...this.#ancestors(branch)]
  }

  #checkOnBranch(commit: CommitRow, branchName: string): void {
    const branch = this.branch(branchName)
    if (this.#isOnLine(commit, branch)) return
    throw new GraphError(
      'not-found',
      'commit_not_on_branch',
      `Commit ${commit.id} is not in the history of branch ${branchName}.`,
      {
        remedy: 'Leave the branch out, or name one whose history holds the commit.',
      },
    )
  }

  /** The commits of a branch's line after a sequence number, oldest first. */
  between(branch: BranchRow, afterSeq: number): CommitRow[] {
    return this.#line
      .all({ from: branch.head_seq, after: afterSeq, before: Number.MAX_SAFE_INTEGER, limit: -1 })
      .reverse()
  }

  /** Newest first, ancestors' commits included. `before`: only those older than that commit. */
  list(options: { branch?: string; limit?: number; before?: string }): CommitRow[] {
    const branch = this.branch(options.branch ?? 'main')
    const before = options.before === undefined ? undefined : this.byId(options.before)
    // A commit of the branch need not be looked for from its head.
    const from = before && this.#isOnLine(before, branch) ? before.seq : branch.head_seq
    return this.#line.all({
      from,
      after: 0,
      before: before?.seq ?? Number.MAX_SAFE_INTEGER,
      limit: options.limit ?? -1,
    })
  }

  #isOnLine(commit: CommitRow, branch: BranchRow): boolean {
    return this.firstParents(branch).some((link) => link.br === commit.br && commit.seq <= link.upto)
  }
}

interface LineRange {
  readonly from: number
  readonly after: number
  readonly before: number
  readonly limit: number
}

/** The head of a branch, as far as a write needs it. */
export type HeadCommit = Pick<CommitRow, 'seq' | 'id' | 'br' | 'schema_digest' | 'schema_version' | 'at_ms'>

/** The caller's compare-and-swap: the head a read or a write finds must be the one it expects. */
export function checkHead(
  head: { readonly id: string },
  ctx: { readonly ifCommit?: string },
  branch: string,
): void {
  if (ctx.ifCommit === undefined || ctx.ifCommit === head.id) return
  throw new GraphError(
    'stale',
    'commit_mismatch',
    `The head of ${branch} is ${head.id}, not ${ctx.ifCommit}.`,
    {
      remedy: 'Read again from the new head, then repeat with its commit id.',
      details: { expected: ctx.ifCommit, found: head.id, actual: head.id, branch },
    },
  )
}

export function commitInfo(row: CommitRow): CommitInfo {
  return {
    id: row.id,
    parents: [row.parent_id, row.merge_parent_id].filter((p): p is string => p !== null),
    branch: row.branch,
    kind: row.kind,
    actor: row.actor,
    provenance: JSON.parse(row.provenance) as Provenance,
    message: row.message,
    schemaDigest: row.schema_digest,
    at: isoTime(row.at_ms),
    changes: { inserted: row.inserted, updated: row.updated, deleted: row.deleted },
  }
}
