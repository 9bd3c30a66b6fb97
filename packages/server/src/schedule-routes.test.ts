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
    expect((await list()).json).toEqual({ schedules: [] })
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
