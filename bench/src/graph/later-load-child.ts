import { createReadStream } from 'node:fs'
import { Graph } from '@groundplane/graph'
import { TEXT_SCHEMA } from './dataset.js'
import { loadMorePlain, loadTextsPlain } from './plain-sqlite.js'

/** One load in a process of its own. Prints `{ms}`. */
const [kind, system, target, data] = process.argv.slice(2) as [string, string, string, string]

if (system === 'groundplane' && kind === 'texts') Graph.create(target, { schema: TEXT_SCHEMA }).close()
const startedAt = performance.now()
if (system === 'groundplane') {
  const graph = Graph.open(target)
  await graph.load(createReadStream(data), { mode: 'append' })
  graph.close()
} else if (kind === 'later') await loadMorePlain(target, data)
else await loadTextsPlain(target, data)
process.stdout.write(`${JSON.stringify({ ms: performance.now() - startedAt })}\n`)
process.exit(0)
