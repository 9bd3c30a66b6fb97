import type { Principal } from '@groundplane/core'
import { GroundplaneError } from '@groundplane/core'
import { namedPage, nextToken } from '../http/named-page.js'
import type { Handlers } from '../http/route.js'
import type { RouteDeps } from '../server-deps.js'

/** Looking at a schedule needs `read` on the catalog that it writes to; whoever may read none of them is refused. */
export function scheduleHandlers(deps: RouteDeps): Handlers<'listSchedules'> {
  const mayRead = (graph: string, probe: boolean, principal: Principal | undefined): boolean => {
    const request = { action: 'read' as const, graph, branch: 'main', ...(principal && { principal }) }
    try {
      deps.authorize(probe ? { ...request, probe: true } : request)
      return true
    } catch (error) {
      if (probe && error instanceof GroundplaneError && error.kind === 'denied') return false
      throw error
    }
  }
  return {
    async listSchedules({ principal, query }) {
      const { schedules } = deps.revision
      const graphs = [...new Set(schedules.map(({ graph }) => graph))]
      const readable = new Set(graphs.filter((graph) => mayRead(graph, true, principal)))
      const [refused] = graphs
      if (refused !== undefined && readable.size === 0) mayRead(refused, false, principal)
      const shown = schedules.filter(({ graph }) => readable.has(graph))
      const page = namedPage(shown, ({ address }) => address, query)
      return { schedules: await deps.schedules(page.items), ...nextToken(page) }
    },
  }
}
