import { Graph } from '../graph.js'

/** Writes until it is killed; prints a line per acknowledged commit: how many Person rows it holds. */
const [root, kind] = process.argv.slice(2) as [string, 'transact' | 'load']
const graph = Graph.open(root)
let n = graph.snapshot().types[0]?.rows ?? 0
console.log(`ready ${n}`)
for (;;) {
  const names = Array.from({ length: 50 }, () => `p${n++}`)
  if (kind === 'load') {
    await graph.load(
      names.map((name) => JSON.stringify({ type: 'Person', data: { name } })),
      { mode: 'append' },
    )
  } else {
    graph.transact({}, (tx) => {
      for (const name of names) tx.upsertNode('Person', { name })
      for (const name of names) tx.insertEdge('Knows', name, names[0] as string)
    })
  }
  process.stdout.write(`acknowledged ${n}\n`)
}
