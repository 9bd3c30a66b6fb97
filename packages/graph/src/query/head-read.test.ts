import type { GroundplaneError } from '@groundplane/core'
import type { ReadQuery } from '@groundplane/lang'
import { afterAll, describe, expect, it } from 'vitest'
import { Graph } from '../graph.js'
import { scratch } from '../testing/scratch.js'

const files = scratch()
afterAll(() => files.remove())
let made = 0

const SCHEMA = 'node P { k: String @key  n: I32? }\nedge Knows: P -> P'
const POINT = 'query point($k: String) { match { $p: P { k: $k } } return { $p.k as k, $p.n as n } }'
const COUNT = 'query count() { match { $p: P } return { count($p) as n } }'
const REACH =
  'query reach($k: String) { match { $a: P { k: $k } $a knows{1,3} $b } return { count($b) as n } }'

/** The graph on two connections, as two processes have it, and a prepared query on the first. */
function twoDoors(text = POINT) {
  const root = files.path(`h${made++}.gp`)
  const here = Graph.create(root, { schema: SCHEMA })
  here.transact({}, (tx) => {
    for (const k of ['a', 'b']) tx.upsertNode('P', { k, n: 1 })
    tx.insertEdge('Knows', 'a', 'b')
  })
  const query = here.prepare(here.checkedQuery(text) as ReadQuery)
  return { here, there: Graph.open(root), query }
}

const put = (graph: Graph, k: string, n: number, branch = 'main') =>
  graph.transact({ branch }, (tx) => tx.upsertNode('P', { k, n }))
const codeOf = (body: () => unknown): string | undefined => {
  try {
    body()
    return undefined
  } catch (error) {
    return (error as GroundplaneError).code
  }
}

describe('a prepared query of at most one row', () => {
  it('sees each commit of another connection at its next run, rows that come and go included', () => {
    const { there, query } = twoDoors()
    for (let n = 2; n < 6; n++) {
      put(there, 'a', n)
      expect(query.all({ k: 'a' })).toEqual([{ k: 'a', n }])
      expect(query.all({ k: 'a' })).toEqual([{ k: 'a', n }])
      expect(query.all({ k: 'c' })).toEqual([])
      put(there, 'c', n)
      expect(query.all({ k: 'c' })).toEqual([{ k: 'c', n }])
      there.transact({}, (tx) => tx.deleteNode('P', 'c'))
      expect(query.all({ k: 'c' })).toEqual([])
    }
  })

  it('counts and walks at the newest commit too', () => {
    const counted = twoDoors(COUNT)
    const walked = twoDoors(REACH)
    for (let i = 0; i < 4; i++) {
      expect(counted.query.all()).toEqual([{ n: 2 + i }])
      expect(walked.query.all({ k: 'a' })).toEqual([{ n: 1 + i }])
      for (const graph of [counted.there, walked.there])
        graph.transact({}, (tx) => {
          tx.upsertNode('P', { k: `x${i}` })
          tx.insertEdge('Knows', 'b', `x${i}`)
        })
    }
  })

  it('counts from a key that is asked for again as a walk in SQL does, after each commit that takes it away or brings it back', () => {
    const { there, query } = twoDoors(REACH)
    const inSql = Graph.open(there.root, { adjacency: 'never' })
    const slow = inSql.prepare(inSql.checkedQuery(REACH) as ReadQuery)
    const counts = () => {
      const found = ['a', 'b', 'none', 'a', 'b', 'a'].map((k) => query.all({ k }))
      expect(found).toEqual(['a', 'b', 'none', 'a', 'b', 'a'].map((k) => slow.all({ k })))
      return found[0]?.[0]?.n
    }
    expect(counts()).toBe(1)
    there.transact({}, (tx) => tx.deleteNode('P', 'a'))
    expect(counts()).toBe(0)
    put(there, 'a', 1)
    expect(counts()).toBe(0)
    there.transact({}, (tx) => void tx.insertEdge('Knows', 'a', 'b'))
    expect(counts()).toBe(1)
    put(there, 'none', 1)
    there.transact({}, (tx) => {
      for (const to of ['a', 'none']) tx.insertEdge('Knows', 'b', to)
    })
    expect(counts()).toBe(2)
    inSql.close()
  })

  it('refuses to answer once another connection has migrated, whether or not there is a row', () => {
    for (const k of ['a', 'none']) {
      const { there, query } = twoDoors()
      query.all({ k: 'a' })
      query.all({ k })
      there.applySchema(`${SCHEMA}\nnode Q { name: String @key }`)
      expect(codeOf(() => query.all({ k }))).toBe('schema_changed')
    }
  })

  it('does not take a branch made anew for the one it was', () => {
    const { here, there, query } = twoDoors()
    const on = { branch: 'b' }
    there.createBranch('b')
    put(there, 'a', 7, 'b')
    expect(query.all({ k: 'a' }, on)).toEqual([{ k: 'a', n: 7 }])
    expect(query.all({ k: 'b' }, on)).toEqual([{ k: 'b', n: 1 }])
    put(there, 'b', 8, 'b')
    expect(query.all({ k: 'b' }, on)).toEqual([{ k: 'b', n: 8 }])
    there.deleteBranch('b')
    expect(codeOf(() => query.all({ k: 'a' }, on))).toBe('branch_not_found')
    there.createBranch('b')
    expect(query.all({ k: 'a' }, on)).toEqual([{ k: 'a', n: 1 }])
    expect(query.all({ k: 'none' }, on)).toEqual([])
    here.deleteBranch('b')
    expect(codeOf(() => query.all({ k: 'none' }, on))).toBe('branch_not_found')
  })

  it('reads what its own open transaction has written', () => {
    const { here, query } = twoDoors()
    query.all({ k: 'a' })
    here.transact({}, (tx) => {
      tx.patchNode('P', 'a', { n: 5 })
      expect(query.all({ k: 'a' })).toEqual([{ k: 'a', n: 5 }])
    })
    expect(query.all({ k: 'a' })).toEqual([{ k: 'a', n: 5 }])
  })
})
