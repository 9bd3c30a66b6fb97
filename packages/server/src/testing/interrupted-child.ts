import { Catalog } from '@groundplane/catalog'
import { ulidSource } from '@groundplane/core'
import { Graph } from '@groundplane/graph'

/** A process that begins a run and is gone: `interrupted-child <graph root>` prints the run's id. */
const graph = Graph.open(process.argv[2] as string)
const runId = ulidSource().next()
new Catalog(graph).startRun({ runId, sentence: 'revenue dashboard wrong' })
process.stdout.write(runId, () => process.exit(0))
