import { Graph } from '@groundplane/graph'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyCluster } from './apply.js'
import type { Change } from './documents.js'
import { planCluster } from './plan.js'
import { importCluster } from './refresh.js'
import {
  ClusterFixture,
  CONFIG,
  codes,
  EMAILS,
  FRIENDS,
  PEOPLE,
  PEOPLE_WITH_EMAIL,
} from './testing/cluster-fixture.js'

let fixture: ClusterFixture
beforeEach(() => {
  fixture = new ClusterFixture()
})
afterEach(() => fixture.dispose())

async function converge(): Promise<void> {
  await importCluster(fixture.dir)
  const applied = await applyCluster(fixture.dir)
  expect(applied.diagnostics).toEqual([])
  expect(applied.converged).toBe(true)
}

/** `operation address disposition[:reason]` of each change. */
function lines(document: { changes: readonly Change[] }): string[] {
  return document.changes.map(
    (c) => `${c.operation} ${c.resource} ${c.disposition}${c.reason ? `:${c.reason}` : ''}`,
  )
}

describe('cluster plan', () => {
  it('plans everything as a create when there is no ledger, sorted by address', async () => {
    const plan = await planCluster(fixture.dir)
    expect(plan).toMatchObject({ ok: true, state_observations: { state_found: false, state_revision: 0 } })
    expect(lines(plan)).toEqual([
      'create graph.knowledge applied',
      'create policy.base applied',
      'create query.knowledge.find_person applied',
      'create schema.knowledge applied',
    ])
  })

  it('takes the lock, releases it, and leaves the directory as it was', async () => {
    const before = fixture.fingerprint()
    const plan = await planCluster(fixture.dir)
    expect(plan.state_observations).toMatchObject({ lock_acquired: true, locked: false })
    expect(plan.state_observations.acquired_lock_id).toMatch(/^[0-9A-Z]{26}$/)
    expect(fixture.fingerprint()).toEqual(before)
  })

  it('has no changes on a converged cluster and reports revision and compare-and-swap digest', async () => {
    await converge()
    const plan = await planCluster(fixture.dir)
    expect(lines(plan)).toEqual([])
    expect(plan.diagnostics).toEqual([])
    expect(plan.state_observations).toMatchObject({ state_found: true, state_revision: 2, resource_count: 4 })
    expect(plan.state_observations.state_cas).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(plan.state_observations.applied_config_digest).toBe(plan.desired_revision.config_digest)
  })

  it('keeps the config digest when only comments and formatting change', async () => {
    const before = (await planCluster(fixture.dir)).desired_revision.config_digest
    fixture.edit('cluster.yaml', (text) => `# note\n${text.replace('{ name: brain }', '\n    name: brain')}`)
    expect((await planCluster(fixture.dir)).desired_revision.config_digest).toBe(before)
  })

  it('embeds the real migration steps in a schema update; the graph follows from its parts', async () => {
    await converge()
    fixture.write('people.pg', PEOPLE_WITH_EMAIL)
    fixture.write('queries/emails.gq', EMAILS)
    const plan = await planCluster(fixture.dir)
    expect(lines(plan)).toEqual([
      'update graph.knowledge derived',
      'create query.knowledge.emails applied',
      'update schema.knowledge applied',
    ])
    const schema = plan.changes.find((c) => c.resource === 'schema.knowledge')
    expect(schema?.migration?.supported).toBe(true)
    expect(schema?.migration?.steps.length).toBeGreaterThan(0)
    expect(plan.blast_radius).toContainEqual({
      resource: 'schema.knowledge',
      affected: ['query.knowledge.emails', 'query.knowledge.find_person'],
    })
  })

  it('warns where the steps of a schema update cannot be had, because the graph cannot be opened', async () => {
    await converge()
    fixture.write('people.pg', PEOPLE_WITH_EMAIL)
    fixture.write('graphs/knowledge.gp/graph.db', 'broken')
    const plan = await planCluster(fixture.dir)
    const schema = plan.changes.find((c) => c.resource === 'schema.knowledge')
    expect([schema?.operation, schema?.migration]).toEqual(['update', undefined])
    expect(codes(plan, 'warning').sort()).toEqual(['graph_observation_error', 'schema_preview_unavailable'])
  })

  it('blocks a migration the graph does not support, and what depends on it, and fails', async () => {
    await converge()
    fixture.write('people.pg', PEOPLE.replace('age: I32?', 'age: [String]'))
    fixture.write('queries/friends.gq', FRIENDS)
    const plan = await planCluster(fixture.dir)
    expect(plan.ok).toBe(false)
    expect(codes(plan, 'error')).toContain('schema_apply_failed')
    expect(lines(plan)).toEqual([
      'update graph.knowledge blocked:dependency_not_applied',
      'create query.knowledge.friends blocked:dependency_not_applied',
      'update schema.knowledge blocked:schema_apply_failed',
    ])
    expect(plan.changes[2]?.migration?.supported).toBe(false)
  })

  it('shows a binding-only change although the digest is equal', async () => {
    fixture.write('other.pg', PEOPLE)
    fixture.write('cluster.yaml', CONFIG.replace('policies:', '  other: { schema: other.pg }\npolicies:'))
    await converge()
    fixture.edit('cluster.yaml', (text) =>
      text.replace('applies_to: [knowledge]', 'applies_to: [knowledge, other]'),
    )
    const [change, ...rest] = (await planCluster(fixture.dir)).changes
    expect(rest).toEqual([])
    expect(change).toMatchObject({
      resource: 'policy.base',
      operation: 'update',
      binding_change: true,
      metadata_change: 'policy_bindings',
      disposition: 'applied',
    })
    expect(change?.after_digest).toBe(change?.before_digest)
  })

  it('shows a provider change as applied and the graph that uses it as derived', async () => {
    const provider = (model: string) =>
      `${CONFIG.replace('queries: queries/', 'queries: queries/, embedding_provider: p')}providers: { embedding: { p: { kind: mock, model: ${model} } } }\n`
    fixture.write('cluster.yaml', provider('one'))
    await converge()
    fixture.write('cluster.yaml', provider('two'))
    expect(lines(await planCluster(fixture.dir))).toEqual([
      'update graph.knowledge derived',
      'update provider.embedding.p applied',
    ])
  })

  it('plans a removed graph as a blocked delete with one approval gate for its subtree', async () => {
    await converge()
    fixture.write('cluster.yaml', 'version: 1\nmetadata: { name: brain }\n')
    const plan = await planCluster(fixture.dir)
    expect(lines(plan)).toEqual([
      'delete graph.knowledge blocked:approval_required',
      'delete policy.base blocked:dependency_not_applied',
      'delete query.knowledge.find_person blocked:approval_required',
      'delete schema.knowledge blocked:approval_required',
    ])
    expect(plan.approvals_required).toEqual([
      { resource: 'graph.knowledge', reason: 'graph_delete', satisfied: false },
    ])
    expect(codes(plan, 'warning')).toContain('graph_delete_skipped')
    expect(codes(await applyCluster(fixture.dir), 'warning')).toContain('graph_delete_skipped')
  })

  it('finds a schema changed behind its back and plans it back; without a look it does not', async () => {
    await converge()
    const graph = Graph.open(fixture.path('graphs/knowledge.gp'))
    graph.applySchema(PEOPLE_WITH_EMAIL, {})
    graph.close()
    const plan = await planCluster(fixture.dir)
    expect(plan.drift).toMatchObject([{ resource: 'schema.knowledge', condition: 'schema_mismatch' }])
    expect(lines(plan)).toEqual(['update schema.knowledge applied'])
    const blind = await planCluster(fixture.dir, { refresh: false })
    expect(lines(blind)).toEqual([])
    expect(blind.drift).toEqual([])
  })

  it('never plans to re-create a vanished graph by itself', async () => {
    await converge()
    fixture.remove('graphs/knowledge.gp')
    const plan = await planCluster(fixture.dir)
    expect(plan.drift).toMatchObject([{ resource: 'graph.knowledge', condition: 'graph_missing' }])
    expect(lines(plan)).toEqual(['create graph.knowledge blocked:graph_missing'])
    expect(plan.diagnostics[0]?.remedy).toContain('refresh')
  })

  it('never adopts a graph the ledger does not know', async () => {
    await importCluster(fixture.dir)
    Graph.create(fixture.path('graphs/knowledge.gp'), { schema: PEOPLE }).close()
    const plan = await planCluster(fixture.dir)
    expect(plan.ok).toBe(false)
    expect(lines(plan)[0]).toBe('create graph.knowledge blocked:graph_create_failed')
  })

  it('reads a minimal ledger of another writer as revision 0', async () => {
    fixture.write('__cluster/state.json', '{"version":1,"applied_revision":{"resources":{}}}')
    const plan = await planCluster(fixture.dir)
    expect(plan).toMatchObject({ ok: true, state_observations: { state_found: true, state_revision: 0 } })
  })

  it.each([
    ['invalid_state_json', '{'],
    ['invalid_state_json', '{"version":1,"applied_revision":{"resources":{"graph.x":{}}}}'],
    ['unsupported_state_version', '{"version":9}'],
  ])('refuses a ledger it cannot use: %s', async (code, text) => {
    fixture.write('__cluster/state.json', text)
    const plan = await planCluster(fixture.dir)
    expect(plan.ok).toBe(false)
    expect(codes(plan, 'error')).toEqual([code])
    expect(fixture.read('__cluster/state.json')).toBe(text)
  })
})
