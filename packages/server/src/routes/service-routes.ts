import { FORMAT_VERSION } from '@groundplane/graph'
import { namedPage, nextToken } from '../http/named-page.js'
import { openApiDocument } from '../http/openapi.js'
import type { Handlers } from '../http/route.js'
import { measureActivity } from '../observability/graph-metrics.js'
import type { RouteDeps } from '../server-deps.js'

type Ids = 'healthz' | 'readyz' | 'metrics' | 'openapi' | 'listGraphs'

export function serviceHandlers(deps: RouteDeps): Handlers<Ids> {
  let document: string | undefined
  return {
    healthz: () => ({ status: 'ok', version: deps.version, internal_schema_version: FORMAT_VERSION }),

    readyz({ reply }) {
      const status = deps.state()
      const { revision, graphs, quarantined } = deps.revision
      reply.code(status === 'ready' ? 200 : 503)
      const refused = deps.refusal()?.code
      const tokensRefused = deps.tokens?.refusal
      reply.send({
        status,
        revision,
        graphs: graphs.size,
        quarantined: quarantined.length,
        ready: status === 'ready',
        served_graph_count: graphs.size,
        quarantined_graph_count: quarantined.length,
        ...(refused !== undefined && { reload_refused: refused }),
        ...(tokensRefused != null && { tokens_refused: tokensRefused }),
      })
    },

    async metrics({ reply }) {
      const { registry, graphs } = deps.metrics
      measureActivity(graphs, deps.revision.graphs.values())
      reply.type(registry.contentType).send(await registry.metrics())
    },

    openapi({ reply }) {
      document ??= JSON.stringify(openApiDocument(deps.version))
      reply.type('application/json; charset=utf-8').send(document)
    },

    listGraphs({ principal, query }) {
      deps.authorize({ action: 'graph_list', graph: 'cluster', ...(principal && { principal }) })
      const graphs = [...deps.revision.graphs.values()]
        .map(({ id, kind }) => ({ graph_id: id, uri: `/graphs/${id}`, kind }))
        .sort((a, b) => (a.graph_id < b.graph_id ? -1 : 1))
      const page = namedPage(graphs, ({ graph_id }) => graph_id, query)
      return { graphs: [...page.items], ...nextToken(page) }
    },
  }
}
