import type { FeedOptions } from '@groundplane/graph'
import type { Call, Handlers } from '../http/route.js'
import { graphOf } from '../served-revision.js'
import type { RouteDeps } from '../server-deps.js'
import { ServerError } from '../server-error.js'
import { ifCommitOf } from './graph-routes.js'
import { causeToWire, changeToWire } from './graph-wire.js'
import { mergeToWire } from './merge-wire.js'

type BranchIds = 'createBranch' | 'deleteBranch' | 'mergeBranch' | 'mergeBranchIf' | 'pollChanges'
type AnyCall = Pick<Call, 'params' | 'principal' | 'provenance' | 'request'>

const COMMIT_ID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/
const OPS = { insert: 'inserted', update: 'updated', delete: 'deleted' } as const

const principalOf = ({ principal }: Pick<AnyCall, 'principal'>) => (principal ? { principal } : {})

/** Branches of one graph and their changes. The graph's own gate decides each operation. */
export function branchHandlers(deps: RouteDeps): Handlers<BranchIds> {
  const graph = (call: AnyCall) => graphOf(deps.revision, call.params['graph_id'] as string)

  const merge = async (call: Call<'mergeBranch'> | Call<'mergeBranchIf'>, ifCommit?: string) => {
    const { source, target, delete_branch, dry_run, message } = call.body
    const result = await graph(call).service.merge({
      source,
      ...(target != null && { target }),
      ...(message != null && { message }),
      ...(delete_branch && { deleteBranch: true }),
      ...(dry_run && { dryRun: true }),
      ...(ifCommit !== undefined && { ifCommit }),
      ...principalOf(call),
      provenance: call.provenance,
    })
    return mergeToWire(call.principal?.actor ?? null, result)
  }

  return {
    async createBranch(call) {
      const { id, service } = graph(call)
      const { name, from } = call.body
      const branch = await service.createBranch(name, {
        ...(from != null && (COMMIT_ID.test(from) ? { fromCommit: from } : { from })),
        ...principalOf(call),
      })
      return {
        uri: `/graphs/${id}`,
        from: from ?? 'main',
        name,
        actor_id: call.principal?.actor ?? null,
        graph_commit_id: branch.head,
      }
    },

    async deleteBranch(call) {
      const { id, service } = graph(call)
      const name = call.params['branch'] as string
      await service.deleteBranch(name, principalOf(call))
      return { uri: `/graphs/${id}`, name, actor_id: call.principal?.actor ?? null }
    },

    mergeBranch: (call) => merge(call),
    mergeBranchIf: (call) => merge(call, ifCommitOf(call)),

    async pollChanges(call) {
      const { branch, cursor, page_token, limit, kind, type, op, start } = call.query
      const page = await graph(call).service.feed({
        ...(branch !== undefined && { branch }),
        ...(cursor !== undefined && { cursor }),
        ...(page_token !== undefined && { pageToken: page_token }),
        ...(limit !== undefined && { limit }),
        ...(kind && { kinds: kind }),
        ...(type && { types: type }),
        ...(op && { ops: op.map((name) => OPS[name]) }),
        ...(start !== undefined && { start: startOf(start) }),
        ...principalOf(call),
      })
      return {
        blocks: page.blocks.map(({ commit, changes }) => ({
          cause: causeToWire(commit),
          changes: changes.map(changeToWire),
        })),
        ...(page.nextPageToken !== undefined && { next_page_token: page.nextPageToken }),
        ...(page.cursor !== undefined && { cursor: page.cursor }),
        ...(page.caughtUp !== undefined && { caught_up: page.caughtUp }),
      }
    },
  }
}

function startOf(start: string): NonNullable<FeedOptions['start']> {
  if (start === 'now' || start === 'beginning') return start
  if (start.startsWith('after:')) return { after: start.slice('after:'.length) }
  throw new ServerError('invalid', 'changes_start', `The feed cannot start at "${start}".`, {
    remedy: 'Use now, beginning or after:<commit id>.',
  })
}
