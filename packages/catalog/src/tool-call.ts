import type { CatalogApi } from './catalog-api.js'
import type { ReadContext } from './model/store.js'
import { comparedInstances } from './read/compared-instances.js'
import type * as questions from './read/questions.js'

/** In whose name and where a tool works. */
export interface ToolContext {
  readonly at: ReadContext
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
} as const satisfies Record<string, Call>

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
