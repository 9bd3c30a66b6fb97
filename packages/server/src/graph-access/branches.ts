import type { BranchInfo } from '@groundplane/graph'
import type { Authorizer } from '@groundplane/policy'
import {
  type BranchCreateOutput,
  type BranchCreateRequest,
  type BranchDeleteOutput,
  type BranchDetail,
  type BranchList,
  type BranchMergeOutput,
  type BranchMergeRequest,
  branchAction,
} from '@groundplane/protocol'
import { namedPage, nextToken, type PageQuery } from '../http/named-page.js'
import { branchToWire, commitToWire } from '../routes/graph-wire.js'
import { mergeToWire } from '../routes/merge-wire.js'
import type { ServedGraph } from '../served-revision.js'
import { type Caller, mayDo, whoOf } from './caller.js'

/** No branch can have a name that reads as a commit id. */
const COMMIT_ID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

/** Branches of one served graph, for HTTP and MCP alike. The graph's own gate decides each operation. */

/** `main` first, then by name. With `authorize` each is told with its last commit and what the caller may do on it. */
export async function listBranches(
  caller: Caller,
  graph: ServedGraph,
  query: PageQuery = {},
  authorize?: Authorizer,
): Promise<BranchList> {
  const branches = await graph.service.branches(whoOf(caller))
  const page = namedPage(branches, ({ name }) => (name === 'main' ? '0' : `1${name}`), query)
  const details = authorize
    ? await Promise.all(page.items.map((branch) => withStanding(caller, graph, branch, authorize)))
    : page.items.map(branchToWire)
  return { branches: page.items.map(({ name }) => name), details, ...nextToken(page) }
}

/** Policy is only asked, as for what is offered: no decision of it is logged. */
async function withStanding(
  caller: Caller,
  { id, service, protectedBranches }: ServedGraph,
  branch: BranchInfo,
  authorize: Authorizer,
): Promise<BranchDetail> {
  const allowed = branchAction.options.filter((action) => mayDo(authorize, caller, action, id, branch.name))
  const commit = allowed.includes('read') ? await service.commit(branch.head, whoOf(caller)) : null
  return {
    ...branchToWire(branch),
    protected: protectedBranches.includes(branch.name),
    allowed,
    commit: commit && commitToWire(commit),
  }
}

export async function createBranch(
  caller: Caller,
  { id, service }: ServedGraph,
  { name, from }: BranchCreateRequest,
  ifCommit?: string,
): Promise<BranchCreateOutput> {
  const branch = await service.createBranch(name, {
    ...(from != null && (COMMIT_ID.test(from) ? { fromCommit: from } : { from })),
    ...(ifCommit !== undefined && { ifCommit }),
    ...whoOf(caller),
  })
  return {
    uri: `/graphs/${id}`,
    from: from ?? 'main',
    name,
    actor_id: caller.principal?.actor ?? null,
    graph_commit_id: branch.head,
    branch: branchToWire(branch),
  }
}

export async function deleteBranch(
  caller: Caller,
  { id, service }: ServedGraph,
  name: string,
  ifCommit?: string,
): Promise<BranchDeleteOutput> {
  const branch = await service.deleteBranch(name, {
    ...(ifCommit !== undefined && { ifCommit }),
    ...whoOf(caller),
  })
  return {
    uri: `/graphs/${id}`,
    name,
    actor_id: caller.principal?.actor ?? null,
    graph_commit_id: branch.head,
    branch: branchToWire(branch),
  }
}

export async function mergeBranch(
  caller: Caller,
  { service }: ServedGraph,
  { source, source_commit, target, delete_branch, dry_run, message }: BranchMergeRequest,
  ifCommit?: string,
): Promise<BranchMergeOutput> {
  const result = await service.merge({
    source,
    ...(target != null && { target }),
    ...(source_commit != null && { ifSourceCommit: source_commit }),
    ...(message != null && { message }),
    ...(delete_branch && { deleteBranch: true }),
    ...(dry_run && { dryRun: true }),
    ...(ifCommit !== undefined && { ifCommit }),
    ...whoOf(caller),
    provenance: caller.provenance,
  })
  return mergeToWire(caller.principal?.actor ?? null, result)
}
