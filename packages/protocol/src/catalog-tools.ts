import { z } from 'zod'
import * as catalog from './catalog.js'
import { documentTools } from './document-tools.js'
import { jsonValue, receipt } from './json.js'
import {
  type CatalogTool,
  clamped,
  offset,
  oneOrMany,
  read,
  textList,
  urn,
  urnList,
  urnText,
  write,
  writing,
} from './tool-definition.js'

const entityDocuments = z.looseObject({ receipt }).meta({ id: 'EntityDocuments' })

const ownershipType = z
  .string()
  .regex(
    /^(__[a-z_]+|[A-Z][A-Z_]*|urn:li:ownershipType:.+)$/,
    'an ownership type is written like TECHNICAL_OWNER, or is a URN',
  )
  .describe('e.g. TECHNICAL_OWNER, BUSINESS_OWNER, DATA_STEWARD, or the URN of one that is recorded')

const targets = {
  entity_urns: urnList.describe('URNs of the entities; each must exist'),
  column_paths: z
    .array(z.string().nullable())
    .optional()
    .describe('One for each entity: the column that is meant, or null for the entity itself'),
}

const editTools = {
  add_tags: write('add_tags', {
    title: 'Add tags',
    description:
      'Puts tags on datasets, other entities or columns, as one commit. Tags and entities must exist; all or nothing.',
    input: { tag_urns: urnList.describe('URNs of tags that exist'), ...targets },
    output: catalog.editResult,
  }),
  remove_tags: write('remove_tags', {
    title: 'Remove tags',
    description: 'Takes tags off datasets, other entities or columns, as one commit.',
    input: { tag_urns: urnList, ...targets },
    output: catalog.editResult,
    destructive: true,
  }),
  add_terms: write('add_terms', {
    title: 'Add glossary terms',
    description:
      'Says that datasets, other entities or columns mean glossary terms, as one commit. All must exist.',
    input: { term_urns: urnList.describe('URNs of glossary terms that exist'), ...targets },
    output: catalog.editResult,
  }),
  remove_terms: write('remove_terms', {
    title: 'Remove glossary terms',
    description: 'Takes glossary terms off datasets, other entities or columns, as one commit.',
    input: { term_urns: urnList, ...targets },
    output: catalog.editResult,
    destructive: true,
  }),
  add_owners: write('add_owners', {
    title: 'Add owners',
    description: 'Makes people or teams responsible for entities, as one commit. All must exist.',
    input: {
      owner_urns: urnList.describe('URNs of users or groups that exist'),
      entity_urns: targets.entity_urns,
      ownership_type: ownershipType.default('TECHNICAL_OWNER'),
    },
    output: catalog.editResult,
  }),
  remove_owners: write('remove_owners', {
    title: 'Remove owners',
    description: 'Takes owners off entities, as one commit: of one ownership_type, or whatever theirs is.',
    input: {
      owner_urns: urnList,
      entity_urns: targets.entity_urns,
      ownership_type: ownershipType.optional(),
    },
    output: catalog.editResult,
    destructive: true,
  }),
  set_domains: write('set_domains', {
    title: 'Set the domain',
    description: 'Puts entities into a domain, instead of the one they were in, as one commit.',
    input: { domain_urn: z.string().trim().min(1), entity_urns: targets.entity_urns },
    output: catalog.editResult,
    destructive: true,
  }),
  remove_domains: write('remove_domains', {
    title: 'Remove the domain',
    description: 'Takes entities out of their domain, as one commit.',
    input: { entity_urns: targets.entity_urns },
    output: catalog.editResult,
    destructive: true,
  }),
  add_structured_properties: write('add_structured_properties', {
    title: 'Add structured properties',
    description:
      'Gives entities values of structured properties, as one commit: in the place of those they have of the same property; other properties stay. ' +
      'Properties and entities must exist, and values must be as the definition of the property has them (get_entities shows it).',
    input: {
      property_values: z
        .record(
          urnText,
          z
            .array(z.union([z.string(), z.number()]))
            .min(1)
            .max(1000),
        )
        .refine((values) => {
          const { length } = Object.keys(values)
          return length > 0 && length <= 100
        }, 'give values of 1 to 100 properties')
        .meta({
          description:
            'By the URN of a property: its values, e.g. {"urn:li:structuredProperty:retention": [90]}',
          minProperties: 1,
          maxProperties: 100,
        }),
      entity_urns: targets.entity_urns,
    },
    output: catalog.editResult,
    destructive: true,
  }),
  remove_structured_properties: write('remove_structured_properties', {
    title: 'Remove structured properties',
    description: 'Takes structured properties with their values off entities, as one commit. All must exist.',
    input: {
      property_urns: urnList.describe('URNs of structured properties that exist'),
      entity_urns: targets.entity_urns,
    },
    output: catalog.editResult,
    destructive: true,
  }),
  update_description: write('update_description', {
    title: 'Update a description',
    description:
      'Replaces, adds to or removes the description of an entity or of one of its columns, as one commit.',
    input: {
      entity_urn: urn,
      operation: z.enum(['replace', 'append', 'remove']).default('replace'),
      description: z.string().max(100_000).optional(),
      column_path: z.string().nullish(),
    },
    output: catalog.descriptionResult,
    destructive: true,
  }),
} as const satisfies Record<string, CatalogTool>

/** One change of a proposal: a tool and its arguments, without branch and message, which are those of the proposal. */
const proposedEdit = z.discriminatedUnion(
  'tool',
  Object.values(editTools).map(({ name, input }: CatalogTool) =>
    z.strictObject({ tool: z.literal(name), arguments: input.omit({ branch: true, message: true }) }),
  ) as unknown as [z.ZodObject<{ tool: z.ZodLiteral<keyof typeof editTools>; arguments: z.ZodObject }>],
)

/** Every tool of the catalog. Names, parameters and answers are those of DataHub's MCP server where it has the tool. */
export const catalogTools = {
  search: read('search', {
    title: 'Search the catalog',
    description:
      'Find datasets, dashboards and other entities by words, ranked, with facets. Use it first, to turn a name or a topic into URNs. ' +
      '`*` lists everything; `/q` begins a boolean query (a+b, OR, NOT, "phrase", prefix*).',
    input: {
      query: z.string().default('*').describe('Words, * or /q …'),
      filter: z.string().optional().describe('e.g. entity_type = dataset AND platform = sqlite'),
      num_results: clamped(0, 50, 10).describe('0 to 50; 0 gives totals and facets only'),
      sort_by: z.enum(['name', 'urn']).optional(),
      sort_order: z.enum(['asc', 'desc']).default('desc'),
      offset,
    },
    output: catalog.searchResult,
  }),
  get_entities: read('get_entities', {
    title: 'Get entities',
    description:
      'Everything known about one or several entities by URN: description, schema, owners, tags, terms, health. ' +
      'One URN gives one document, a list gives a list in the same order; one that does not exist stands in it as {urn, error}.',
    input: { urns: oneOrMany.describe('A URN or a list of URNs') },
    output: entityDocuments,
  }),
  list_schema_fields: read('list_schema_fields', {
    title: 'List fields of a dataset',
    description:
      'The real columns of a dataset with types, keys, tags and descriptions; keywords rank the matching ones first.',
    input: {
      urn,
      keywords: z.union([z.string(), z.array(z.string())]).optional(),
      limit: clamped(1, 1000, 100),
      offset,
    },
    output: catalog.schemaFieldList,
  }),
  get_lineage: read('get_lineage', {
    title: 'Get lineage',
    description:
      'Where a dataset (or one column), a dashboard, a chart or a job comes from, or with upstream=false what depends on it. Each result has its distance and a path.',
    input: {
      urn,
      column: z.string().nullish().describe('Follow one column'),
      query: z.string().optional().describe('Keep results matching these words'),
      filter: z.string().optional(),
      upstream: z.boolean().default(true),
      max_hops: clamped(1, 100, 1).describe('3 and more: without limit'),
      max_results: clamped(1, 1000, 30),
      offset,
    },
    output: catalog.lineageResult,
  }),
  get_lineage_paths_between: read('get_lineage_paths_between', {
    title: 'Get lineage paths between two entities',
    description:
      'Every way data takes from one dataset (or column), dashboard, chart or job to another, shortest first, with the query that does each step. ' +
      'Without a direction, downstream from the source is looked at first, then upstream. No path is an error.',
    input: {
      source_urn: urn,
      target_urn: urn,
      source_column: z.string().nullish().describe('Column of the source; needs target_column'),
      target_column: z.string().nullish().describe('Column of the target; needs source_column'),
      direction: z.enum(['upstream', 'downstream']).nullish().describe('Which way the target lies'),
      offset,
    },
    output: catalog.lineagePaths,
  }),
  get_dataset_queries: read('get_dataset_queries', {
    title: 'Get queries of a dataset',
    description:
      'SQL that mentions a dataset (or one column): recorded queries, newest first, then the definitions of the views made from it. Read it to see how the data is really joined and filtered.',
    input: {
      urn,
      column: z.string().nullish().describe('Only queries that use this column'),
      source: z.enum(['MANUAL', 'SYSTEM']).nullish().describe('Written by people, or by systems (views too)'),
      start: offset,
      count: clamped(1, 100, 10),
    },
    output: catalog.datasetQueries,
  }),
  get_dataset_assertions: read('get_dataset_assertions', {
    title: 'Get assertions of a dataset',
    description:
      'The quality checks on a dataset with their definition, latest result, counts and recent runs.',
    input: {
      urn,
      start: offset,
      count: clamped(1, 20, 5),
      column: z.string().optional(),
      assertion_type: z.string().optional(),
      status: z.enum(['PASSING', 'FAILING', 'ERROR', 'INIT']).optional(),
      run_events_count: clamped(1, 10, 1),
    },
    output: catalog.assertionList,
  }),
  diff_health: read('diff_health', {
    title: 'Compare the health of two instances',
    description:
      'The same assertions on two platform instances side by side: which fail only in production, only in the reference, in both. ' +
      'Reads recorded results; runs no SQL.',
    input: {
      reference: z.string().optional().describe('Instance taken as right; the configured one when left out'),
      production: z.string().optional().describe('Instance in question; the configured one when left out'),
      datasets: textList.optional().describe('Only these dataset URNs'),
      offset,
    },
    output: catalog.healthDiff,
  }),
  brief: read('brief', {
    title: 'Brief on a dataset, a topic or a task',
    description:
      'What one has to know before working with data, in one answer within a token budget: what it is, traps (failing checks, incidents, nulls, twins), keys, joins, ' +
      'columns, lineage, health, people. Parts that do not fit are left out whole and named in `dropped`, with the tools that `get` them. Take it before writing SQL.',
    input: {
      about: z
        .string()
        .trim()
        .min(1)
        .describe('URN of a dataset, a dashboard, a chart or a job, or a topic or task in words'),
      budget: clamped(1, 20_000, 2000).describe('Tokens of the whole answer; never exceeded'),
    },
    output: catalog.briefResult,
  }),
  find_similar_schema: read('find_similar_schema', {
    title: 'Find tables like this one',
    description:
      'Does this table exist already? Datasets with the same or similar columns, ranked, with reasons. Ask before making a new table.',
    input: {
      urn: urn.optional().describe('A dataset that is there; or give columns'),
      columns: z
        .array(z.union([z.string(), z.strictObject({ name: z.string(), type: z.string().nullish() })]))
        .min(1)
        .max(1000)
        .optional()
        .describe('Columns of the table, by name or as {name, type}'),
      name: z.string().optional().describe('What the table would be called'),
      max_results: clamped(1, 50, 10),
      offset,
    },
    output: catalog.similarSchemaResult,
  }),
  impact: read('impact', {
    title: 'Tell what a change would break',
    description:
      'Before a table or a column is dropped, renamed or changed: every dataset downstream, with what happens to it and why, the path to it and its owners; ' +
      'and foreign keys, checks and queries that name it. What nobody recorded is told as unknown.',
    input: {
      urn,
      column: z.string().nullish().describe('The column that changes; the whole table when left out'),
      change: z.enum(['drop', 'rename', 'change_type', 'make_nullable', 'change_meaning']).default('drop'),
      max_results: clamped(1, 1000, 30),
      offset,
    },
    output: catalog.impactResult,
  }),
  provenance: read('provenance', {
    title: 'Tell where a statement comes from',
    description:
      'Who said what is known of an entity: of each aspect the commit, its time, its actor and run, and what it changed. ' +
      'With `aspect`, its history, newest first: what was said before.',
    input: {
      urn,
      aspect: z.string().nullish().describe('e.g. schemaMetadata; every aspect when left out'),
      limit: z.int().min(1).max(100).optional().describe('Versions; 10 of one aspect, 1 of each of all'),
    },
    output: catalog.provenanceResult,
  }),
  verify: read('verify', {
    title: 'Check a claim or a citation',
    description:
      'Does it hold? A claim is {entity, relation, value}, e.g. relation upstream_of, owned_by, has_column, description, native_type (with column); ' +
      'a citation is a receipt, with an entity: is it still as it was then. Answers holds, does_not_hold or unknown (nobody has stated it), with the commit it was decided at.',
    input: {
      entity: urn.optional(),
      column: z.string().nullish().describe('Column of the entity that the claim is about'),
      relation: z
        .string()
        .min(1)
        .optional()
        .describe('upstream_of, owned_by, tagged_with, has_column, description, …'),
      value: jsonValue.optional().describe('A URN, a name, a text, a number or a boolean'),
      receipt: z
        .strictObject({ graph: z.string(), commit: z.string(), at: z.string().optional() })
        .optional()
        .describe('Receipt of an earlier answer'),
    },
    output: catalog.verifyResult,
  }),
  ...documentTools,
  get_me: read('get_me', {
    title: 'Tell who is asking',
    description: 'The actor in whose name you call, its tenant and roles, and what the catalog knows of it.',
    input: {},
    output: catalog.callerResult,
  }),
  list_incidents: read('list_incidents', {
    title: 'List incidents',
    description:
      'Incidents raised on datasets, newest first, with state, priority and the assertion behind each.',
    input: {
      urn: urn.optional(),
      state: z.enum(['ACTIVE', 'RESOLVED']).optional(),
      start: offset,
      count: clamped(1, 100, 20),
    },
    output: catalog.catalogIncidentList,
  }),
  ...editTools,
  raise_incident: write('raise_incident', {
    title: 'Raise an incident',
    description:
      'Records that a dataset is broken: what was seen, how it was measured, what it means. Another one for the same cause on the same dataset is not raised.',
    input: {
      resource_urn: urn,
      title: z.string().trim().min(1).max(500),
      description: z.string().trim().min(1).max(100_000),
      incident_type: z
        .enum(['FRESHNESS', 'VOLUME', 'FIELD', 'SQL', 'DATA_SCHEMA', 'OPERATIONAL', 'CUSTOM'])
        .default('CUSTOM'),
      priority: z.enum(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL']).optional(),
      assertion_urn: z.string().trim().min(1).optional().describe('The failing check behind it'),
    },
    output: catalog.raisedIncident,
  }),
  resolve_incident: write('resolve_incident', {
    title: 'Resolve an incident',
    description: 'Closes an incident; `message` says what was done and is kept with it.',
    input: { incident_urn: z.string().trim().min(1) },
    output: catalog.editResult,
    destructive: true,
  }),
  propose_change: {
    name: 'propose_change',
    title: 'Propose a change',
    description:
      'Makes changes on a branch of their own, for others to look at with `review`: tags, terms, owners, domains, structured properties, descriptions. ' +
      'Take it where you may not, or should not, write to main. All of them or none.',
    action: 'change',
    on: 'proposal',
    input: z.strictObject({
      title: z.string().trim().min(1).max(500).describe('What is proposed and why, in one line'),
      edits: z.array(proposedEdit).min(1).max(100).describe('Tools and their arguments, in order'),
    }),
    output: catalog.proposalReview,
  },
  review: {
    name: 'review',
    title: 'Review a proposed change',
    description:
      'Without arguments the open proposals. With one: what it would change and whether it can be merged. ' +
      'With decision, merges it into main (policy decides who may) or deletes it; if_commit makes sure it is what was looked at.',
    action: 'read',
    writesWith: 'decision',
    destructive: true,
    input: z.strictObject({
      proposal: z.string().min(1).optional().describe('As propose_change or the list gives it'),
      decision: z.enum(['approve', 'reject']).optional(),
      if_commit: z
        .string()
        .min(1)
        .optional()
        .describe('Decide only if the proposal is at this commit, its `head`'),
      message: writing.message,
    }),
    output: catalog.reviewResult,
  },
} as const satisfies Record<string, CatalogTool>

export type CatalogToolName = keyof typeof catalogTools

/** The arguments of a tool once they are checked. */
export type CatalogToolInput<N extends CatalogToolName> = z.output<(typeof catalogTools)[N]['input']>
