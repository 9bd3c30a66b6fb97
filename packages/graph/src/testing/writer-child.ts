import { Graph } from '../graph.js'

/** Adds one to a counter so many times, each in a commit of its own. */
const [root, times] = process.argv.slice(2) as [string, string]
const graph = Graph.open(root)
for (let i = 0; i < Number(times); i++) {
  graph.transact({}, (tx) => {
    const age = tx.node('Person', 'counter')?.data.age as number
    tx.patchNode('Person', 'counter', { age: age + 1 })
  })
}
graph.close()
