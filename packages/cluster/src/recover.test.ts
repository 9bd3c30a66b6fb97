import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { Graph } from '@groundplane/graph'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyCluster } from './apply.js'
import { approveCluster } from './approve.js'
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

  it.each([
    ['which cannot be listed', '__cluster/recoveries'],
    ['of which one cannot be read', KEY],
  ])('%s stop every mutating command, and are told by status and plan', async (_, key) => {
    // Leads to itself: a read of it fails for every user.
    mkdirSync(dirname(fixture.path(key)), { recursive: true })
    symlinkSync(basename(key), fixture.path(key))
    for (const command of [applyCluster, refreshCluster]) {
      const document = await command(fixture.dir)
      expect(document.ok).toBe(false)
      expect(codes(document, 'error')).toEqual(['recovery_sidecar_read_error'])
    }
    expect(existsSync(fixture.path('graphs'))).toBe(false)
    expect(codes(await statusCluster(fixture.dir), 'warning')).toEqual(['recovery_sidecar_read_error'])
    expect(codes(await planCluster(fixture.dir))).toContain('recovery_sidecar_read_error')
  })

  it('of a failed write leave the graph untouched: none is made, migrated or deleted', async () => {
    const failed = async () => {
      fixture.write('__cluster/recoveries', 'a file where the directory should be')
      const document = await applyCluster(fixture.dir, { actor: 'ada' })
      expect(document.ok).toBe(false)
      expect(codes(document, 'error')).toContain('recovery_sidecar_write_error')
      fixture.remove('__cluster/recoveries')
      return document
    }
    await failed()
    expect(existsSync(fixture.path('graphs/knowledge.gp'))).toBe(false)
    await applyCluster(fixture.dir)
    const before = fixture.fingerprint('graphs')
    fixture.write('people.pg', PEOPLE_WITH_EMAIL)
    await failed()
    expect(fixture.fingerprint('graphs')).toEqual(before)
    fixture.write('people.pg', PEOPLE)
    fixture.write('cluster.yaml', 'version: 1\nmetadata: { name: brain }\n')
    await applyCluster(fixture.dir)
    expect(await approveCluster(fixture.dir, 'graph.knowledge', { actor: 'ann' })).toMatchObject({ ok: true })
    expect((await failed()).changes[0]).toMatchObject({
      resource: 'graph.knowledge',
      reason: 'graph_delete_failed',
    })
    expect(fixture.fingerprint('graphs')).toEqual(before)
    expect(fixture.ledger().approval_records).toEqual({})
  })

  it('that cannot be removed keep the success, with a warning, and the next command ends them', async () => {
    const onStep = (step: string) => {
      if (step === 'before retire graph.knowledge') throw new Error('the disk failed')
    }
    const document = await applyCluster(fixture.dir, { onStep })
    expect(document).toMatchObject({ ok: true, converged: true, state_written: true })
    expect(codes(document)).toEqual(['recovery_sidecar_cleanup_failed'])
    expect(readdirSync(fixture.path('__cluster/recoveries'))).toHaveLength(1)
    const state = fixture.read('__cluster/state.json')
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true, diagnostics: [] })
    expect(existsSync(fixture.path('__cluster/recoveries'))).toBe(false)
    expect(fixture.read('__cluster/state.json')).toBe(state)
  })
})

describe('a failure of the graph itself', () => {
  const intents = () =>
    existsSync(fixture.path('__cluster/recoveries')) ? readdirSync(fixture.path('__cluster/recoveries')) : []

  it('before anything of it was made drops the intent, blocks what depends on it and moves no digest', async () => {
    const onStep = (step: string) => {
      if (step === 'before create graph.knowledge') throw new Error('the disk is full')
    }
    const document = await applyCluster(fixture.dir, { onStep })
    expect(document).toMatchObject({ ok: false, converged: false })
    expect(codes(document, 'error')).toContain('graph_create_failed')
    expect(document.changes.map((c) => [c.resource, c.reason])).toEqual([
      ['graph.knowledge', 'graph_create_failed'],
      ['policy.base', 'dependency_not_applied'],
      ['query.knowledge.find_person', 'dependency_not_applied'],
      ['schema.knowledge', 'dependency_not_applied'],
    ])
    expect(intents()).toEqual([])
    expect(existsSync(fixture.path('graphs/knowledge.gp'))).toBe(false)
    expect(fixture.ledger().applied_revision.resources).toEqual({})
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true })
  })

  it('after which nobody can tell what was made keeps the intent, blocks what depends on it and moves no digest', async () => {
    const onStep = (step: string) => {
      if (step !== 'after create graph.knowledge') return
      fixture.write('graphs/knowledge.gp/graph.db', 'half a graph')
      throw new Error('the disk failed')
    }
    const document = await applyCluster(fixture.dir, { onStep })
    expect(codes(document, 'error')).toContain('graph_create_failed')
    expect(document.changes.every((c) => c.disposition === 'blocked')).toBe(true)
    expect(intents()).toHaveLength(1)
    expect(fixture.ledger().applied_revision.resources).toEqual({})
    expect(fixture.read('graphs/knowledge.gp/graph.db')).toBe('half a graph')
  })

  it('after a migration that had landed is looked through: the ledger records what is live', async () => {
    await applyCluster(fixture.dir)
    fixture.write('people.pg', PEOPLE_WITH_EMAIL)
    const onStep = (step: string) => {
      if (step === 'after migrate schema.knowledge') throw new Error('the answer was lost')
    }
    expect(await applyCluster(fixture.dir, { onStep })).toMatchObject({ ok: true, converged: true })
    expect(intents()).toEqual([])
    const graph = Graph.open(fixture.path('graphs/knowledge.gp'), { readOnly: true })
    expect(recordedSchema()).toBe(graph.schema().digest)
    graph.close()
  })

  it('after a migration of which nobody can tell keeps the intent and the digest of before', async () => {
    await applyCluster(fixture.dir)
    const before = recordedSchema()
    fixture.write('people.pg', PEOPLE_WITH_EMAIL)
    const onStep = (step: string) => {
      if (step !== 'after migrate schema.knowledge') return
      fixture.remove('graphs/knowledge.gp')
      fixture.write('graphs/knowledge.gp/graph.db', 'half a graph')
      throw new Error('the disk failed')
    }
    const document = await applyCluster(fixture.dir, { onStep })
    expect(codes(document, 'error')).toContain('schema_apply_failed')
    expect(intents()).toHaveLength(1)
    expect(recordedSchema()).toBe(before)
  })
})
