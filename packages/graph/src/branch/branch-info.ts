import type { ReadContext, WriteContext } from '../api.js'
import { readsAsCommitId } from './branch-name.js'

export interface BranchInfo {
  readonly name: string
  /** Commit id of the head; the commit it was created from until it has one of its own. */
  readonly head: string
  /** The branch it was created from, under its name of that time; null for `main`. */
  readonly parent: string | null
  /** Commit id it was created from; null for `main`. */
  readonly forkedAt: string | null
  /** ISO 8601 UTC. */
  readonly createdAt: string
}

export interface CreateBranchOptions extends Pick<WriteContext, 'principal'> {
  /** The branch it starts from; default `main`. */
  readonly from?: string
  /** A commit it starts at instead of a head, of any branch, a deleted one too. With `from`: must be in its history. */
  readonly fromCommit?: string
  /** Created only if the commit it would start at is this one. */
  readonly ifCommit?: string
}

/** Where a branch begins, of a text that is a commit id or else the name of a branch. */
export function startAt(from: string): Pick<CreateBranchOptions, 'from' | 'fromCommit'> {
  return readsAsCommitId(from) ? { fromCommit: from } : { from }
}

/** Where the schema of a load stands before its branch is made: at the branch, or where it is to begin. */
export function readBefore({ branch, from }: { branch?: string; from?: string }): ReadContext {
  if (from !== undefined) return readsAsCommitId(from) ? { commit: from } : { branch: from }
  return branch === undefined ? {} : { branch }
}
