import { existsSync } from 'node:fs'
import { Graph } from '@groundplane/graph'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyCluster } from './apply.js'
import { planCluster } from './plan.js'
import { importCluster, refreshCluster } from './refresh.js'
import { statusCluster } from './status.js'
import { ClusterFixture, codes, FRIENDS, PEOPLE, PEOPLE_WITH_EMAIL } from './testing/cluster-fixture.js'

const ID = '01KA0000000000000000000000'
const KEY = `__cluster/recoveries/${ID}.json`

let fixture: ClusterFixture
beforeEach(async () => {
  fixture = new ClusterFixture()
  await importCluster(fixture.dir)
})
afterEach(() => fixture.dispose())

function leaveIntent(fields: Record<string, unknown>): void {
  const intent = {
    version: 1,
    intent_id: ID,
    operation: 'graph_create',
    resource: 'graph.knowledge',
    graph: 'knowledge',
    root: 'graphs/knowledge.gp',
    after_schema_digest: 'f'.repeat(64),
    config_digest: 'e'.repeat(64),
    started_at: '2026-11-21T08:00:00.000Z',
    pid: 1,
    host: 'gone',
    actor: 'ada',
  }
  fixture.write(KEY, JSON.stringify({ ...intent, ...fields }))
}

function createDirectly(schema = PEOPLE): string {
  const graph = Graph.create(fixture.path('graphs/knowledge.gp'), { schema })
  const { digest } = graph.schema()
  graph.close()
  return digest
}

function migrateDirectly(schema: string): string {
  const graph = Graph.open(fixture.path('graphs/knowledge.gp'))
  graph.applySchema(schema, {})
  const { digest } = graph.schema()
  graph.close()
  return digest
}

const recordedSchema = () => fixture.ledger().applied_revision.resources['schema.knowledge']?.digest as string

describe('the sweep of an interrupted graph create', () => {
  it('retires the intent when nothing happened, and creates the graph', async () => {
    leaveIntent({})
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true })
    expect(existsSync(fixture.path(KEY))).toBe(false)
    expect(fixture.ledger().recovery_records).toEqual({})
  })

  it('rolls the ledger forward with an audit record when it completed', async () => {
    leaveIntent({ after_schema_digest: createDirectly() })
    const document = await applyCluster(fixture.dir, { actor: 'bob' })
    expect(document).toMatchObject({ ok: true, converged: true })
    expect(codes(document, 'warning')).toEqual(['cluster_recovery_rolled_forward'])
    expect(document.changes.map((c) => c.resource)).not.toContain('schema.knowledge')
    expect(fixture.ledger().recovery_records[ID]).toMatchObject({
      operation: 'graph_create',
      resource: 'graph.knowledge',
      outcome: 'rolled_forward',
      actor: 'ada',
      recovered_by: 'bob',
    })
    expect(existsSync(fixture.path(KEY))).toBe(false)
  })

  it('retires silently when the ledger already has it', async () => {
    await applyCluster(fixture.dir)
    const before = fixture.read('__cluster/state.json')
    leaveIntent({ after_schema_digest: recordedSchema() })
    const document = await applyCluster(fixture.dir)
    expect(document).toMatchObject({ ok: true, converged: true, state_written: false, diagnostics: [] })
    expect(existsSync(fixture.path(KEY))).toBe(false)
    expect(fixture.read('__cluster/state.json')).toBe(before)
  })

  it('keeps the intent and deletes nothing when what stands there cannot be opened', async () => {
    leaveIntent({})
    fixture.write('graphs/knowledge.gp/graph.db', 'half a graph')
    const document = await applyCluster(fixture.dir)
    expect(document.ok).toBe(false)
    expect(codes(document, 'error')).toEqual(['graph_create_incomplete'])
    expect(document.resource_statuses['graph.knowledge']).toEqual({
      status: 'error',
      conditions: ['graph_create_incomplete'],
    })
    expect(document.changes.every((c) => c.disposition === 'blocked')).toBe(true)
    expect(existsSync(fixture.path(KEY))).toBe(true)
    expect(fixture.read('graphs/knowledge.gp/graph.db')).toBe('half a graph')
  })

  it('keeps the intent when the graph has an unexpected schema, blocks it and its dependents, until refresh records it', async () => {
    createDirectly(PEOPLE_WITH_EMAIL)
    leaveIntent({})
    const document = await applyCluster(fixture.dir)
    expect(document).toMatchObject({ converged: false })
    expect(document.resource_statuses['graph.knowledge']).toEqual({
      status: 'drifted',
      conditions: ['actual_applied_state_pending'],
    })
    expect(document.changes.map((c) => [c.resource, c.reason])).toEqual([
      ['graph.knowledge', 'cluster_recovery_pending'],
      ['policy.base', 'dependency_not_applied'],
      ['query.knowledge.find_person', 'cluster_recovery_pending'],
      ['schema.knowledge', 'cluster_recovery_pending'],
    ])
    expect(existsSync(fixture.path(KEY))).toBe(true)
    const bytes = fixture.fingerprint()
    await applyCluster(fixture.dir)
    expect(fixture.fingerprint()).toEqual(bytes)
    await refreshCluster(fixture.dir)
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true })
    expect(existsSync(fixture.path(KEY))).toBe(false)
  })
})

describe('the sweep of an interrupted schema apply', () => {
  const leaveMigration = (before: string, after: string) =>
    leaveIntent({
      operation: 'schema_apply',
      resource: 'schema.knowledge',
      before_schema_digest: before,
      after_schema_digest: after,
    })

  beforeEach(async () => {
    await applyCluster(fixture.dir)
  })

  it('retires the intent when the ledger says what is live', async () => {
    leaveMigration(recordedSchema(), 'f'.repeat(64))
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true, state_written: false })
    expect(existsSync(fixture.path(KEY))).toBe(false)
  })

  it('rolls forward when the live schema is the intended one', async () => {
    const before = recordedSchema()
    leaveMigration(before, migrateDirectly(PEOPLE_WITH_EMAIL))
    fixture.write('people.pg', PEOPLE_WITH_EMAIL)
    const document = await applyCluster(fixture.dir)
    expect(document).toMatchObject({ ok: true, converged: true })
    expect(codes(document)).toEqual(['cluster_recovery_rolled_forward'])
    expect(recordedSchema()).not.toBe(before)
    expect(Object.keys(fixture.ledger().recovery_records)).toEqual([ID])
  })

  it('keeps the intent when the live schema is neither, and touches nothing', async () => {
    leaveMigration(recordedSchema(), 'f'.repeat(64))
    migrateDirectly(PEOPLE_WITH_EMAIL)
    fixture.write('queries/friends.gq', FRIENDS)
    const document = await applyCluster(fixture.dir)
    expect(document).toMatchObject({ converged: false })
    expect(document.resource_statuses['graph.knowledge']?.conditions).toEqual([
      'actual_applied_state_pending',
    ])
    expect(document.changes.map((c) => c.reason)).toEqual([
      'cluster_recovery_pending',
      'cluster_recovery_pending',
    ])
    expect(existsSync(fixture.path(KEY))).toBe(true)
  })

  it('keeps the intent when the graph cannot be opened', async () => {
    leaveMigration(recordedSchema(), 'f'.repeat(64))
    fixture.remove('graphs/knowledge.gp')
    fixture.write('graphs/knowledge.gp/graph.db', 'broken')
    await applyCluster(fixture.dir)
    expect(existsSync(fixture.path(KEY))).toBe(true)
  })
})

describe('pending intents', () => {
  it('are reported by plan and status, which leave them', async () => {
    leaveIntent({ after_schema_digest: createDirectly() })
    const before = fixture.fingerprint()
    expect(codes(await statusCluster(fixture.dir), 'warning')).toEqual(['cluster_recovery_pending'])
    const plan = await planCluster(fixture.dir)
    expect(codes(plan, 'warning')).toEqual(['cluster_recovery_pending'])
    expect(plan.changes.map((c) => c.resource)).not.toContain('schema.knowledge')
    expect(fixture.fingerprint()).toEqual(before)
  })

  it.each([
    ['invalid_recovery_sidecar', '{"version":1}'],
    ['invalid_recovery_sidecar', 'not json'],
    ['unsupported_recovery_sidecar_version', '{"version":2}'],
  ])('that cannot be understood stop every mutating command: %s', async (code, text) => {
    fixture.write(KEY, text)
    const before = fixture.fingerprint()
    expect(codes(await applyCluster(fixture.dir), 'error')).toEqual([code])
    expect(codes(await refreshCluster(fixture.dir), 'error')).toEqual([code])
    expect(fixture.fingerprint()).toEqual(before)
  })

  it('of a failed write leave the graph untouched', async () => {
    fixture.write('__cluster/recoveries', 'a file where the directory should be')
    const document = await applyCluster(fixture.dir)
    expect(document.ok).toBe(false)
    expect(codes(document, 'error')).toContain('recovery_sidecar_write_error')
    expect(existsSync(fixture.path('graphs/knowledge.gp'))).toBe(false)
  })
})
