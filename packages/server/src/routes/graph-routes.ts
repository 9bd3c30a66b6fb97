import { listBranches } from '../graph-access/branches.js'
import { targetOf } from '../graph-access/caller.js'
import { commitChanges, listCommits } from '../graph-access/changes.js'
import { QueryAccess } from '../graph-access/queries.js'
import { namedPage, nextToken } from '../http/named-page.js'
import type { Call, Handlers } from '../http/route.js'
import { graphOf } from '../served-revision.js'
import type { RouteDeps } from '../server-deps.js'
import { type AnyCall, callerOf, ifCommitOf, principalOf, waitingCallerOf } from './graph-call.js'
import { commitToWire, receiptOf, snapshotToWire } from './graph-wire.js'

type ReadIds = 'getSnapshot' | 'getSchema' | 'listBranches' | 'listCommits' | 'getCommit' | 'getCommitChanges'
type QueryIds = 'runQuery' | 'runMutation' | 'runMutationIf' | 'listQueries' | 'invokeQuery' | 'invokeQueryIf'

/** For what the graph itself does not gate: its commits by id. */
function allowRead(deps: RouteDeps, call: AnyCall): void {
  const { id } = graphOf(deps.revision, call.params['graph_id'] as string)
  deps.authorize({ action: 'read', graph: id, branch: 'main', ...principalOf(call) })
}

/** History and structure of one graph. The graph's own gate decides each read. */
export function graphReadHandlers(deps: RouteDeps): Handlers<ReadIds> {
  const graph = (call: AnyCall) => graphOf(deps.revision, call.params['graph_id'] as string)
  return {
    async getSnapshot(call) {
      const { id, service } = graph(call)
      return snapshotToWire(id, await service.snapshot({ ...targetOf(call.query), ...principalOf(call) }))
    },

    async getSchema(call) {
      const { id, service } = graph(call)
      const who = principalOf(call)
      const { branch = 'main', commit: past } = targetOf(call.query)
      // At a commit, whatever is applied meanwhile: the receipt is of what is answered.
      const [head] = past === undefined ? await service.commits({ branch, limit: 1, ...who }) : []
      const at = head ? { branch, commit: head.id } : { commit: past as string }
      const { source, digest } = await service.schema({ ...at, ...who })
      const commit = head ?? (await service.commit(past as string, who))
      return { schema_source: source, schema_digest: digest, receipt: receiptOf(id, commit) }
    },

    listBranches: (call) => {
      const { standing, ...page } = call.query
      return listBranches(callerOf(call), graph(call), page, standing ? deps.authorize : undefined)
    },
    listCommits: (call) => listCommits(callerOf(call), graph(call), call.query),

    async getCommit(call) {
      allowRead(deps, call)
      return commitToWire(
        await graph(call).service.commit(call.params['commit_id'] as string, principalOf(call)),
      )
    },

    getCommitChanges(call) {
      allowRead(deps, call)
      return commitChanges(callerOf(call), graph(call), call.params['commit_id'] as string, call.query)
    },
  }
}

/** Queries given as text, and stored ones by name. */
export function graphQueryHandlers(deps: RouteDeps): Handlers<QueryIds> {
  const graph = (call: AnyCall) => graphOf(deps.revision, call.params['graph_id'] as string)
  const access = new QueryAccess({ authorize: deps.authorize, queryMs: deps.limits.queryMs })

  const runMutation = (call: Call<'runMutation'> | Call<'runMutationIf'>, ifCommit?: string) => {
    const { query, name, params, branch, message } = call.body
    return access.write(
      waitingCallerOf(call),
      graph(call),
      { text: query, name: name ?? undefined, params: params ?? {} },
      {
        ...(branch != null && { branch }),
        ...(message != null && { message }),
        ...(ifCommit !== undefined && { ifCommit }),
      },
    )
  }

  const invoke = (call: Call<'invokeQuery'> | Call<'invokeQueryIf'>, ifCommit?: string) => {
    const stored = access.stored(callerOf(call), graph(call), call.params['name'] as string)
    if (call.body.explain)
      return access.explainStored(waitingCallerOf(call), graph(call), stored, call.body, ifCommit)
    const condition = ifCommit === undefined ? {} : { ifCommit }
    return access.invoke(waitingCallerOf(call), graph(call), stored, call.body, condition)
  }

  return {
    runQuery: (call) => {
      const { query, name, params, explain } = call.body
      const text = { text: query, name: name ?? undefined, params: params ?? {} }
      if (explain) return access.explain(waitingCallerOf(call), graph(call), text, targetOf(call.body))
      return access.read(waitingCallerOf(call), graph(call), text, targetOf(call.body))
    },
    runMutation: (call) => runMutation(call),
    runMutationIf: (call) => runMutation(call, ifCommitOf(call)),
    listQueries: (call) => {
      const page = namedPage(access.list(callerOf(call), graph(call)), ({ name }) => name, call.query)
      return { queries: [...page.items], ...nextToken(page) }
    },
    invokeQuery: (call) => invoke(call),
    invokeQueryIf: (call) => invoke(call, ifCommitOf(call)),
  }
}
