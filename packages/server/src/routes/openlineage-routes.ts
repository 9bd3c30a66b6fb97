import { type CatalogApi, elementTexts, type ReceivedEvents, type RefusedEvent } from '@groundplane/catalog'
import type { WriteContext } from '@groundplane/graph'
import type { LineageAnswer } from '@groundplane/protocol'
import { Turns } from '../datahub/turns.js'
import { bodyTextOf } from '../http/json-body.js'
import type { Call, Handlers } from '../http/route.js'
import { catalogOn } from '../served-revision.js'
import type { RouteDeps } from '../server-deps.js'
import { ServerError } from '../server-error.js'
import { type AnyCall, principalOf } from './graph-call.js'

type OneIds = 'openlineageEvent' | 'openlineageEventResolved'
type BatchIds = 'openlineageBatch' | 'openlineageBatchResolved'

/** A catalog graph as OpenLineage's clients address it. */
export function openlineageHandlers(deps: RouteDeps): Handlers<OneIds | BatchIds> {
  const turns = new Turns()
  const one = async (call: Call<OneIds>): Promise<LineageAnswer> => {
    const { catalog, ctx } = writing(deps, call)
    const text = bodyTextOf(call.request)
    const { refused } = await turns.take(() => catalog.receiveLineage([text], ctx))
    const [failure] = refused
    if (failure) throw refusal(failure)
    return answerOf(1, [])
  }
  const several = async (call: Call<BatchIds>): Promise<LineageAnswer> => {
    const { catalog, ctx } = writing(deps, call)
    const texts = elementTexts(bodyTextOf(call.request))
    const refused: RefusedEvent[] = []
    for (let from = 0; from < texts.length; from += EVENTS_AT_ONCE) {
      const some = texts.slice(from, from + EVENTS_AT_ONCE)
      const received: ReceivedEvents = await turns.take(() => catalog.receiveLineage(some, ctx))
      refused.push(...received.refused.map((r) => ({ ...r, index: r.index + from })))
    }
    return answerOf(texts.length, refused)
  }
  return {
    openlineageEvent: one,
    openlineageEventResolved: one,
    openlineageBatch: several,
    openlineageBatchResolved: several,
  }
}

/** Events of one commit: others are answered between two of them. */
const EVENTS_AT_ONCE = 100

/** The catalog, after policy was asked whether the caller may change it; asked here, so that a refusal is one answer and not one of each event. */
function writing(deps: RouteDeps, call: AnyCall): { catalog: CatalogApi; ctx: WriteContext } {
  const graph = call.params['graph_id'] as string
  const who = principalOf(call)
  const catalog = catalogOn(deps.revision, graph)
  deps.authorize({ action: 'change', graph, branch: 'main', ...who })
  return { catalog, ctx: { ...who, provenance: call.provenance, message: 'OpenLineage events' } }
}

/** As `OpenLineage.yml` has it; `code`, `remedy` and `problems` are our own beside it. */
function answerOf(received: number, refused: readonly RefusedEvent[]): LineageAnswer {
  const failed = refused.length
  return {
    status: failed === 0 ? 'success' : 'partial_success',
    summary: { received, successful: received - failed, failed, retriable: 0, non_retriable: failed },
    failed_events: refused.map(({ index, code, message, remedy, problems }) => ({
      index,
      reason: message,
      retriable: false,
      code,
      remedy,
      problems: problems.map((problem) => ({ ...problem })),
    })),
  }
}

function refusal({ code, message, remedy, problems }: RefusedEvent): ServerError {
  return new ServerError('unprocessable', code, message, {
    remedy,
    ...(problems.length > 0 && {
      diagnostics: problems.map(({ pointer, message: what }) => ({
        code,
        severity: 'error',
        message: what,
        path: pointer,
      })),
    }),
  })
}
