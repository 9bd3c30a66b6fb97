import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { createClient, type IncidentEvent } from '@groundplane/client'
import { incidentReport } from '@groundplane/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from './main.js'
import { ClusterFixture, TOKENS } from './testing/cluster-fixture.js'
import { callOperation } from './testing/http-call.js'

let fixture: ClusterFixture
let server: RunningServer
const client = () => createClient({ baseUrl: server.url, token: TOKENS.operator })

beforeAll(async () => {
  fixture = await ClusterFixture.create()
  server = await fixture.serve({ limits: { heartbeatMs: 20 } })
})
afterAll(() => fixture?.remove())

async function collect(events: AsyncIterable<IncidentEvent>): Promise<IncidentEvent[]> {
  const all: IncidentEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

describe('an incident over HTTP', () => {
  it('runs in the background, streams its events in order, and ends with the report', async () => {
    const started = await client().incidents.start('revenue dashboard wrong')
    expect(started.events).toBe(`/incidents/${started.runId}/events`)
    const events = await collect(client().incidents.events(started.runId))
    expect(events.map((e) => e.id)).toEqual(events.map((_, i) => i + 1))
    expect(events[0]).toMatchObject({ type: 'run.started', data: { sentence: 'revenue dashboard wrong' } })
    const last = events.at(-1)
    expect(last?.type).toBe('run.finished')

    const run = await client().incidents.get(started.runId)
    expect(run).toMatchObject({ status: 'finished', sentence: 'revenue dashboard wrong' })
    const report = incidentReport.parse(run.report)
    const faults = report.checks.filter((c) => c.verdict === 'production-only')
    expect(faults.map((c) => [c.assertion, c.production.failed]).sort()).toEqual([
      ['amount_not_null', 2],
      ['customers_row_count', 3],
    ])
    expect(report.incidents).toHaveLength(2)
    expect(report.affected.some((urn) => urn.includes('bad.main.v_revenue'))).toBe(true)
    const { incidents } = await client().catalog.incidents({ state: 'ACTIVE' })
    expect(incidents.map((i) => i.urn).sort()).toEqual([...report.incidents].sort())
  })

  it('is replayed from any event, and by a server that was started later', async () => {
    const { runId } = await client().incidents.start('revenue is too low')
    const all = await collect(client().incidents.events(runId))
    expect(await collect(client().incidents.events(runId, { after: 3 }))).toEqual(all.slice(3))
    const other = await fixture.serve()
    const elsewhere = createClient({ baseUrl: other.url, token: TOKENS.operator })
    expect(await collect(elsewhere.incidents.events(runId))).toEqual(all)
    expect((await elsewhere.incidents.list()).runs[0]).toMatchObject({ runId, status: 'finished' })
    await other.close()
  })

  it('speaks the event stream format, with ids, types and heartbeats', async () => {
    const { runId } = await client().incidents.start('payments look wrong')
    const response = await fetch(`${server.url}/incidents/${runId}/events?after=0`, {
      headers: { authorization: `Bearer ${TOKENS.operator}` },
    })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    expect(response.headers.get('cache-control')).toBe('no-store')
    const text = await response.text()
    expect(text).toMatch(/^(: heartbeat\n\n)*id: 1\nevent: run\.started\ndata: \{.*\}\n\n/)
    expect(text).toMatch(/event: run\.finished\ndata: .*\n\n$/)
  })

  it('draws the lineage with the culprits marked', async () => {
    const { runId } = await client().incidents.start('revenue dashboard wrong')
    await collect(client().incidents.events(runId))
    const { nodes, edges } = await client().catalog.picture(runId)
    const byName = Object.fromEntries(nodes.map((n) => [n.name, n]))
    expect(byName['v_revenue']).toMatchObject({
      kind: 'view',
      status: 'affected',
      instance: 'bad',
      failing: 0,
    })
    expect(byName['customers']).toMatchObject({ kind: 'table', status: 'culprit', failing: 1 })
    expect(byName['payments']).toMatchObject({ kind: 'table', status: 'culprit', failing: 1 })
    expect(edges).toContainEqual({ source: byName['customers']?.urn, target: byName['v_revenue']?.urn })
  })

  it('is offered the sentences the cluster gives as examples', async () => {
    expect((await client().incidents.list()).examples).toEqual(['revenue dashboard wrong'])
  })

  it('about nothing in the catalog says so honestly', async () => {
    const { runId } = await client().incidents.start('the coffee machine is broken')
    const events = await collect(client().incidents.events(runId))
    expect(events.at(-1)?.type).toBe('run.finished')
    expect((await client().incidents.get(runId)).report?.affected).toEqual([])
  })

  it('whose process died is marked when a server starts, and its readers are told', async () => {
    const child = new URL('./testing/interrupted-child.js', import.meta.url).pathname
    const runId = execFileSync(process.execPath, [child, join(fixture.dir, 'graphs/catalog.gp')], {
      encoding: 'utf8',
    })
    const next = await fixture.serve()
    const reader = createClient({ baseUrl: next.url, token: TOKENS.operator })
    expect(await reader.incidents.get(runId)).toMatchObject({ status: 'interrupted' })
    expect(await collect(reader.incidents.events(runId))).toMatchObject([
      { id: 1, type: 'run.failed', data: { error: { code: 'run_interrupted' } } },
    ])
    await next.close()
  })

  it('is refused for a sentence that is empty, a run that is unknown, and an actor who may not write', async () => {
    const start = (body: unknown, token?: string) =>
      callOperation(server.url, 'startIncident', { body, ...(token !== undefined && { token }) })
    expect((await start({ sentence: '   ' })).status).toBe(400)
    expect((await start({ sentence: '?!' })).status).toBe(400)
    expect((await start({ sentence: 'x'.repeat(3000) })).status).toBe(400)
    expect((await start({ sentence: 'revenue wrong' }, TOKENS.viewer)).status).toBe(403)
    const unknown = { params: { run_id: '01ARZ3NDEKTSV4RRFFQ69G5FAV' } }
    expect((await callOperation(server.url, 'getRun', unknown)).status).toBe(404)
    expect((await callOperation(server.url, 'streamRun', unknown)).status).toBe(404)
    const bad = await callOperation(server.url, 'streamRun', {
      ...unknown,
      headers: { 'last-event-id': 'x' },
    })
    expect([bad.status, bad.json.error.code]).toEqual([400, 'last_event_id_invalid'])
  })

  it('records the caller and the trace on what it writes', async () => {
    const traceId = 'abcdefabcdefabcdefabcdefabcdefab'
    await callOperation(server.url, 'startIncident', {
      body: { sentence: 'revenue dashboard wrong' },
      headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
    }).then(({ json }) => collect(client().incidents.events(json.runId)))
    const { commits } = await client().graph('catalog').commits({ limit: 1 })
    expect(commits[0]).toMatchObject({ actor_id: 'operator', provenance: { traceId } })
  })
})

describe('the catalog over HTTP', () => {
  const urnOf = async (name: string) => {
    const { searchResults } = await client().catalog.search({ query: name })
    return searchResults?.find((r) => r.entity.urn.includes(`bad.main.${name},`))?.entity.urn as string
  }

  it('answers every read in its published shape, with a receipt', async () => {
    const urn = await urnOf('payments')
    for (const [id, query] of [
      ['searchCatalog', 'query=customers&num_results=3'],
      ['getEntities', `urn=${encodeURIComponent(urn)}&urn=urn:li:dataset:nope`],
      ['listSchemaFields', `urn=${encodeURIComponent(urn)}`],
      ['getLineage', `urn=${encodeURIComponent(urn)}&upstream=false&max_hops=3`],
      ['getAssertions', `urn=${encodeURIComponent(urn)}`],
      ['diffHealth', ''],
      ['listCatalogIncidents', ''],
    ] as const) {
      const { status, json } = await callOperation(server.url, id, { query })
      expect([id, status]).toEqual([id, 200])
      expect(json.receipt).toMatchObject({ graph: 'catalog' })
    }
  })

  it('answers 404 for what does not exist', async () => {
    const query = `urn=${encodeURIComponent('urn:li:dataset:(urn:li:dataPlatform:sqlite,bad.main.nope,PROD)')}`
    for (const id of ['listSchemaFields', 'getLineage', 'getAssertions'] as const) {
      expect([id, (await callOperation(server.url, id, { query })).status]).toEqual([id, 404])
    }
    const health = await callOperation(server.url, 'diffHealth', { query: 'reference=good&production=nope' })
    expect(health.status).toBe(404)
  })
})
