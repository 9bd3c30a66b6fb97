import { rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { Graph } from '@groundplane/graph'
import { readiness as readinessSchema } from '@groundplane/protocol'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ClusterFixture, TOKENS } from './testing/cluster-fixture.js'
import { callOperation } from './testing/http-call.js'

const agents: Agent[] = []
let fixture: ClusterFixture
beforeAll(async () => {
  fixture = await ClusterFixture.create()
})
afterEach(() => {
  for (const agent of agents.splice(0)) agent.destroy()
})
afterAll(() => fixture?.remove())

const ALICE = 'token-alice'
const READERS = `version: 1
rules:
  - { id: readers-read, allow: { actors: [viewer, alice], actions: [read, invoke_query] } }
`

/** A server whose tokens are in a file, asked over one connection that stays open. */
async function standing() {
  fixture.write('base.policy.yaml', READERS)
  await fixture.apply()
  writeTokens({ viewer: TOKENS.viewer, alice: ALICE })
  const lines: string[] = []
  const server = await fixture.serve({
    reloadMs: 0,
    tokens: undefined as never,
    tokenFile: join(fixture.dir, 'tokens.json'),
    logLevel: 'info',
    logTo: { write: (line) => void lines.push(line) },
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  agents.push(agent)
  const ports = new Set<number>()
  const find = (token: string, name = 'Ada') =>
    new Promise<{ status: number; code?: string; rows?: unknown; commit?: string }>((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const asked = request(
        `${server.url}/graphs/team/queries/find_person`,
        { agent, method: 'POST', headers },
        async (response) => {
          ports.add(response.socket.localPort as number)
          const { error, rows, receipt } = JSON.parse((await response.toArray()).join(''))
          const status = response.statusCode as number
          resolve(error ? { status, code: error.code } : { status, rows, commit: receipt.commit })
        },
      )
      asked.on('error', reject).end(JSON.stringify({ params: { name } }))
    })
  const there = Graph.open(join(fixture.dir, 'graphs/team.gp'))
  const put = (age: number) =>
    there.transact({}, (tx) => tx.upsertNode('Person', { name: 'Ada', age })).commit?.id
  put(36)
  const decisions = () =>
    lines.map((line) => JSON.parse(line)).filter(({ decision }) => decision !== undefined)
  return { server, find, there, put, decisions, lines, ports }
}

const writeTokens = (tokens: Record<string, string>) => fixture.write('tokens.json', JSON.stringify(tokens))

describe('a request over a connection that has been answered before', () => {
  it('sees what another process has written, under the commit it was written by', async () => {
    const { find, put, ports } = await standing()
    for (let age = 37; age < 40; age++) {
      const commit = put(age)
      expect(await find(ALICE)).toEqual({ status: 200, rows: [{ name: 'Ada', age }], commit })
      expect(await find(ALICE, 'nobody')).toEqual({ status: 200, rows: [], commit })
    }
    expect(ports.size).toBe(1)
  })

  it('is judged by the policy of the revision that is served now', async () => {
    const { find, server } = await standing()
    for (let i = 0; i < 2; i++) expect((await find(ALICE)).status).toBe(200)
    fixture.write('base.policy.yaml', READERS.replace(', alice', ''))
    await fixture.apply()
    expect((await find(ALICE)).status).toBe(200)
    expect(await server.reload()).toBe('switched')
    expect(await find(ALICE)).toEqual({ status: 404, code: 'query_not_found' })
    expect((await find(TOKENS.viewer)).status).toBe(200)
    fixture.write('base.policy.yaml', READERS.replace(', invoke_query', ''))
    await fixture.apply()
    await server.reload()
    expect((await find(TOKENS.viewer)).code).toBe('query_not_found')
  })

  it('is refused once its token is no longer in the file, and so is nobody else', async () => {
    const { find, server } = await standing()
    for (let i = 0; i < 2; i++) expect((await find(ALICE)).status).toBe(200)
    writeTokens({ viewer: TOKENS.viewer })
    expect(await server.reload()).toBe('unchanged')
    expect(await find(ALICE)).toEqual({ status: 401, code: 'token_unknown' })
    expect((await find(TOKENS.viewer)).status).toBe(200)
    writeTokens({ viewer: TOKENS.viewer, alice: 'token-new' })
    await server.reload()
    expect((await find('token-new')).status).toBe(200)
    expect((await find(ALICE)).status).toBe(401)
  })

  it('keeps its tokens when the file is half written, and says so once', async () => {
    const { find, server, lines } = await standing()
    for (const text of ['{"viewer": "tok', '{"viewer": "tok', '{"viewer": "x y"}']) {
      fixture.write('tokens.json', text)
      await server.reload()
      expect((await find(ALICE)).status).toBe(200)
    }
    const { ready, tokens_refused } = (await callOperation(server.url, 'readyz', { token: null })).json
    expect([ready, tokens_refused]).toEqual([true, 'tokens_invalid'])
    const codes = lines.map((line) => JSON.parse(line).code).filter(Boolean)
    expect(codes).toEqual(['tokens_invalid', 'tokens_invalid'])
    expect(lines.join('')).not.toMatch(/tok"|x y/)
    writeTokens({ viewer: TOKENS.viewer })
    await server.reload()
    expect((await find(ALICE)).status).toBe(401)
  })

  it('is refused, and the server not ready, once the file is gone at two looks, until there is one again', async () => {
    const { find, server, lines } = await standing()
    const readiness = async () => {
      const answer = await fetch(`${server.url}/readyz`)
      const { status, tokens_refused } = readinessSchema.parse(await answer.json())
      return [answer.status, status, tokens_refused]
    }
    rmSync(join(fixture.dir, 'tokens.json'))
    await server.reload()
    expect([(await find(ALICE)).status, ...(await readiness())]).toEqual([
      200,
      200,
      'ready',
      'tokens_missing',
    ])
    for (let i = 0; i < 2; i++) {
      await server.reload()
      expect([(await find(ALICE)).code, ...(await readiness())]).toEqual([
        ...['token_unknown', 503, 'no_tokens', 'tokens_gone'],
      ])
    }
    fixture.write('tokens.json', '{"alice": ')
    await server.reload()
    expect([(await find(ALICE)).status, ...(await readiness())]).toEqual([
      401,
      503,
      'no_tokens',
      'tokens_invalid',
    ])
    writeTokens({ alice: ALICE })
    await server.reload()
    expect([(await find(ALICE)).status, ...(await readiness())]).toEqual([200, 200, 'ready', undefined])
    const codes = lines.map((line) => JSON.parse(line).code).filter(Boolean)
    expect(codes).toEqual(['tokens_missing', 'tokens_gone', 'tokens_invalid'])
  })

  it('keeps its tokens when an editor takes the file away and puts it back between two looks', async () => {
    const { find, server } = await standing()
    for (let i = 0; i < 3; i++) {
      rmSync(join(fixture.dir, 'tokens.json'))
      await server.reload()
      writeTokens({ viewer: TOKENS.viewer, alice: ALICE })
      await server.reload()
      expect((await find(ALICE)).status).toBe(200)
    }
  })

  it('is refused when the file says that there are no tokens any more', async () => {
    const { find, server } = await standing()
    writeTokens({})
    await server.reload()
    expect((await find(ALICE)).code).toBe('token_unknown')
  })

  it('is answered as the person of its own token, whoever asked over the connection before', async () => {
    const { find, server, decisions } = await standing()
    fixture.write('base.policy.yaml', READERS.replace(', alice', ''))
    await fixture.apply()
    await server.reload()
    for (let i = 0; i < 3; i++) {
      expect((await find(TOKENS.viewer)).status).toBe(200)
      expect((await find(ALICE)).status).toBe(404)
      expect((await find('token-nobody')).status).toBe(401)
    }
    await server.close()
    const invoked = decisions().filter(({ action }) => action === 'invoke_query')
    const told = invoked.map(({ decision, actor, repeated = 0 }) => [decision, actor, repeated].join(' '))
    expect(told.sort()).toEqual(['allow viewer 0', 'allow viewer 2', 'deny alice 0', 'deny alice 2'])
  })

  it('meets a schema that another process has changed: what still fits is answered, what does not is refused', async () => {
    const { find, there } = await standing()
    expect((await find(ALICE)).status).toBe(200)
    const { source } = there.schema()
    there.applySchema(`${source}\nnode Badge { number: String @key }\n`)
    expect(await find(ALICE)).toMatchObject({ status: 200, rows: [{ name: 'Ada', age: 36 }] })
    there.applySchema(source.replace('age: I32?', 'years: I32? @rename_from("age")'))
    for (let i = 0; i < 2; i++) expect(await find(ALICE)).toEqual({ status: 400, code: 'query_invalid' })
  })
})
