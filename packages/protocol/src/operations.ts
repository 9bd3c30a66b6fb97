import { z } from 'zod'
import * as branch from './branch.js'
import * as catalog from './catalog.js'
import { catalogTools } from './catalog-tools.js'
import { datahubOperations } from './datahub-operations.js'
import * as explain from './explain.js'
import * as graph from './graph.js'
import * as incident from './incident.js'
import { flag, wholeNumber } from './json.js'
import * as migration from './migration.js'
import { openlineageOperations } from './openlineage-operations.js'
import type { Operation } from './operation.js'
import * as schedule from './schedule.js'
import * as service from './service.js'
import type { CatalogTool } from './tool-definition.js'

const pageQuery = {
  limit: wholeNumber(1, 1000).optional(),
  page_token: z.string().optional(),
}
const ifCommit = {
  'Groundplane-If-Graph-Commit': 'The commit the branch must be at, else 412 and nothing is written.',
}
const blobHeaders = {
  Range: 'One range of bytes, like bytes=0-1023.',
  'If-Range': 'The range only of this entity tag, else the whole.',
  'If-Match': 'Entity tags that are wanted, else 412.',
  'If-None-Match': 'Entity tags the caller has already; 304 when one still holds.',
}
const NDJSON = 'application/x-ndjson'

/** Name of the operation that calls a tool of the catalog. */
type ToolOperationId<N extends string> = `tool_${N}`
type ToolOperation<T extends CatalogTool> = {
  readonly method: 'POST'
  readonly path: `/catalog/tools/${T['name']}`
  readonly summary: string
  readonly tag: 'catalog'
  readonly body: T['input']
  /** Of a tool that can be called without arguments. */
  readonly bodyOptional?: true
  readonly status: 200
  readonly response: T['output']
}
type Tools = typeof catalogTools

function toolOperations(): { readonly [N in keyof Tools as ToolOperationId<N>]: ToolOperation<Tools[N]> } {
  const all = Object.entries(catalogTools).map(([name, { title, input, output }]) => {
    const path = `/catalog/tools/${name}`
    const called = { method: 'POST', path, tag: 'catalog', summary: title }
    const optional = input.safeParse({}).success && { bodyOptional: true }
    return [`tool_${name}`, { ...called, body: input, ...optional, status: 200, response: output }]
  })
  return Object.fromEntries(all)
}

export const operations = {
  healthz: {
    method: 'GET',
    path: '/healthz',
    tag: 'service',
    summary: 'Whether the process is alive',
    public: true,
    status: 200,
    response: service.health,
  },
  readyz: {
    method: 'GET',
    path: '/readyz',
    tag: 'service',
    summary: 'Whether the server should get traffic (503 when not)',
    public: true,
    status: 200,
    response: service.readiness,
  },
  metrics: {
    method: 'GET',
    path: '/metrics',
    tag: 'service',
    summary: 'Prometheus metrics',
    status: 200,
    responseType: 'text/plain',
  },
  openapi: {
    method: 'GET',
    path: '/openapi.json',
    tag: 'service',
    summary: 'This document',
    public: true,
    status: 200,
    responseType: 'application/json',
  },
  listGraphs: {
    method: 'GET',
    path: '/graphs',
    tag: 'service',
    summary: 'The graphs served; needs graph_list on the cluster',
    query: z.strictObject(pageQuery),
    status: 200,
    response: service.graphList,
  },
  listSchedules: {
    method: 'GET',
    path: '/schedules',
    tag: 'service',
    summary:
      'When sources are harvested and checked, the last result and the next run of each; needs read on the catalog',
    query: z.strictObject(pageQuery),
    status: 200,
    response: schedule.scheduleList,
  },
  runSchedule: {
    method: 'POST',
    path: '/schedules/{schedule}/run',
    tag: 'service',
    summary:
      'Begin the run of a schedule now, whether it is due or not; what comes of it is in the list of schedules. Needs change on the catalog',
    status: 202,
    response: schedule.schedule,
  },
  listSources: {
    method: 'GET',
    path: '/sources',
    tag: 'service',
    summary: 'What is harvested into the catalogs, and what is asserted of it; needs read on the catalog',
    query: z.strictObject(pageQuery),
    status: 200,
    response: schedule.sourceList,
  },

  getSnapshot: {
    method: 'GET',
    path: '/graphs/{graph_id}/snapshot',
    tag: 'graph',
    summary: 'Types and how many entities each has, at the head of a branch or at a commit (`snapshot`)',
    query: z.strictObject({
      branch: z.string().min(1).optional(),
      snapshot: z.string().min(1).optional(),
    }),
    status: 200,
    response: graph.snapshot,
  },
  getSchema: {
    method: 'GET',
    path: '/graphs/{graph_id}/schema',
    tag: 'graph',
    summary:
      'The schema in force, as its source text: of main, of a branch, or as it was at a commit (`snapshot`)',
    query: z.strictObject({
      branch: z.string().min(1).optional(),
      snapshot: z.string().min(1).optional(),
    }),
    status: 200,
    response: graph.graphSchema,
  },
  planSchema: {
    method: 'POST',
    path: '/graphs/{graph_id}/schema/plan',
    tag: 'graph',
    summary: 'What a schema would change and what refuses it, data included; writes nothing',
    body: migration.schemaPlanRequest,
    status: 200,
    response: migration.schemaPlanOutput,
  },
  applySchema: {
    method: 'POST',
    path: '/graphs/{graph_id}/schema/apply',
    tag: 'graph',
    summary: 'Always 409 on a server of a cluster: its schemas are changed by `groundplane cluster apply`',
    body: migration.schemaApplyRequest,
    status: 200,
    response: migration.schemaApplyOutput,
  },
  listBranches: {
    method: 'GET',
    path: '/graphs/{graph_id}/branches',
    tag: 'graph',
    summary:
      'Names of the branches; with `standing` also of each its last commit, whether it is protected, and what the caller may do on it',
    query: z.strictObject({ ...pageQuery, standing: flag.optional() }),
    status: 200,
    response: graph.branchList,
  },
  createBranch: {
    method: 'POST',
    path: '/graphs/{graph_id}/branches',
    tag: 'graph',
    summary: 'Start a branch from another or from a commit',
    body: branch.branchCreateRequest,
    status: 200,
    response: branch.branchCreateOutput,
  },
  createBranchIf: {
    method: 'POST',
    path: '/graphs/{graph_id}/branches/if-graph-commit',
    tag: 'graph',
    summary: 'The same, if it would start at that commit',
    headers: ifCommit,
    body: branch.branchCreateRequest,
    status: 200,
    response: branch.branchCreateOutput,
  },
  deleteBranch: {
    method: 'DELETE',
    path: '/graphs/{graph_id}/branches/{branch}',
    tag: 'graph',
    summary: 'Delete a branch; its commits stay readable until a cleanup',
    status: 200,
    response: branch.branchDeleteOutput,
  },
  deleteBranchIf: {
    method: 'DELETE',
    path: '/graphs/{graph_id}/branches/{branch}/if-graph-commit',
    tag: 'graph',
    summary: 'The same, if its head has not moved',
    headers: ifCommit,
    status: 200,
    response: branch.branchDeleteOutput,
  },
  mergeBranch: {
    method: 'POST',
    path: '/graphs/{graph_id}/branches/merge',
    tag: 'graph',
    summary: 'Merge a branch as one commit; 409 with every conflict when that cannot be',
    body: branch.branchMergeRequest,
    status: 200,
    response: branch.branchMergeOutput,
  },
  mergeBranchIf: {
    method: 'POST',
    path: '/graphs/{graph_id}/branches/merge/if-graph-commit',
    tag: 'graph',
    summary: 'The same, if the branch that receives it has not moved',
    headers: ifCommit,
    body: branch.branchMergeRequest,
    status: 200,
    response: branch.branchMergeOutput,
  },
  pollChanges: {
    method: 'GET',
    path: '/graphs/{graph_id}/changes',
    tag: 'graph',
    summary:
      'The changes of a branch, commit by commit, from a place the caller keeps; with `from`, the net change between two commits. 410 when a cleanup removed what comes next',
    query: branch.changesQuery,
    status: 200,
    response: branch.changesOutput,
  },
  captureBaseline: {
    method: 'POST',
    path: '/graphs/{graph_id}/changes/baseline',
    tag: 'graph',
    summary:
      'All of a branch at one commit, one JSON object a line; the last line, a ChangeBaselineRecord, has the cursor of the feed that goes on from there',
    body: branch.changeBaselineRequest,
    bodyOptional: true,
    status: 200,
    responseType: NDJSON,
  },
  listCommits: {
    method: 'GET',
    path: '/graphs/{graph_id}/commits',
    tag: 'graph',
    summary: 'Commits of a branch, newest first',
    query: z.strictObject({ branch: z.string().min(1).optional(), ...pageQuery }),
    status: 200,
    response: graph.commitList,
  },
  getCommit: {
    method: 'GET',
    path: '/graphs/{graph_id}/commits/{commit_id}',
    tag: 'graph',
    summary: 'One commit',
    status: 200,
    response: graph.commit,
  },
  getCommitChanges: {
    method: 'GET',
    path: '/graphs/{graph_id}/commits/{commit_id}/changes',
    tag: 'graph',
    summary: 'Exactly what a commit changed, or what of it is of the kinds, types and operations asked for',
    query: branch.commitChangesQuery,
    status: 200,
    response: graph.commitChanges,
  },
  runQuery: {
    method: 'POST',
    path: '/graphs/{graph_id}/query',
    tag: 'graph',
    summary: 'Run a read query given as text, or with `explain` tell how it is answered',
    body: graph.queryRequest,
    status: 200,
    response: z.union([graph.readOutput, explain.explainOutput]),
  },
  runMutation: {
    method: 'POST',
    path: '/graphs/{graph_id}/mutate',
    tag: 'graph',
    summary: 'Run a write query given as text, as one commit',
    body: graph.mutateRequest,
    status: 200,
    response: graph.changeOutput,
  },
  runMutationIf: {
    method: 'POST',
    path: '/graphs/{graph_id}/mutate/if-graph-commit',
    tag: 'graph',
    summary: 'The same, if the branch has not moved',
    headers: ifCommit,
    body: graph.mutateRequest,
    status: 200,
    response: graph.changeOutput,
  },
  load: {
    method: 'POST',
    path: '/graphs/{graph_id}/load',
    tag: 'graph',
    summary: 'Load entities carried in the request, as one commit',
    body: graph.loadRequest,
    status: 200,
    response: graph.loadOutput,
  },
  loadIf: {
    method: 'POST',
    path: '/graphs/{graph_id}/load/if-graph-commit',
    tag: 'graph',
    summary: 'The same, if the branch has not moved',
    headers: ifCommit,
    body: graph.loadRequest,
    status: 200,
    response: graph.loadOutput,
  },
  loadNdjson: {
    method: 'POST',
    path: '/graphs/{graph_id}/load/ndjson',
    tag: 'graph',
    summary: 'Load a stream of entities, one JSON object a line, as one commit',
    query: graph.loadQuery,
    bodyStream: NDJSON,
    status: 200,
    response: graph.loadOutput,
  },
  loadNdjsonIf: {
    method: 'POST',
    path: '/graphs/{graph_id}/load/ndjson/if-graph-commit',
    tag: 'graph',
    summary: 'The same, if the branch has not moved',
    headers: ifCommit,
    query: graph.loadQuery,
    bodyStream: NDJSON,
    status: 200,
    response: graph.loadOutput,
  },
  exportGraph: {
    method: 'POST',
    path: '/graphs/{graph_id}/export',
    tag: 'graph',
    summary: 'Every entity, nodes then edges, one JSON object a line',
    body: graph.exportRequest,
    bodyOptional: true,
    status: 200,
    responseType: NDJSON,
  },
  exportGraphIf: {
    method: 'POST',
    path: '/graphs/{graph_id}/export/if-graph-commit',
    tag: 'graph',
    summary: 'The same, if the branch has not moved',
    headers: { 'Groundplane-If-Graph-Commit': 'The commit that is to be read, else 412.' },
    body: graph.exportRequest,
    bodyOptional: true,
    status: 200,
    responseType: NDJSON,
  },
  getBlob: {
    method: 'GET',
    path: '/graphs/{graph_id}/blob',
    tag: 'graph',
    summary: 'The content of one Blob, whole or one byte range; 302 when it is kept elsewhere',
    headers: blobHeaders,
    query: graph.blobQuery,
    status: 200,
    responseType: 'application/octet-stream',
  },
  headBlob: {
    method: 'HEAD',
    path: '/graphs/{graph_id}/blob',
    tag: 'graph',
    summary: 'Size and validator of one Blob',
    query: graph.blobQuery,
    status: 200,
    responseType: 'application/octet-stream',
  },
  listQueries: {
    method: 'GET',
    path: '/graphs/{graph_id}/queries',
    tag: 'graph',
    summary: 'The stored queries and their parameters',
    query: z.strictObject(pageQuery),
    status: 200,
    response: graph.storedQueryList,
  },
  invokeQuery: {
    method: 'POST',
    path: '/graphs/{graph_id}/queries/{name}',
    tag: 'graph',
    summary: 'Run a stored query; one that is unknown and one that may not be called both answer 404',
    body: graph.invokeRequest,
    bodyOptional: true,
    status: 200,
    response: z.union([graph.invokeOutput, explain.explainOutput]),
  },
  invokeQueryIf: {
    method: 'POST',
    path: '/graphs/{graph_id}/queries/{name}/if-graph-commit',
    tag: 'graph',
    summary: 'Run a stored write query if the branch has not moved',
    headers: ifCommit,
    body: graph.invokeRequest,
    bodyOptional: true,
    status: 200,
    response: z.union([graph.changeOutput, explain.explainOutput]),
  },

  searchCatalog: {
    method: 'GET',
    path: '/catalog/search',
    tag: 'catalog',
    summary: 'Find entities by words',
    query: catalog.searchQuery,
    status: 200,
    response: catalog.searchResult,
  },
  getEntities: {
    method: 'GET',
    path: '/catalog/entities',
    tag: 'catalog',
    summary: 'What is known of entities, by URN',
    query: catalog.entitiesQuery,
    status: 200,
    response: catalog.entityList,
  },
  listSchemaFields: {
    method: 'GET',
    path: '/catalog/fields',
    tag: 'catalog',
    summary: 'The fields of a dataset',
    query: catalog.fieldsQuery,
    status: 200,
    response: catalog.schemaFieldList,
  },
  getLineage: {
    method: 'GET',
    path: '/catalog/lineage',
    tag: 'catalog',
    summary: 'Where a dataset or column comes from, or what depends on it',
    query: catalog.lineageQuery,
    status: 200,
    response: catalog.lineageResult,
  },
  getAssertions: {
    method: 'GET',
    path: '/catalog/assertions',
    tag: 'catalog',
    summary: 'Assertions on a dataset and their latest runs',
    query: catalog.assertionsQuery,
    status: 200,
    response: catalog.assertionList,
  },
  diffHealth: {
    method: 'GET',
    path: '/catalog/health-diff',
    tag: 'catalog',
    summary: 'Assertions of two instances side by side',
    query: catalog.healthDiffQuery,
    status: 200,
    response: catalog.healthDiff,
  },
  listCatalogIncidents: {
    method: 'GET',
    path: '/catalog/incidents',
    tag: 'catalog',
    summary: 'Incidents raised on datasets',
    query: catalog.catalogIncidentsQuery,
    status: 200,
    response: catalog.catalogIncidentList,
  },
  getPicture: {
    method: 'GET',
    path: '/catalog/graph',
    tag: 'catalog',
    summary: 'The lineage picture of a run, culprits marked',
    query: catalog.pictureQuery,
    status: 200,
    response: catalog.catalogPicture,
  },

  ...toolOperations(),

  startIncident: {
    method: 'POST',
    path: '/incidents',
    tag: 'incidents',
    summary: 'Start the crew on one sentence; it runs in the background',
    body: incident.startIncidentRequest,
    status: 202,
    response: incident.startIncidentResponse,
  },
  listRuns: {
    method: 'GET',
    path: '/incidents',
    tag: 'incidents',
    summary: 'Runs of the crew, newest first',
    query: z.strictObject({ limit: wholeNumber(1, 200).optional() }),
    status: 200,
    response: incident.incidentRunList,
  },
  getRun: {
    method: 'GET',
    path: '/incidents/{run_id}',
    tag: 'incidents',
    summary: 'One run, with its report once it has finished',
    status: 200,
    response: incident.incidentRun,
  },
  streamRun: {
    method: 'GET',
    path: '/incidents/{run_id}/events',
    tag: 'incidents',
    summary: 'Events of a run, from the first or from the one after Last-Event-ID; ends with the run',
    query: z.strictObject({ after: wholeNumber(0).optional() }),
    headers: { 'Last-Event-ID': 'The last event already seen; wins over `after`.' },
    status: 200,
    responseType: 'text/event-stream',
  },

  ...datahubOperations,
  ...openlineageOperations,
} as const satisfies Record<string, Operation>

export type OperationId = keyof typeof operations

export type CatalogToolOperationId = ToolOperationId<keyof Tools>
