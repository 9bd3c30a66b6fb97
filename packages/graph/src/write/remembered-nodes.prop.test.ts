import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { Graph } from '../graph.js'
import { scratch } from '../testing/scratch.js'

const files = scratch()
const graph = Graph.create(files.path('g.gp'), {
  schema: 'node P { name: String @key  age: I32? }\nedge Knows: P -> P\n',
})
afterAll(() => {
  graph.close()
  files.remove()
})

it('what a transaction remembers of nodes is what is there: after looking, putting, patching and deleting in any order', () => {
  const id = fc.constantFrom('a', 'b', 'c')
  const step = fc.oneof(fc.record({ op: fc.constantFrom('look', 'put', 'patch', 'delete'), id, to: id }), {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('link'), id, to: id }),
  })
  fc.assert(
    fc.property(
      fc.array(fc.array(step, { minLength: 5, maxLength: 30 }), { minLength: 1, maxLength: 3 }),
      (transactions) => {
        graph.transact({ message: 'empty' }, (tx) => {
          for (const node of ['a', 'b', 'c']) tx.deleteNode('P', node)
        })
        const nodes = new Map<string, number | null>()
        let edges: string[] = []
        for (const [round, steps] of transactions.entries())
          graph.transact({ message: 'steps' }, (tx) => {
            for (const [i, { op, id: at, to }] of steps.entries()) {
              const age = 100 * round + i
              if (op === 'look') expect(tx.node('P', at)?.data['age']).toBe(nodes.get(at))
              else if (op === 'put') {
                expect(tx.upsertNode('P', { name: at, age }).effect).toBe(
                  nodes.has(at) ? 'updated' : 'inserted',
                )
                nodes.set(at, age)
              } else if (op === 'patch' && nodes.has(at)) {
                tx.patchNode('P', at, { age })
                nodes.set(at, age)
              } else if (op === 'delete') {
                expect(tx.deleteNode('P', at)).toBe(nodes.delete(at))
                edges = edges.filter((edge) => !edge.includes(at))
              } else if (op === 'link') {
                const link = () => tx.insertEdge('Knows', at, to)
                if (nodes.has(at) && nodes.has(to)) {
                  link()
                  edges.push(at + to)
                } else expect(link).toThrow('there is no such P')
              }
            }
            const found = [...tx.edges('Knows')].map((edge) => edge.from + edge.to)
            expect(found.sort()).toEqual([...edges].sort())
          })
      },
    ),
    { numRuns: Number(process.env['GROUNDPLANE_PROP_RUNS'] ?? 60) },
  )
})
