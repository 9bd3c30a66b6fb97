import {
  type AppliedAssertionSet,
  type AppliedSource,
  checkAddress,
  harvestAddress,
} from '@groundplane/cluster'
import type { Principal } from '@groundplane/core'
import type { Source } from '@groundplane/protocol'
import { mayDo } from '../graph-access/caller.js'
import { namedPage, nextToken } from '../http/named-page.js'
import type { Call, Handlers } from '../http/route.js'
import type { RouteDeps } from '../server-deps.js'
import { ServerError } from '../server-error.js'

type Ids = 'listSchedules' | 'runSchedule' | 'listSources'

/** Looking at a schedule or a source needs `read` on the catalog that it writes to; whoever may read none of them is refused. */
export function scheduleHandlers(deps: RouteDeps): Handlers<Ids> {
  const may = (action: 'read' | 'change', graph: string, principal: Principal | undefined) =>
    mayDo(deps.authorize, principal ? { principal } : {}, action, graph, 'main')
  const require = (action: 'read' | 'change', graph: string, principal: Principal | undefined) =>
    deps.authorize({ action, graph, branch: 'main', ...(principal && { principal }) })

  const readable = <T extends { readonly graph: string }>(
    all: readonly T[],
    { principal }: Pick<Call, 'principal'>,
  ): T[] => {
    const graphs = [...new Set(all.map(({ graph }) => graph))]
    const shown = new Set(graphs.filter((graph) => may('read', graph, principal)))
    const [refused] = graphs
    if (refused !== undefined && shown.size === 0) require('read', refused, principal)
    return all.filter(({ graph }) => shown.has(graph))
  }

  const stand = async (
    schedules: Parameters<RouteDeps['schedules']>[0],
    principal: Principal | undefined,
  ) => {
    const views = await deps.schedules(schedules)
    if (deps.runNow === null) return views
    return views.map((view) => ({ ...view, may_run: may('change', view.graph, principal) }))
  }

  return {
    async listSchedules(call) {
      const shown = readable(deps.revision.schedules, call)
      const page = namedPage(shown, ({ address }) => address, call.query)
      const schedules = await stand(page.items, call.principal)
      return { schedules, runs_here: deps.runNow !== null, ...nextToken(page) }
    },

    async runSchedule({ params, principal }) {
      const address = params['schedule'] as string
      const schedule = deps.revision.schedules.find((one) => one.address === address)
      if (!schedule || !may('read', schedule.graph, principal)) throw notFound(address)
      require('change', schedule.graph, principal)
      if (deps.runNow === null) throw notRunHere(address)
      const [view] = await stand([schedule], principal)
      if (view?.state === 'running' || !deps.runNow(address, principal?.actor)) throw isRunning(address)
      return view
    },

    listSources(call) {
      const { sources, assertionSets } = deps.revision
      const page = namedPage(readable(sources, call), ({ name }) => name, call.query)
      return { sources: page.items.map((one) => sourceToWire(one, assertionSets)), ...nextToken(page) }
    },
  }
}

function sourceToWire(source: AppliedSource, sets: readonly AppliedAssertionSet[]): Source {
  const { name, kind, graph, platformInstance, env, health, schedule } = source
  return {
    source: name,
    kind,
    graph,
    platform_instance: platformInstance,
    env,
    health: health !== undefined,
    schedule: schedule ? harvestAddress(name) : null,
    assertions: sets
      .filter((set) => set.sources.includes(name))
      .map((set) => ({ set: set.name, schedule: set.schedule ? checkAddress(set.name, name) : null })),
  }
}

function notFound(address: string): ServerError {
  return new ServerError('not-found', 'schedule_not_found', `Nothing is scheduled as "${address}".`, {
    remedy: 'GET /schedules lists what is scheduled.',
  })
}

function notRunHere(address: string): ServerError {
  return new ServerError('unavailable', 'schedules_not_run_here', 'This server runs no schedules.', {
    remedy: `Run "groundplane schedule run --now ${address}" where they are run, or start the server without --no-schedules.`,
  })
}

function isRunning(address: string): ServerError {
  return new ServerError('conflict', 'schedule_running', `The run of "${address}" is under way.`, {
    remedy: 'Wait for it; GET /schedules says what came of it.',
  })
}
