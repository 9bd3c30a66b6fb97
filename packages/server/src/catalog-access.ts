import { callTool, toolSteps } from '@groundplane/catalog'
import type { ReadContext } from '@groundplane/graph'
import type { Authorizer } from '@groundplane/policy'
import type { CatalogTool, CatalogToolName } from '@groundplane/protocol'
import { givenMembers } from './given-members.js'
import { type Caller, mayDo, targetOf, whoOf } from './graph-access/caller.js'
import { catalogOf, catalogOn, type ServedCatalog, type ServedRevision } from './served-revision.js'
import { ServerError } from './server-error.js'
import { inTurns } from './stepped-read.js'

/** Who calls a tool of the catalog, and what is served at that moment. */
export interface CatalogScope {
  readonly caller: Pick<Caller, 'principal' | 'provenance' | 'signal'>
  readonly revision: ServedRevision
  readonly authorize: Authorizer
  /** The catalog graph that is meant; the one that tools are for when left out. */
  readonly graph?: string
  /** Whether tools that write are to be had at all. */
  readonly catalogWrites: boolean
  /** How long a walk over lineage may take, milliseconds. */
  readonly queryMs: number
}

/**
 * Carries out a tool of the catalog, by whichever door it was called. Policy is asked first, for the
 * tool's action on the branch that is meant. One that walks lineage leaves others their turns, and ends
 * when its caller goes away or its time is over.
 */
export function callCatalogTool(
  scope: CatalogScope,
  tool: CatalogTool,
  input: object,
): object | Promise<object> {
  if (isWriting(tool, input) && !scope.catalogWrites) throw writesOff(tool)
  const { catalog, crew, graphId } = meantCatalog(scope)
  const { branch, snapshot, ...args } = input as { branch?: string; snapshot?: string }
  const who = whoOf(scope.caller)
  const at: ReadContext = { ...targetOf({ branch, snapshot }), ...who }
  scope.authorize({ action: tool.action, graph: graphId, branch: branch ?? likelyBranch(tool), ...who })
  const name = tool.name as CatalogToolName
  const steps = toolSteps(catalog, name, givenMembers(args), { at })
  if (steps) return inTurns(steps, { signal: scope.caller.signal?.(), deadlineMs: scope.queryMs })
  return callTool(catalog, name, givenMembers(args), {
    at,
    provenance: scope.caller.provenance,
    ...(crew && { instances: crew }),
  })
}

function meantCatalog({ revision, graph }: CatalogScope): Omit<ServedCatalog, 'root'> {
  return graph === undefined ? catalogOf(revision) : { catalog: catalogOn(revision, graph), graphId: graph }
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
