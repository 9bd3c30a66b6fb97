/** Which datasets a lineage picture shows, from what is known of each. Pure. */
import type { EntityDocument } from '../catalog/answers'
import { healthWords } from '../catalog/health-state'
import { kindOf, nameOf, nameOfUrn } from '../catalog/names'

/** Datasets that one picture holds at most. */
export const MOST_NODES = 2000

export type Side = 'up' | 'down'

/** What was opened and closed by hand, past or short of the hops: `up urn` and `down urn`. */
export interface Unfolded {
  opened: ReadonlySet<string>
  closed: ReadonlySet<string>
}

export const sideKey = (side: Side, urn: string): string => `${side} ${urn}`

export interface ShownNode {
  urn: string
  /** Hops from the start; sources are negative. */
  rank: number
  /** Undefined until the server has told, and of what is only mentioned by others. */
  document: EntityDocument | undefined
  /** Neighbours on a side that are not in the picture. */
  hidden: Record<Side, number>
  /** Whether a side can be folded away: something stands there because this node is open. */
  unfolded: Record<Side, boolean>
}

export interface ShownGraph {
  nodes: ShownNode[]
  edges: { source: string; target: string }[]
  /** Datasets of the picture that nothing is known of yet, nearest first. */
  wanted: string[]
  /** There is more than one picture holds. */
  cut: boolean
}

export type Documents = ReadonlyMap<string, EntityDocument | 'unreadable'>

/**
 * Walks both ways from `start`, breadth first, as many hops as asked; a node opened by hand shows its neighbours
 * beyond that, a closed one none. Edges are all that are known between two nodes shown, not only those walked.
 */
export function shownGraph(
  start: string,
  known: Documents,
  hops: Record<Side, number>,
  { opened, closed }: Unfolded,
  /** Datasets that belong in the picture whatever the hops, with their rank: those that a column's values run through. */
  besides: ReadonlyMap<string, number> = new Map(),
): ShownGraph {
  const ranks = new Map([[start, 0]])
  let cut = false
  for (const side of ['up', 'down'] as const) {
    const step = side === 'up' ? -1 : 1
    const queue: { urn: string; depth: number }[] = [{ urn: start, depth: 0 }]
    const seen = new Set([start])
    for (let at = 0; at < queue.length; at++) {
      const { urn, depth } = queue[at] as { urn: string; depth: number }
      const key = sideKey(side, urn)
      if (closed.has(key) || (depth >= hops[side] && !opened.has(key))) continue
      for (const next of neighbours(known, urn, side)) {
        if (seen.has(next)) continue
        if (!ranks.has(next)) {
          if (ranks.size >= MOST_NODES) {
            cut = true
            continue
          }
          ranks.set(next, step * (depth + 1))
        }
        seen.add(next)
        queue.push({ urn: next, depth: depth + 1 })
      }
    }
  }
  // A node opened by hand may open its other side as well: sources of a reader, readers of a source.
  for (const key of opened) {
    const cutAt = key.indexOf(' ')
    const side = key.slice(0, cutAt) as Side
    const urn = key.slice(cutAt + 1)
    const rank = ranks.get(urn)
    if (rank === undefined || closed.has(key)) continue
    for (const next of neighbours(known, urn, side)) {
      if (ranks.has(next)) continue
      if (ranks.size >= MOST_NODES) {
        cut = true
        break
      }
      ranks.set(next, rank + (side === 'up' ? -1 : 1))
    }
  }
  for (const [urn, rank] of besides) {
    if (ranks.has(urn)) continue
    if (ranks.size >= MOST_NODES) cut = true
    else ranks.set(urn, rank)
  }
  return {
    nodes: Array.from(ranks, ([urn, rank]) => shownNode(urn, rank, known, ranks)),
    edges: edgesAmong(known, ranks),
    wanted: [...ranks.keys()].filter((urn) => !known.has(urn)),
    cut,
  }
}

function shownNode(
  urn: string,
  rank: number,
  known: Documents,
  ranks: ReadonlyMap<string, number>,
): ShownNode {
  const document = known.get(urn)
  const hidden = { up: 0, down: 0 }
  const unfolded = { up: false, down: false }
  for (const side of ['up', 'down'] as const) {
    for (const next of neighbours(known, urn, side)) {
      const there = ranks.get(next)
      if (there === undefined) hidden[side]++
      else if (side === 'up' ? there < rank : there > rank) unfolded[side] = true
    }
  }
  return { urn, rank, document: document === 'unreadable' ? undefined : document, hidden, unfolded }
}

function neighbours(known: Documents, urn: string, side: Side): readonly string[] {
  const document = known.get(urn)
  if (!document || document === 'unreadable') return []
  return (side === 'up' ? document.upstreams : document.downstreams) ?? []
}

/** Data flows from `source` to `target`. */
function edgesAmong(known: Documents, ranks: ReadonlyMap<string, number>): ShownGraph['edges'] {
  const edges = new Map<string, { source: string; target: string }>()
  const add = (source: string, target: string) => {
    if (ranks.has(source) && ranks.has(target)) edges.set(`${source}\n${target}`, { source, target })
  }
  for (const urn of ranks.keys()) {
    for (const source of neighbours(known, urn, 'up')) add(source, urn)
    for (const target of neighbours(known, urn, 'down')) add(urn, target)
  }
  return [...edges.values()]
}

/** What a node is called and how it fares, for the picture and for those who cannot see it. */
export function wordsOf({ document, urn }: ShownNode): { name: string; note: string } {
  if (!document) return { name: nameOfUrn(urn), note: 'not described' }
  return {
    name: nameOf(document),
    note: `${kindOf(document)} · ${healthWords(document.health).toLowerCase()}`,
  }
}
