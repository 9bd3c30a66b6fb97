import { createReadStream, readFileSync } from 'node:fs'
import { Graph } from '@groundplane/graph'
import { dataset, SCHEMA } from './dataset.js'
import { loadKuzu } from './kuzu.js'
import { loadLance } from './lance.js'
import { loadPlain } from './plain-sqlite.js'

/** One bulk load in a process of its own, so that time and memory are its own. Prints `{ms, idleMb}`. */
const [system, target, nodes, dir] = process.argv.slice(2) as [string, string, string, string]
const data = `${dir}/data-${nodes}.jsonl`

const loads: Record<string, () => Promise<unknown>> = {
  groundplane: async () => {
    const graph = Graph.open(target)
    await graph.load(createReadStream(data), { mode: 'append' })
    graph.close()
  },
  sqlite: () => loadPlain(target, data, true),
  'sqlite, indexes first': () => loadPlain(target, data, false),
  kuzu: () => loadKuzu(target, `${dir}/people-${nodes}.csv`, `${dir}/edges-${nodes}.csv`),
  lancedb: () => loadLance(target, dataset(Number(nodes))),
}

if (system === 'groundplane') Graph.create(target, { schema: SCHEMA }).close()
const idleMb = residentMb()
const startedAt = performance.now()
await loads[system]?.()
process.stdout.write(`${JSON.stringify({ ms: performance.now() - startedAt, idleMb })}\n`)
process.exit(0)

function residentMb(): number {
  try {
    const line = readFileSync('/proc/self/status', 'utf8')
      .split('\n')
      .find((l) => l.startsWith('VmRSS:'))
    return Number(line?.replace(/\D+/g, '')) / 1024
  } catch {
    return process.memoryUsage.rss() / 1048576
  }
}
