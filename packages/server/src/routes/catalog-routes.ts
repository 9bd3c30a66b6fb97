import type { Call, Handlers } from '../http/route.js'
import { catalogOf } from '../served-revision.js'
import type { RouteDeps } from '../server-deps.js'
import { ServerError } from '../server-error.js'

type Ids =
  | 'searchCatalog'
  | 'getEntities'
  | 'listSchemaFields'
  | 'getLineage'
  | 'getAssertions'
  | 'diffHealth'
  | 'listCatalogIncidents'
  | 'getPicture'

/** The catalog's reads over HTTP, each gated as a read of the catalog graph. */
export function catalogHandlers(deps: RouteDeps): Handlers<Ids> {
  const catalog = () => catalogOf(deps.revision).catalog
  const at = ({ principal }: Pick<Call, 'principal'>) => {
    const context = principal ? { principal } : {}
    deps.authorize({ action: 'read', graph: catalogOf(deps.revision).graphId, branch: 'main', ...context })
    return context
  }
  return {
    searchCatalog: (call) => catalog().search(defined(call.query), at(call)),
    getEntities: (call) => catalog().getEntities([call.query.urn].flat(), at(call)),
    listSchemaFields: (call) => catalog().listSchemaFields(defined(call.query), at(call)),
    getLineage: (call) => catalog().getLineage(defined(call.query), at(call)),
    getAssertions: (call) => catalog().getDatasetAssertions(defined(call.query), at(call)),
    listCatalogIncidents: (call) => catalog().listIncidents(defined(call.query), at(call)),

    diffHealth(call) {
      const { crew } = catalogOf(deps.revision)
      const reference = call.query.reference ?? crew?.reference
      const production = call.query.production ?? crew?.production
      if (reference === undefined || production === undefined) {
        throw new ServerError(
          'invalid',
          'instances_missing',
          'Which two instances to compare is not known.',
          {
            remedy: 'Give ?reference= and ?production=, or configure `crew:` in cluster.yaml.',
          },
        )
      }
      return catalog().diffHealth({ reference, production }, at(call))
    },

    async getPicture(call) {
      const context = at(call)
      const report = deps.runs.report(call.query.run, context)
      const { runLineage } = await import('@groundplane/crew')
      return { ...runLineage(catalog(), report, context), receipt: report.receipt }
    },
  }
}

/** The members that were given: an optional member that is present and undefined is not one. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as never
}
