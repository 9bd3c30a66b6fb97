import { type BenchRow, bounded, median, round, type Spread } from '../row.js'
import { handle } from './dataset.js'
import { interleave } from './interleave.js'
import type { Ours } from './ours.js'

const DELTA = 1000
const ROUNDS = 3

/** Branches of a graph of 1M rows: creating one, merging 1k changed rows back, reading beside them. */
export async function branchRows(ours: Ours, nodes: number): Promise<BenchRow[]> {
  const { graph } = ours
  const createMs: number[] = []
  for (let i = 0; i < 9; i++) createMs.push(elapsed(() => graph.createBranch(`empty-${i}`)))
  const [commitMs, mergeMs]: [number[], number[]] = [[], []]
  for (let i = 0; i < ROUNDS; i++) {
    const name = `delta-${i}`
    graph.createBranch(name)
    change(ours, nodes, 2 * i, name)
    // The same work on main: what a merge is held to, and what makes it three-way.
    commitMs.push(elapsed(() => change(ours, nodes, 2 * i + 1, 'main')))
    mergeMs.push(elapsed(() => graph.merge({ source: name })))
  }
  graph.createBranch('read')
  change(ours, nodes, 99, 'read')
  const { medians, spreads } = await interleave(
    ['main', 'read'].map((branch) => ({
      name: branch,
      run: (i: number) => ours.pointReadOn(handle((i * 7919) % nodes), branch),
    })),
    { rounds: 61, roundMs: 4 },
  )
  const [onMain, onBranch] = [medians.main as number, medians.read as number]
  const ratio = median(mergeMs) / median(commitMs)
  return [
    bounded('branch create at 1M rows', 'ms', median(createMs), 5),
    {
      row: 'merge of a 1k-row branch into 1M rows',
      unit: 'ms',
      ours: round(median(mergeMs)),
      peers: { 'commit of 1k rows': round(median(commitMs)) },
      ratio: round(ratio),
      bound: 3,
      holds: ratio <= 3,
    },
    {
      row: 'read by key on a branch with a 1k-row delta',
      unit: 'µs',
      ours: round(onBranch),
      peers: { 'on main': round(onMain) },
      ratio: round(onBranch / onMain),
      bound: 1.5,
      holds: onBranch / onMain <= 1.5,
      spreads: { groundplane: spreads.read as Spread, 'on main': spreads.main as Spread },
    },
  ]
}

/** Changes 1k people, spread over the graph, that no other `slice` changes. */
function change(ours: Ours, nodes: number, slice: number, branch: string): void {
  ours.graph.transact({ branch }, (tx) => {
    for (let i = 0; i < DELTA; i++) {
      const id = handle((i * Math.floor(nodes / DELTA) + slice) % nodes)
      tx.patchNode('Person', id, { age: 1 + (slice % 10) })
    }
  })
}

function elapsed(body: () => unknown): number {
  const startedAt = performance.now()
  body()
  return performance.now() - startedAt
}
