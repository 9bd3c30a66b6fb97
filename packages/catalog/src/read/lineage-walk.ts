import type { Row } from '../aspect/row.js'
import type { Snapshot } from './snapshot.js'

export interface Reached {
  /** Fewest hops from the start. */
  readonly degree: number
  /** Columns on the way in it, for a walk over columns. */
  readonly columns: ReadonlySet<string>
}

/** What a walk found. The start is not in it, also in a cycle. */
export interface Walk {
  readonly reached: ReadonlyMap<string, Reached>
  /** One shortest path of datasets, from the start to one that was reached, both included; always the same one. */
  pathTo(urn: string): string[]
}

/** Hops that can be one query from the start, whatever their number of datasets: `upstreams_at_1` … */
const QUERIED_HOPS = 5
/** From so many datasets on a hop is one such query; fewer are asked one by one, which is cheaper. */
const MANY = 500
const NO_COLUMNS: ReadonlySet<string> = new Set()

/** Datasets within so many hops. Cycles end, since each dataset is told at its fewest hops. */
export function walkDatasets(
  snapshot: Snapshot,
  start: string,
  upstream: boolean,
  maxHops: number,
  many = MANY,
): Walk {
  const [ahead, back] = upstream ? ['upstream_step', 'downstream_step'] : ['downstream_step', 'upstream_step']
  const reached = new Map<string, Reached>()
  let frontier = [start]
  for (let degree = 1; degree <= maxHops && frontier.length > 0; degree++) {
    const rows =
      degree <= QUERIED_HOPS && frontier.length >= many
        ? snapshot.rows(`${upstream ? 'up' : 'down'}streams_at_${degree}`, { urn: start })
        : frontier.flatMap((from) => snapshot.rows(ahead, { urn: from }))
    const next: string[] = []
    for (const row of rows) {
      const urn = String(row['urn'])
      if (urn === start || reached.has(urn)) continue
      reached.set(urn, { degree, columns: NO_COLUMNS })
      next.push(urn)
    }
    frontier = next
  }
  const before = (urn: string): string => {
    const { degree } = reached.get(urn) as Reached
    if (degree === 1) return start
    const nearer = snapshot.rows(back, { urn }).map((row) => String(row['urn']))
    return nearer.filter((n) => reached.get(n)?.degree === degree - 1).sort()[0] as string
  }
  return { reached, pathTo: (urn) => pathBack(start, urn, before) }
}

function pathBack(start: string, urn: string, before: (urn: string) => string): string[] {
  const path = [urn]
  for (let at = urn; at !== start; ) {
    at = before(at)
    path.push(at)
  }
  return path.reverse()
}

/** The same over columns, told by dataset: `columns` are those on the way in it. */
export function walkColumns(
  snapshot: Snapshot,
  startField: string,
  startDataset: string,
  upstream: boolean,
  maxHops: number,
): Walk {
  const step = upstream ? 'field_upstream_step' : 'field_downstream_step'
  const reached = new Map<string, { degree: number; before: string; columns: Set<string> }>()
  const seen = new Set([startField])
  let frontier = [{ field: startField, dataset: startDataset }]
  for (let degree = 1; degree <= maxHops && frontier.length > 0; degree++) {
    const next: typeof frontier = []
    for (const from of frontier)
      for (const row of byUrn(snapshot.rows(step, { urn: from.field }))) {
        const field = String(row['urn'])
        const dataset = String(row['dataset'])
        if (dataset !== startDataset) {
          const known = reached.get(dataset) ?? { degree, before: from.dataset, columns: new Set<string>() }
          known.columns.add(String(row['path']))
          reached.set(dataset, known)
        }
        if (seen.has(field)) continue
        seen.add(field)
        next.push({ field, dataset })
      }
    frontier = next
  }
  const before = (urn: string): string => (reached.get(urn) as { before: string }).before
  return { reached, pathTo: (urn) => pathBack(startDataset, urn, before) }
}

/** What was reached, in order of degree, then URN. */
export function nearestFirst({ reached }: Walk): readonly (readonly [string, Reached])[] {
  return [...reached].sort(([a, x], [b, y]) => x.degree - y.degree || (a < b ? -1 : 1))
}

/** In order of URN, so that which of several shortest paths is taken is always the same. */
export function byUrn(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => (String(a['urn']) < String(b['urn']) ? -1 : 1))
}
