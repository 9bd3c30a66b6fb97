import type { WriteContext } from '../api.js'
import { GraphError } from '../error.js'
import { storedIndexes, wantedIndexes } from '../maintenance/indexes.js'
import { rebuildTextIndexes } from '../search/text-index.js'
import { translated } from '../storage/database.js'
import { type BranchRow, type CommitRow, checkHead } from '../storage/history.js'
import { prepared } from '../storage/statements.js'
import { MAIN } from '../storage/view.js'
import { abandonWrite, refuseDeleted, refuseReadOnly, type WriteEnvironment } from '../write/commit-writer.js'
import type { BranchInfo, CreateBranchOptions } from './branch-info.js'
import { checkBranchName } from './branch-name.js'

/**
 * Branches are rows: creating one writes a name and where it starts, whatever
 * the graph holds (indexes that a commit of an older schema wants apart). Deleting marks the row, so that readers, commits and
 * children that know its number go on; a new branch of the name has a new number.
 */
export function createBranch(env: WriteEnvironment, name: string, options: CreateBranchOptions): BranchInfo {
  checkBranchName(name)
  return exclusively(env, () => addBranch(env, name, options))
}

/** The same inside a write transaction that is open already; undone with it. The name has been checked. */
export function addBranch(env: WriteEnvironment, name: string, options: CreateBranchOptions): BranchInfo {
  const existing = env.history.findBranch(name)
  if (existing) throw branchExists(name)
  const from = startOf(env, options)
  checkHead(from, options, from.branch)
  prepared(
    env.db,
    'INSERT INTO branches(name, head_seq, parent_br, fork_seq, created_at) VALUES (?, ?, ?, ?, ?)',
  ).run(name, from.seq, from.br, from.seq, env.clock())
  if (options.fromCommit !== undefined) restoreIndexes(env, from)
  return branchInfo(env, env.history.branch(name))
}

/** Migrations since may have dropped indexes that the schema of an older commit asks for. */
function restoreIndexes(env: WriteEnvironment, start: CommitRow): void {
  const stored = new Set(storedIndexes(env.db).map((index) => index.name))
  for (const index of wantedIndexes(env)) if (!stored.has(index.name)) env.db.exec(index.sql)
  rebuildTextIndexes(env.db, [env.schemas.at(start.schema_version)], 'extent', false)
}

/** The commit a new branch starts at. */
function startOf(env: WriteEnvironment, options: CreateBranchOptions): CommitRow {
  if (options.fromCommit === undefined) return env.history.head(options.from ?? 'main')
  return env.history.resolve({
    commit: options.fromCommit,
    ...(options.from !== undefined && { branch: options.from }),
  }).commit
}

/** Children keep what they inherited. Throws `branch_not_found`, `branch_undeletable` for main, `commit_mismatch`. */
export function deleteBranch(env: WriteEnvironment, name: string, ctx: WriteContext): BranchInfo {
  return exclusively(env, () => {
    const branch = env.history.branch(name)
    if (branch.br === MAIN) {
      throw new GraphError('invalid', 'branch_undeletable', 'The branch main cannot be deleted.', {
        remedy: 'Delete another branch; remove the whole graph if that is meant.',
      })
    }
    checkHead(env.history.at(branch.head_seq), ctx, name)
    const info = branchInfo(env, branch)
    prepared(env.db, 'UPDATE branches SET deleted_at = ? WHERE br = ?').run(env.clock(), branch.br)
    return info
  })
}

/** Live branches, `main` first, then by name. */
export function listBranches(env: Pick<WriteEnvironment, 'db' | 'history'>): BranchInfo[] {
  return env.history.liveBranches().map((branch) => branchInfo(env, branch))
}

function branchInfo(env: Pick<WriteEnvironment, 'history'>, branch: BranchRow): BranchInfo {
  const head = env.history.at(branch.head_seq)
  const fork = branch.fork_seq === null ? null : env.history.at(branch.fork_seq)
  const parent = branch.parent_br === null ? null : env.history.branchNumbered(branch.parent_br)
  return {
    name: branch.name,
    head: head.id,
    parent: parent?.name ?? null,
    forkedAt: fork?.id ?? null,
    createdAt: new Date(branch.created_at).toISOString(),
  }
}

function branchExists(name: string): GraphError {
  return new GraphError('conflict', 'branch_exists', `There is a branch ${JSON.stringify(name)} already.`, {
    remedy: 'Choose another name, or delete that branch first.',
  })
}

/** One small transaction under the write lock; durable when it returns. */
function exclusively<T>(env: WriteEnvironment, body: () => T): T {
  refuseReadOnly(env.db)
  try {
    env.db.exec('BEGIN IMMEDIATE')
    refuseDeleted(env.db)
    const result = body()
    env.db.exec('COMMIT')
    return result
  } catch (error) {
    abandonWrite(env)
    throw translated(error)
  }
}
