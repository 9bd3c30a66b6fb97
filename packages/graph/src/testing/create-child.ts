import { Graph } from '../graph.js'
import { SOCIAL } from './scratch.js'

/** Creates a graph of many types; prints a line just before. */
const [root] = process.argv.slice(2) as [string]
const more = Array.from({ length: 100 }, (_, i) => `node N${i} { name: String @key }`).join('\n')
process.stdout.write('creating\n')
setTimeout(() => Graph.create(root, { schema: `${SOCIAL}\n${more}` }), 5)
