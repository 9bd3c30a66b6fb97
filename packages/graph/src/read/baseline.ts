import type { Principal } from '@groundplane/core'
import type { CommitInfo } from '../api.js'
import { commitInfo } from '../storage/history.js'
import { cursorAfter, type FeedEnvironment } from './change-feed.js'
import type { ChangeFilter } from './change-page.js'
import { exportLines } from './export.js'

export interface BaselineOptions extends ChangeFilter {
  /** Default `main`. */
  readonly branch?: string
  /** A commit of the branch's history; default its head. Give that of a baseline that broke off to have the same again. */
  readonly commit?: string
  readonly principal?: Principal
}

/**
 * All of a branch at one commit, and the cursor of the feed that goes on right
 * after it. `kinds` and `types` choose what is in it; all three bind the cursor.
 */
export interface Baseline {
  readonly commit: CommitInfo
  /** Lines as `Graph.export` gives them: the same for the same commit, in the same order. Read once. */
  readonly lines: Iterable<string>
  /** Only of use to who has kept every line. */
  readonly cursor: string
}

/** Inside a read transaction; the lines are read later, in one of their own, at the same commit. */
export function changeBaseline(env: FeedEnvironment, root: string, options: BaselineOptions): Baseline {
  const branch = env.history.branch(options.branch ?? 'main')
  const { commit } = env.history.resolve({
    branch: branch.name,
    ...(options.commit !== undefined && { commit: options.commit }),
  })
  const { kinds, types } = options
  return {
    commit: commitInfo(commit),
    lines: exportLines(root, { commit: commit.id, ...(kinds && { kinds }), ...(types && { types }) }),
    cursor: cursorAfter(env, branch.br, commit.seq, options),
  }
}
