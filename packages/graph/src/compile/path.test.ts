import { afterAll, expect, it } from 'vitest'
import type { Graph } from '../graph.js'
import { scratch, socialGraph } from '../testing/scratch.js'

const files = scratch()
afterAll(() => files.remove())
let made = 0

/** a→b→d, a→c→d, d→e, e→e, and a city. */
function diamond(): Graph {
  const graph = socialGraph(files.path(`g${made++}.gp`))
  graph.transact({}, (tx) => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'z']) tx.upsertNode('Person', { name })
    for (const [from, to] of ['ac', 'cd', 'ab', 'bd', 'de', 'ee'].map((e) => [...e] as [string, string]))
      tx.insertEdge('Knows', from, to)
    tx.upsertNode('City', { code: 7, title: 'x' })
    tx.insertEdge('LivesIn', 'a', '7')
  })
  return graph
}

const ask = (graph: Graph, pattern: string, ctx = {}) =>
  graph.query(`query q() { match { ${pattern} } return { nodes($p) as n, length($p) as l } }`, {}, ctx).rows

it('a path is the shortest, and of those the one whose ids come first, whatever was written first', () => {
  const graph = diamond()
  expect(ask(graph, '$x: Person { name: "a" } $p = $x knows{1,4} $y')).toEqual([
    { n: ['a', 'b'], l: 1 },
    { n: ['a', 'c'], l: 1 },
    { n: ['a', 'b', 'd'], l: 2 },
    { n: ['a', 'b', 'd', 'e'], l: 3 },
  ])
  const before = graph.head().id
  graph.mutate('query m() { delete Person where name = "b" }')
  expect(ask(graph, '$x: Person { name: "a" } $y: Person { name: "e" } $p = $x knows{1,4} $y')).toEqual([
    { n: ['a', 'c', 'd', 'e'], l: 3 },
  ])
  expect(
    ask(graph, '$x: Person { name: "a" } $y: Person { name: "e" } $p = $x knows{1,4} $y', { commit: before }),
  ).toEqual([{ n: ['a', 'b', 'd', 'e'], l: 3 }])
})

it('a stored loop, one hop, another type, undirected and a missing optional each have the path they mean', () => {
  const graph = diamond()
  expect(ask(graph, '$x: Person { name: "e" } $p = $x knows{1,3} $x')).toEqual([{ n: ['e', 'e'], l: 1 }])
  expect(ask(graph, '$x: Person { name: "d" } $p = $x knows $y')).toEqual([{ n: ['d', 'e'], l: 1 }])
  expect(ask(graph, '$p = $x livesIn $c')).toEqual([{ n: ['a', '7'], l: 1 }])
  expect(ask(graph, '$x: Person { name: "e" } $y: Person { name: "a" } $p = $x <knows>{1,3} $y')).toEqual([
    { n: ['e', 'd', 'b', 'a'], l: 3 },
  ])
  expect(ask(graph, '$x: Person { name: "z" } optional { $p = $x knows{1,3} $y }')).toEqual([
    { n: null, l: null },
  ])
})

it('a length can be compared and grouped by, and a path returned is its nodes', () => {
  const graph = diamond()
  const from = '$x: Person { name: "a" } $p = $x knows{1,4} $y'
  expect(ask(graph, `${from} length($p) > 2`)).toEqual([{ n: ['a', 'b', 'd', 'e'], l: 3 }])
  expect(
    graph.query(`query q() { match { ${from} } return { length($p) as l, count($y) as c } order { l } }`)
      .rows,
  ).toEqual([
    { l: 1, c: 2 },
    { l: 2, c: 1 },
    { l: 3, c: 1 },
  ])
})
