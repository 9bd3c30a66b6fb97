import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { ClusterFixture, CONFIG, POLICIES, TOKENS } from './testing/cluster-fixture.js'
import { callOperation } from './testing/http-call.js'

let fixture: ClusterFixture | undefined
afterEach(() => fixture?.remove())

const NEVER = 0
/** The bucket of the S3 server that the set-up of the tests started, if it is installed. */
const S3 = process.env.GROUNDPLANE_TEST_S3
const oldest = `query oldest() { match { $p: Person } return { $p.name as name } order { $p.age desc } limit 1 }\n`
const invoke = (url: string, name: string) =>
  callOperation(url, 'invokeQuery', { params: { graph_id: 'team', name }, body: {} })

describe('a server whose cluster is applied again', () => {
  it('answers every request while it goes from revision to revision', async () => {
    fixture = await ClusterFixture.create()
    const server = await fixture.serve({ reloadMs: NEVER })
    const first = server.revision
    let stop = false
    let answered = 0
    const client = async () => {
      while (!stop) {
        const body = { query: 'query all() { match { $p: Person } return { $p.name, $p.age } }' }
        const { status } = await callOperation(server.url, 'runQuery', { params: { graph_id: 'team' }, body })
        expect(status).toBe(200)
        answered++
      }
    }
    const clients = Promise.all(Array.from({ length: 2 }, client))
    for (let round = 0; round < 3; round++) {
      fixture.write('queries/more.gq', oldest.replaceAll('oldest', `oldest_${round}`))
      await fixture.apply()
      const before = answered
      expect(await server.reload()).toBe('switched')
      expect((await invoke(server.url, `oldest_${round}`)).status).toBe(200)
      if (round > 0) expect((await invoke(server.url, `oldest_${round - 1}`)).status).toBe(404)
      while (answered < before + 10) await new Promise((resolve) => setImmediate(resolve))
    }
    stop = true
    await clients
    expect(server.revision).toBe(first + 3)
    expect(await server.reload()).toBe('unchanged')
  })

  it.skipIf(S3 === undefined)(
    'is served, and served again after the next apply, when its ledger is on S3',
    async () => {
      fixture = await ClusterFixture.create({ storage: `${S3}/${randomUUID()}` })
      const server = await fixture.serve({ reloadMs: NEVER })
      expect((await invoke(server.url, 'oldest')).status).toBe(404)
      fixture.write('queries/more.gq', oldest)
      await fixture.apply()
      expect(await server.reload()).toBe('switched')
      expect((await invoke(server.url, 'oldest')).status).toBe(200)
      expect(await server.reload()).toBe('unchanged')
    },
  )

  it('looks by itself, and takes in graphs and policies with the rest', async () => {
    fixture = await ClusterFixture.create()
    const server = await fixture.serve({ reloadMs: 5 })
    const read = () =>
      callOperation(server.url, 'getSnapshot', { params: { graph_id: 'team' }, token: TOKENS.viewer })
    expect((await read()).status).toBe(200)
    fixture.write('pets.pg', 'node Pet { name: String @key }\n')
    fixture.write(
      'cluster.yaml',
      (CONFIG + POLICIES).replace('graphs:\n', 'graphs:\n  pets: { schema: pets.pg }\n'),
    )
    fixture.write(
      'base.policy.yaml',
      'version: 1\nrules:\n  - { id: operator-reads, allow: { actors: [operator], actions: [read] } }\n',
    )
    await fixture.apply()
    await expect.poll(() => server.graphs, { timeout: 20_000 }).toEqual(['catalog', 'pets', 'team'])
    expect((await read()).status).toBe(403)
    // The ledger is written once. When it is looked at before the intent of the new graph is removed, that graph is
    // left out of the first switch, and there is a second.
    const metrics = await callOperation(server.url, 'metrics')
    expect(metrics.text).toMatch(/^groundplane_reloads_total\{outcome="switched"\} [12]$/m)
  })

  it('goes on with the running service of a graph that is the same, and drops one that is gone', async () => {
    fixture = await ClusterFixture.create()
    const server = await fixture.serve({ reloadMs: NEVER })
    const held = await fetch(`${server.url}/graphs/team/export`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKENS.operator}`, 'content-type': 'application/json' },
      body: '{}',
    })
    fixture.write('queries/more.gq', oldest)
    await fixture.apply()
    await server.reload()
    expect(await held.text()).toBe('')
    expect((await invoke(server.url, 'oldest')).json.rows).toEqual([])
    const add = { query: 'query a() { insert Person { name: "Ada", age: 36 } }' }
    await callOperation(server.url, 'runMutation', { params: { graph_id: 'team' }, body: add })
    expect((await invoke(server.url, 'oldest')).json.rows).toEqual([{ name: 'Ada' }])
  })

  it('keeps what it serves when what is recorded cannot be served, says so, and goes on when it can', async () => {
    fixture = await ClusterFixture.create({ policies: false })
    const server = await fixture.serve({ reloadMs: NEVER, tokens: undefined as never, unauthenticated: true })
    const revision = server.revision
    fixture.write('cluster.yaml', CONFIG + POLICIES)
    await fixture.apply()
    expect(await server.reload()).toBe('refused')
    expect(server).toMatchObject({ revision, mode: 'open' })
    const ready = await callOperation(server.url, 'readyz', { token: null })
    expect(ready).toMatchObject({
      status: 200,
      json: { status: 'ready', revision, reload_refused: 'unauthenticated_conflict' },
    })
    fixture.write('cluster.yaml', CONFIG)
    await fixture.apply()
    expect(await server.reload()).toBe('switched')
    expect((await callOperation(server.url, 'readyz', { token: null })).json).not.toHaveProperty(
      'reload_refused',
    )
  })

  it('takes in a graph whose intent was pending once it has ended, though the ledger has not moved', async () => {
    fixture = await ClusterFixture.create()
    const server = await fixture.serve({ reloadMs: NEVER })
    fixture.write('pets.pg', 'node Pet { name: String @key }\n')
    fixture.write(
      'cluster.yaml',
      (CONFIG + POLICIES).replace('graphs:\n', 'graphs:\n  pets: { schema: pets.pg }\n'),
    )
    await fixture.apply()
    const intent = {
      ...{ version: 1, intent_id: 'x', operation: 'graph_create', resource: 'graph.pets', graph: 'pets' },
      ...{
        root: 'graphs/pets.gp',
        after_schema_digest: 'f',
        config_digest: 'f',
        started_at: '',
        pid: 1,
        host: '',
      },
    }
    fixture.write('__cluster/recoveries/x.json', JSON.stringify(intent))
    expect(await server.reload()).toBe('switched')
    expect(server.quarantined).toMatchObject([{ graph: 'pets', code: 'cluster_recovery_pending' }])
    expect(await server.reload()).toBe('unchanged')
    rmSync(join(fixture.dir, '__cluster/recoveries/x.json'))
    expect(await server.reload()).toBe('switched')
    expect([server.graphs, server.quarantined]).toEqual([['catalog', 'pets', 'team'], []])
    expect(await server.reload()).toBe('unchanged')
  })

  it('does not give up a graph in good health for one that cannot be opened', async () => {
    fixture = await ClusterFixture.create()
    const server = await fixture.serve({ reloadMs: NEVER })
    fixture.write('queries/more.gq', oldest)
    await fixture.apply()
    rmSync(join(fixture.dir, 'graphs/team.gp/graph.db'))
    expect(await server.reload()).toBe('refused')
    expect(server.graphs).toEqual(['catalog', 'team'])
    const snapshot = await callOperation(server.url, 'getSnapshot', { params: { graph_id: 'team' } })
    expect(snapshot.status).toBe(200)
  })

  it('refuses a lost ledger and serves on', async () => {
    fixture = await ClusterFixture.create()
    const server = await fixture.serve({ reloadMs: NEVER })
    rmSync(join(fixture.dir, '__cluster/state.json'))
    expect(await server.reload()).toBe('refused')
    expect((await callOperation(server.url, 'readyz', { token: null })).json.reload_refused).toBe(
      'cluster_state_missing',
    )
    expect((await callOperation(server.url, 'listGraphs')).json.graphs).toHaveLength(2)
  })
})
