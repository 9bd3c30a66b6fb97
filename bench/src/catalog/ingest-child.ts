/** Fills the catalog of a graph with a synthetic one: graph and number of datasets by argument, figures on stdout as JSON. */
import { type AspectProposal, Catalog } from '@groundplane/catalog'
import { Graph } from '@groundplane/graph'
import { SyntheticCatalog } from './synthetic-catalog.js'

/** Aspects of one commit. */
const BATCH = 20_000

const [root, datasets] = process.argv.slice(2) as [string, string]
const graph = Graph.open(root)
const catalog = new Catalog(graph)
const made = new SyntheticCatalog(Number(datasets))
let written = 0
let ms = 0
let cpuMs = 0

function ingest(batch: readonly AspectProposal[]): void {
  const start = performance.now()
  const before = process.cpuUsage()
  const result = catalog.ingest(batch)
  const { user, system } = process.cpuUsage(before)
  ms += performance.now() - start
  cpuMs += (user + system) / 1000
  written += result.written
  if (result.rejected.length > 0) throw new Error(`refused: ${JSON.stringify(result.rejected[0])}`)
}

let batch: AspectProposal[] = []
for (const proposal of made.proposals()) {
  batch.push(proposal)
  if (batch.length < BATCH) continue
  ingest(batch)
  batch = []
}
ingest(batch)
graph.close()
process.stdout.write(JSON.stringify({ written, ms, cpuMs }))
