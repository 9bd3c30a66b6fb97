import type { Row } from '../aspect/row.js'
import type { Snapshot } from './snapshot.js'
import { oneStep, type Steps } from './steps.js'

/** A dataset that a walk found. */
export interface Reached {
  readonly urn: string
  /** Fewest hops from the start. */
  readonly degree: number
  /** Columns on the way in it, for a walk over columns. */
  readonly columns: ReadonlySet<string>
}

/** What a walk found. The start is not in it, also in a cycle. */
export interface Walk {
  /** In order of degree, then URN. */
  readonly found: readonly Reached[]
  at(urn: string): Reached | undefined
  /** One shortest path of datasets, from the start to one that was reached, both included; always the same one. */
  pathTo(snapshot: Snapshot, urn: string): Steps<string[]>
}

/** Hops that can be one query from the start, whatever their number of datasets: `upstreams_at_2` … */
const QUERIED_HOPS = 8
/** From so many datasets on a hop is one such query; fewer are asked one by one, which is cheaper. */
const MANY = 500
/** Reads of one step of a walk. */
const READS_OF_A_STEP = 64
const NO_COLUMNS: ReadonlySet<string> = new Set()

/**
 * Datasets within so many hops. Cycles end, since each dataset is told at its fewest hops. What `beyond` says is
 * known is neither told nor followed.
 */
export function* walkDatasets(
  snapshot: Snapshot,
  start: string,
  upstream: boolean,
  maxHops: number,
  {
    many = MANY,
    known,
  }: { readonly many?: number; readonly known?: { has(urn: string): boolean } | undefined } = {},
): Steps<Walk> {
  const ahead = upstream ? 'upstream_step' : 'downstream_step'
  const inOne = (degree: number, size: number) =>
    degree > 1 && degree <= QUERIED_HOPS && size >= many && known === undefined && snapshot.hasArrays
  const levels: string[][] = []
  /** The start and all of the levels; made when a hop is asked one by one. */
  let seen: Set<string> | undefined
  let reads = 0
  for (let frontier = [start]; frontier.length > 0 && levels.length < maxHops; ) {
    const degree = levels.length + 1
    const next: string[] = []
    if (inOne(degree, frontier.length)) {
      const query = `${upstream ? 'up' : 'down'}streams_at_${degree}`
      for (const row of snapshot.rows(query, { urn: start })) next.push(String(row['urn']))
      seen = undefined
      yield
    } else {
      seen ??= new Set([start, ...levels.flat()])
      for (const from of frontier) {
        for (const row of snapshot.rows(ahead, { urn: from })) {
          const urn = String(row['urn'])
          if (seen.has(urn) || known?.has(urn)) continue
          seen.add(urn)
          next.push(urn)
        }
        if (++reads % READS_OF_A_STEP === 0) yield
      }
    }
    if (next.length > 0) levels.push(next.sort())
    frontier = next
  }
  return new DatasetWalk(start, upstream ? 'downstream_step' : 'upstream_step', levels)
}

/** Levels of URNs, each in order: nothing is hashed, which of ten thousand URNs costs as much as reading them. */
class DatasetWalk implements Walk {
  readonly found: readonly Reached[]
  readonly #start: string
  readonly #back: string
  readonly #levels: readonly (readonly string[])[]
  /** What comes before a dataset on its path; found out when it is asked for. */
  readonly #before = new Map<string, string>()

  constructor(start: string, back: string, levels: readonly (readonly string[])[]) {
    this.#start = start
    this.#back = back
    this.#levels = levels
    this.found = levels.flatMap((urns, i) => urns.map((urn) => ({ urn, degree: i + 1, columns: NO_COLUMNS })))
  }

  at(urn: string): Reached | undefined {
    const degree = 1 + this.#levels.findIndex((urns) => isAmong(urns, urn))
    return degree === 0 ? undefined : { urn, degree, columns: NO_COLUMNS }
  }

  *pathTo(snapshot: Snapshot, urn: string): Steps<string[]> {
    const path = [urn]
    let reads = 0
    for (let degree = (this.at(urn) as Reached).degree - 1; degree > 0; degree--) {
      const after = path.at(-1) as string
      const before = this.#before.get(after) ?? this.#nearer(snapshot, after, degree)
      if (!this.#before.has(after) && ++reads % READS_OF_A_STEP === 0) yield
      this.#before.set(after, before)
      path.push(before)
    }
    return [...path, this.#start].reverse()
  }

  #nearer(snapshot: Snapshot, urn: string, degree: number): string {
    const level = this.#levels[degree - 1] as readonly string[]
    const before = snapshot.rows(this.#back, { urn }).map((row) => String(row['urn']))
    return leastOf(before.filter((n) => isAmong(level, n)))
  }
}

/** Whether a text is among texts that are in order. */
function isAmong(sorted: readonly string[], text: string): boolean {
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((sorted[middle] as string) < text) from = middle + 1
    else to = middle
  }
  return sorted[from] === text
}

function leastOf(urns: readonly string[]): string {
  let least = urns[0] as string
  for (const urn of urns) if (urn < least) least = urn
  return least
}

/** The same over columns, told by dataset: `columns` are those on the way in it. */
export function* walkColumns(
  snapshot: Snapshot,
  startField: string,
  startDataset: string,
  upstream: boolean,
  maxHops: number,
): Steps<Walk> {
  const step = upstream ? 'field_upstream_step' : 'field_downstream_step'
  const reached = new Map<string, Reached & { before: string; columns: Set<string> }>()
  const seen = new Set([startField])
  let reads = 0
  let frontier = [{ field: startField, dataset: startDataset }]
  for (let degree = 1; degree <= maxHops && frontier.length > 0; degree++) {
    const next: typeof frontier = []
    for (const from of frontier) {
      for (const row of byUrn(snapshot.rows(step, { urn: from.field }))) {
        const field = String(row['urn'])
        const dataset = String(row['dataset'])
        if (dataset !== startDataset) {
          const known = reached.get(dataset) ?? {
            urn: dataset,
            degree,
            before: from.dataset,
            columns: new Set<string>(),
          }
          known.columns.add(String(row['path']))
          reached.set(dataset, known)
        }
        if (seen.has(field)) continue
        seen.add(field)
        next.push({ field, dataset })
      }
      if (++reads % READS_OF_A_STEP === 0) yield
    }
    frontier = next
  }
  return {
    found: [...reached.values()].sort((a, b) => a.degree - b.degree || (a.urn < b.urn ? -1 : 1)),
    at: (urn) => reached.get(urn),
    pathTo: (_snapshot, urn) => oneStep(() => pathBack(startDataset, urn, reached)),
  }
}

function pathBack(
  start: string,
  urn: string,
  reached: ReadonlyMap<string, { readonly before: string }>,
): string[] {
  const path = [urn]
  for (let at = urn; at !== start; path.push(at)) at = (reached.get(at) as { before: string }).before
  return path.reverse()
}

/** In order of URN, so that which of several shortest paths is taken is always the same. */
export function byUrn(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => (String(a['urn']) < String(b['urn']) ? -1 : 1))
}
