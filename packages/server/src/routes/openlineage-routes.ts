import {
  type CasingConflict,
  elementTexts,
  type ReceivedEvents,
  type RefusedEvent,
} from '@groundplane/catalog'
import type { LineageAnswer } from '@groundplane/protocol'
import { bodyTextOf } from '../http/json-body.js'
import type { Call, Handlers } from '../http/route.js'
import { LineageGroups, type LineageWriter } from '../lineage-groups.js'
import { catalogOn, graphOf } from '../served-revision.js'
import type { RouteDeps } from '../server-deps.js'
import { ServerError } from '../server-error.js'
import { type AnyCall, principalOf } from './graph-call.js'

type OneIds = 'openlineageEvent' | 'openlineageEventResolved'
type BatchIds = 'openlineageBatch' | 'openlineageBatchResolved'

/** A catalog graph as OpenLineage's clients address it. */
export function openlineageHandlers(deps: RouteDeps): Handlers<OneIds | BatchIds> {
  const groups = new LineageGroups()
  const one = async (call: Call<OneIds>): Promise<LineageAnswer> => {
    const received = await groups.record(writerOf(deps, call), [bodyTextOf(call.request)])
    const [failure] = received.refused
    if (failure) throw refusal(failure)
    return answerOf(call, 1, [received])
  }
  const several = async (call: Call<BatchIds>): Promise<LineageAnswer> => {
    const writer = writerOf(deps, call)
    const texts = elementTexts(bodyTextOf(call.request))
    const parts: ReceivedEvents[] = []
    for (let from = 0; from < texts.length; from += EVENTS_AT_ONCE) {
      const received = await groups.record(writer, texts.slice(from, from + EVENTS_AT_ONCE))
      const refused = received.refused.map((r) => ({ ...r, index: r.index + from }))
      parts.push({ ...received, refused })
    }
    return answerOf(call, texts.length, parts)
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
function writerOf(deps: RouteDeps, call: AnyCall): LineageWriter {
  const graph = call.params['graph_id'] as string
  const who = principalOf(call)
  const { revision } = deps
  const catalog = catalogOn(revision, graph)
  deps.authorize({ action: 'change', graph, branch: 'main', ...who })
  return {
    catalog,
    names: graphOf(revision, graph).names,
    ctx: { ...who, provenance: call.provenance, message: 'OpenLineage events' },
  }
}

/** As `OpenLineage.yml` has it; `code`, `remedy`, `problems`, `receipt` and `warnings` are our own beside it. */
function answerOf(call: AnyCall, received: number, parts: readonly ReceivedEvents[]): LineageAnswer {
  const refused = parts.flatMap((part) => part.refused)
  const failed = refused.length
  const commit = parts.findLast((part) => part.commit !== null)?.commit ?? null
  const warnings = parts.flatMap(({ casing }) => casing).map(warningOf)
  // Clients of OpenLineage do not look at what they are answered.
  for (const { urn, others } of warnings) call.request.log.warn({ urn, others }, 'urn_casing')
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
    receipt: commit && { graph: call.params['graph_id'] as string, commit: commit.id, at: commit.at },
    ...(warnings.length > 0 && { warnings }),
  }
}

function warningOf({ urn, others }: CasingConflict) {
  const message = `${urn} differs by casing only from ${others.join(', ')}`
  return { code: 'urn_casing', message, urn, others: [...others] }
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
