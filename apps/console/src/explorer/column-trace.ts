/** What one column's values run through, from the two answers of the server. Pure. */
import type { LineagePage } from '../catalog/answers'

export interface ColumnTrace {
  /** By dataset, the columns on the way; the start with its own. */
  columns: Map<string, readonly string[]>
  /** Hops from the start; sources are negative. */
  ranks: Map<string, number>
  /** `source\ntarget` of the steps known. */
  edges: Set<string>
  /** Datasets of the trace that the answers did not have room for. */
  missing: number
}

/** A path goes from the start outwards, so that of sources is told against the flow. */
export function columnTrace(
  start: string,
  column: string,
  upstreams: LineagePage,
  downstreams: LineagePage,
): ColumnTrace {
  const columns = new Map<string, readonly string[]>([[start, [column]]])
  const ranks = new Map<string, number>([[start, 0]])
  const edges = new Set<string>()
  for (const [page, step] of [
    [upstreams, -1],
    [downstreams, 1],
  ] as const) {
    for (const { entity, degree, lineageColumns, path } of page.searchResults) {
      columns.set(entity.urn, [...new Set([...(columns.get(entity.urn) ?? []), ...(lineageColumns ?? [])])])
      if (!ranks.has(entity.urn)) ranks.set(entity.urn, step * degree)
      for (const [i, to] of path.slice(1).entries()) {
        const from = path[i]
        if (from !== undefined) edges.add(step === 1 ? `${from}\n${to}` : `${to}\n${from}`)
      }
    }
  }
  const missing = [upstreams, downstreams].reduce((sum, page) => sum + page.total - page.returned, 0)
  return { columns, ranks, edges, missing }
}
