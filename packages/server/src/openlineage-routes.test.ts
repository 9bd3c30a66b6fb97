import { gzipSync } from 'node:zlib'
import { operations } from '@groundplane/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from './main.js'
import { ClusterFixture, CONFIG, POLICIES, TOKENS } from './testing/cluster-fixture.js'
import { type CallOptions, callOperation } from './testing/http-call.js'

let fixture: ClusterFixture
let server: RunningServer
beforeAll(async () => {
  fixture = await ClusterFixture.create()
  server = await fixture.serve({ limits: { loadBytes: 64 * 1024 } })
})
afterAll(() => fixture?.remove())

const call = (id: Parameters<typeof callOperation>[1], options: CallOptions = {}) =>
  callOperation(server.url, id, { ...options, params: { graph_id: 'catalog', ...options.params } })
const commits = async () => (await call('listCommits', { query: 'limit=200' })).json.commits

const event = (name: string, rest: Record<string, unknown> = {}) => ({
  eventType: 'COMPLETE',
  eventTime: '2026-11-21T09:00:00Z',
  run: { runId: '00000000-0000-7000-8000-000000000001' },
  job: { namespace: 'prod', name: 'load' },
  outputs: [{ namespace: 'hive', name }],
  producer: 'https://github.com/apache/airflow/tree/main',
  schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json',
  ...rest,
})
const urnOf = (name: string) => `urn:li:dataset:(urn:li:dataPlatform:hive,${name},PROD)`
const aspect = (urn: string, name: string) =>
  call('datahubAspect', { params: { urn }, query: `aspect=${name}` })

describe('an event', () => {
  it('is one commit in the name of the caller, and none the second time', async () => {
    const { json } = await call('openlineageEvent', { body: event('a.one') })
    expect(json).toEqual({
      status: 'success',
      summary: { received: 1, successful: 1, failed: 0, retriable: 0, non_retriable: 0 },
      failed_events: [],
      receipt: { graph: 'catalog', commit: expect.any(String), at: expect.any(String) },
    })
    const [newest] = await commits()
    expect(json.receipt.commit).toBe(newest.graph_commit_id)
    expect(newest).toMatchObject({ actor_id: 'operator', message: 'OpenLineage events' })
    const again = await call('openlineageEvent', { body: event('a.one') })
    expect(again.json.receipt).toBeNull()
    expect((await commits())[0].graph_commit_id).toBe(newest.graph_commit_id)
  })

  it('has its facets kept as the text that was sent', async () => {
    const custom = '{"_producer" : "x", "big": 12345678901234567890, "e": "\\u00e9"}'
    const text = JSON.stringify(event('a.raw')).replace(
      '"name":"a.raw"',
      `"name":"a.raw","facets":{"mine": ${custom}}`,
    )
    await call('openlineageEvent', { rawBody: text, headers: { 'content-type': 'application/json' } })
    const { json } = await aspect(urnOf('a.raw'), 'groundplaneOpenlineage')
    const state = Object.values(json.aspect)[0] as { facets: Record<string, { text: string }> }
    expect(state.facets['mine']?.text).toBe(custom)
  })

  it('that is not in order is refused with what is wrong at which pointer, and changes nothing', async () => {
    const before = await commits()
    const refused = await call('openlineageEvent', {
      body: event('a.two', { eventTime: 'today', outputs: [{ namespace: 'hive' }] }),
    })
    expect([refused.status, refused.json.error.code]).toEqual([422, 'event_invalid'])
    expect(refused.json.error.diagnostics.map(({ path }: { path: string }) => path)).toEqual([
      '/eventTime',
      '/outputs/0/name',
    ])
    expect(await commits()).toEqual(before)
  })
})

describe('a batch', () => {
  it('lands without what is wrong, which is named one by one', async () => {
    const { json } = await call('openlineageBatch', {
      body: [event('b.one'), 7, event('b.two', { eventType: 'BEGIN' }), event('b.three')],
    })
    expect(json.status).toBe('partial_success')
    expect(json.summary).toEqual({ received: 4, successful: 2, failed: 2, retriable: 0, non_retriable: 2 })
    expect(json.failed_events).toMatchObject([
      { index: 1, code: 'event_invalid', retriable: false },
      { index: 2, code: 'event_invalid', problems: [{ pointer: '/eventType' }] },
    ])
    for (const [name, status] of [
      ['b.one', 200],
      ['b.two', 404],
      ['b.three', 200],
    ] as const)
      expect((await aspect(urnOf(name), 'datasetKey')).status).toBe(status)
  })

  it('of many events names those at fault by their place in the whole', async () => {
    const body = Array.from({ length: 130 }, (_, i) => (i % 65 === 64 ? {} : event('c.one')))
    const { json } = await call('openlineageBatch', { body })
    expect(json.failed_events.map(({ index }: { index: number }) => index)).toEqual([64, 129])
  })

  it('and an event are taken also where a client puts them that resolves its address without a final slash', async () => {
    const resolved = new URL('api/v1/lineage', `${server.url}/graphs/catalog/openlineage`).pathname
    expect(operations.openlineageEventResolved.path.replace('{graph_id}', 'catalog')).toBe(resolved)
    expect((await call('openlineageEventResolved', { body: event('e.one') })).json.status).toBe('success')
    expect((await call('openlineageBatchResolved', { body: [event('e.two')] })).json.status).toBe('success')
    for (const name of ['e.one', 'e.two']) expect((await aspect(urnOf(name), 'datasetKey')).status).toBe(200)
  })

  it.each([
    ['/', '{id of a catalog graph}'],
    ['/api/v1/lineage', '{id of a catalog graph}'],
    ['/api/v1/lineage/', '{id of a catalog graph}'],
    ['/graphs/catalog/openlineage', 'catalog'],
    ['/graphs/catalog/openlineage/', 'catalog'],
    ['/graphs/catalog/openlineage/api/v1/lineage/', 'catalog'],
    ['/graphs/catalog/openlineage/api/v1/lineage/api/v1/lineage', 'catalog'],
    ['/graphs/catalog/openlineage//api/v1/lineage', 'catalog'],
  ])('sent to the wrong address %s is told the right one', async (path, graph) => {
    const headers = { authorization: `Bearer ${TOKENS.operator}`, 'content-type': 'application/json' }
    const body = JSON.stringify(event('f.one'))
    const answer = await fetch(`${server.url}${path}`, { method: 'POST', headers, body })
    const { error } = (await answer.json()) as { error: { code: string; remedy: string } }
    expect([answer.status, error.code]).toEqual([404, 'route_not_found'])
    expect(error.remedy).toContain(`the address of this server and /graphs/${graph}/openlineage, without`)
  })

  it('of none is none, and what is no list is refused', async () => {
    expect((await call('openlineageBatch', { body: [] })).json.summary.received).toBe(0)
    expect((await call('openlineageBatch', { body: {} })).status).toBe(400)
  })
})

describe('events at the same time', () => {
  it('are each answered for itself, with a commit that has it', async () => {
    const names = Array.from({ length: 16 }, (_, i) => `g.${i}`)
    const answers = await Promise.all(
      names.map((name, i) =>
        call('openlineageEvent', { body: event(name, i === 7 ? { eventType: 'BEGIN' } : {}) }),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual(names.map((_, i) => (i === 7 ? 422 : 200)))
    expect(answers[7]?.json.error.diagnostics).toMatchObject([{ path: '/eventType' }])
    for (const [i, { json }] of answers.entries()) {
      if (i === 7) continue
      const entity = { urns: urnOf(`g.${i}`), snapshot: json.receipt.commit }
      expect((await call('tool_get_entities', { body: entity })).json).toMatchObject({ urn: entity.urns })
    }
  })
})

describe('a compressed body', () => {
  const send = (rawBody: Uint8Array<ArrayBuffer>, encoding = 'gzip') =>
    call('openlineageEvent', {
      rawBody,
      headers: { 'content-type': 'application/json', 'content-encoding': encoding },
    })
  const body = (name: string) => Buffer.from(JSON.stringify(event(name)))

  it('is taken, its text as it was before', async () => {
    expect((await send(gzipSync(body('z.one')))).status).toBe(200)
    expect((await aspect(urnOf('z.one'), 'datasetKey')).status).toBe(200)
  })

  it.each([
    [
      'that inflates to more than a body may have',
      gzipSync(Buffer.alloc(50 * 1024 * 1024, ' ')),
      'gzip',
      413,
      'body_too_large',
    ],
    ['that is none', body('z.two'), 'gzip', 400, 'body_not_gzip'],
    ['that ends too early', gzipSync(body('z.two')).subarray(0, 60), 'gzip', 400, 'body_not_gzip'],
    ['in another encoding', body('z.two'), 'br', 400, 'content_encoding_unsupported'],
  ])('%s is refused', async (_, bytes, encoding, status, code) => {
    const refused = await send(bytes, encoding)
    expect([refused.status, refused.json.error.code]).toEqual([status, code])
    expect((await aspect(urnOf('z.two'), 'datasetKey')).status).toBe(404)
    expect((await send(gzipSync(body('z.three')))).status).toBe(200)
  })
})

describe('a dataset of a declared source', () => {
  const file = (namespace: string) =>
    event('', { outputs: [{ namespace, name: 'customers' }], inputs: [{ namespace: 'hive', name: 's.in' }] })
  const harvested = 'urn:li:dataset:(urn:li:dataPlatform:sqlite,good.main.customers,PROD)'
  const upstreams = async () => {
    const { json } = await aspect(harvested, 'upstreamLineage')
    const [lineage] = Object.values(json.aspect ?? {}) as { upstreams: { dataset: string }[] }[]
    return lineage?.upstreams.map(({ dataset }) => dataset) ?? []
  }

  it('is the one its harvest has, by its address, and from the next revision on by what is declared', async () => {
    expect((await call('openlineageEvent', { body: file('till-7') })).status).toBe(200)
    expect(await upstreams()).toEqual([])
    expect((await call('openlineageEvent', { body: file(`sqlite://${fixture.dir}/good.db`) })).status).toBe(
      200,
    )
    expect(await upstreams()).toEqual([urnOf('s.in')])
    fixture.write(
      'cluster.yaml',
      (CONFIG + POLICIES).replace(
        'platform_instance: good',
        'platform_instance: good, openlineage_namespaces: [till-7]',
      ),
    )
    await fixture.apply()
    expect(await server.reload()).toBe('switched')
    const later = {
      ...file('till-7'),
      inputs: [{ namespace: 'hive', name: 's.late' }],
      eventTime: '2026-11-22T09:00:00Z',
    }
    expect(
      (
        await call('openlineageEvent', {
          body: { ...later, run: { runId: '00000000-0000-7000-8000-000000000002' } },
        })
      ).status,
    ).toBe(200)
    expect(await upstreams()).toEqual([urnOf('s.late')])
  })

  it('in another casing is told of', async () => {
    const { json } = await call('openlineageEvent', {
      body: event('', { outputs: [{ namespace: `sqlite:${fixture.dir}/good.db`, name: 'CUSTOMERS' }] }),
    })
    expect(json.warnings).toMatchObject([{ code: 'urn_casing', others: [harvested] }])
  })
})

describe('what is not let in', () => {
  it.each([
    ['nobody', { token: null }, 401, 'token_missing'],
    ['who may only read', { token: TOKENS.viewer }, 403, 'forbidden'],
    ['to a graph that is no catalog', { params: { graph_id: 'team' } }, 404, 'graph_no_catalog'],
    ['to no graph', { params: { graph_id: 'none' } }, 404, 'graph_not_found'],
  ])('%s', async (_, options, status, code) => {
    for (const id of ['openlineageEvent', 'openlineageBatch'] as const) {
      const body = id === 'openlineageEvent' ? event('d.one') : [event('d.one')]
      const refused = await call(id, { body, ...options } as CallOptions)
      expect([refused.status, refused.json.error.code]).toEqual([status, code])
    }
    expect((await aspect(urnOf('d.one'), 'datasetKey')).status).toBe(404)
  })

  it('more than a body may hold', async () => {
    const refused = await call('openlineageEvent', { body: event('x'.repeat(70_000)) })
    expect([refused.status, refused.json.error.code]).toEqual([413, 'body_too_large'])
  })
})
