import type { Provenance } from '@groundplane/core'
import type { CatalogApi } from './catalog-api.js'
import type { CatalogEdit } from './edit/catalog-edit.js'
import type { IncidentPriority } from './incident/incident-input.js'
import type { ReadContext, WriteContext } from './model/store.js'
import { comparedInstances } from './read/compared-instances.js'
import type * as questions from './read/questions.js'

/** In whose name and where a tool works. */
export interface ToolContext {
  readonly at: ReadContext
  /** What is kept on the commit of a tool that writes, besides where and who, which are those of `at`. */
  readonly provenance?: Provenance
  /** Instances that `diff_health` compares when none are named. */
  readonly instances?: { readonly reference: string; readonly production: string }
}

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
  add_tags: (catalog, args: LabelArgs<'tag_urns'>, context) =>
    edit(catalog, { kind: 'tags', op: 'add', labels: args.tag_urns, ...targets(args) }, args, context),
  remove_tags: (catalog, args: LabelArgs<'tag_urns'>, context) =>
    edit(catalog, { kind: 'tags', op: 'remove', labels: args.tag_urns, ...targets(args) }, args, context),
  add_terms: (catalog, args: LabelArgs<'term_urns'>, context) =>
    edit(catalog, { kind: 'terms', op: 'add', labels: args.term_urns, ...targets(args) }, args, context),
  remove_terms: (catalog, args: LabelArgs<'term_urns'>, context) =>
    edit(catalog, { kind: 'terms', op: 'remove', labels: args.term_urns, ...targets(args) }, args, context),
  add_owners: (catalog, args: OwnerArgs, context) =>
    edit(catalog, { kind: 'owners', op: 'add', ...ownersOf(args) }, args, context),
  remove_owners: (catalog, args: OwnerArgs, context) =>
    edit(catalog, { kind: 'owners', op: 'remove', ...ownersOf(args) }, args, context),
  set_domains: (catalog, args: DomainArgs, context) =>
    edit(
      catalog,
      { kind: 'domains', op: 'set', domain: args.domain_urn, entities: args.entity_urns },
      args,
      context,
    ),
  remove_domains: (catalog, args: Omit<DomainArgs, 'domain_urn'>, context) =>
    edit(catalog, { kind: 'domains', op: 'remove', entities: args.entity_urns }, args, context),
  update_description: (catalog, args: DescriptionArgs, context) => {
    const { entity_urn: entity, operation: op, description: text, column_path: column } = args
    const { changed, message, receipt } = edit(
      catalog,
      { kind: 'description', op, entity, ...(text !== undefined && { text }), ...(column && { column }) },
      args,
      context,
    )
    return { success: true, urn: entity, column_path: column ?? null, changed, message, receipt }
  },
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
} as const satisfies Record<string, Call>

interface WriteArgs {
  /** Why; kept on the commit. */
  readonly message?: string
}
interface TargetArgs extends WriteArgs {
  readonly entity_urns: readonly string[]
  readonly column_paths?: readonly (string | null)[]
}
type LabelArgs<K extends string> = TargetArgs & Readonly<Record<K, readonly string[]>>
interface OwnerArgs extends WriteArgs {
  readonly owner_urns: readonly string[]
  readonly entity_urns: readonly string[]
  readonly ownership_type?: string
}
interface DomainArgs extends WriteArgs {
  readonly domain_urn: string
  readonly entity_urns: readonly string[]
}
interface DescriptionArgs extends WriteArgs {
  readonly entity_urn: string
  readonly operation: 'replace' | 'append' | 'remove'
  readonly description?: string
  readonly column_path?: string | null
}
interface IncidentArgs extends WriteArgs {
  readonly resource_urn: string
  readonly title: string
  readonly description: string
  readonly incident_type: string
  readonly priority?: IncidentPriority
  readonly assertion_urn?: string
}

function targets({ entity_urns, column_paths }: TargetArgs) {
  return { entities: entity_urns, ...(column_paths !== undefined && { columns: column_paths }) }
}

function ownersOf({ owner_urns, entity_urns, ownership_type: type }: OwnerArgs) {
  return { owners: owner_urns, entities: entity_urns, ...(type !== undefined && { type }) }
}

function edit(catalog: CatalogApi, change: CatalogEdit, { message }: WriteArgs, context: ToolContext) {
  return catalog.edit(change, writeContext(context, message))
}

function writeContext({ at, provenance }: ToolContext, message?: string): WriteContext {
  const { branch, principal } = at
  return {
    ...(branch !== undefined && { branch }),
    ...(principal && { principal }),
    ...(provenance && { provenance }),
    ...(message !== undefined && { message }),
  }
}

export type ToolName = keyof typeof CALLS

export const TOOL_NAMES = Object.keys(CALLS) as readonly ToolName[]

/** Carries out one tool of the catalog. Throws what its question throws. */
export function callTool(
  catalog: CatalogApi,
  name: ToolName,
  args: Readonly<Record<string, unknown>>,
  context: ToolContext,
): object {
  return (CALLS[name] as Call)(catalog, args as never, context)
}
