import { comparedInstances, withinBudget } from '@groundplane/catalog'
import { type CatalogToolOperationId, catalogTools } from '@groundplane/protocol'
import { callCatalogTool } from '../catalog-access.js'
import { givenMembers } from '../given-members.js'
import type { Call, Handlers } from '../http/route.js'
import { catalogOf } from '../served-revision.js'
import type { RouteDeps } from '../server-deps.js'
import { inTurns } from '../stepped-read.js'
import { waitingCallerOf } from './graph-call.js'

type Ids =
  | 'searchCatalog'
  | 'getEntities'
  | 'listSchemaFields'
  | 'getLineage'
  | 'getAssertions'
  | 'diffHealth'
  | 'listCatalogIncidents'
  | 'getPicture'

/** The catalog's reads over HTTP, each gated as a read of the catalog graph and kept to the budget of its tool. */
export function catalogHandlers(deps: RouteDeps): Handlers<Ids> {
  const catalog = () => catalogOf(deps.revision).catalog
  const at = ({ principal }: Pick<Call, 'principal'>) => {
    const context = principal ? { principal } : {}
    deps.authorize({ action: 'read', graph: catalogOf(deps.revision).graphId, branch: 'main', ...context })
    return context
  }
  return {
    searchCatalog: (call) => withinBudget('search', catalog().search(givenMembers(call.query), at(call))),
    getEntities: (call) =>
      withinBudget('get_entities', catalog().getEntities([call.query.urn].flat(), at(call))),
    listSchemaFields: (call) =>
      withinBudget('list_schema_fields', catalog().listSchemaFields(givenMembers(call.query), at(call))),
    async getLineage(call) {
      const steps = catalog().inSteps.getLineage(givenMembers(call.query), at(call))
      const signal = waitingCallerOf(call).signal?.()
      return withinBudget('get_lineage', await inTurns(steps, { signal, deadlineMs: deps.limits.queryMs }))
    },
    getAssertions: (call) =>
      withinBudget(
        'get_dataset_assertions',
        catalog().getDatasetAssertions(givenMembers(call.query), at(call)),
      ),
    listCatalogIncidents: (call) =>
      withinBudget('list_incidents', catalog().listIncidents(givenMembers(call.query), at(call))),

    diffHealth(call) {
      const { crew } = catalogOf(deps.revision)
      const { offset } = call.query
      const question = { ...comparedInstances(call.query, crew), ...(offset !== undefined && { offset }) }
      return withinBudget('diff_health', catalog().diffHealth(question, at(call)))
    },

    async getPicture(call) {
      const context = at(call)
      const report = deps.runs.report(call.query.run, context)
      const { runLineage } = await import('@groundplane/crew')
      return { ...runLineage(catalog(), report, context), receipt: report.receipt }
    },
  }
}

/** Every tool of the catalog over HTTP: its arguments are the body, its answer is that of MCP. */
export function catalogToolHandlers(deps: RouteDeps): Handlers<CatalogToolOperationId> {
  const handlers = Object.entries(catalogTools).map(([name, tool]) => [
    `tool_${name}` satisfies `tool_${string}`,
    (call: Call<CatalogToolOperationId>) =>
      callCatalogTool({ ...scopeOf(deps), caller: waitingCallerOf(call) }, tool, call.body),
  ])
  return Object.fromEntries(handlers) as Handlers<CatalogToolOperationId>
}

const scopeOf = ({ revision, authorize, catalogWrites, limits }: RouteDeps) => ({
  revision,
  authorize,
  catalogWrites,
  queryMs: limits.queryMs,
})
