import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Finished, run } from '../process.js'
import { median } from '../row.js'
import type { Absent, Contender } from './contender.js'
import { csvEdges, csvPeople, dataset, jsonl, writeLines } from './dataset.js'
import { openKuzu } from './kuzu.js'
import { openLance } from './lance.js'
import { Ours } from './ours.js'
import { PlainSqlite } from './plain-sqlite.js'

const LOAD = fileURLToPath(new URL('./load-child.js', import.meta.url))
const COLD = fileURLToPath(new URL('./cold-open-child.js', import.meta.url))

export interface Loaded {
  readonly system: string
  readonly target: string
  readonly ms: number
  /** Peak resident memory above that of the idle process. */
  readonly extraMb: number
}

export async function writeData(dir: string, nodes: number, csv: boolean): Promise<void> {
  const set = dataset(nodes)
  await writeLines(join(dir, `data-${nodes}.jsonl`), jsonl(set))
  if (!csv) return
  await writeLines(join(dir, `people-${nodes}.csv`), csvPeople(set))
  await writeLines(join(dir, `edges-${nodes}.csv`), csvEdges(set))
}

let loads = 0

/** Loads the data into a new store of one system. A system that cannot run here is `Absent`. */
export async function load(system: string, dir: string, nodes: number): Promise<Loaded | Absent> {
  const target = join(
    dir,
    `store-${++loads}-${system.replace(/\W/g, '')}${system === 'groundplane' ? '.gp' : ''}`,
  )
  const done = await run([LOAD, system, target, String(nodes), dir])
  if (done.code !== 0) return { name: system, reason: lastLine(done) }
  const { ms, idleMb } = JSON.parse(done.stdout.trim().split('\n').at(-1) as string) as {
    ms: number
    idleMb: number
  }
  return { system, target, ms, extraMb: done.peakMb - idleMb }
}

function lastLine(done: Finished): string {
  return done.stderr.trim().split('\n').at(-1) ?? `exit ${done.code}`
}

export async function open(loaded: Loaded): Promise<Contender> {
  if (loaded.system === 'groundplane') return new Ours(loaded.target)
  if (loaded.system === 'kuzu') return openKuzu(loaded.target)
  if (loaded.system === 'lancedb') return openLance(loaded.target)
  return new PlainSqlite(loaded.target)
}

/** Milliseconds from opening a graph to its first answer, each in a process of its own. */
export async function coldOpenMs(root: string, nodes: number): Promise<number> {
  const found: number[] = []
  for (let i = 0; i < 5; i++) {
    const done = await run([COLD, root, String(nodes)])
    if (done.code !== 0) throw new Error(done.stderr)
    found.push((JSON.parse(done.stdout) as { ms: number }).ms)
  }
  return median(found)
}
