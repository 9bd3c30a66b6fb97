import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '../process.js'
import { type BenchRow, informed, median, spreadOf } from '../row.js'
import { documents, laterFacts, writeLines } from './dataset.js'
import type { Loaded } from './stores.js'

const CHILD = fileURLToPath(new URL('./later-load-child.js', import.meta.url))
const ROUNDS = 3
const LATER_NODES = 20_000
const DOCUMENTS = 20_000

/**
 * Loads that are not the first of their types: 20k people and 100k edges into the stores that have 100k and 500k,
 * against prepared inserts into the same tables with their indexes; and texts under full-text search, against a table
 * with an FTS5 table beside it. The design holds them to nothing: they are told as they are.
 */
export async function laterLoads(dir: string, stores: readonly Loaded[], nodes: number): Promise<BenchRow[]> {
  const later = join(dir, 'later.jsonl')
  await writeLines(later, laterFacts(nodes, LATER_NODES))
  const texts = join(dir, 'documents.jsonl')
  await writeLines(texts, documents(DOCUMENTS))
  const populated = (system: string): string => {
    const from = stores.find((s) => s.system === system) as Loaded
    const target = join(dir, `later-${system}${system === 'groundplane' ? '.gp' : ''}`)
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${target}${suffix}`, { recursive: true, force: true })
    cpSync(from.target, target, { recursive: true })
    return target
  }
  const empty = (system: string): string => {
    const target = join(dir, `texts-${system}${system === 'groundplane' ? '.gp' : ''}`)
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${target}${suffix}`, { recursive: true, force: true })
    return target
  }
  return [
    await row('load into types that have rows, 20k nodes + 100k edges', 'later', later, populated),
    await row('load of 20k texts under full-text search', 'texts', texts, empty),
  ]
}

async function row(
  name: string,
  kind: 'later' | 'texts',
  data: string,
  targetOf: (system: string) => string,
): Promise<BenchRow> {
  const ms: Record<string, number[]> = { groundplane: [], sqlite: [] }
  for (let i = 0; i < ROUNDS; i++) {
    for (const system of ['groundplane', 'sqlite']) {
      const done = await run([CHILD, kind, system, targetOf(system), data])
      if (done.code !== 0) throw new Error(`${name}, ${system}: ${done.stderr}`)
      ms[system]?.push((JSON.parse(done.stdout) as { ms: number }).ms)
    }
  }
  const of = (system: string) => median(ms[system] as number[])
  return informed(
    name,
    'ms',
    of('groundplane'),
    { sqlite: of('sqlite') },
    {
      groundplane: spreadOf(ms['groundplane'] as number[]),
      sqlite: spreadOf(ms['sqlite'] as number[]),
    },
  )
}
