import { createBranch, deleteBranch, mergeBranch } from '../graph-access/branches.js'
import { diffCommits, pollChanges } from '../graph-access/changes.js'
import type { Handlers } from '../http/route.js'
import { graphOf } from '../served-revision.js'
import type { RouteDeps } from '../server-deps.js'
import { ServerError } from '../server-error.js'
import { type AnyCall, callerOf, ifCommitOf, waitingCallerOf } from './graph-call.js'

type BranchIds =
  | 'createBranch'
  | 'createBranchIf'
  | 'deleteBranch'
  | 'deleteBranchIf'
  | 'mergeBranch'
  | 'mergeBranchIf'
  | 'pollChanges'

/** Branches of one graph and their changes. The graph's own gate decides each operation. */
export function branchHandlers(deps: RouteDeps): Handlers<BranchIds> {
  const graph = (call: AnyCall) => graphOf(deps.revision, call.params['graph_id'] as string)
  const nameOf = (call: AnyCall) => call.params['branch'] as string
  return {
    createBranch: (call) => createBranch(callerOf(call), graph(call), call.body),
    createBranchIf: (call) => createBranch(callerOf(call), graph(call), call.body, ifCommitOf(call)),
    deleteBranch: (call) => deleteBranch(callerOf(call), graph(call), nameOf(call)),
    deleteBranchIf: (call) => deleteBranch(callerOf(call), graph(call), nameOf(call), ifCommitOf(call)),
    mergeBranch: (call) => mergeBranch(callerOf(call), graph(call), call.body),
    mergeBranchIf: (call) => mergeBranch(callerOf(call), graph(call), call.body, ifCommitOf(call)),

    pollChanges(call) {
      const { from, to, ...question } = call.query
      if (from === undefined && to === undefined) {
        return pollChanges(waitingCallerOf(call), graph(call), question)
      }
      if (from === undefined || question.cursor !== undefined || question.start !== undefined) {
        throw new ServerError('invalid', 'changes_question', 'A diff goes from one commit to another.', {
          remedy: 'Send `from` (and `to`, by default the head), or `start` or `cursor` for the feed.',
        })
      }
      return diffCommits(waitingCallerOf(call), graph(call), { from, to, ...question })
    },
  }
}
