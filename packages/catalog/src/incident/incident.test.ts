import { processIdentity } from '@groundplane/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bench, bench, check, shop, table } from '../testing/shop.js'

let b: Bench
beforeEach(() => {
  b = bench()
  b.catalog.ingest([...shop('clean'), ...shop('dirty')])
  b.catalog.recordAssertions(check('dirty', 'f2', { email_not_null: 7, orders_count: 2 }))
})
afterEach(() => b.close())

const assertionOf = (name: string) =>
  b.catalog.getDatasetAssertions({ urn: table('dirty', name) }).data.assertions[0]?.urn as string
const failing = (name: string) => ({
  datasets: [table('dirty', name)],
  title: `${name} is wrong`,
  assertion: assertionOf(name),
  runId: 'run-1',
  priority: 'CRITICAL' as const,
})

describe('incidents', () => {
  it('raised together are one commit, with their datasets, cause and run', () => {
    b.catalog.startRun({ runId: 'run-1', sentence: 'wrong' })
    const commits = b.commits()
    const { incidents } = b.catalog.raiseIncidents([failing('customers'), failing('orders')], {
      principal: { actor: 'ada', tenant: 't', roles: [] },
    })
    expect(b.commits()).toBe(commits + 1)
    expect(incidents.map((i) => i.created)).toEqual([true, true])
    expect(b.catalog.listIncidents({ urn: table('dirty', 'orders') })).toMatchObject({
      total: 1,
      incidents: [
        {
          urn: incidents[1]?.urn,
          title: 'orders is wrong',
          state: 'ACTIVE',
          priority: 'CRITICAL',
          datasets: [{ urn: table('dirty', 'orders'), name: 'orders' }],
          assertion: assertionOf('orders'),
          runId: 'run-1',
        },
      ],
    })
    expect(
      b.graph.query('query r() { match { $i raisedBy $r } return { $r.runId as run } }', {}).rows,
    ).toHaveLength(2)
  })

  it('that hold already are answered, not raised again', () => {
    const first = b.catalog.raiseIncident(failing('customers'))
    const commits = b.commits()
    expect(
      b.catalog.raiseIncident({ ...failing('customers'), title: 'other words', runId: 'run-2' }),
    ).toEqual({ ...first, created: false })
    expect(b.commits()).toBe(commits)
    expect(
      b.catalog.raiseIncident({ datasets: [table('dirty', 'customers')], title: 'another cause' }).created,
    ).toBe(true)
  })

  it('once resolved may be raised anew', () => {
    const { urn } = b.catalog.raiseIncident(failing('customers'))
    b.tick()
    expect(b.catalog.resolveIncident({ urn, message: 'restored' })).not.toBeNull()
    expect(b.catalog.resolveIncident({ urn })).toBeNull()
    expect(b.catalog.listIncidents({ state: 'ACTIVE' }).total).toBe(0)
    expect(b.catalog.listIncidents({ state: 'RESOLVED' }).incidents).toMatchObject([
      { state: 'RESOLVED', message: 'restored', updatedAt: '2026-11-21T09:00:01.000Z' },
    ])
    expect(b.catalog.raiseIncident(failing('customers')).created).toBe(true)
    expect(b.catalog.search({ filter: 'has_active_incidents = true' }).total).toBe(1)
  })

  it('about something that does not exist are refused, and nothing of the list is raised', () => {
    const commits = b.commits()
    expect(() =>
      b.catalog.raiseIncidents([failing('customers'), { datasets: [table('dirty', 'none')], title: 'x' }]),
    ).toThrow(expect.objectContaining({ kind: 'not-found', code: 'incident_target_missing' }))
    expect(() => b.catalog.raiseIncident({ datasets: [], title: 'x' })).toThrow(
      expect.objectContaining({ code: 'argument_invalid' }),
    )
    expect(() => b.catalog.resolveIncident({ urn: 'urn:li:incident:none' })).toThrow(
      expect.objectContaining({ code: 'entity_not_found' }),
    )
    expect(b.commits()).toBe(commits)
  })
})

describe('crew runs', () => {
  it('are recorded when they start and when they end, and replay as they were', () => {
    b.catalog.startRun({ runId: 'r1', sentence: 'revenue wrong' })
    expect(b.catalog.getRun('r1')).toMatchObject({
      status: 'running',
      events: [],
      report: null,
      endedAt: null,
    })
    b.tick()
    b.catalog.finishRun({
      runId: 'r1',
      status: 'finished',
      events: [{ id: 1, type: 'run.started' }],
      report: { ok: true },
    })
    expect(b.catalog.getRun('r1')).toMatchObject({
      sentence: 'revenue wrong',
      status: 'finished',
      startedAt: '2026-11-21T09:00:00.000Z',
      endedAt: '2026-11-21T09:00:01.000Z',
      events: [{ id: 1, type: 'run.started' }],
      report: { ok: true },
    })
    b.catalog.startRun({ runId: 'r2', sentence: 'x' })
    expect(b.catalog.listRuns().map((r) => r.runId)).toEqual(['r2', 'r1'])
    expect(b.catalog.listRuns({ limit: 1 })).toHaveLength(1)
  })

  it('start once and end once', () => {
    b.catalog.startRun({ runId: 'r1', sentence: 'x' })
    expect(() => b.catalog.startRun({ runId: 'r1', sentence: 'y' })).toThrow(
      expect.objectContaining({ code: 'run_exists' }),
    )
    b.catalog.finishRun({ runId: 'r1', status: 'failed', events: [], error: { code: 'x' } })
    expect(() => b.catalog.finishRun({ runId: 'r1', status: 'finished', events: [] })).toThrow(
      expect.objectContaining({ code: 'run_ended' }),
    )
    expect(() => b.catalog.getRun('none')).toThrow(expect.objectContaining({ code: 'run_not_found' }))
  })

  it('left running by a process that is gone are marked interrupted, others are not touched', () => {
    b.catalog.startRun({ runId: 'mine', sentence: 'x' })
    const [machine, pid] = processIdentity().split('-') as [string, string]
    b.graph.transact({}, (tx) => {
      for (const [runId, process] of [
        ['older', `${machine}-${pid}-1`],
        ['elsewhere', '0123456789abcdef-1-1'],
      ] as const)
        tx.upsertNode('CrewRun', {
          runId,
          sentence: 'x',
          status: 'running',
          process,
          startedAt: '2026-11-21T08:00:00.000Z',
        })
    })
    expect(b.catalog.sweepRuns()).toEqual(['older'])
    expect(b.catalog.listRuns().map((r) => [r.runId, r.status])).toEqual([
      ['mine', 'running'],
      ['older', 'interrupted'],
      ['elsewhere', 'running'],
    ])
    expect(b.catalog.sweepRuns()).toEqual([])
  })
})
