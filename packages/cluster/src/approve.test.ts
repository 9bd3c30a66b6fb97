import { existsSync, readdirSync } from 'node:fs'
import { Graph } from '@groundplane/graph'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyCluster } from './apply.js'
import { ApplyRun } from './apply-run.js'
import type { Approval } from './approval.js'
import { approveCluster } from './approve.js'
import type { ClusterRoot } from './cluster-root.js'
import type { DesiredState } from './desired.js'
import { type ClusterOptions, environment } from './environment.js'
import { listIntents } from './intent.js'
import { readLedger, type StoredLedger } from './ledger.js'
import { planCluster } from './plan.js'
import { recoverIntents } from './recover.js'
import { importCluster, refreshCluster } from './refresh.js'
import { statusCluster } from './status.js'
import { ClusterFixture, CONFIG, codes, PEOPLE } from './testing/cluster-fixture.js'
import { checkDesired, openWorkspace } from './workspace.js'

const WITH_SCRATCH = CONFIG.replace(
  'policies:',
  '  scratch: { schema: scratch.pg, queries: [find.gq] }\npolicies:',
)
const ADD = 'query add($n: String) { insert Person { name: $n } }'
const ANN = { actor: 'ann' }
const BEN = { actor: 'ben' }
const SUBTREE = ['graph.scratch', 'query.scratch.find_person', 'schema.scratch']

let fixture: ClusterFixture
beforeEach(async () => {
  fixture = new ClusterFixture()
  fixture.write('scratch.pg', PEOPLE)
  fixture.write('find.gq', fixture.read('queries/people.gq'))
  fixture.write('cluster.yaml', WITH_SCRATCH)
  await importCluster(fixture.dir)
  expect(await applyCluster(fixture.dir)).toMatchObject({ converged: true })
  write('scratch', 'ada')
  fixture.write('cluster.yaml', CONFIG)
})
afterEach(() => fixture.dispose())

function write(graph: string, name: string): void {
  const open = Graph.open(fixture.path(`graphs/${graph}.gp`))
  open.mutate(ADD, { n: name })
  open.close()
}

const approvals = () =>
  readdirSync(fixture.path('__cluster/approvals'))
    .sort()
    .map((name) => JSON.parse(fixture.read(`__cluster/approvals/${name}`)) as Approval)
const scratchStands = () => existsSync(fixture.path('graphs/scratch.gp'))
const approve = () => approveCluster(fixture.dir, 'graph.scratch', ANN)

describe('cluster approve', () => {
  it('records who wants the delete of what, bound to the digests of configuration and ledger and to the heads of the graph', async () => {
    const plan = await planCluster(fixture.dir)
    const document = await approve()
    expect(document).toMatchObject({
      ok: true,
      resource: 'graph.scratch',
      operation: 'delete',
      approved_by: 'ann',
      subtree: SUBTREE,
    })
    const [approval, ...more] = approvals()
    expect(more).toEqual([])
    const { resources } = fixture.ledger().applied_revision
    expect(approval).toMatchObject({
      version: 1,
      approval_id: document.approval_id,
      config_digest: plan.desired_revision.config_digest,
      state_cas: plan.state_observations.state_cas,
      subtree: Object.fromEntries(SUBTREE.map((address) => [address, resources[address]?.digest])),
      graph_heads: { main: expect.any(String) },
    })
    expect(scratchStands()).toBe(true)
    expect((await planCluster(fixture.dir)).approvals_required).toEqual([
      {
        resource: 'graph.scratch',
        reason: 'graph_delete',
        satisfied: true,
        approval_id: approval?.approval_id,
        approved_by: 'ann',
      },
    ])
  })

  it('requires an actor', async () => {
    const document = await approveCluster(fixture.dir, 'graph.scratch')
    expect(document.ok).toBe(false)
    expect(codes(document, 'error')).toEqual(['approval_actor_required'])
    expect(existsSync(fixture.path('__cluster/approvals'))).toBe(false)
  })

  it.each([
    'graph.knowledge',
    'graph.nothing',
    'schema.scratch',
    'query.scratch.find_person',
    'policy.base',
    '',
  ])('refuses an address that needs no approval of its own: "%s"', async (address) => {
    const document = await approveCluster(fixture.dir, address, ANN)
    expect(codes(document, 'error')).toEqual(['approval_not_required'])
    expect(document.diagnostics[0]?.remedy).toContain('graph.scratch')
    expect(existsSync(fixture.path('__cluster/approvals'))).toBe(false)
  })

  it('approves one change once, whoever asks again', async () => {
    const { approval_id } = await approve()
    const again = await approveCluster(fixture.dir, 'graph.scratch', BEN)
    expect(again).toMatchObject({ ok: true, approval_id, approved_by: 'ann', already_approved: true })
    expect(approvals()).toHaveLength(1)
  })

  it('refuses while an interrupted operation is unresolved: an approval would be stale at once', async () => {
    fixture.write(
      '__cluster/recoveries/01KA0000000000000000000000.json',
      JSON.stringify({
        version: 1,
        intent_id: '01KA0000000000000000000000',
        operation: 'graph_create',
        resource: 'graph.knowledge',
        graph: 'knowledge',
        root: 'graphs/knowledge.gp',
        after_schema_digest: 'f'.repeat(64),
        config_digest: 'e'.repeat(64),
        started_at: '2026-11-21T08:00:00.000Z',
        pid: 1,
        host: 'gone',
      }),
    )
    expect(codes(await approve(), 'error')).toEqual(['cluster_recovery_pending'])
  })
})

describe('a delete without a valid approval', () => {
  it('blocks the whole subtree and nothing else, and says which command approves it', async () => {
    const document = await applyCluster(fixture.dir)
    expect(document).toMatchObject({ ok: true, converged: false, applied_count: 0 })
    expect(document.changes.map((c) => [c.resource, c.disposition, c.reason])).toEqual(
      SUBTREE.map((address) => [address, 'blocked', 'approval_required']),
    )
    const skipped = document.diagnostics.find((d) => d.code === 'graph_delete_skipped')
    expect(skipped?.remedy).toContain('groundplane cluster approve graph.scratch')
    expect(scratchStands()).toBe(true)
  })

  it.each<[string, () => unknown]>([
    [
      'the configuration',
      () => fixture.write('queries/more.gq', 'query more() { match { $p: Person } return { $p.name } }'),
    ],
    ['the ledger', () => refreshCluster(fixture.dir)],
    ['the graph', () => write('scratch', 'bob')],
  ])('is not authorised by one given before %s changed', async (what, change) => {
    await approve()
    await change()
    const plan = await planCluster(fixture.dir)
    expect(plan.approvals_required).toEqual([
      { resource: 'graph.scratch', reason: 'graph_delete', satisfied: false },
    ])
    const document = await applyCluster(fixture.dir)
    const stale = document.diagnostics.find((d) => d.code === 'approval_stale')
    expect(stale).toMatchObject({ severity: 'warning', message: expect.stringContaining(what) })
    expect(scratchStands()).toBe(true)
    expect(fixture.ledger().applied_revision.resources['graph.scratch']).toBeDefined()
    expect(fixture.ledger().approval_records).toEqual({})
    expect(approvals()[0]?.consumed_at).toBeUndefined()
  })

  it('is authorised by one artifact for exactly one graph', async () => {
    await approve()
    fixture.write('cluster.yaml', 'version: 1\nmetadata: { name: brain }\n')
    expect(await applyCluster(fixture.dir)).toMatchObject({ converged: false })
    expect(existsSync(fixture.path('graphs/knowledge.gp'))).toBe(true)
    expect(scratchStands()).toBe(true)
  })

  it.each([
    ['invalid_approval_artifact', '{"version":1}'],
    ['invalid_approval_artifact', 'not json'],
    ['unsupported_approval_version', '{"version":2}'],
  ])('warns of an artifact that cannot be used, and goes on: %s', async (code, text) => {
    fixture.write('__cluster/approvals/01KA0000000000000000000000.json', text)
    const document = await applyCluster(fixture.dir)
    expect(document.ok).toBe(true)
    expect(codes(document, 'warning')).toContain(code)
    expect(scratchStands()).toBe(true)
  })
})

describe('an approved delete', () => {
  it('removes the root, tombstones the subtree, and is recorded as used in file and ledger with who and when', async () => {
    const { approval_id } = await approve()
    const document = await applyCluster(fixture.dir, BEN)
    expect(document).toMatchObject({ ok: true, converged: true, applied_count: 3 })
    expect(scratchStands()).toBe(false)
    expect(readdirSync(fixture.path('graphs'))).toEqual(['knowledge.gp'])
    const { applied_revision, tombstones, approval_records, observations } = fixture.ledger()
    for (const address of SUBTREE) expect(applied_revision.resources[address]).toBeUndefined()
    expect(Object.keys(tombstones ?? {})).toEqual(SUBTREE)
    expect(tombstones?.['graph.scratch']).toMatchObject({ deleted_by: 'ben', approval_id })
    expect(observations['graph.scratch']).toBeUndefined()
    const record = approval_records[approval_id as string]
    expect(record).toMatchObject({ resource: 'graph.scratch', approved_by: 'ann', consumed_by: 'ben' })
    expect(approvals()).toMatchObject([{ consumed_by: 'ben', consumed_at: record?.consumed_at }])
    expect(existsSync(fixture.path('__cluster/recoveries'))).toBe(false)
  })

  it('runs once: the next apply changes no byte', async () => {
    await approve()
    await applyCluster(fixture.dir)
    const bytes = fixture.fingerprint()
    expect(await applyCluster(fixture.dir)).toMatchObject({
      converged: true,
      state_written: false,
      diagnostics: [],
    })
    expect(fixture.fingerprint()).toEqual(bytes)
  })

  it('keeps the payloads, and the other graph with its data', async () => {
    write('knowledge', 'kept')
    const blobs = fixture.fingerprint('__cluster/resources')
    await approve()
    await applyCluster(fixture.dir)
    expect(fixture.fingerprint('__cluster/resources')).toEqual(blobs)
    const graph = Graph.open(fixture.path('graphs/knowledge.gp'), { readOnly: true })
    expect(graph.snapshot().types.find((t) => t.name === 'Person')?.rows).toBe(1)
    graph.close()
  })

  it('does not bring the old graph back when it is declared again: the new one is empty and has no tombstone', async () => {
    await approve()
    await applyCluster(fixture.dir)
    fixture.write('cluster.yaml', WITH_SCRATCH)
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true })
    const graph = Graph.open(fixture.path('graphs/scratch.gp'), { readOnly: true })
    expect(graph.snapshot().types.find((t) => t.name === 'Person')?.rows).toBe(0)
    graph.close()
    expect(fixture.ledger().tombstones).toBeUndefined()
    expect(Object.keys(fixture.ledger().approval_records)).toHaveLength(1)
    fixture.write('cluster.yaml', CONFIG)
    expect(codes(await applyCluster(fixture.dir))).toContain('graph_delete_skipped')
    expect(scratchStands()).toBe(true)
  })

  it('is held up by a live export, which leaves everything authoritative, and done after it', async () => {
    await approve()
    const graph = Graph.open(fixture.path('graphs/scratch.gp'), { readOnly: true })
    const lines = graph.export()[Symbol.iterator]()
    lines.next()
    const document = await applyCluster(fixture.dir)
    expect(codes(document, 'error')).toEqual(['graph_delete_export_in_progress'])
    const refused = document.diagnostics.find((d) => d.code === 'graph_delete_export_in_progress')
    expect(refused?.remedy).toContain('groundplane cluster approve graph.scratch')
    expect(document.changes.map((c) => [c.resource, c.reason])).toEqual([
      ['graph.scratch', 'graph_delete_failed'],
      ['query.scratch.find_person', 'dependency_not_applied'],
      ['schema.scratch', 'dependency_not_applied'],
    ])
    const { applied_revision, resource_statuses } = fixture.ledger()
    for (const address of SUBTREE) expect(applied_revision.resources[address]).toBeDefined()
    expect(resource_statuses['graph.scratch']?.status).toBe('error')
    expect(existsSync(fixture.path('__cluster/recoveries'))).toBe(false)
    lines.return?.()
    graph.close()
    await approve() // the ledger moved: it records the failure
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true })
  })

  it('keeps the provider of a graph for as long as the graph is there', async () => {
    const providers = 'providers: { embedding: { small: { kind: mock } } }\n'
    fixture.write(
      'cluster.yaml',
      WITH_SCRATCH.replace('queries: [find.gq]', 'queries: [find.gq], embedding_provider: small') + providers,
    )
    expect(await applyCluster(fixture.dir)).toMatchObject({ converged: true })
    fixture.write('cluster.yaml', CONFIG)
    const held = await applyCluster(fixture.dir)
    expect(held.changes.find((c) => c.resource.startsWith('provider.'))).toMatchObject({
      disposition: 'blocked',
      reason: 'dependency_not_applied',
    })
    expect(fixture.ledger().applied_revision.resources['provider.embedding.small']).toBeDefined()
    await approve()
    const graph = Graph.open(fixture.path('graphs/scratch.gp'), { readOnly: true })
    const lines = graph.export()[Symbol.iterator]()
    lines.next()
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: false })
    expect(fixture.ledger().applied_revision.resources['provider.embedding.small']).toBeDefined()
    lines.return?.()
    graph.close()
    await approve()
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true })
    expect(fixture.ledger().applied_revision.resources['provider.embedding.small']).toBeUndefined()
  })

  it('goes together with the creates, migrations and catalog writes of one run, after them', async () => {
    fixture.write('cluster.yaml', CONFIG.replace('policies:', '  next: { schema: scratch.pg }\npolicies:'))
    fixture.write('people.pg', PEOPLE.replace('age: I32?', 'age: I32?\n  nick: String?'))
    await approve()
    const steps: string[] = []
    const document = await applyCluster(fixture.dir, { onStep: (step) => steps.push(step) })
    expect(document).toMatchObject({ ok: true, converged: true })
    const order = [
      'after create graph.next',
      'after migrate schema.knowledge',
      'before delete graph.scratch',
      'before ledger',
    ]
    expect(steps.filter((s) => order.includes(s))).toEqual(order)
  })

  it('deletes a graph whose root is gone or broken too, as it was approved', async () => {
    fixture.remove('graphs/scratch.gp')
    fixture.write('graphs/scratch.gp/graph.db', 'broken')
    await approve()
    expect(approvals()[0]?.graph_heads).toBeUndefined()
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true })
    expect(scratchStands()).toBe(false)
  })

  it('asks first when the root is not on this machine, and without an answer does nothing', async () => {
    await approve()
    const workspace = await openWorkspace(fixture.dir)
    const here = workspace.root as ClusterRoot
    const storage = new Proxy(here.storage, {
      get: (target, member) => {
        if (member === 'location') return 's3://bucket/brain'
        const found = Reflect.get(target, member) as unknown
        return typeof found === 'function' ? found.bind(target) : found
      },
    })
    const root = { ...here, storage }
    const before = fixture.fingerprint()
    const run = async (options: ClusterOptions) => {
      const env = environment(options)
      const desired = (await checkDesired(workspace, env)).desired as DesiredState
      const stored = (await readLedger(root)) as StoredLedger
      const recovery = await recoverIntents(root, await listIntents(root), stored.ledger, env)
      return new ApplyRun(root, env, desired, stored, recovery, undefined).execute()
    }
    await expect(run({})).rejects.toMatchObject({ kind: 'denied', code: 'consent_needed' })
    expect(fixture.fingerprint()).toEqual(before)
    const asked: string[] = []
    const consent = async (what: string) => void asked.push(what)
    expect(await run({ consent })).toMatchObject({ converged: true })
    expect(asked).toEqual([expect.stringContaining('deletes graph.scratch of s3://bucket/brain')])
  })

  it('leaves an audit trail that survives the loss of the ledger', async () => {
    await approve()
    await applyCluster(fixture.dir, BEN)
    const records = fixture.ledger().approval_records
    fixture.remove('__cluster/state.json')
    await importCluster(fixture.dir)
    expect(fixture.ledger().approval_records).toEqual(records)
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true })
  })
})

describe('the sweep of an interrupted delete', () => {
  const ID = '01KA0000000000000000000000'
  const KEY = `__cluster/recoveries/${ID}.json`
  async function leaveIntent(): Promise<string> {
    const { approval_id } = await approve()
    const { approved_at, config_digest } = approvals()[0] as Approval
    const intent = {
      version: 1,
      intent_id: ID,
      operation: 'graph_delete',
      resource: 'graph.scratch',
      graph: 'scratch',
      root: 'graphs/scratch.gp',
      config_digest,
      started_at: '2026-11-21T08:00:00.000Z',
      pid: 1,
      host: 'gone',
      actor: 'ben',
      approval: { approval_id, approved_by: 'ann', approved_at },
    }
    fixture.write(KEY, JSON.stringify(intent))
    return approval_id as string
  }

  it('tombstones the subtree and uses the approval when the root is gone, with an audit record', async () => {
    const id = await leaveIntent()
    fixture.remove('graphs/scratch.gp')
    fixture.write('graphs/.scratch.gp.deleted-1/graph.db', 'what the interrupted delete left')
    const document = await applyCluster(fixture.dir, { actor: 'eve' })
    expect(document).toMatchObject({ ok: true, converged: true, changes: [] })
    expect(codes(document, 'warning')).toEqual(['cluster_recovery_rolled_forward'])
    const { tombstones, approval_records, recovery_records } = fixture.ledger()
    expect(Object.keys(tombstones ?? {})).toEqual(SUBTREE)
    expect(approval_records[id]).toMatchObject({ approved_by: 'ann', consumed_by: 'ben' })
    expect(recovery_records[ID]).toMatchObject({
      operation: 'graph_delete',
      actor: 'ben',
      recovered_by: 'eve',
    })
    expect(approvals()[0]).toMatchObject({ consumed_by: 'ben' })
    expect(readdirSync(fixture.path('graphs'))).toEqual(['knowledge.gp'])
    expect(existsSync(fixture.path(KEY))).toBe(false)
  })

  it('retires the intent with a warning when the root is there, and deletes in the same run', async () => {
    await leaveIntent()
    const document = await applyCluster(fixture.dir)
    expect(document).toMatchObject({ ok: true, converged: true })
    expect(codes(document, 'warning')).toEqual(['graph_delete_incomplete'])
    expect(scratchStands()).toBe(false)
    expect(existsSync(fixture.path(KEY))).toBe(false)
  })

  it('only ends what is left when the ledger has the delete, also when a graph of that name stands again', async () => {
    const id = await leaveIntent()
    fixture.remove('__cluster/recoveries')
    await applyCluster(fixture.dir, BEN)
    fixture.write('cluster.yaml', WITH_SCRATCH)
    await applyCluster(fixture.dir)
    const [used] = approvals()
    // As a kill after the ledger leaves it: the approval's file does not say yet that it was used.
    const { consumed_at: _at, consumed_by: _by, ...unused } = used as Approval
    fixture.write(`__cluster/approvals/${id}.json`, JSON.stringify(unused))
    fixture.write(
      KEY,
      JSON.stringify({
        version: 1,
        intent_id: ID,
        operation: 'graph_delete',
        resource: 'graph.scratch',
        graph: 'scratch',
        root: 'graphs/scratch.gp',
        config_digest: 'e'.repeat(64),
        started_at: '2026-11-21T08:00:00.000Z',
        pid: 1,
        host: 'gone',
        approval: { approval_id: id, approved_by: 'ann', approved_at: 'x' },
      }),
    )
    const state = fixture.read('__cluster/state.json')
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true, diagnostics: [] })
    expect(approvals()).toEqual([used])
    expect(fixture.read('__cluster/state.json')).toBe(state)
    expect(scratchStands()).toBe(true)
    expect(existsSync(fixture.path(KEY))).toBe(false)
  })

  it('is done by refresh as well', async () => {
    await leaveIntent()
    fixture.remove('graphs/scratch.gp')
    expect(await refreshCluster(fixture.dir)).toMatchObject({ ok: true })
    expect(Object.keys(fixture.ledger().tombstones ?? {})).toEqual(SUBTREE)
    expect(approvals()[0]?.consumed_at).toBeDefined()
    expect(await applyCluster(fixture.dir)).toMatchObject({ converged: true })
  })

  it('uses the approval although the ledger was lost with it', async () => {
    const id = await leaveIntent()
    fixture.remove('graphs/scratch.gp')
    fixture.remove('__cluster/state.json')
    await importCluster(fixture.dir)
    expect(fixture.ledger().approval_records[id]).toMatchObject({ consumed_by: 'ben' })
    expect(approvals()[0]?.consumed_at).toBeDefined()
  })

  it('is announced by status and plan, which change nothing', async () => {
    await leaveIntent()
    const bytes = fixture.fingerprint()
    expect(codes(await statusCluster(fixture.dir), 'warning')).toEqual(['cluster_recovery_pending'])
    await planCluster(fixture.dir)
    expect(fixture.fingerprint()).toEqual(bytes)
  })
})
