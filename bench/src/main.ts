/**
 * `npm run bench -- <name> [--json]`: measures on this machine, peers in the same
 * run, and says for each row whether its bound holds. Exit 1 when one does not, 2 when
 * it cannot be measured.
 */
import { catalogBench } from './catalog/catalog-bench.js'
import { searchBench } from './catalog/search-bench.js'
import { BrowserMissing } from './chromium.js'
import { cliBench } from './cli.js'
import { clusterBench } from './cluster.js'
import { explorerBench } from './console/explorer-bench.js'
import { demoBench } from './demo.js'
import { graphBench } from './graph/graph-bench.js'
import { PeersUnavailable } from './graph/peers.js'
import { groundingBench } from './grounding/grounding-bench.js'
import { lineageBench } from './lineage.js'
import { openlineageBench } from './openlineage/openlineage-bench.js'
import { type BenchRow, printRows } from './row.js'
import { memoryBench } from './server/memory-bench.js'
import { serverBench } from './server/server-bench.js'

const BENCHES: Readonly<Record<string, () => Promise<BenchRow[]>>> = {
  catalog: catalogBench,
  cli: cliBench,
  cluster: clusterBench,
  demo: demoBench,
  explorer: explorerBench,
  graph: graphBench,
  grounding: groundingBench,
  lineage: lineageBench,
  memory: memoryBench,
  openlineage: openlineageBench,
  search: searchBench,
  server: serverBench,
}

const [name, ...flags] = process.argv.slice(2)
const bench = name === undefined ? undefined : BENCHES[name]
if (bench === undefined) {
  process.stderr.write(`usage: npm run bench -- <${Object.keys(BENCHES).join('|')}> [--json]\n`)
  process.exit(2)
}
try {
  const rows = await bench()
  printRows(rows, flags.includes('--json'))
  process.exitCode = rows.every((row) => row.holds) ? 0 : 1
} catch (error) {
  if (!(error instanceof PeersUnavailable || error instanceof BrowserMissing)) throw error
  process.stderr.write(`${error.code}: ${error.message}\n  ${error.remedy}\n`)
  process.exitCode = 2
}
