import type {
  BranchCreateOutput,
  BranchCreateRequest,
  BranchDeleteOutput,
  BranchList,
  BranchMergeOutput,
  BranchMergeRequest,
} from '@groundplane/protocol'
import { namedPage, nextToken, type PageQuery } from '../http/named-page.js'
import { branchToWire } from '../routes/graph-wire.js'
import { mergeToWire } from '../routes/merge-wire.js'
import type { ServedGraph } from '../served-revision.js'
import { type Caller, whoOf } from './caller.js'

/** No branch can have a name that reads as a commit id. */
const COMMIT_ID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

/** Branches of one served graph, for HTTP and MCP alike. The graph's own gate decides each operation. */

/** `main` first, then by name. */
export async function listBranches(
  caller: Caller,
  { service }: ServedGraph,
  query: PageQuery = {},
): Promise<BranchList> {
  const branches = await service.branches(whoOf(caller))
  const page = namedPage(branches, ({ name }) => (name === 'main' ? '0' : `1${name}`), query)
  return {
    branches: page.items.map(({ name }) => name),
    details: page.items.map(branchToWire),
    ...nextToken(page),
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
  { source, target, delete_branch, dry_run, message }: BranchMergeRequest,
  ifCommit?: string,
): Promise<BranchMergeOutput> {
  const result = await service.merge({
    source,
    ...(target != null && { target }),
    ...(message != null && { message }),
    ...(delete_branch && { deleteBranch: true }),
    ...(dry_run && { dryRun: true }),
    ...(ifCommit !== undefined && { ifCommit }),
    ...whoOf(caller),
    provenance: caller.provenance,
  })
  return mergeToWire(caller.principal?.actor ?? null, result)
}
