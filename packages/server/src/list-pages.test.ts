import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from './main.js'
import { ClusterFixture, TOKENS } from './testing/cluster-fixture.js'
import { callOperation } from './testing/http-call.js'

let fixture: ClusterFixture
let server: RunningServer
beforeAll(async () => {
  fixture = await ClusterFixture.create()
  server = await fixture.serve()
  for (const name of ['b', 'a/x', 'z', 'c']) await createBranch(name)
})
afterAll(() => fixture?.remove())

const params = { graph_id: 'team' }
const createBranch = (name: string) =>
  callOperation(server.url, 'createBranch', { params, body: { name, from: 'main' } })
type Listing = 'listGraphs' | 'listBranches' | 'listQueries'
const list = async (id: Listing, query = '', token: string = TOKENS.operator) => {
  const { status, json } = await callOperation(server.url, id, { params, query, token })
  return { status, json, names: namesIn(id, json) }
}
const namesIn = (id: Listing, json: Record<string, Record<string, string>[]>): unknown => {
  if (id === 'listGraphs') return json['graphs']?.map((graph) => graph['graph_id'])
  return id === 'listBranches' ? json['branches'] : json['queries']?.map((query) => query['name'])
}

describe('a list', () => {
  it.each<[Listing, string[]]>([
    ['listGraphs', ['catalog', 'team']],
    ['listBranches', ['main', 'a/x', 'b', 'c', 'z']],
    ['listQueries', ['add_person', 'find_person']],
  ])('%s comes whole, or in pages that hold each once, in the same order', async (id, all) => {
    const whole = await list(id)
    expect(whole.names).toEqual(all)
    expect(whole.json).not.toHaveProperty('next_page_token')
    for (const limit of [1, 2, 100]) {
      const pages: unknown[][] = []
      let token: string | null = ''
      while (token !== null) {
        const { names, json }: { names: unknown; json: { next_page_token: string | null } } = await list(
          id,
          `limit=${limit}${token && `&page_token=${token}`}`,
        )
        pages.push(names as unknown[])
        expect(pages.length).toBeLessThanOrEqual(all.length)
        token = json.next_page_token
      }
      expect(pages.flat()).toEqual(all)
      expect(pages).toHaveLength(Math.ceil(all.length / limit))
    }
    for (const query of ['page_token=junk', 'limit=0', 'limit=many', 'page=2'])
      expect([query, (await list(id, query)).status]).toEqual([query, 400])
  })

  it('goes on where it was when something is made or removed between two pages', async () => {
    const first = await list('listBranches', 'limit=3')
    expect(first.names).toEqual(['main', 'a/x', 'b'])
    await callOperation(server.url, 'deleteBranch', { params: { ...params, branch: 'b' } })
    for (const name of ['a', 'd']) await createBranch(name)
    const rest = await list('listBranches', `page_token=${first.json.next_page_token}`)
    expect([rest.names, rest.json.next_page_token]).toEqual([['c', 'd', 'z'], null])
  })

  it('in pages shows no more than the whole of it to whom it is closed', async () => {
    expect((await list('listGraphs', 'limit=1', TOKENS.viewer)).status).toBe(403)
    expect((await list('listBranches', 'limit=1', TOKENS.stranger)).status).toBe(403)
    expect((await list('listQueries', 'limit=1', TOKENS.viewer)).json).toEqual({
      queries: [],
      next_page_token: null,
    })
  })
})
