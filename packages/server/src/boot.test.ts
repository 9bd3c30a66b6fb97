import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { ClusterFixture, TOKENS } from './testing/cluster-fixture.js'
import { callOperation } from './testing/http-call.js'

let fixture: ClusterFixture | undefined
afterEach(() => fixture?.remove())

describe('serve', () => {
  it('prints the chosen address on one line when the port is 0', async () => {
    fixture = await ClusterFixture.create()
    const lines: string[] = []
    const server = await fixture.serve({ print: (line) => lines.push(line) })
    expect(lines).toEqual([`listening on ${server.url}`])
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
    expect(server).toMatchObject({ mode: 'policy', graphs: ['catalog', 'team'], quarantined: [] })
  })

  it('refuses to start with policies and no tokens, or asked to be open', async () => {
    fixture = await ClusterFixture.create()
    const { dir } = fixture
    const { serve } = await import('./main.js')
    const start = (options: object) =>
      serve({ clusterDir: dir, bind: '127.0.0.1:0', environment: {}, ...options })
    await expect(start({})).rejects.toMatchObject({ code: 'tokens_required' })
    await expect(start({ unauthenticated: true })).rejects.toMatchObject({ code: 'unauthenticated_conflict' })
    await expect(start({ tokens: {} })).rejects.toMatchObject({ code: 'tokens_invalid' })
    await expect(start({ tokens: TOKENS, bind: 'nowhere' })).rejects.toMatchObject({ code: 'bind_invalid' })
    await expect(start({ tokens: TOKENS, clusterDir: join(dir, 'queries') })).rejects.toMatchObject({
      code: expect.stringMatching(/missing|found/),
    })
  })

  it('without policies: refuses with neither tokens nor a choice, reads only with tokens, everything when open', async () => {
    fixture = await ClusterFixture.create({ policies: false })
    const { serve } = await import('./main.js')
    await expect(
      serve({ clusterDir: fixture.dir, bind: '127.0.0.1:0', environment: {} }),
    ).rejects.toMatchObject({
      code: 'authentication_required',
    })
    const add = { params: { graph_id: 'team' }, body: { query: 'query a() { insert Person { name: "x" } }' } }

    const closed = await fixture.serve()
    expect(closed.mode).toBe('default-deny')
    expect((await callOperation(closed.url, 'getSnapshot', { params: add.params })).status).toBe(200)
    expect((await callOperation(closed.url, 'runMutation', add)).status).toBe(403)
    expect((await callOperation(closed.url, 'listGraphs')).status).toBe(403)
    await closed.close()

    const server = await fixture.serve({ tokens: undefined as never, unauthenticated: true })
    expect(server.mode).toBe('open')
    expect((await callOperation(server.url, 'runMutation', { ...add, token: null })).status).toBe(200)
    expect((await callOperation(server.url, 'listGraphs', { token: null })).status).toBe(200)
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    socket.write('GET /graphs HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n')
    expect(String((await once(socket, 'data'))[0])).toContain('host_not_allowed')
  })

  it('takes tokens from the environment, and an option wins over it', async () => {
    fixture = await ClusterFixture.create()
    const environment = { GROUNDPLANE_SERVER_BEARER_TOKENS_JSON: '{"viewer": "from-environment"}' }
    const server = await fixture.serve({ tokens: undefined as never, environment })
    const get = (token: string) =>
      callOperation(server.url, 'getSnapshot', { params: { graph_id: 'team' }, token })
    expect((await get('from-environment')).status).toBe(200)
    expect((await get(TOKENS.viewer)).status).toBe(401)
  })

  it('quarantines a graph that cannot be opened, in its log too, and stops when all are required', async () => {
    fixture = await ClusterFixture.create()
    rmSync(join(fixture.dir, 'graphs/team.gp/graph.db'))
    const logged: string[] = []
    const server = await fixture.serve({ logLevel: 'warn', logTo: { write: (line) => logged.push(line) } })
    expect(server.quarantined).toMatchObject([{ graph: 'team' }])
    expect(logged.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({
        graph: 'team',
        code: 'graph_unopenable',
        msg: expect.stringMatching(/^quarantined: /),
      }),
    )
    expect((await callOperation(server.url, 'listGraphs')).json.graphs).toMatchObject([
      { graph_id: 'catalog' },
    ])
    expect((await callOperation(server.url, 'getSnapshot', { params: { graph_id: 'team' } })).status).toBe(
      404,
    )
    await expect(fixture.serve({ requireAllGraphs: true })).rejects.toMatchObject({ kind: 'unavailable' })
  })

  it('tells which address is taken, and the option that chooses another', async () => {
    fixture = await ClusterFixture.create()
    const { url } = await fixture.serve()
    const bind = url.replace('http://', '')
    await expect(fixture.serve({ bind })).rejects.toMatchObject({
      code: 'bind_failed',
      message: `The address ${bind} is in use.`,
      remedy: expect.stringContaining('--bind 127.0.0.1:0'),
    })
  })

  it('finishes what is under way when it closes, and answers nothing after that', async () => {
    fixture = await ClusterFixture.create()
    const server = await fixture.serve()
    const { hostname, port } = new URL(server.url)
    const body = JSON.stringify({ query: 'query all() { match { $p: Person } return { $p.name } }' })
    const head = `POST /graphs/team/query HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKENS.viewer}\r\n`
    const socket = connect(Number(port), hostname)
    socket.write(
      `${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
    )
    // The other half is sent once the server is seen to be stopping.
    await callOperation(server.url, 'healthz')
    const closed = server.close()
    socket.write(body.slice(5))
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1.1 200/)
    await closed
    await expect(fetch(server.url)).rejects.toThrow()
    await server.close()
  })
})
