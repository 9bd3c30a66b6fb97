import { afterEach, expect, it } from 'vitest'
import { applyCluster } from './apply.js'
import { approveCluster } from './approve.js'
import { planCluster } from './plan.js'
import { importCluster, refreshCluster } from './refresh.js'
import { forceUnlock, statusCluster } from './status.js'
import { ClusterFixture, CONFIG, PEOPLE, PEOPLE_WITH_EMAIL } from './testing/cluster-fixture.js'
import { validateCluster } from './validate.js'

const fixture = new ClusterFixture()
afterEach(() => fixture.dispose())

const STATE = [
  'state_path',
  'lock_path',
  'state_found',
  'state_revision',
  'resource_count',
  'locked',
  'lock_acquired',
]
const LEDGER = ['resource_digests', 'resource_statuses', 'observations']

/** Members that scripts written for other control planes of this kind read; ours may be beside them. */
const MEMBERS: Record<string, readonly string[]> = {
  validate: [
    'ok',
    'config_dir',
    'config_file',
    'resource_digests',
    'resources',
    'dependencies',
    'diagnostics',
  ],
  plan: [
    ...[
      'ok',
      'config_dir',
      'desired_revision',
      'resource_digests',
      'dependencies',
      'state_observations',
      'changes',
    ],
    ...['blast_radius', 'approvals_required', 'diagnostics'],
  ],
  apply: [
    ...['ok', 'config_dir', 'actor', 'desired_revision', 'state_observations', 'changes', 'applied_count'],
    ...['deferred_count', 'converged', 'state_written', 'resource_statuses', 'diagnostics'],
  ],
  status: ['ok', 'config_dir', 'state_observations', ...LEDGER, 'diagnostics'],
  refresh: ['ok', 'operation', 'config_dir', 'state_observations', ...LEDGER, 'diagnostics'],
  approve: ['ok', 'config_dir', 'approval_id', 'resource', 'operation', 'approved_by', 'diagnostics'],
  'force-unlock': ['ok', 'config_dir', 'state_observations', 'lock_removed', 'diagnostics'],
}

it('the documents of the commands have the members that scripts read, under their names', async () => {
  const expectMembers = (command: string, document: object) =>
    expect([command, Object.keys(document)]).toEqual([
      command,
      expect.arrayContaining(MEMBERS[command] as string[]),
    ])
  const ada = { actor: 'ada' }
  expectMembers('refresh', await importCluster(fixture.dir, ada))
  await applyCluster(fixture.dir)
  fixture.write('people.pg', PEOPLE_WITH_EMAIL)
  fixture.write('other.pg', PEOPLE)
  fixture.write('cluster.yaml', CONFIG.replace('policies:', '  other: { schema: other.pg }\npolicies:'))

  const validated = await validateCluster(fixture.dir)
  expectMembers('validate', validated)
  expect(Object.keys(validated.resources[0] ?? {})).toEqual(
    expect.arrayContaining(['address', 'kind', 'digest']),
  )
  expect(Object.keys(validated.dependencies[0] ?? {})).toEqual(['from', 'to'])

  const plan = await planCluster(fixture.dir)
  expectMembers('plan', plan)
  expect(Object.keys(plan.state_observations)).toEqual(
    expect.arrayContaining([...STATE, 'applied_config_digest', 'state_cas', 'acquired_lock_id']),
  )
  expect(Object.keys(plan.blast_radius[0] ?? {})).toEqual(['resource', 'affected'])
  const update = plan.changes.find((c) => c.resource === 'schema.knowledge')
  expect(Object.keys(update ?? {}).sort()).toEqual(
    ['after_digest', 'before_digest', 'disposition', 'migration', 'operation', 'resource'].sort(),
  )
  expect(Object.keys(update?.migration ?? {})).toEqual(['supported', 'steps'])

  expectMembers('apply', await applyCluster(fixture.dir, ada))
  expectMembers('refresh', await refreshCluster(fixture.dir))
  fixture.write('cluster.yaml', CONFIG)
  const held = await applyCluster(fixture.dir)
  expect(Object.keys(held.diagnostics[0] ?? {})).toEqual(
    expect.arrayContaining(['code', 'severity', 'path', 'message']),
  )
  expect(held.resource_statuses['graph.other']).toEqual({
    status: 'blocked',
    conditions: ['approval_required'],
  })
  expectMembers('approve', await approveCluster(fixture.dir, 'graph.other', ada))
  expect(Object.keys((await planCluster(fixture.dir)).approvals_required[0] ?? {})).toEqual(
    expect.arrayContaining(['resource', 'reason', 'satisfied']),
  )
  fixture.write(
    '__cluster/lock.json',
    '{"version":1,"lock_id":"01KA","operation":"apply","created_at":"2026-11-21T08:00:00.000Z","pid":1,"host":"x"}',
  )
  const status = await statusCluster(fixture.dir)
  expectMembers('status', status)
  expect(Object.keys(status.state_observations)).toEqual(
    expect.arrayContaining([
      ...STATE,
      ...['lock_id', 'lock_operation', 'lock_created_at', 'lock_pid', 'lock_age_seconds'],
    ]),
  )
  expectMembers('force-unlock', await forceUnlock(fixture.dir, '01KA'))
})
