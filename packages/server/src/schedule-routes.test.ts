import { loadApplied, runDue, scheduleStore, schedulesOf } from '@groundplane/cluster'
import { ulidSource } from '@groundplane/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ClusterFixture, CONFIG, POLICIES, TOKENS } from './testing/cluster-fixture.js'
import { callOperation } from './testing/http-call.js'

const SCHEDULED = CONFIG.replace(
  'instance: good, env: PROD }',
  'instance: good, env: PROD, schedule: "15 * * * *" }',
).replace('sources: [good, bad] }', 'sources: [good, bad], schedule: "0 6 * * *", timezone: Europe/Berlin }')

describe('the schedules of a served cluster', () => {
  let fixture: ClusterFixture
  let url: string
  beforeAll(async () => {
    fixture = await ClusterFixture.create()
    url = (await fixture.serve({ reloadMs: 0 })).url
  })
  afterAll(() => fixture?.remove())
  const list = (options: Parameters<typeof callOperation>[2] = {}) =>
    callOperation(url, 'listSchedules', options)

  it('are none until some are applied', async () => {
    expect((await list()).json).toEqual({ schedules: [], runs_here: false })
  })

  it('are told of as they are recorded, in pages too, to whom may read the catalog', async () => {
    fixture.write('cluster.yaml', SCHEDULED + POLICIES)
    await fixture.apply()
    const server = await fixture.serve({ reloadMs: 0 })
    url = server.url
    expect((await list()).json.schedules).toMatchObject([
      {
        schedule: 'source.good',
        graph: 'catalog',
        cron: '15 * * * *',
        timezone: 'UTC',
        state: 'new',
        last: null,
      },
      { schedule: 'assertion.shop.good', timezone: 'Europe/Berlin', next: expect.any(String) },
      { schedule: 'assertion.shop.bad' },
    ])
    await runAt('2026-03-01T10:00:00Z')
    await runAt('2026-03-01T10:15:00Z')
    const all = await list({ token: TOKENS.viewer })
    expect(all.json.schedules[0]).toMatchObject({
      last: {
        due: '2026-03-01T10:15:00.000Z',
        outcome: 'failed',
        code: 'internal',
        actor: 'ada',
        commit: null,
      },
      last_succeeded: null,
    })
    const pages = await list({ query: 'limit=2' })
    expect(pages.json.schedules).toHaveLength(2)
    const rest = await list({ query: `limit=2&page_token=${pages.json.next_page_token}` })
    expect([...pages.json.schedules, ...rest.json.schedules].map((s) => s.schedule)).toEqual([
      'assertion.shop.bad',
      'assertion.shop.good',
      'source.good',
    ])
    expect(await list({ token: TOKENS.stranger })).toMatchObject({ status: 403 })
    expect(await list({ token: null })).toMatchObject({ status: 401 })
  })

  it('are run at once for whom may change the catalog, one run of each at a time', async () => {
    const asked: string[] = []
    const runNow = (schedule: string, askedBy?: string) => {
      const one = `${schedule} for ${askedBy}`
      return !asked.includes(one) && asked.push(one) > 0
    }
    const at = (await fixture.serve({ reloadMs: 0, runNow })).url
    const run = async (schedule: string, token: string = TOKENS.operator, where = at) => {
      const { status, json } = await callOperation(where, 'runSchedule', { params: { schedule }, token })
      return [status, json.error?.code ?? json.schedule]
    }
    const shown = (await callOperation(at, 'listSchedules', { token: TOKENS.viewer })).json
    expect([shown.runs_here, shown.schedules[0].may_run]).toEqual([true, false])
    expect((await callOperation(at, 'listSchedules')).json.schedules[0].may_run).toBe(true)
    expect(await run('source.good', TOKENS.viewer)).toEqual([403, 'forbidden'])
    expect(await run('source.good', TOKENS.stranger)).toEqual([404, 'schedule_not_found'])
    expect(await run('source.none')).toEqual([404, 'schedule_not_found'])
    expect(await run('source.good', TOKENS.operator, url)).toEqual([503, 'schedules_not_run_here'])
    expect(asked).toEqual([])
    expect(await run('source.good')).toEqual([202, 'source.good'])
    expect(await run('source.good')).toEqual([409, 'schedule_running'])
    expect(asked).toEqual(['source.good for operator'])
  })

  it('belong to sources, which are told of whether they are scheduled or not, and without their addresses', async () => {
    const { status, text, json } = await callOperation(url, 'listSources', { token: TOKENS.viewer })
    expect([status, text.includes('.db')]).toEqual([200, false])
    expect(json.sources).toEqual([
      {
        source: 'bad',
        kind: 'sqlite',
        graph: 'catalog',
        platform_instance: 'bad',
        env: 'PROD',
        health: false,
        schedule: null,
        assertions: [{ set: 'shop', schedule: 'assertion.shop.bad' }],
      },
      expect.objectContaining({ source: 'good', schedule: 'source.good' }),
    ])
    expect(await callOperation(url, 'listSources', { token: TOKENS.stranger })).toMatchObject({ status: 403 })
  })

  /** A run whose work fails, at a moment of a clock that is set. */
  async function runAt(time: string): Promise<void> {
    const clock = () => Date.parse(time)
    const store = await scheduleStore(fixture.dir, { clock, ids: ulidSource(clock), actor: 'ada' })
    const perform = async () => {
      throw new Error('a bug')
    }
    const [first] = schedulesOf(await loadApplied(fixture.dir))
    await runDue(store, first ? [first] : [], { perform }).catch(() => {})
  }
})
