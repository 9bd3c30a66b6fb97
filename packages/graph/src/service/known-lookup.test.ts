import { GroundplaneError } from '@groundplane/core'
import { afterAll, describe, expect, it } from 'vitest'
import { Graph } from '../graph.js'
import { scratch } from '../testing/scratch.js'
import { GraphService } from './graph-service.js'
import type { Operation } from './operation.js'

const SCHEMA = 'node P { k: String @key  n: I32? }'
const POINT = 'query point($k: String) { match { $p: P { k: $k } } return { $p.n as n } }'
const TWO = `${POINT}\nquery other($k: String) { match { $p: P { k: $k } } return { $p.k as k } }`

const files = scratch()
const services: GraphService[] = []
afterAll(async () => {
  await Promise.all(services.map((service) => service.close()))
  files.remove()
})

/** A service that has answered its lookup before, and the graph as another process has it. */
async function asked() {
  const root = files.path(`k${services.length}.gp`)
  Graph.create(root, { schema: SCHEMA }).close()
  const there = Graph.open(root)
  put(there, 'a', 1)
  const told: Operation[] = []
  const service = await GraphService.start(root, { observe: (operation) => told.push(operation) })
  services.push(service)
  const point = (k: string) => service.query(POINT, { k })
  for (let i = 0; i < 2; i++) expect((await point('a')).rows).toEqual([{ n: 1 }])
  return { service, there, point, told }
}

const put = (graph: Graph, k: string, n: number) => graph.transact({}, (tx) => tx.upsertNode('P', { k, n }))
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'answered',
    (error) => (error as GroundplaneError).code,
  )

describe('a lookup that a service has answered before', () => {
  it('sees what another connection writes at once, under the commit it was written by', async () => {
    const { there, point } = await asked()
    for (let n = 2; n < 5; n++) {
      const { commit } = put(there, 'a', n)
      expect(await point('a')).toMatchObject({ rows: [{ n }], rowCount: 1, commit: commit?.id })
      expect(await point('none')).toMatchObject({ rows: [], rowCount: 0, commit: commit?.id })
    }
  })

  it('names the newest commit when there is no row, whoever asked before', async () => {
    const { there, point } = await asked()
    const { commit } = put(there, 'b', 2)
    expect(await point('none')).toMatchObject({ rows: [], commit: commit?.id })
  })

  it('is checked anew against the schema that another connection has applied', async () => {
    const { there, point } = await asked()
    there.applySchema('node P { k: String @key  n: I32?  more: String? }')
    expect((await point('a')).rows).toEqual([{ n: 1 }])
    there.applySchema('node P { k: String @key  m: I32? @rename_from("n")  more: String? }')
    for (let i = 0; i < 2; i++) expect(await codeOf(point('a'))).toBe('query_invalid')
    expect(await codeOf(point('none'))).toBe('query_invalid')
  })

  it('keeps the queries of one text apart', async () => {
    const { service } = await asked()
    for (let i = 0; i < 3; i++) {
      const [n, k] = await Promise.all([
        service.query(TWO, { k: 'a' }, { name: 'point' }),
        service.query(TWO, { k: 'a' }, { name: 'other' }),
      ])
      expect([n.rows, k.rows, k.columns]).toEqual([[{ n: 1 }], [{ k: 'a' }], [{ name: 'k', type: 'String' }]])
      expect(await codeOf(service.query(TWO, { k: 'a' }))).toBe('query_name_required')
    }
  })

  it('refuses what it refused the first time', async () => {
    const { service, point } = await asked()
    expect(await codeOf(service.query(POINT, { k: 'a', x: 1 }))).toBe('param_unknown')
    expect(await codeOf(service.query(POINT, {}))).toBe('param_invalid')
    const stale = service.query(POINT, { k: 'a' }, { ifCommit: '01J00000000000000000000000' })
    expect(await codeOf(stale)).toBe('commit_mismatch')
    expect(await codeOf(service.query(POINT, { k: 'a' }, { signal: AbortSignal.abort() }))).toBe(
      'query_cancelled',
    )
    expect((await service.query(POINT, { k: 'a' }, { maxRows: 0 })).truncated).toBe(true)
    await service.close()
    expect(await codeOf(point('a'))).toBe('graph_closed')
  })

  it('is answered in the call, policy asked once, and the observer told once whatever comes of it', async () => {
    const root = files.path('once.gp')
    Graph.create(root, { schema: SCHEMA }).close()
    const there = Graph.open(root)
    put(there, 'a', 1)
    let [allowed, asked] = [true, 0]
    const told: string[] = []
    const service = await GraphService.start(root, {
      observe: ({ outcome }) => told.push(outcome),
      authorize: () => {
        asked++
        if (!allowed) throw new GroundplaneError('denied', 'forbidden', 'No.', { remedy: 'Ask.' })
      },
    })
    services.push(service)
    expect(service.answer(POINT, { k: 'b' })).toBeInstanceOf(Promise)
    await service.query(POINT, { k: 'a' })
    const cases: [() => unknown, string][] = [
      [() => service.answer(POINT, { k: 'a' }), 'ok'],
      [() => service.answer(POINT, { k: 'a', x: 1 }), 'refused'],
      [() => service.query(POINT, { k: 'a' }), 'ok'],
      [() => service.query(POINT, {}), 'refused'],
    ]
    for (const [ask, outcome] of cases) {
      ;[asked, told.length] = [0, 0]
      await Promise.resolve(ask()).catch(() => undefined)
      expect(told).toEqual([outcome])
      if (outcome === 'ok') expect(asked).toBe(1)
    }
    expect(service.answer(POINT, { k: 'a' })).toMatchObject({ rows: [{ n: 1 }] })
    allowed = false
    ;[asked, told.length] = [0, 0]
    expect(() => service.answer(POINT, { k: 'a' })).toThrow('No.')
    expect([asked, told]).toEqual([1, ['refused']])
    there.close()
  })

  it('is told to the observer as the query it is', async () => {
    const { told } = await asked()
    expect(told.map(({ query, rows, outcome }) => [query?.name, rows, outcome])).toEqual([
      ['point', 1, 'ok'],
      ['point', 1, 'ok'],
    ])
  })
})
