import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeCatalogCluster, serveCatalog } from '../catalog-cluster.js'
import { CLI, type Listening, startServer } from '../process.js'
import { type BenchRow, informed, median, spreadOf } from '../row.js'
import { eventText } from './events.js'
import { send } from './senders.js'

const BARE = fileURLToPath(new URL('./bare-receiver.js', import.meta.url))
/** The command line of another build to measure in the same run, e.g. that of before a change. */
const OTHER = process.env['GROUNDPLANE_BENCH_OTHER_CLI']
const SENDERS = [1, 8, 32]
const ROUNDS = 5
const ROUND_MS = 2000
const WARM_MS = 2000
/** The kernel tells processor time in hundredths of a second. */
const TICK_MS = 10

interface Contender {
  readonly server: Listening
  readonly url: string
  count: number
}

/**
 * Events a second that are answered and on disk, by how many clients send at once, with a bare route and one
 * durable insert for each event as the floor. Rounds of the contenders take turns; no two events are the
 * same. Nothing here is bound: a disk decides it.
 */
export async function openlineageBench(): Promise<BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'groundplane-bench-'))
  const contenders = new Map<string, Contender>()
  try {
    contenders.set('groundplane', await serve(join(dir, 'ours'), CLI))
    if (OTHER !== undefined) contenders.set('other', await serve(join(dir, 'other'), OTHER))
    const bare = await startServer([BARE], { FILE: join(dir, 'events.db') })
    contenders.set('bare insert', { server: bare, url: `${bare.url}/api/v1/lineage`, count: 0 })
    for (const contender of contenders.values()) await measure(contender, 8, WARM_MS)
    const rows: BenchRow[] = []
    for (const senders of SENDERS) rows.push(...(await rowsOf(contenders, senders)))
    return rows
  } finally {
    for (const { server } of contenders.values()) await server.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

async function serve(dir: string, cli: string): Promise<Contender> {
  await makeCatalogCluster(dir, cli)
  const server = await serveCatalog(dir, ['--actor-concurrency', '0', '--actor-rate', '0'], cli)
  return { server, url: `${server.url}/graphs/catalog/openlineage/api/v1/lineage`, count: 0 }
}

interface Measured {
  readonly perSecond: number
  readonly p95Ms: number
  readonly processorMs: number
}

async function measure(contender: Contender, senders: number, ms: number): Promise<Measured> {
  const before = processorMs(contender)
  const next = () => eventText(contender.count++)
  const { perSecond, events, tookMs } = await send({ url: contender.url, count: senders, ms, next })
  return {
    perSecond,
    p95Ms: tookMs[Math.floor(tookMs.length * 0.95)] as number,
    processorMs: (processorMs(contender) - before) / events,
  }
}

/** Of the whole process, its threads too; 0 where there is no /proc. */
function processorMs({ server }: Contender): number {
  try {
    const stat = readFileSync(`/proc/${server.child.pid}/stat`, 'utf8')
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number) as [number, number]
    return (user + system) * TICK_MS
  } catch {
    return 0
  }
}

async function rowsOf(contenders: ReadonlyMap<string, Contender>, senders: number): Promise<BenchRow[]> {
  const results = new Map<string, Measured[]>([...contenders.keys()].map((name) => [name, []]))
  for (let i = 0; i < ROUNDS; i++)
    for (const [name, contender] of contenders)
      results.get(name)?.push(await measure(contender, senders, ROUND_MS))
  const figures = (
    of: keyof Measured,
  ): [number, Record<string, number>, Record<string, [number, number]>] => {
    const all = [...results].map(([name, rounds]) => [name, rounds.map((r) => r[of])] as const)
    const peers = all
      .filter(([name]) => name !== 'groundplane')
      .map(([name, v]) => [name, median(v)] as const)
    const spreads = all.map(([name, v]) => [name, [...spreadOf(v)] as [number, number]] as const)
    const ours = median(all.find(([name]) => name === 'groundplane')?.[1] ?? [])
    return [ours, Object.fromEntries(peers), Object.fromEntries(spreads)]
  }
  const of = senders === 1 ? 'one sender' : `${senders} senders`
  return [
    informed(`events recorded, ${of}`, 'events/s', ...figures('perSecond')),
    informed(`answered, ${of}, p95`, 'ms', ...figures('p95Ms')),
    informed(`processor time of an event, ${of}`, 'ms', ...figures('processorMs')),
  ]
}
