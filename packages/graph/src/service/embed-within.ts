import type { CheckedQuery } from '@groundplane/lang'
import type { ReadContext } from '../api.js'
import type { Graph } from '../graph.js'
import { stopped } from '../query/deadline.js'
import type { QueryParams } from '../query/prepared.js'
import type { EmbeddedTexts } from '../search/search-run.js'

/** Embedding counts against the deadline of its query and ends with its caller's signal. */
export async function embedWithin(
  graph: Graph,
  deadlineMs: number,
  query: CheckedQuery,
  params: QueryParams,
  ctx: ReadContext,
  given?: AbortSignal,
): Promise<EmbeddedTexts | undefined> {
  const late = AbortSignal.timeout(Math.ceil(deadlineMs))
  const signal = given ? AbortSignal.any([given, late]) : late
  try {
    return await graph.embedTexts(query, params, { ...ctx, signal })
  } catch (error) {
    if (given?.aborted) throw stopped('cancelled')
    if (late.aborted) throw stopped('deadline', deadlineMs)
    throw error
  }
}
