import { GroundplaneError } from '@groundplane/core'
import { EventStream } from '../http/event-stream.js'
import type { Call, Handlers } from '../http/route.js'
import { catalogOf } from '../served-revision.js'
import type { RouteDeps } from '../server-deps.js'
import { ServerError } from '../server-error.js'

type Ids = 'startIncident' | 'listRuns' | 'getRun' | 'streamRun'

/** Starting a run writes to the catalog, so it needs `change`; looking at runs needs `read`. */
export function incidentHandlers(deps: RouteDeps): Handlers<Ids> {
  const onCatalog = (action: 'read' | 'change', { principal }: Pick<Call, 'principal'>) => {
    const { graphId } = catalogOf(deps.revision)
    return { action, graph: graphId, branch: 'main', ...(principal && { principal }) }
  }
  const allow = (action: 'read' | 'change', call: Pick<Call, 'principal'>) => {
    deps.authorize(onCatalog(action, call))
  }
  const mayStart = (call: Pick<Call, 'principal'>): boolean => {
    try {
      deps.authorize({ ...onCatalog('change', call), probe: true })
      return true
    } catch (error) {
      if (error instanceof GroundplaneError && error.kind === 'denied') return false
      throw error
    }
  }
  const at = ({ principal }: Pick<Call, 'principal'>) => (principal ? { principal } : {})
  return {
    async startIncident(call) {
      allow('change', call)
      const runId = await deps.runs.start(call.body.sentence, call.principal, call.provenance)
      return { runId, events: `/incidents/${runId}/events` }
    },

    listRuns(call) {
      allow('read', call)
      const { crew, graphId } = catalogOf(deps.revision)
      const runs = deps.runs.list(call.query.limit ?? 50, at(call))
      const examples = crew?.examples && { examples: crew.examples }
      return { runs, graph: graphId, mayStart: mayStart(call), ...examples }
    },

    getRun(call) {
      allow('read', call)
      return deps.runs.get(call.params['run_id'] as string, at(call))
    },

    streamRun(call) {
      allow('read', call)
      const after = lastEventId(call) ?? call.query.after ?? 0
      const source = deps.runs.follow(call.params['run_id'] as string, at(call))
      const stream = new EventStream(call.reply, deps.limits.heartbeatMs)
      deps.metrics.streams.inc()
      deps.streams.hold(call, () => stream.end())
      const stop = source.subscribe(after, {
        event: (event) => stream.send({ id: event.id, event: event.type, data: JSON.stringify(event) }),
        end: () => stream.end(),
      })
      stream.onClose(() => {
        deps.metrics.streams.dec()
        stop()
      })
      return undefined
    },
  }
}

function lastEventId(call: Call<'streamRun'>): number | undefined {
  const header = call.request.headers['last-event-id']
  if (header === undefined || header === '') return undefined
  if (/^\d{1,15}$/.test(String(header))) return Number(header)
  throw new ServerError('invalid', 'last_event_id_invalid', 'Last-Event-ID is not the id of an event.', {
    remedy: 'Send the last `id:` received, or leave the header out to get every event.',
  })
}
