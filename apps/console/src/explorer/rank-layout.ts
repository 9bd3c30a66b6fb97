/**
 * Places a picture too large for the layout engine: columns for each hop, the order inside a hop by where the
 * neighbours stand. A hop of many boxes has several columns, so that the whole is about as wide as a screen. Milliseconds
 * for two thousand nodes. Pure.
 */
import type { Point } from '../lineage/trace-path'

export interface RankedBox {
  id: string
  rank: number
  width: number
  height: number
}

const BETWEEN_COLUMNS = 120
const BETWEEN_ROWS = 16
/** Between the columns of one hop. */
const BETWEEN_BESIDE = 28
/** Width to height that the whole is to have. */
const ASPECT = 1.8
const SWEEPS = 4

/** The left top corner of each box. No two overlap; a box of a lower rank stands left of one of a higher. */
export function placeByRank(
  boxes: readonly RankedBox[],
  edges: readonly { source: string; target: string }[],
): Map<string, Point> {
  const columns = columnsOf(boxes)
  const neighbours = neighboursOf(edges)
  const position = new Map<string, number>()
  for (const column of columns)
    for (const [i, box] of column.entries()) position.set(box.id, i / column.length)
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const column of sweep % 2 === 0 ? columns : [...columns].reverse()) {
      const weights = new Map(column.map((box) => [box.id, barycentre(box.id, neighbours, position)]))
      column.sort((a, b) => (weights.get(a.id) ?? 0) - (weights.get(b.id) ?? 0))
      for (const [i, box] of column.entries()) position.set(box.id, (i + 0.5) / column.length)
    }
  }
  return spread(columns)
}

function columnsOf(boxes: readonly RankedBox[]): RankedBox[][] {
  const byRank = new Map<number, RankedBox[]>()
  for (const box of boxes) byRank.set(box.rank, [...(byRank.get(box.rank) ?? []), box])
  return [...byRank.entries()].sort(([a], [b]) => a - b).map(([, column]) => column)
}

function neighboursOf(edges: readonly { source: string; target: string }[]): Map<string, string[]> {
  const neighbours = new Map<string, string[]>()
  const add = (a: string, b: string) => {
    const list = neighbours.get(a)
    if (list) list.push(b)
    else neighbours.set(a, [b])
  }
  for (const { source, target } of edges) {
    add(source, target)
    add(target, source)
  }
  return neighbours
}

function barycentre(id: string, neighbours: Map<string, string[]>, position: Map<string, number>): number {
  const beside = neighbours.get(id) ?? []
  if (beside.length === 0) return position.get(id) ?? 0
  return beside.reduce((sum, other) => sum + (position.get(other) ?? 0), 0) / beside.length
}

/** Columns centred on one line; a hop is filled row by row, so that those who belong together stay together. */
function spread(hops: readonly RankedBox[][]): Map<string, Point> {
  const rows = mostRows(hops.flat())
  const blocks = hops.map((hop) => {
    const columns = Math.ceil(hop.length / rows)
    return Array.from({ length: columns }, (_, column) => hop.filter((_box, i) => i % columns === column))
  })
  const heightOf = (column: readonly RankedBox[]) =>
    column.reduce((sum, box) => sum + box.height + BETWEEN_ROWS, -BETWEEN_ROWS)
  const tallest = Math.max(0, ...blocks.flat().map(heightOf))
  const places = new Map<string, Point>()
  let x = 0
  for (const block of blocks) {
    const top = (tallest - Math.max(...block.map(heightOf))) / 2
    for (const column of block) {
      let y = top
      for (const box of column) {
        places.set(box.id, { x, y })
        y += box.height + BETWEEN_ROWS
      }
      x += Math.max(...column.map((box) => box.width)) + BETWEEN_BESIDE
    }
    x += BETWEEN_COLUMNS - BETWEEN_BESIDE
  }
  return places
}

/** So many that the boxes together have the aspect wanted. */
function mostRows(boxes: readonly RankedBox[]): number {
  if (boxes.length === 0) return 1
  const wide = boxes.reduce((sum, box) => sum + box.width + BETWEEN_BESIDE, 0)
  const high = boxes.reduce((sum, box) => sum + box.height + BETWEEN_ROWS, 0)
  return Math.max(1, Math.ceil(Math.sqrt((boxes.length * wide) / (ASPECT * high))))
}
