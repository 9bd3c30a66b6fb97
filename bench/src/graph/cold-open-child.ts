import { handle } from './dataset.js'
import { Ours } from './ours.js'

/** Opens a graph in a fresh process and reads one entity. Prints `{ms}`. */
const [root, nodes] = process.argv.slice(2) as [string, string]
const startedAt = performance.now()
const graph = new Ours(root)
const found = graph.pointRead(handle(Math.floor(Number(nodes) / 3)))
const ms = performance.now() - startedAt
graph.close()
if (found === undefined) throw new Error('the entity is not there')
process.stdout.write(`${JSON.stringify({ ms })}\n`)
