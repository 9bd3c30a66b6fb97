import type { Row } from '../aspect/row.js'
import type { Snapshot } from './snapshot.js'

export interface Reached {
  /** Fewest hops from the start. */
  readonly degree: number
  /** Dataset before it on a shortest path; null at the start. */
  readonly before: string | null
  readonly columns: Set<string>
}

/** Datasets within so many hops, breadth first, so that `degree` is the fewest hops and cycles end. */
export function walkDatasets(
  snapshot: Snapshot,
  start: string,
  upstream: boolean,
  maxHops: number,
): Map<string, Reached> {
  const step = upstream ? 'upstream_step' : 'downstream_step'
  const reached = new Map<string, Reached>([[start, { degree: 0, before: null, columns: new Set() }]])
  let frontier = [start]
  for (let degree = 1; degree <= maxHops && frontier.length > 0; degree++) {
    const next: string[] = []
    for (const from of frontier)
      for (const row of byUrn(snapshot.rows(step, { urn: from }))) {
        const urn = String(row['urn'])
        if (reached.has(urn)) continue
        reached.set(urn, { degree, before: from, columns: new Set() })
        next.push(urn)
      }
    frontier = next
  }
  return reached
}

/** The same over columns, told by dataset: `columns` are those on the way in it. */
export function walkColumns(
  snapshot: Snapshot,
  startField: string,
  startDataset: string,
  upstream: boolean,
  maxHops: number,
): Map<string, Reached> {
  const step = upstream ? 'field_upstream_step' : 'field_downstream_step'
  const reached = new Map<string, Reached>([[startDataset, { degree: 0, before: null, columns: new Set() }]])
  const seen = new Set([startField])
  let frontier = [{ field: startField, dataset: startDataset }]
  for (let degree = 1; degree <= maxHops && frontier.length > 0; degree++) {
    const next: typeof frontier = []
    for (const from of frontier)
      for (const row of byUrn(snapshot.rows(step, { urn: from.field }))) {
        const field = String(row['urn'])
        const dataset = String(row['dataset'])
        const known = reached.get(dataset) ?? { degree, before: from.dataset, columns: new Set<string>() }
        known.columns.add(String(row['path']))
        reached.set(dataset, known)
        if (seen.has(field)) continue
        seen.add(field)
        next.push({ field, dataset })
      }
    frontier = next
  }
  return reached
}

/** What was reached beyond the start, in order of degree, then URN. */
export function nearestFirst(
  reached: ReadonlyMap<string, Reached>,
  start: string,
): readonly (readonly [string, Reached])[] {
  return [...reached]
    .filter(([urn]) => urn !== start)
    .sort(([a, x], [b, y]) => x.degree - y.degree || (a < b ? -1 : 1))
}

/** One shortest path of datasets, from the start to the dataset, both included. */
export function pathTo(urn: string, reached: ReadonlyMap<string, Reached>, start: string): string[] {
  const path = [urn]
  for (let at = reached.get(urn)?.before ?? null; at !== null && path.length <= reached.size + 1; ) {
    path.push(at)
    if (at === start) break
    at = reached.get(at)?.before ?? null
  }
  return path.reverse()
}

/** In order of URN, so that which of several shortest paths is taken is always the same. */
export function byUrn(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => (String(a['urn']) < String(b['urn']) ? -1 : 1))
}
