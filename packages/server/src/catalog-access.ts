import { callTool } from '@groundplane/catalog'
import type { ReadContext } from '@groundplane/graph'
import type { Authorizer } from '@groundplane/policy'
import type { CatalogTool, CatalogToolName } from '@groundplane/protocol'
import { givenMembers } from './given-members.js'
import { type Caller, mayDo, targetOf, whoOf } from './graph-access/caller.js'
import { catalogOf, type ServedRevision } from './served-revision.js'
import { ServerError } from './server-error.js'

/** Who calls a tool of the catalog, and what is served at that moment. */
export interface CatalogScope {
  readonly caller: Pick<Caller, 'principal' | 'provenance'>
  readonly revision: ServedRevision
  readonly authorize: Authorizer
  /** Whether tools that write are to be had at all. */
  readonly catalogWrites: boolean
}

/**
 * Carries out a tool of the catalog, by whichever door it was called. Policy is asked first, for the
 * tool's action on the branch that is meant.
 */
export function callCatalogTool(scope: CatalogScope, tool: CatalogTool, input: object): object {
  if (isWriting(tool, input) && !scope.catalogWrites) throw writesOff(tool)
  const { catalog, crew, graphId } = catalogOf(scope.revision)
  const { branch, snapshot, ...args } = input as { branch?: string; snapshot?: string }
  const who = whoOf(scope.caller)
  const at: ReadContext = { ...targetOf({ branch, snapshot }), ...who }
  scope.authorize({ action: tool.action, graph: graphId, branch: branch ?? likelyBranch(tool), ...who })
  return callTool(catalog, tool.name as CatalogToolName, givenMembers(args), {
    at,
    provenance: scope.caller.provenance,
    ...(crew && { instances: crew }),
  })
}

/** Whether a call writes; without arguments whether any can. */
function isWriting({ action, writesWith }: CatalogTool, input?: object): boolean {
  if (action !== 'read') return true
  return writesWith !== undefined && (input === undefined || writesWith in givenMembers(input))
}

/** Where it reads or writes when no branch is named. A proposal gets a branch of its own, which the graph asks about again. */
function likelyBranch({ on }: CatalogTool): string {
  return on === 'proposal' ? 'proposal/new' : 'main'
}

function writesOff({ name }: CatalogTool): ServerError {
  return new ServerError(
    'denied',
    'catalog_writes_off',
    `${name} writes, and this process takes no writes by tools.`,
    {
      remedy: 'Its operator can start it with --catalog-writes.',
    },
  )
}

/** Whether a tool is shown to a caller at all: policy would let it do the tool's action on main. */
export function isToolOffered(scope: CatalogScope, tool: CatalogTool): boolean {
  const { revision, authorize, caller, catalogWrites } = scope
  const { catalog } = revision
  if (isWriting(tool) && !catalogWrites) return false
  return catalog !== undefined && mayDo(authorize, caller, tool.action, catalog.graphId, likelyBranch(tool))
}
