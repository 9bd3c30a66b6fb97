import { afterAll, describe, expect, it } from 'vitest'
import type { Graph } from '../graph.js'
import { scratch, socialGraph } from '../testing/scratch.js'

const files = scratch()
afterAll(() => files.remove())
const person = (graph: Graph, age: number, branch = 'main'): string =>
  graph.transact({ branch, message: `age ${age}` }, (tx) => tx.upsertNode('Person', { name: 'Ada', age }))
    .commit?.id as string
const ages = (graph: Graph, ctx: Parameters<Graph['versions']>[1] = {}) =>
  graph.versions({ type: 'Person', id: 'Ada' }, ctx).map((v) => v.value['age'])

describe('the versions of a node', () => {
  it('are told newest first, each with the commit that made it, as far as the reader sees', () => {
    const graph = socialGraph(files.path('v.gp'))
    const [one, two] = [person(graph, 1), person(graph, 2)]
    graph.transact({}, (tx) => tx.upsertNode('Person', { name: 'Bob', age: 9 }))
    graph.createBranch('work')
    const aside = person(graph, 3, 'work')
    const three = person(graph, 4)
    expect(graph.versions({ type: 'Person', id: 'Ada' }).map((v) => v.commit.id)).toEqual([three, two, one])
    expect(ages(graph)).toEqual([4, 2, 1])
    expect(ages(graph, { branch: 'work' })).toEqual([3, 2, 1])
    expect(ages(graph, { commit: two })).toEqual([2, 1])
    expect(ages(graph, { commit: aside, limit: 1 })).toEqual([3])
    expect(graph.versions({ type: 'Person', id: 'Ada' })[0]?.commit.message).toBe('age 4')
    graph.transact({}, (tx) => tx.deleteNode('Person', 'Ada'))
    expect(ages(graph)).toEqual([4, 2, 1])
    graph.close()
  })

  it('are none of a node or a type that never was', () => {
    const graph = socialGraph(files.path('n.gp'))
    expect(graph.versions({ type: 'Person', id: 'Nobody' })).toEqual([])
    expect(graph.versions({ type: 'Nothing', id: 'x' })).toEqual([])
    graph.close()
  })
})
