import { GroundplaneError } from '@groundplane/core'
import type { CatalogApi } from './catalog-api.js'
import { EDIT_CALLS, type EditTool, type WriteArgs } from './edit/edit-calls.js'
import { PROPOSING_TOOL } from './edit/proposals.js'
import type { SaveDocument } from './edit/save-document.js'
import { type ToolContext, writeContext } from './edit/tool-context.js'
import type { IncidentPriority } from './incident/incident-input.js'
import { CatalogError } from './model/error.js'
import { within } from './read/budget/fit-answer.js'
import { withinBudget } from './read/budget/tool-budgets.js'
import { comparedInstances } from './read/compared-instances.js'
import type * as questions from './read/questions.js'
import type { Steps } from './read/steps.js'
import { ANSWER_TOKENS } from './read/token-budget.js'

type Call = (catalog: CatalogApi, args: never, context: ToolContext) => object

/** One or several entities; a list is answered by `{result, receipt}`. */
interface EntitiesQuestion {
  readonly urns: { readonly many: boolean; readonly texts: readonly string[] }
}

/**
 * What each tool of the catalog does, by its name. The arguments have been checked against the schema
 * of the tool, defaults included, and hold no undefined members.
 */
const CALLS = {
  search: (catalog, args: questions.SearchQuestion, { at }) => catalog.search(args, at),
  get_entities: (catalog, { urns }: EntitiesQuestion, { at }) => {
    if (urns.many) {
      const { entities, receipt } = catalog.getEntities(urns.texts, at)
      return { result: entities, receipt }
    }
    const { entity, receipt } = catalog.getEntity(urns.texts[0] as string, at)
    return { ...entity, receipt }
  },
  list_schema_fields: (catalog, args: questions.SchemaFieldsQuestion, { at }) =>
    catalog.listSchemaFields(args, at),
  get_lineage: (catalog, args: questions.LineageQuestion, { at }) => catalog.getLineage(args, at),
  get_lineage_paths_between: (catalog, args: questions.LineagePathQuestion, { at }) =>
    catalog.getLineagePathsBetween(args, at),
  get_dataset_queries: (catalog, args: questions.DatasetQueriesQuestion, { at }) =>
    catalog.getDatasetQueries(args, at),
  get_dataset_assertions: (catalog, args: questions.DatasetAssertionsQuestion, { at }) =>
    catalog.getDatasetAssertions(args, at),
  diff_health: (catalog, args: Partial<questions.HealthDiffQuestion>, { at, instances }) =>
    catalog.diffHealth({ ...args, ...comparedInstances(args, instances) }, at),
  brief: (catalog, args: questions.BriefQuestion, { at }) => catalog.brief(args, at),
  find_similar_schema: (catalog, args: questions.SimilarSchemaQuestion, { at }) =>
    catalog.findSimilarSchema(args, at),
  impact: (catalog, args: questions.ImpactQuestion, { at }) => catalog.impact(args, at),
  provenance: (catalog, args: questions.ProvenanceQuestion, { at }) => catalog.provenance(args, at),
  verify: (catalog, args: questions.VerifyQuestion, { at }) => catalog.verify(args, at),
  list_incidents: (catalog, args: questions.IncidentsQuestion, { at }) => catalog.listIncidents(args, at),
  search_documents: (catalog, args: questions.DocumentSearchQuestion, { at }) =>
    catalog.searchDocuments(args, at),
  grep_documents: (catalog, args: questions.DocumentGrepQuestion, { at }) => catalog.grepDocuments(args, at),
  get_me: (catalog, _args: object, { at }) => catalog.describeCaller(at),
  save_document: (catalog, { message, ...document }: SaveDocument & WriteArgs, context) => {
    const { changed, ...saved } = catalog.saveDocument(document, writeContext(context, message))
    const told = changed ? `Saved as ${saved.urn}.` : 'Nothing to save: it says so already.'
    return { success: true, urn: saved.urn, message: told, author: saved.author, receipt: saved.receipt }
  },
  ...EDIT_CALLS,
  raise_incident: (catalog, args: IncidentArgs, context) => {
    const { resource_urn, incident_type: type, assertion_urn: assertion, message, ...incident } = args
    const writing = writeContext(context, message)
    const raised = catalog.raiseIncident(
      { ...incident, type, datasets: [resource_urn], ...(assertion !== undefined && { assertion }) },
      writing,
    )
    const told = raised.created
      ? `Raised ${type} incident on ${resource_urn}`
      : 'There is an active incident for the same cause already; nothing was raised.'
    return {
      success: true,
      urn: raised.urn,
      created: raised.created,
      message: told,
      receipt: catalog.receipt(context.at),
    }
  },
  resolve_incident: (catalog, args: { incident_urn: string; message?: string }, context) => {
    const { incident_urn: urn, message } = args
    const resolution = { urn, ...(message !== undefined && { message }) }
    const commit = catalog.resolveIncident(resolution, writeContext(context))
    const told = commit ? `Resolved ${urn}` : `${urn} was resolved already; nothing to change.`
    return {
      success: true,
      urn,
      changed: commit ? 1 : 0,
      message: told,
      receipt: catalog.receipt(context.at),
    }
  },
  propose_change: (catalog, { title, edits }: ProposalArgs, context) =>
    propose(catalog, title, edits, context),
  review: (catalog, args: ReviewArgs, context) => review(catalog, args, context),
} as const satisfies Record<string, Call>

interface IncidentArgs extends WriteArgs {
  readonly resource_urn: string
  readonly title: string
  readonly description: string
  readonly incident_type: string
  readonly priority?: IncidentPriority
  readonly assertion_urn?: string
}

interface ProposalArgs {
  readonly title: string
  readonly edits: readonly { readonly tool: EditTool; readonly arguments: object }[]
}
interface ReviewArgs extends WriteArgs {
  readonly proposal?: string
  readonly decision?: 'approve' | 'reject'
  /** Decide only if the proposal is at this commit. */
  readonly if_commit?: string
}

/** Makes the edits on a new branch, one commit each. When one of them cannot be made, none is, and the branch goes. */
function propose(
  catalog: CatalogApi,
  title: string,
  edits: ProposalArgs['edits'],
  context: ToolContext,
): object {
  const writing = writeContext(context, title)
  const proposal = catalog.openProposal(writing)
  const by = { ...context.provenance, tool: PROPOSING_TOOL }
  const there = { ...context, provenance: by, at: { ...context.at, branch: proposal } }
  try {
    for (const { tool, arguments: args } of edits)
      (EDIT_CALLS[tool] as Call)(catalog, { ...args, message: title } as never, there)
    const made = catalog.reviewProposal(proposal, context.at)
    if (made.changes.length > 0) return withinBudget('propose_change', made)
    throw new CatalogError('invalid', 'proposal_empty', 'The proposal would change nothing.', {
      remedy: 'What it asks for is so already.',
    })
  } catch (error) {
    discard(catalog, proposal, writing)
    throw error
  }
}

/** Who may make a branch may not always delete one: then it stays, without what could not be made. */
function discard(catalog: CatalogApi, proposal: string, writing: ReturnType<typeof writeContext>): void {
  try {
    catalog.dropProposal(proposal, writing)
  } catch (error) {
    if (!(error instanceof GroundplaneError) || error.kind !== 'denied') throw error
  }
}

function review(catalog: CatalogApi, args: ReviewArgs, context: ToolContext): object {
  const { proposal, decision, if_commit: head, message } = args
  if (decision === undefined && head !== undefined)
    throw new CatalogError(
      'invalid',
      'argument_invalid',
      'Nothing is to be decided if it is at that commit.',
      {
        remedy: 'Give `decision`, or leave `if_commit` out: what is shown says its `head`.',
      },
    )
  if (proposal === undefined) {
    if (decision === undefined) return catalog.listProposals(context.at)
    throw new CatalogError('invalid', 'argument_invalid', `Which proposal to ${decision} is not said.`, {
      remedy: 'Give `proposal`; review without arguments lists them.',
    })
  }
  const writing = writeContext(context, message)
  if (decision === undefined) return catalog.reviewProposal(proposal, context.at)
  return catalog.decideProposal({ proposal, decision, ...(head !== undefined && { head }) }, writing)
}

export type { ToolContext } from './edit/tool-context.js'
export type ToolName = keyof typeof CALLS

export const TOOL_NAMES = Object.keys(CALLS) as readonly ToolName[]

/**
 * Carries out one tool of the catalog. Throws what its question throws, and `CatalogError` `answer_too_large` when the least
 * that is an answer is beyond the budget of answers; one that writes has then written nothing.
 */
export function callTool(
  catalog: CatalogApi,
  name: ToolName,
  args: Readonly<Record<string, unknown>>,
  context: ToolContext,
): object {
  refuseUntellable(name, args)
  return withinBudget(name, (CALLS[name] as Call)(catalog, args as never, context))
}

/** What the answers of tools that write repeat of their arguments, once by itself and once in a message. */
const REPEATED: Readonly<Partial<Record<ToolName, readonly string[]>>> = {
  save_document: ['urn'],
  update_description: ['entity_urn', 'column_path'],
  raise_incident: ['resource_urn'],
  resolve_incident: ['incident_urn'],
}
/** Tokens of the rest of such an answer, and more. */
const REST_TOKENS = 1_000

/** Refuses a write whose answer could not be told, before it writes. */
function refuseUntellable(name: ToolName, args: Readonly<Record<string, unknown>>): void {
  const repeated = (REPEATED[name] ?? []).map((argument) => args[argument])
  within([repeated, repeated], ANSWER_TOKENS - REST_TOKENS, 'Write it by ingestion, which repeats nothing.')
}

type SteppedCall = (catalog: CatalogApi, args: never, at: ToolContext['at']) => Steps<object>

/** The tools that walk lineage, which may be long. */
const STEPPED_CALLS = {
  get_lineage: (catalog, args: questions.LineageQuestion, at) => catalog.inSteps.getLineage(args, at),
  get_lineage_paths_between: (catalog, args: questions.LineagePathQuestion, at) =>
    catalog.inSteps.getLineagePathsBetween(args, at),
  impact: (catalog, args: questions.ImpactQuestion, at) => catalog.inSteps.impact(args, at),
  verify: (catalog, args: questions.VerifyQuestion, at) => catalog.inSteps.verify(args, at),
} as const satisfies Partial<Record<ToolName, SteppedCall>>

/** The same in steps, for the tools whose work may be long; undefined for the others. */
export function toolSteps(
  catalog: CatalogApi,
  name: ToolName,
  args: Readonly<Record<string, unknown>>,
  { at }: Pick<ToolContext, 'at'>,
): Steps<object> | undefined {
  if (!Object.hasOwn(STEPPED_CALLS, name)) return undefined
  const steps = (STEPPED_CALLS[name as keyof typeof STEPPED_CALLS] as SteppedCall)(catalog, args as never, at)
  return fitted(name, steps)
}

function* fitted(name: ToolName, steps: Steps<object>): Steps<object> {
  return withinBudget(name, yield* steps)
}
