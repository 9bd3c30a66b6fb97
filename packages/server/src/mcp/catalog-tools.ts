import type { CatalogReads } from '@groundplane/catalog'
import type { ReadContext } from '@groundplane/graph'
import { z } from 'zod'
import { comparedInstances } from '../compared-instances.js'
import { givenMembers } from '../given-members.js'
import { mayDo, whoOf } from '../graph-access/caller.js'
import { catalogOf } from '../served-revision.js'
import { clamped, defineTool, READS, type Tool } from './tool.js'

/** What a tool of the catalog works with: the catalog and where (and as whom) it is read. */
interface CatalogScope {
  readonly catalog: CatalogReads
  readonly at: ReadContext
  /** Instances compared when a call names none. */
  readonly instances?: { readonly reference: string; readonly production: string }
}

/** A read of the catalog: offered to, and carried out for, whoever may read its graph. */
function tool<I extends z.ZodObject>(spec: {
  name: string
  title: string
  description: string
  input: I
  run: (scope: CatalogScope, args: z.output<I>) => object
}): Tool {
  return defineTool({
    ...spec,
    effects: READS,
    isOffered: ({ revision, authorize, caller }) =>
      revision.catalog !== undefined && mayDo(authorize, caller, 'read', revision.catalog.graphId, 'main'),
    run({ revision, authorize, caller }, args) {
      const { catalog, crew, graphId } = catalogOf(revision)
      const at = whoOf(caller)
      authorize({ action: 'read', graph: graphId, branch: 'main', ...at })
      return spec.run({ catalog, at, ...(crew && { instances: crew }) }, args)
    },
  })
}

const urn = z
  .string()
  .trim()
  .min(1)
  .describe('URN, e.g. urn:li:dataset:(urn:li:dataPlatform:sqlite,inst.main.orders,PROD)')
const offset = z.int().min(0).default(0).describe('How many results to skip')

/** A list of URNs, one URN, or a list written as JSON text, which some agents send. */
const urns = z.union([z.array(z.string()), z.string()]).transform((value) => {
  if (typeof value !== 'string') return { many: true, urns: value.map((u) => u.trim()) }
  const text = value.trim()
  if (!text.startsWith('[')) return { many: false, urns: [text] }
  const list = z.array(z.string()).safeParse(parseJson(text))
  return list.success ? { many: true, urns: list.data.map((u) => u.trim()) } : { many: false, urns: [text] }
})

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Names, parameters and answers as agents know them from DataHub's MCP server; the last two are our own. */
export const CATALOG_TOOLS: readonly Tool[] = [
  tool({
    name: 'search',
    title: 'Search the catalog',
    description:
      'Find datasets and other entities by words, ranked, with facets. Use it first, to turn a name or a topic into URNs. ' +
      '`*` lists everything; `/q` begins a boolean query (a+b, OR, NOT, "phrase", prefix*).',
    input: z.object({
      query: z.string().default('*').describe('Words, * or /q …'),
      filter: z.string().optional().describe('e.g. entity_type = dataset AND platform = sqlite'),
      num_results: clamped(0, 50, 10).describe('0 to 50; 0 gives totals and facets only'),
      sort_by: z.enum(['name', 'urn']).optional(),
      sort_order: z.enum(['asc', 'desc']).default('desc'),
      offset,
    }),
    run: ({ catalog, at }, args) => catalog.search(givenMembers(args), at),
  }),
  tool({
    name: 'get_entities',
    title: 'Get entities',
    description:
      'Everything known about one or several entities by URN: description, schema, owners, tags, terms, health. ' +
      'One URN gives one document, a list gives a list in the same order; one that does not exist stands in it as {urn, error}.',
    input: z.object({ urns: urns.describe('A URN or a list of URNs') }),
    run({ catalog, at }, { urns: asked }) {
      if (!asked.many) {
        const { entity, receipt } = catalog.getEntity(asked.urns[0] as string, at)
        return { ...entity, receipt }
      }
      const { entities, receipt } = catalog.getEntities(asked.urns, at)
      return { result: entities, receipt }
    },
  }),
  tool({
    name: 'list_schema_fields',
    title: 'List fields of a dataset',
    description:
      'The real columns of a dataset with types, keys, tags and descriptions; keywords rank the matching ones first.',
    input: z.object({
      urn,
      keywords: z.union([z.string(), z.array(z.string())]).optional(),
      limit: clamped(1, 1000, 100),
      offset,
    }),
    run: ({ catalog, at }, args) => catalog.listSchemaFields(givenMembers(args), at),
  }),
  tool({
    name: 'get_lineage',
    title: 'Get lineage',
    description:
      'Where a dataset (or one column) comes from, or with upstream=false what depends on it. Each result has its distance and a path.',
    input: z.object({
      urn,
      column: z.string().nullish().describe('Follow one column'),
      query: z.string().optional().describe('Keep results matching these words'),
      filter: z.string().optional(),
      upstream: z.boolean().default(true),
      max_hops: clamped(1, 100, 1).describe('3 and more: without limit'),
      max_results: clamped(1, 1000, 30),
      offset,
    }),
    run: ({ catalog, at }, args) => catalog.getLineage(givenMembers(args), at),
  }),
  tool({
    name: 'get_dataset_assertions',
    title: 'Get assertions of a dataset',
    description:
      'The quality checks on a dataset with their definition, latest result, counts and recent runs.',
    input: z.object({
      urn,
      start: offset,
      count: clamped(1, 20, 5),
      column: z.string().optional(),
      assertion_type: z.string().optional(),
      status: z.enum(['PASSING', 'FAILING', 'ERROR', 'INIT']).optional(),
      run_events_count: clamped(1, 10, 1),
    }),
    run: ({ catalog, at }, args) => catalog.getDatasetAssertions(givenMembers(args), at),
  }),
  tool({
    name: 'diff_health',
    title: 'Compare the health of two instances',
    description:
      'The same assertions on two platform instances side by side: which fail only in production, only in the reference, in both. ' +
      'Reads recorded results; runs no SQL.',
    input: z.object({
      reference: z.string().optional().describe('Instance taken as right; the configured one when left out'),
      production: z.string().optional().describe('Instance in question; the configured one when left out'),
      datasets: z.array(z.string()).optional().describe('Only these dataset URNs'),
    }),
    run({ catalog, at, instances }, { datasets, ...named }) {
      const question = { ...comparedInstances(named, instances), datasets }
      return catalog.diffHealth(givenMembers(question), at)
    },
  }),
  tool({
    name: 'list_incidents',
    title: 'List incidents',
    description:
      'Incidents raised on datasets, newest first, with state, priority and the assertion behind each.',
    input: z.object({
      urn: urn.optional(),
      state: z.enum(['ACTIVE', 'RESOLVED']).optional(),
      start: offset,
      count: clamped(1, 100, 20),
    }),
    run: ({ catalog, at }, args) => catalog.listIncidents(givenMembers(args), at),
  }),
]
