import { GraphError } from '../error.js'
import { Graph } from '../graph.js'

/** Opens a graph and prints the kind of its head commit, or how it was refused. */
const [root, mode] = process.argv.slice(2) as [string, 'head' | 'read' | 'write']
try {
  const graph = Graph.open(root, { readOnly: mode === 'read' })
  if (mode === 'write') graph.transact({}, (tx) => tx.upsertNode('Person', { name: 'x' }))
  console.log(graph.head().kind)
} catch (error) {
  if (!(error instanceof GraphError)) throw error
  console.log(`${error.kind} ${error.code}`)
}
