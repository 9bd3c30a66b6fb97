import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BenchRow, bounded, median, round, spreadOf } from '../row.js'
import type { Absent, Contender } from './contender.js'
import { handle, random } from './dataset.js'
import { growthRows } from './growth.js'
import { COMMITS, type Figures, interleave, type Timed } from './interleave.js'
import { isolationRow } from './isolation.js'
import { laterLoads } from './later-loads.js'
import { installPeers } from './peers.js'
import { coldOpenMs, type Loaded, load, open, writeData } from './stores.js'

const NODES = 100_000
const COLD_NODES = 200_000
const LOAD_ROUNDS = 3
/** Different keys that are asked for in turn. */
const KEYS = 1024
/** Rounds shorter than a turn of the scheduler: on a busy machine the median is then of undisturbed ones. */
const SHORT = { rounds: 61, roundMs: 4 }

/**
 * The speed table of the graph plane on this machine: 100k nodes and 500k edges
 * beside the same facts in plain SQLite tables, Kuzu and LanceDB, and how each
 * cost grows from 10k to 1M rows.
 */
export async function graphBench(): Promise<BenchRow[]> {
  await installPeers()
  const dir = mkdtempSync(join(tmpdir(), 'groundplane-bench-'))
  try {
    await writeData(dir, NODES, true)
    const loads = await bulkLoads(dir)
    const rows = [...loads.rows, ...(await laterLoads(dir, loads.stores, NODES))]
    const contenders = await Promise.all(loads.stores.map(open))
    try {
      rows.push(...(await operationRows(contenders, loads.absent)))
    } finally {
      for (const contender of contenders) await contender.close()
    }
    const ours = loads.stores.find((s) => s.system === 'groundplane') as Loaded
    rows.push(await isolationRow(ours.target, NODES))
    await writeData(dir, COLD_NODES, false)
    const large = await loaded('groundplane', dir, COLD_NODES)
    rows.push(
      bounded(
        'cold open at 1M edges, first point read',
        'ms',
        await coldOpenMs(large.target, COLD_NODES),
        150,
      ),
    )
    rows.push(...(await growthRows(dir)))
    return rows
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

async function loaded(system: string, dir: string, nodes: number): Promise<Loaded> {
  const result = await load(system, dir, nodes)
  if ('reason' in result) throw new Error(`${system} did not load: ${result.reason}`)
  return result
}

async function bulkLoads(dir: string): Promise<{ rows: BenchRow[]; stores: Loaded[]; absent: Absent[] }> {
  const ms = new Map<string, number[]>()
  const memory: number[] = []
  const stores = new Map<string, Loaded>()
  const absent: Absent[] = []
  for (let i = 0; i < LOAD_ROUNDS; i++) {
    for (const system of ['groundplane', 'sqlite', 'sqlite, indexes first']) {
      const result = await loaded(system, dir, NODES)
      ms.set(system, [...(ms.get(system) ?? []), result.ms])
      if (system === 'groundplane') memory.push(result.extraMb)
      stores.set(system, result)
    }
  }
  for (const system of ['kuzu', 'lancedb']) {
    const result = await load(system, dir, NODES)
    if ('reason' in result) absent.push(result)
    else {
      ms.set(system, [result.ms])
      stores.set(system, result)
    }
  }
  stores.delete('sqlite, indexes first')
  const entries = [...ms]
  const times: Figures = {
    medians: Object.fromEntries(entries.map(([name, values]) => [name, median(values)])),
    spreads: Object.fromEntries(entries.map(([name, values]) => [name, spreadOf(values)])),
  }
  const row = 'bulk load, 100k nodes + 500k edges'
  return {
    rows: [
      against(row, 'ms', times, ['sqlite'], 2.5, absent),
      bounded(`${row}: peak memory above idle`, 'MB', median(memory), 300),
    ],
    stores: [...stores.values()],
    absent,
  }
}

/** Ours against the best of the named peers: at most `bound` times as long. */
function against(
  row: string,
  unit: string,
  figures: Figures,
  held: readonly string[],
  bound: number,
  absent: readonly Absent[] = [],
): BenchRow {
  const { groundplane = Number.NaN, ...peers } = figures.medians
  const best = Math.min(...held.flatMap((name) => (peers[name] === undefined ? [] : [peers[name]])))
  const ratio = groundplane / best
  const missing = absent
    .filter((a) => held.includes(a.name))
    .map((a) => `; ${a.name} does not run here: ${a.reason}`)
  return {
    row: row + missing.join(''),
    unit,
    ours: round(groundplane),
    peers: Object.fromEntries(Object.entries(peers).map(([name, value]) => [name, round(value)])),
    ratio: round(ratio),
    bound,
    // Without any of the peers it is held to, nothing is shown.
    holds: ratio <= bound,
    spreads: figures.spreads,
  }
}

type Operation = 'pointRead' | 'twoHops' | 'reach'

function timed(contenders: readonly Contender[], operation: Operation): Timed[] {
  const next = random(7)
  const handles = Array.from({ length: KEYS }, () => handle(Math.floor(next() * NODES)))
  return contenders.flatMap((c) => {
    const run = c[operation]?.bind(c)
    return run ? [{ name: c.name, run: (i: number) => run(handles[i % KEYS] as string) }] : []
  })
}

async function operationRows(
  contenders: readonly Contender[],
  absent: readonly Absent[],
): Promise<BenchRow[]> {
  await checkAgreement(contenders)
  const point = await interleave(timed(contenders, 'pointRead'), SHORT)
  const two = await interleave(timed(contenders, 'twoHops'), SHORT)
  await warmUpWalks(contenders)
  const reach = await interleave(timed(contenders, 'reach'), SHORT)
  for (const c of contenders) await c.optimize?.()
  const pointLater = await interleave(timed(contenders, 'pointRead'), SHORT)
  const twoLater = await interleave(timed(contenders, 'twoHops'), SHORT)
  for (const c of contenders) await c.settle?.()
  // Beside the raw commits alone: what LanceDB's leave running, on all cores, would be paid by who comes next.
  const commits = await interleave(updates(contenders.filter(isSqlite)), COMMITS)
  const others = await interleave(updates(contenders.filter((c) => !isSqlite(c))), COMMITS)
  const reachPeers = 'reach within 1..4 hops, count'
  return [
    against('point read by key', 'µs', point, ['sqlite'], 2),
    against('point read by key, against the databases', 'µs', point, ['kuzu', 'lancedb'], 1 / 50, absent),
    against('two hops with properties', 'µs', two, ['sqlite'], 2),
    against('two hops with properties, against Kuzu', 'µs', two, ['kuzu'], 1 / 50, absent),
    against('point read by key, after optimize', 'µs', pointLater, ['sqlite'], 2),
    against('two hops with properties, after optimize', 'µs', twoLater, ['sqlite'], 2),
    against(`${reachPeers}, against Kuzu`, 'µs', reach, ['kuzu'], 1 / 20, absent),
    against(`${reachPeers}, against recursive SQL`, 'µs', reach, ['sqlite'], 1 / 100),
    against('one-row mutation, durable', 'µs', together(commits, others), ['sqlite'], 2),
  ]
}

function isSqlite({ name }: Contender): boolean {
  return name === 'groundplane' || name === 'sqlite'
}

function updates(contenders: readonly Contender[]): Timed[] {
  return contenders.flatMap((c) => {
    const run = c.update?.bind(c)
    return run ? [{ name: c.name, run: (i: number) => run(handle((i * 7919) % NODES), 18 + (i % 60)) }] : []
  })
}

function together(a: Figures, b: Figures): Figures {
  return { medians: { ...a.medians, ...b.medians }, spreads: { ...a.spreads, ...b.spreads } }
}

/** Walks until arrays are built: ours builds them once walks have cost as much as building does. */
async function warmUpWalks(contenders: readonly Contender[]): Promise<void> {
  await interleave(timed(contenders, 'reach').slice(0, 1), { rounds: 1, roundMs: 1500 })
}

/** All contenders give the same answers, or the figures mean nothing. */
async function checkAgreement(contenders: readonly Contender[]): Promise<void> {
  for (let i = 0; i < 20; i++) {
    const h = handle(i * 4001)
    for (const operation of ['twoHops', 'reach'] as const) {
      const answers: number[] = []
      for (const c of contenders) {
        const answer = await c[operation]?.(h)
        if (answer !== undefined) answers.push(answer)
      }
      if (new Set(answers).size > 1) throw new Error(`${operation}(${h}) differs: ${answers.join(', ')}`)
    }
  }
}
