import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { Graph } from '@groundplane/graph'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadApplied } from './applied.js'
import { applyCluster } from './apply.js'
import { importCluster } from './refresh.js'
import {
  ClusterFixture,
  CONFIG,
  codes,
  EMAILS,
  EXTENSIONS,
  FIND,
  FRIENDS,
  PEOPLE,
  PEOPLE_WITH_EMAIL,
  READERS,
} from './testing/cluster-fixture.js'

let fixture: ClusterFixture
beforeEach(() => {
  fixture = new ClusterFixture()
})
afterEach(() => fixture.dispose())

const apply = (actor?: string) =>
  applyCluster(fixture.dir, { extensions: EXTENSIONS, ...(actor && { actor }) })

async function converge(): Promise<void> {
  await importCluster(fixture.dir, { extensions: EXTENSIONS })
  expect(await apply()).toMatchObject({ ok: true, converged: true })
}

describe('cluster apply', () => {
  it('refuses without a ledger and leaves no file', async () => {
    const before = fixture.fingerprint()
    const document = await apply()
    expect(document.ok).toBe(false)
    expect(codes(document, 'error')).toEqual(['state_missing'])
    expect(fixture.fingerprint()).toEqual(before)
  })

  it('fails on a config or policy error before it touches lock or state', async () => {
    fixture.write('base.policy.yaml', READERS.replace('[read]', '[reed]'))
    const before = fixture.fingerprint()
    expect(await apply()).toMatchObject({ ok: false, state_observations: { lock_acquired: false } })
    expect(fixture.fingerprint()).toEqual(before)
  })

  it('creates a graph and everything that depends on it in one run', async () => {
    await importCluster(fixture.dir)
    const document = await apply('ada')
    expect(document).toMatchObject({
      ok: true,
      actor: 'ada',
      applied_count: 4,
      deferred_count: 0,
      converged: true,
      state_written: true,
    })
    const graph = Graph.open(fixture.path('graphs/knowledge.gp'))
    expect(graph.id).toBe('knowledge')
    expect(graph.schema().digest).toBe(
      fixture.ledger().applied_revision.resources['schema.knowledge']?.digest,
    )
    expect(graph.head().actor).toBe('ada')
    graph.close()
    expect(fixture.ledger()).toMatchObject({
      version: 1,
      state_revision: 2,
      name: 'brain',
      written_by: 'ada',
    })
  })

  it('publishes content under its digest and records the bindings of policies', async () => {
    await converge()
    const { resources } = fixture.ledger().applied_revision
    const query = resources['query.knowledge.find_person']
    expect(fixture.read(`__cluster/resources/query/knowledge/find_person/${query?.digest}.gq`)).toBe(FIND)
    const policy = resources['policy.base']
    expect(fixture.read(`__cluster/resources/policy/base/${policy?.digest}.yaml`)).toBe(READERS)
    expect(policy).toMatchObject({ applies_to: ['graph.knowledge'], format: 'yaml' })
  })

  it('writes an intent before it touches a graph, content before the ledger, and ends intents after it', async () => {
    await importCluster(fixture.dir)
    const steps: string[] = []
    const onStep = (step: string) => void steps.push(step)
    await applyCluster(fixture.dir, { onStep })
    const order = [
      'after lock',
      'after intent graph.knowledge',
      'before create graph.knowledge',
      'after create graph.knowledge',
      'before payload query.knowledge.find_person',
      'after payload query.knowledge.find_person',
      'after payload policy.base',
      'before ledger',
      'after ledger',
      'before retire graph.knowledge',
      'before unlock',
    ]
    expect(steps.filter((step) => order.includes(step))).toEqual(order)
    steps.length = 0
    fixture.write('people.pg', PEOPLE_WITH_EMAIL)
    fixture.write('queries/people.gq', EMAILS)
    await applyCluster(fixture.dir, { onStep })
    const later = [
      'after intent schema.knowledge',
      'before migrate schema.knowledge',
      'before payload query.knowledge.emails',
      'before ledger',
      'before retire schema.knowledge',
    ]
    expect(steps.filter((step) => later.includes(step))).toEqual(later)
  })

  it('publishes what it has checked when a file is edited in the middle of the run, and the edit with the next', async () => {
    await importCluster(fixture.dir)
    const onStep = (step: string) => {
      if (step !== 'after lock') return
      fixture.write('queries/people.gq', FRIENDS)
      fixture.write('people.pg', 'node {')
    }
    expect(await applyCluster(fixture.dir, { onStep })).toMatchObject({ ok: true, converged: true })
    expect((await loadApplied(fixture.dir)).graphs[0]?.queries).toMatchObject([{ source: FIND }])
    expect(codes(await apply(), 'error')).toContain('schema_parse_error')
    fixture.write('people.pg', PEOPLE)
    expect(await apply()).toMatchObject({ ok: true, converged: true, applied_count: 2 })
    expect((await loadApplied(fixture.dir)).graphs[0]?.queries).toMatchObject([{ source: FRIENDS }])
  })

  it('attributes nobody when nobody is named', async () => {
    await importCluster(fixture.dir)
    const document = await apply()
    expect(document).not.toHaveProperty('actor')
    expect(fixture.ledger()).not.toHaveProperty('written_by')
    const graph = Graph.open(fixture.path('graphs/knowledge.gp'), { readOnly: true })
    expect(graph.head().actor).toBeNull()
    graph.close()
  })

  it('records embedding profiles with the name of their secret, whose value is in no file', async () => {
    const secret = 'sk-live-of-the-test'
    vi.stubEnv('GROUNDPLANE_TEST_SECRET', secret)
    try {
      fixture.write(
        'cluster.yaml',
        `${CONFIG.replace('queries: queries/', 'queries: queries/, embedding_provider: small')}providers: { embedding: { small: { kind: openai, model: m, api_key: "\${GROUNDPLANE_TEST_SECRET}" } } }\n`,
      )
      await converge()
    } finally {
      vi.unstubAllEnvs()
    }
    const { resources } = fixture.ledger().applied_revision
    expect(resources['provider.embedding.small']?.embedding_profile).toEqual({
      kind: 'openai',
      model: 'm',
      api_key: '${GROUNDPLANE_TEST_SECRET}',
    })
    expect(resources['graph.knowledge']?.embedding_provider).toBe('provider.embedding.small')
    for (const file of Object.keys(fixture.fingerprint()))
      expect([file, fixture.read(file).includes(secret)]).toEqual([file, false])
  })

  it('reports of a mixed run for each change whether it was applied, derived or blocked, and is not converged', async () => {
    fixture.write('old.pg', PEOPLE)
    fixture.write('cluster.yaml', CONFIG.replace('policies:', '  old: { schema: old.pg }\npolicies:'))
    await converge()
    fixture.write('cluster.yaml', CONFIG.replace('policies:', '  new: { schema: people.pg }\npolicies:'))
    fixture.write('queries/friends.gq', FRIENDS)
    const document = await apply()
    expect(document).toMatchObject({ ok: true, converged: false, applied_count: 3, deferred_count: 2 })
    expect(
      document.changes.map((c) => `${c.operation} ${c.resource} ${c.disposition} ${c.reason ?? ''}`),
    ).toEqual([
      'update graph.knowledge derived ',
      'create graph.new applied ',
      'delete graph.old blocked approval_required',
      'create query.knowledge.friends applied ',
      'create schema.new applied ',
      'delete schema.old blocked approval_required',
    ])
    expect(codes(document)).toEqual(['graph_delete_skipped'])
  })

  it('leaves payloads that were published and not recorded inert: the old ones are served, and the next apply converges', async () => {
    await converge()
    const state = fixture.read('__cluster/state.json')
    fixture.write('queries/people.gq', `${FIND}${FRIENDS}`)
    fixture.write('base.policy.yaml', READERS.replace('[ada]', '[ada, bob]'))
    const onStep = (step: string) => {
      if (step === 'before ledger') throw new TypeError('a bug')
    }
    await expect(applyCluster(fixture.dir, { onStep })).rejects.toThrow('a bug')
    expect(readdirSync(fixture.path('__cluster/resources/policy/base'))).toHaveLength(2)
    expect(fixture.read('__cluster/state.json')).toBe(state)
    const revision = await loadApplied(fixture.dir)
    expect(revision.graphs[0]?.queries.map((q) => q.name)).toEqual(['find_person'])
    expect(revision.policies[0]?.source).toBe(READERS)
    expect(await apply()).toMatchObject({ ok: true, converged: true, applied_count: 2 })
    expect((await loadApplied(fixture.dir)).graphs[0]?.queries).toHaveLength(2)
  })

  it('writes nothing on a converged cluster: the bytes of every file stay', async () => {
    await converge()
    const before = fixture.fingerprint()
    expect(await apply('someone else')).toMatchObject({
      ok: true,
      converged: true,
      state_written: false,
      applied_count: 0,
    })
    expect(fixture.fingerprint()).toEqual(before)
  })

  it('migrates a schema and publishes the query that needs it in one run, keeping old blobs', async () => {
    await converge()
    const old = fixture.fingerprint('__cluster/resources')
    fixture.write('people.pg', PEOPLE_WITH_EMAIL)
    fixture.write('queries/people.gq', EMAILS)
    const document = await apply()
    expect(document).toMatchObject({ ok: true, converged: true, applied_count: 3 })
    expect(fixture.fingerprint('__cluster/resources')).toMatchObject(old)
    const { resources } = fixture.ledger().applied_revision
    expect(Object.keys(resources)).toContain('query.knowledge.emails')
    expect(Object.keys(resources)).not.toContain('query.knowledge.find_person')
  })

  it('never rewrites a blob that exists', async () => {
    await converge()
    fixture.write('queries/friends.gq', FRIENDS)
    const digest = fixture.ledger().applied_revision.resources['query.knowledge.find_person']?.digest
    const blob = fixture.path(`__cluster/resources/query/knowledge/find_person/${digest}.gq`)
    const { ino, mtimeMs } = statSync(blob)
    expect(await apply()).toMatchObject({ applied_count: 1 })
    fixture.remove('__cluster/state.json')
    await importCluster(fixture.dir)
    expect(await apply()).toMatchObject({ converged: true, applied_count: 3 })
    expect(statSync(blob)).toMatchObject({ ino, mtimeMs })
  })

  it('refuses an unsupported migration loudly, leaves no intent, and does everything independent of it', async () => {
    await converge()
    const schema = fixture.ledger().applied_revision.resources['schema.knowledge']
    fixture.write('people.pg', PEOPLE.replace('age: I32?', 'age: [String]'))
    fixture.write('queries/friends.gq', FRIENDS)
    fixture.write('base.policy.yaml', READERS.replace('[ada]', '[ada, bob]'))
    const document = await apply()
    expect(document).toMatchObject({ ok: false, converged: false })
    expect(codes(document, 'error')).toContain('schema_apply_failed')
    expect(existsSync(fixture.path('__cluster/recoveries'))).toBe(false)
    expect(existsSync(fixture.path('__cluster/lock.json'))).toBe(false)
    const { resources } = fixture.ledger().applied_revision
    expect(resources['schema.knowledge']).toEqual(schema)
    expect(resources['query.knowledge.friends']).toBeUndefined()
    expect(document.resource_statuses).toMatchObject({
      'schema.knowledge': { status: 'error', conditions: ['schema_apply_failed'] },
      'query.knowledge.friends': { status: 'blocked', conditions: ['dependency_not_applied'] },
    })
    expect(document.changes.map((c) => [c.resource, c.disposition, c.reason])).toContainEqual([
      'query.knowledge.friends',
      'blocked',
      'dependency_not_applied',
    ])
  })

  it('migrates a graph that has branches, which keep what they hold, and each graph on its own', async () => {
    fixture.write('other.pg', PEOPLE)
    fixture.write('cluster.yaml', CONFIG.replace('policies:', '  other: { schema: other.pg }\npolicies:'))
    await converge()
    const graph = Graph.open(fixture.path('graphs/knowledge.gp'))
    graph.createBranch('draft')
    graph.mutate('query add() { insert Person { name: "ada", age: 36 } }', {}, { branch: 'draft' })
    graph.close()
    fixture.write('people.pg', PEOPLE_WITH_EMAIL)
    fixture.write('other.pg', PEOPLE.replace('age: I32?', 'age: [String]'))
    const document = await apply()
    expect(document).toMatchObject({ ok: false, converged: false })
    expect(document.changes.map((c) => [c.resource, c.disposition])).toEqual([
      ['graph.knowledge', 'derived'],
      ['graph.other', 'blocked'],
      ['schema.knowledge', 'applied'],
      ['schema.other', 'blocked'],
    ])
    const after = Graph.open(fixture.path('graphs/knowledge.gp'))
    expect(after.schema().source).toContain('email')
    const all = 'query all() { match { $p: Person } return { $p.name as name, $p.age as age } }'
    expect(after.query(all, {}, { branch: 'draft' }).rows).toEqual([{ name: 'ada', age: 36 }])
    expect(after.merge({ source: 'draft' }).commit?.changes.inserted).toBe(1)
    after.close()
  })

  it('writes nothing when it fails the same way again', async () => {
    await converge()
    fixture.write('people.pg', PEOPLE.replace('age: I32?', 'age: [String]'))
    await apply()
    const before = fixture.fingerprint()
    expect(await apply()).toMatchObject({ ok: false, state_written: false })
    expect(fixture.fingerprint()).toEqual(before)
  })

  it('withdraws the intent when data breaks the new schema, and leaves graph and ledger as they were', async () => {
    await converge()
    const graph = Graph.open(fixture.path('graphs/knowledge.gp'))
    graph.mutate('query add() { insert Person { name: "ada", age: 200 } }', {})
    graph.close()
    const before = fixture.ledger().applied_revision.resources
    fixture.write('people.pg', PEOPLE.replace('  age: I32?\n', '  age: I32?\n  @range(age, 0..150)\n'))
    const document = await apply()
    expect(codes(document, 'error')).toContain('schema_apply_failed')
    expect(existsSync(fixture.path('__cluster/recoveries'))).toBe(false)
    expect(fixture.ledger().applied_revision.resources).toEqual(before)
  })

  it('never executes an unapproved delete', async () => {
    await converge()
    fixture.write('cluster.yaml', 'version: 1\nmetadata: { name: brain }\n')
    const document = await apply()
    expect(document).toMatchObject({ ok: true, converged: false, deferred_count: 4 })
    expect(existsSync(fixture.path('graphs/knowledge.gp'))).toBe(true)
    expect(Object.keys(fixture.ledger().applied_revision.resources)).toEqual([
      'graph.knowledge',
      'policy.base',
      'query.knowledge.find_person',
      'schema.knowledge',
    ])
  })

  it('records the applied config digest only when converged', async () => {
    await converge()
    const before = fixture.ledger().applied_revision.config_digest
    fixture.write('cluster.yaml', 'version: 1\nmetadata: { name: brain }\n')
    await apply()
    expect(fixture.ledger().applied_revision.config_digest).toBe(before)
  })

  it('deletes a query and a policy from the ledger and keeps their blobs', async () => {
    await converge()
    const blobs = fixture.fingerprint('__cluster/resources')
    fixture.write('cluster.yaml', CONFIG.replace(/policies:[\s\S]*/, '').replace(', queries: queries/', ''))
    expect(await apply()).toMatchObject({ ok: true, converged: true })
    expect(Object.keys(fixture.ledger().applied_revision.resources)).toEqual([
      'graph.knowledge',
      'schema.knowledge',
    ])
    expect(fixture.fingerprint('__cluster/resources')).toEqual(blobs)
  })

  it('publishes a missing or altered payload again', async () => {
    await converge()
    const digest = fixture.ledger().applied_revision.resources['query.knowledge.find_person']?.digest
    const blob = `__cluster/resources/query/knowledge/find_person/${digest}.gq`
    for (const damage of [() => fixture.remove(blob), () => fixture.write(blob, 'tampered')]) {
      damage()
      const document = await apply()
      expect(document).toMatchObject({ ok: true, converged: true, applied_count: 1 })
      expect(fixture.read(blob)).toBe(FIND)
      expect(await apply()).toMatchObject({ state_written: false })
    }
  })

  it('changes nothing while a payload cannot be read', async () => {
    await converge()
    const digest = fixture.ledger().applied_revision.resources['policy.base']?.digest
    const blob = `__cluster/resources/policy/base/${digest}.yaml`
    fixture.remove(blob)
    mkdirSync(fixture.path(blob)) // unreadable for every user
    fixture.write('queries/friends.gq', FRIENDS)
    const before = fixture.fingerprint()
    const document = await apply()
    expect(codes(document, 'error')).toEqual(['catalog_payload_read_error'])
    expect(document.state_written).toBe(false)
    expect(fixture.fingerprint()).toEqual(before)
  })

  it('keeps going past a graph that cannot be created', async () => {
    fixture.write('other.pg', PEOPLE)
    fixture.write('cluster.yaml', CONFIG.replace('policies:', '  other: { schema: other.pg }\npolicies:'))
    await importCluster(fixture.dir)
    mkdirSync(fixture.path('graphs'), { recursive: true })
    fixture.write('graphs/other.gp/not-a-graph', 'x')
    const document = await apply()
    expect(document).toMatchObject({ ok: false, converged: false })
    expect(codes(document, 'error')).toEqual(['graph_observation_error'])
    expect(document.changes.find((c) => c.resource === 'graph.other')).toMatchObject({
      disposition: 'blocked',
      reason: 'graph_create_failed',
    })
    expect(Object.keys(fixture.ledger().applied_revision.resources)).toContain('graph.knowledge')
    expect(fixture.read('graphs/other.gp/not-a-graph')).toBe('x')
  })

  it('refuses when the ledger moved since it was read, and keeps the other writer’s', async () => {
    await importCluster(fixture.dir)
    const theirs = JSON.stringify({ version: 1, state_revision: 7, applied_revision: { resources: {} } })
    const document = await applyCluster(fixture.dir, {
      onStep: (step) => {
        if (step === 'before ledger') fixture.write('__cluster/state.json', theirs)
      },
    })
    expect(document).toMatchObject({ ok: false, converged: false, state_written: false, applied_count: 0 })
    expect(codes(document, 'error')).toEqual(['state_cas_mismatch'])
    expect(fixture.read('__cluster/state.json')).toBe(theirs)
    expect(await apply()).toMatchObject({ ok: true, converged: true })
    expect(Object.keys(fixture.ledger().recovery_records)).toHaveLength(1)
  })

  it('reports what is recorded, and nothing of this run, when the ledger cannot be written', async () => {
    await converge()
    const before = fixture.read('__cluster/state.json')
    fixture.write('queries/friends.gq', FRIENDS)
    const document = await applyCluster(fixture.dir, {
      onStep: (step) => {
        if (step === 'before archive') fixture.remove('__cluster/revisions')
        if (step === 'before archive')
          fixture.write('__cluster/revisions', 'a file where the directory should be')
      },
    })
    expect(document).toMatchObject({ ok: false, converged: false, state_written: false, applied_count: 0 })
    expect(codes(document, 'error')).toEqual(['state_write_error'])
    expect(document.resource_statuses['query.knowledge.friends']).toBeUndefined()
    expect(fixture.read('__cluster/state.json')).toBe(before)
    fixture.remove('__cluster/revisions')
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true })
  })

  it('records the bindings and profiles that an older ledger lacks, and changes no content for it', async () => {
    fixture.write('cluster.yaml', `${CONFIG}providers: { embedding: { small: { kind: mock } } }\n`)
    await converge()
    const ledger = JSON.parse(fixture.read('__cluster/state.json'))
    delete ledger.applied_revision.resources['policy.base'].applies_to
    delete ledger.applied_revision.resources['graph.knowledge'].graph_kind
    delete ledger.applied_revision.resources['provider.embedding.small'].embedding_profile
    fixture.write('__cluster/state.json', JSON.stringify(ledger))
    const blobs = fixture.fingerprint('__cluster/resources')
    const document = await applyCluster(fixture.dir)
    expect(document).toMatchObject({ ok: true, converged: true, state_written: true })
    expect(document.changes.map((c) => [c.resource, c.metadata_change])).toEqual([
      ['graph.knowledge', 'graph_bindings'],
      ['policy.base', 'policy_bindings'],
      ['provider.embedding.small', 'embedding_profile'],
    ])
    for (const change of document.changes) expect(change.after_digest).toBe(change.before_digest)
    const { resources } = fixture.ledger().applied_revision
    expect(resources['provider.embedding.small']?.embedding_profile).toEqual({ kind: 'mock' })
    expect(fixture.ledger().applied_revision.resources['policy.base']?.applies_to).toEqual([
      'graph.knowledge',
    ])
    expect(fixture.fingerprint('__cluster/resources')).toEqual(blobs)
  })

  it('keeps its state under the declared storage directory and nothing beside the config', async () => {
    fixture.write('conf/cluster.yaml', CONFIG.replace('graphs:', 'storage: ../store\ngraphs:'))
    for (const file of ['people.pg', 'queries/people.gq', 'base.policy.yaml'])
      fixture.write(`conf/${file}`, fixture.read(file))
    await importCluster(fixture.path('conf'))
    expect(await applyCluster(fixture.path('conf'))).toMatchObject({ converged: true })
    expect(existsSync(fixture.path('store/__cluster/state.json'))).toBe(true)
    expect(existsSync(fixture.path('store/graphs/knowledge.gp'))).toBe(true)
    expect(existsSync(fixture.path('conf/__cluster'))).toBe(false)
    expect(existsSync(fixture.path('conf/graphs'))).toBe(false)
  })

  it('creates a catalog graph from what the program brings, and moves it when that moves', async () => {
    fixture.write(
      'cluster.yaml',
      'version: 1\nmetadata: { name: c }\ngraphs: { catalog: { kind: catalog } }\n',
    )
    await converge()
    const newer = {
      ...EXTENSIONS,
      catalogSchema: 'node Dataset {\n  urn: String @key\n  title: String?\n}\n',
    }
    const document = await applyCluster(fixture.dir, { extensions: newer })
    expect(document).toMatchObject({ ok: true, converged: true })
    expect(document.changes.map((c) => c.resource)).toEqual(['graph.catalog', 'schema.catalog'])
  })
})
