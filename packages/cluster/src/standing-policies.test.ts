import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadApplied } from './applied.js'
import { applyCluster } from './apply.js'
import { approveCluster } from './approve.js'
import { planCluster } from './plan.js'
import { importCluster } from './refresh.js'
import { ClusterFixture, CONFIG, PEOPLE, READERS } from './testing/cluster-fixture.js'

/** Two graphs under one bundle. */
const BOTH = CONFIG.replace('policies:', '  scratch: { schema: scratch.pg }\npolicies:').replace(
  '[knowledge]',
  '[knowledge, scratch]',
)
const NO_POLICY = CONFIG.replace(/policies:[\s\S]*/, '')

let fixture: ClusterFixture
beforeEach(async () => {
  fixture = new ClusterFixture()
  fixture.write('scratch.pg', PEOPLE)
  fixture.write('cluster.yaml', BOTH)
  await importCluster(fixture.dir)
  expect(await applyCluster(fixture.dir)).toMatchObject({ converged: true })
})
afterEach(() => fixture.dispose())

const lines = async () =>
  (await planCluster(fixture.dir)).changes
    .filter((c) => c.resource.startsWith('policy.'))
    .map((c) => `${c.operation} ${c.resource} ${c.disposition}${c.reason ? `:${c.reason}` : ''}`)
const apply = () => applyCluster(fixture.dir, { actor: 'ben' })
const approve = async () =>
  expect(await approveCluster(fixture.dir, 'graph.scratch', { actor: 'ann' })).toMatchObject({ ok: true })
/** Who speaks for which graph, as a server sees it. */
const spoken = async () =>
  Object.fromEntries((await loadApplied(fixture.dir)).policies.map((p) => [p.name, p.appliesTo]))

describe('the policy of a graph that awaits its delete', () => {
  it('goes on speaking for it when both are declared no more, until the delete is approved and done', async () => {
    fixture.write(
      'cluster.yaml',
      'version: 1\nmetadata: { name: brain }\ngraphs: { knowledge: { schema: people.pg } }\n',
    )
    expect(await lines()).toEqual(['update policy.base applied'])
    expect(await apply()).toMatchObject({ ok: true, converged: false })
    expect(await spoken()).toEqual({ base: ['scratch'] })
    expect(await lines()).toEqual(['delete policy.base blocked:dependency_not_applied'])
    // Records that the rest of its delete waits, and then no more.
    expect(await apply()).toMatchObject({ ok: true, converged: false })
    expect(fixture.ledger().resource_statuses['policy.base']).toMatchObject({ status: 'blocked' })
    const bytes = fixture.fingerprint()
    expect(await apply()).toMatchObject({ ok: true, state_written: false })
    expect(fixture.fingerprint()).toEqual(bytes)
    await approve()
    expect(await lines()).toEqual(['delete policy.base applied'])
    expect(await apply()).toMatchObject({ ok: true, converged: true })
    expect(await spoken()).toEqual({})
    expect(await apply()).toMatchObject({ converged: true, state_written: false })
  })

  it('is edited meanwhile, and stays bound to it', async () => {
    fixture.write('cluster.yaml', CONFIG)
    expect(await lines()).toEqual([])
    const stricter = READERS.replace('[ada]', '[ann]')
    fixture.write('base.policy.yaml', stricter)
    expect(await lines()).toEqual(['update policy.base applied'])
    expect(await apply()).toMatchObject({ ok: true, converged: false })
    expect(await spoken()).toEqual({ base: ['knowledge', 'scratch'] })
    expect((await loadApplied(fixture.dir)).policies[0]?.source).toBe(stricter)
    await approve()
    expect(await lines()).toEqual(['update policy.base applied'])
    expect(await apply()).toMatchObject({ ok: true, converged: true })
    expect(await spoken()).toEqual({ base: ['knowledge'] })
  })

  it('leaves the graphs that stay to the bundle that is declared for them', async () => {
    fixture.write(
      'cluster.yaml',
      `${NO_POLICY}policies: { main: { file: base.policy.yaml, applies_to: [knowledge] } }\n`,
    )
    expect(await lines()).toEqual(['update policy.base applied', 'create policy.main applied'])
    expect(await apply()).toMatchObject({ ok: true, converged: false })
    expect(await spoken()).toEqual({ base: ['scratch'], main: ['knowledge'] })
  })

  it.each([
    ['declared no more', NO_POLICY, { base: ['scratch'] }],
    ['declared for the others', CONFIG, { base: ['knowledge', 'scratch'] }],
  ])('%s speaks for it still when the approved delete does not happen', async (_, config, wanted) => {
    fixture.write('cluster.yaml', config)
    await apply()
    await approve()
    const onStep = (step: string) => {
      if (step === 'before delete graph.scratch') throw new Error('the disk failed')
    }
    const document = await applyCluster(fixture.dir, { actor: 'ben', onStep })
    expect(document).toMatchObject({ ok: false, converged: false })
    expect(document.changes.find((c) => c.resource === 'graph.scratch')?.reason).toBe('graph_delete_failed')
    expect(await spoken()).toEqual(wanted)
    await approve()
    expect(await apply()).toMatchObject({ ok: true, converged: true })
  })
})
