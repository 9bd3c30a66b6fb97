import { Graph } from '../graph.js'

/**
 * Creates a branch, writes to it and to main, and merges, until it is killed;
 * prints a line per acknowledged step: how many merges are done.
 */
const [root] = process.argv.slice(2) as [string]
const graph = Graph.open(root)
let n = graph.commits().filter((c) => c.kind === 'merge').length
console.log(`ready ${n}`)
for (; ; n++) {
  const branch = `work/${n}`
  if (!graph.branches().some((b) => b.name === branch)) graph.createBranch(branch)
  console.log(`created ${n}`)
  const names = Array.from({ length: 20 }, (_, i) => `p${n}.${i}`)
  graph.transact({ branch }, (tx) => {
    for (const name of names) tx.upsertNode('Person', { name })
    for (const name of names) tx.setEdges('Knows', name, [{ to: names[0] as string }])
    tx.upsertNode('Person', { name: 'shared', age: n % 100 })
  })
  graph.transact({}, (tx) => tx.upsertNode('Person', { name: 'main', age: n % 100 }))
  graph.merge({ source: branch })
  console.log(`merged ${n + 1}`)
  graph.deleteBranch(branch)
}
