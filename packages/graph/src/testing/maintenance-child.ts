import { Graph } from '../graph.js'

/** Writes and maintains until it is killed; prints a line before and after each maintenance. */
const [root, kind] = process.argv.slice(2) as [string, 'optimize' | 'repair' | 'cleanup']
const graph = Graph.open(root)
console.log('ready')
for (let n = 0; ; n++) {
  graph.transact({}, (tx) => {
    for (let i = 0; i < 300; i++) tx.upsertNode('Person', { name: `p${i}`, age: n % 100 })
    tx.deleteNode('Person', `p${n % 300}`)
  })
  process.stdout.write('begin\n')
  if (kind === 'optimize') graph.optimize()
  else if (kind === 'cleanup') graph.cleanup({ keep: 2, vacuum: n % 2 === 1 })
  else graph.repair()
  process.stdout.write('done\n')
}
