import type { CheckedQuery } from '@groundplane/lang'
import type { QueryResult, ReadContext } from '../api.js'
import type { Explanation } from '../explain/explanation.js'
import type { Graph } from '../graph.js'
import type { QueryParams } from '../query/prepared.js'
import type { EmbeddedTexts } from '../search/search-run.js'
import { refuseDeepParams } from '../value/depth.js'
import { refuseEndless, refuseUncountable } from '../value/option.js'
import { embedWithin } from './embed-within.js'
import { MAX_DEADLINE_MS } from './reader-pool.js'

export interface LoneReadOptions extends ReadContext {
  readonly name?: string
  /** Default 10 000. */
  readonly deadlineMs?: number
  /** Rows of the answer at most; more are cut and `truncated` says so. Default 10 000. */
  readonly maxRows?: number
}

/**
 * Reads of a process that does nothing else meanwhile, as a command does: on the calling thread, with the
 * answers, the errors and the default limits of `GraphService`, without the start of a thread, which takes
 * longer than most queries. The deadline stops a statement wherever it asks whether to go on, which is every
 * so many rows; one that is amid a long step of SQLite's own, such as the sorting of what it found, ends
 * after that step: there is nobody here to end it from outside.
 */
export async function readAlone(
  graph: Graph,
  text: string,
  params: QueryParams = {},
  options: LoneReadOptions = {},
): Promise<QueryResult> {
  graph.gate.allow('read', options)
  const limits = limitsOf(options)
  refuseDeepParams(params)
  const query = graph.checkedQuery(text, options)
  return graph.runChecked(query, params, await withTexts(graph, query, params, options, limits))
}

/** `Graph.explain` in the same way. */
export async function explainAlone(
  graph: Graph,
  text: string,
  params: QueryParams = {},
  options: LoneReadOptions = {},
): Promise<Explanation> {
  const asked = graph.askedQuery(text, options)
  const limits = limitsOf(options)
  refuseDeepParams(params)
  const { query } = asked
  return graph.explainAsked(
    asked,
    params,
    query.kind === 'read'
      ? await withTexts(graph, query, params, options, limits)
      : { ...options, ...limits },
  )
}

interface Limits {
  readonly deadlineMs: number
  readonly maxRows: number
}

function limitsOf({ deadlineMs = 10_000, maxRows = 10_000 }: LoneReadOptions): Limits {
  refuseUncountable('maxRows', maxRows, 0)
  refuseEndless('deadlineMs', deadlineMs)
  return { deadlineMs: Math.min(deadlineMs, MAX_DEADLINE_MS), maxRows }
}

/** What the query runs with: the vectors of its texts, and what making them has left of the deadline. */
async function withTexts(
  graph: Graph,
  query: CheckedQuery,
  params: QueryParams,
  options: LoneReadOptions,
  { deadlineMs, maxRows }: Limits,
): Promise<LoneReadOptions & { embedded?: EmbeddedTexts }> {
  const startedAt = performance.now()
  const embedded = await embedWithin(graph, deadlineMs, query, params, options)
  if (!embedded) return { ...options, deadlineMs, maxRows }
  const left = Math.max(1, deadlineMs - (performance.now() - startedAt))
  return { ...options, deadlineMs: left, maxRows, embedded }
}
