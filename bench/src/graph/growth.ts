import type { BenchRow } from '../row.js'
import { round } from '../row.js'
import { branchRows } from './branch-rows.js'
import { handle } from './dataset.js'
import { COMMITS, interleave } from './interleave.js'
import { Ours } from './ours.js'
import { coldOpenMs, load, writeData } from './stores.js'

/** Rows in all, a sixth of them nodes. */
const SIZES = [10_000, 100_000, 1_000_000]

/** A hundredfold graph may cost so much more per operation: deeper trees and colder pages, not scans. */
const GROWTH_BOUND = 4

/** What each operation costs at 10k, 100k and 1M rows; `ratio` is the last to the first. */
export async function growthRows(dir: string): Promise<BenchRow[]> {
  const graphs: { size: number; nodes: number; graph: Ours; cold: number; loadUs: number }[] = []
  for (const size of SIZES) {
    const nodes = Math.round(size / 6)
    await writeData(dir, nodes, false)
    const loaded = await load('groundplane', dir, nodes)
    if ('reason' in loaded) throw new Error(loaded.reason)
    const cold = await coldOpenMs(loaded.target, nodes)
    graphs.push({ size, nodes, graph: new Ours(loaded.target), cold, loadUs: (loaded.ms * 1000) / size })
  }
  const largest = graphs.at(-1) as (typeof graphs)[number]
  const grown = async (
    what: string,
    run: (g: Ours, h: string, i: number) => unknown,
    turns = { rounds: 15, roundMs: 10 },
  ): Promise<BenchRow> => {
    const { medians } = await interleave(
      graphs.map(({ size, nodes, graph }) => ({
        name: String(size),
        run: (i: number) => run(graph, handle((i * 7919) % nodes), i),
      })),
      turns,
    )
    return growth(what, 'µs', medians)
  }
  try {
    await interleave(
      graphs.map(({ size, nodes, graph }) => ({
        name: String(size),
        run: (i: number) => graph.reach(handle((i * 7919) % nodes)),
      })),
      { rounds: 1, roundMs: 2500 },
    )
    return [
      await grown('point read by key', (g, h) => g.pointRead(h)),
      await grown('two hops with properties', (g, h) => g.twoHops(h)),
      await grown('reach within 1..4 hops, count', (g, h) => g.reach(h)),
      await grown('one-row mutation, durable', (g, h, i) => g.update(h, 18 + (i % 60)), COMMITS),
      ...(await branchRows(largest.graph, largest.nodes)),
      growth('bulk load, per row', 'µs', Object.fromEntries(graphs.map((g) => [String(g.size), g.loadUs]))),
      growth(
        'cold open, first point read',
        'ms',
        Object.fromEntries(graphs.map((g) => [String(g.size), g.cold])),
      ),
    ]
  } finally {
    for (const { graph } of graphs) graph.close()
  }
}

function growth(what: string, unit: string, times: Readonly<Record<string, number>>): BenchRow {
  const [first, , last] = SIZES.map((size) => times[String(size)] as number) as [number, number, number]
  const smaller = Object.entries(times).filter(([size]) => size !== String(SIZES.at(-1)))
  return {
    row: `growth to 1M rows: ${what}`,
    unit,
    ours: round(last),
    peers: Object.fromEntries(
      smaller.map(([size, value]) => [`at ${Number(size) / 1000}k rows`, round(value)]),
    ),
    ratio: round(last / first),
    bound: GROWTH_BOUND,
    holds: last / first <= GROWTH_BOUND,
  }
}
