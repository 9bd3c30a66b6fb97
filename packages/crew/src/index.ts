/**
 * The on-call crew: four roles that take one sentence ("revenue dashboard wrong") to a
 * cause with evidence, an incident and a report, over a catalog. Judgement is code;
 * models, when configured, plan and explain. Not for running checks against data
 * (catalog), nor for serving or scheduling runs (server, cli).
 */
export { CrewError } from './error.js'
export type { ModelEndpoint } from './model/endpoint.js'
export { type LineageReads, runLineage } from './report/run-lineage.js'
export { type CrewCatalog, type RunIncidentOptions, runIncident } from './run-incident.js'
