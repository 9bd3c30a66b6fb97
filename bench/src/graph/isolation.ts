import { GraphService } from '@groundplane/graph'
import { type BenchRow, median, round } from '../row.js'
import { handle } from './dataset.js'

const POINT =
  'query point($h: String) { match { $p: Person { handle: $h } } return { $p.name as name, $p.age as age } }'
/** Minutes of work: of 100k people, the 1.6 billion paths of six edges, each followed. */
const RUNAWAY = `query runaway() {
  match { $a: Person  $a knows $b  $b knows $c  $c knows $d  $d knows $e  $e knows $f  $f knows $g }
  return { count($g) as n }
}`
const DEADLINE_MS = 1500
const ROUNDS = 3

/** p99 of point reads through the service while a query with a one-minute plan runs into its deadline, and alone. */
export async function isolationRow(root: string, nodes: number): Promise<BenchRow> {
  const service = await GraphService.start(root, { readers: 2 })
  const alone: number[] = []
  const beside: number[] = []
  try {
    const read = async (i: number): Promise<number> => {
      const startedAt = performance.now()
      const { rowCount } = await service.query(POINT, { h: handle((i * 7919) % nodes) })
      if (rowCount !== 1) throw new Error('the person is not there')
      return (performance.now() - startedAt) * 1000
    }
    await readsFor(300, read)
    for (let round = 0; round < ROUNDS; round++) {
      alone.push(p99(await readsFor(DEADLINE_MS, read)))
      const startedAt = performance.now()
      const runaway = service.query(RUNAWAY, {}, { deadlineMs: DEADLINE_MS }).then(
        () => 'finished',
        (error: { code?: string }) => error.code,
      )
      beside.push(p99(await readsFor(DEADLINE_MS - 100, read)))
      const outcome = await runaway
      const tookMs = performance.now() - startedAt
      if (outcome !== 'query_deadline_exceeded' || tookMs > DEADLINE_MS + 500)
        throw new Error(`the runaway query ended with ${outcome} after ${Math.round(tookMs)} ms`)
    }
  } finally {
    await service.close()
  }
  const ratio = median(beside) / median(alone)
  return {
    row: 'p99 of point reads beside a query that runs into its deadline',
    unit: 'µs',
    ours: round(median(beside)),
    peers: { alone: round(median(alone)) },
    ratio: round(ratio),
    bound: 3,
    holds: ratio <= 3,
  }
}

/** One read after the other, each after a turn of the event loop, as requests come. */
async function readsFor(ms: number, read: (i: number) => Promise<number>): Promise<number[]> {
  const times: number[] = []
  const until = performance.now() + ms
  for (let i = 0; performance.now() < until; i++) {
    times.push(await read(i))
    await new Promise((resolve) => setImmediate(resolve))
  }
  return times
}

function p99(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length * 0.99)] as number
}
