import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OperatorSession } from './operator-session.js'

// The operator's guide that the control plane is built to, section by section: each command of it
// in its order, with this program's names, and each of its promises looked at from outside.

const BRAIN = 'company-brain'
const LEDGER = `${BRAIN}/__cluster/state.json`
const TOKENS = { 'act-reader': 's3cret', andrew: 'andrew-token' }
const PEOPLE = 'node Person {\n  name: String @key\n  age: I32?\n}\nedge Knows: Person -> Person\n'
const FIND = `query find_person($name: String) {
  match { $p: Person { name: $name } }
  return { $p.name, $p.age }
}
`
const POLICY = `version: 1
groups: { operators: [andrew, ci], readers: [act-reader] }
rules:
  - id: read
    allow: { actors: { group: readers }, actions: [read], branch_scope: any }
  - id: call
    allow: { actors: { group: readers }, actions: [invoke_query] }
  - id: operate
    allow: { actors: { group: operators }, actions: [read, export, change], branch_scope: any }
  - id: administer
    allow: { actors: { group: operators }, actions: [admin, invoke_query] }
`
const SERVER_POLICY = `version: 1
groups: { all: [andrew, act-reader] }
rules:
  - id: list
    allow: { actors: { group: all }, actions: [graph_list] }
`

interface Ledger {
  state_revision: number
  written_by?: string
  applied_revision: { resources: Record<string, { digest: string; applies_to?: string[] }> }
  resource_statuses: Record<string, { status: string; conditions?: string[] }>
  approval_records: Record<string, Record<string, string>>
  recovery_records: Record<string, unknown>
  tombstones?: Record<string, Record<string, string>>
}
interface Document {
  ok: boolean
  converged: boolean
  state_written: boolean
  changes: { resource: string; operation: string; disposition: string; reason?: string }[]
  diagnostics: { code: string; severity: string; remedy?: string }[]
}

describe("an operator's year, over the command line alone", () => {
  const op = new OperatorSession()
  const config = ['--config', op.path(BRAIN)]
  const cluster = ['--cluster', op.path(BRAIN)]
  const ledger = () => op.json<Ledger>(LEDGER)
  const blob = (address: string, ending: string) =>
    `${BRAIN}/__cluster/resources/${address.replaceAll('.', '/')}/${ledger().applied_revision.resources[address]?.digest}.${ending}`
  const apply = () => op.ok('cluster', 'apply', ...config, '--as', 'andrew')
  const codes = (document: Document) => document.diagnostics.map((d) => d.code)
  const find = (name: string) => [
    'query',
    'find_person',
    ...cluster,
    '--graph',
    'knowledge',
    '--as',
    'andrew',
    '--params',
    JSON.stringify({ name }),
    '--format',
    'csv',
  ]

  beforeAll(() => op.write('home/config.yaml', ''))
  afterAll(() => op.dispose())

  it('1. deploys a cluster from zero', async () => {
    op.write(`${BRAIN}/people.pg`, PEOPLE)
    op.write(`${BRAIN}/queries/people.gq`, FIND)
    op.write(`${BRAIN}/queries/notes.txt`, 'not a query')
    op.write(`${BRAIN}/base.policy.yaml`, POLICY)
    op.write(
      `${BRAIN}/cluster.yaml`,
      `version: 1
metadata:
  name: company-brain
graphs:
  knowledge:
    schema: people.pg
    queries: queries/            # every query in queries/*.gq registers
policies:
  base:
    file: base.policy.yaml
    applies_to: [knowledge]      # graph-bound
`,
    )
    expect(await op.ok('cluster', 'validate', ...config)).toContain('The configuration is valid.')
    expect(op.exists(`${BRAIN}/__cluster`)).toBe(false)
    expect(await op.refused('cluster', 'apply', ...config)).toContain('state_missing')
    expect(await op.ok('cluster', 'import', ...config)).toContain('Ledger created at revision 1')
    const imported = op.fingerprint(BRAIN)
    const plan = await op.ok('cluster', 'plan', ...config)
    for (const address of [
      'graph.knowledge',
      'schema.knowledge',
      'query.knowledge.find_person',
      'policy.base',
    ])
      expect(plan).toContain(`+ create ${address}`)
    expect(plan).toContain('Plan: 4 to create, 0 to update, 0 to delete.')
    expect(op.fingerprint(BRAIN)).toEqual(imported)
    const applied = await apply()
    expect(applied).toContain('+ create graph.knowledge  [applied]')
    expect(applied).toContain('Converged.')
    expect(op.exists(`${BRAIN}/graphs/knowledge.gp/graph.db`)).toBe(true)
    expect(op.read(blob('query.knowledge.find_person', 'gq'))).toBe(FIND)
    expect(op.read(blob('policy.base', 'yaml'))).toBe(POLICY)
    const bytes = op.fingerprint(BRAIN)
    expect(await apply()).toContain('Nothing to do')
    expect(op.fingerprint(BRAIN)).toEqual(bytes)
  })

  it('1. loads rows through the graph, not the control plane', async () => {
    op.write(
      'seed.jsonl',
      '{"type":"Person","data":{"name":"Ada","age":36}}\n{"type":"Person","data":{"name":"Bob"}}\n{"edge":"Knows","from":"Ada","to":"Bob","data":{}}\n',
    )
    const root = op.path(BRAIN, 'graphs/knowledge.gp')
    const ledgerBefore = op.read(LEDGER)
    expect(await op.ok('load', '--data', op.path('seed.jsonl'), root, '--as', 'andrew')).toContain(
      '3 inserted',
    )
    expect(op.read(LEDGER)).toBe(ledgerBefore)
    expect(await op.ok('cluster', 'plan', ...config)).toContain('No changes.')
  })

  it('1. serves what was applied, never what is merely written, from a config directory or from its state alone', async () => {
    op.write(`${BRAIN}/queries/later.gq`, FIND.replace('find_person', 'written_only'))
    const call = ['/graphs/knowledge/queries/find_person', { params: { name: 'Ada' } }] as const
    const served = await op.serve(cluster, TOKENS)
    const found = await served.post(...call, 's3cret')
    expect(found).toMatchObject({ status: 200 })
    expect(JSON.stringify(found.body)).toContain('"Ada"')
    expect((await served.post(...call)).status).toBe(401)
    expect(
      (await served.post('/graphs/knowledge/queries/written_only', { params: { name: 'Ada' } }, 's3cret'))
        .status,
    ).toBe(404)
    // Routing is always by graph, and a graph nobody applied is not there.
    expect((await served.post('/queries/find_person', call[1], 's3cret')).status).toBe(404)
    expect((await served.get('/graphs/nothing/snapshot', 's3cret')).status).toBe(404)
    await served.stop()
    op.remove(`${BRAIN}/queries/later.gq`)
    for (const part of ['__cluster', 'graphs']) op.copy(`${BRAIN}/${part}`, `box/${part}`)
    const box = await op.serve(['--cluster', op.path('box')], TOKENS)
    expect((await box.post(...call, 's3cret')).status).toBe(200)
    await box.stop()
    op.remove('box')
    // One source to boot from.
    expect((await op.run(['serve', ...cluster, op.path(BRAIN, 'graphs/knowledge.gp')])).code).toBe(2)
    expect((await op.run(['serve', ...cluster, '--config', op.path(BRAIN)])).code).toBe(2)
    // Policies and no tokens: nobody could be anybody.
    expect(await op.refusedToServe(cluster, {})).toMatch(/token/)
  })

  it('2. takes an edit of a query, of a policy, and of what a policy applies to', async () => {
    op.edit(`${BRAIN}/queries/people.gq`, '$p.age }', '$p.age } limit 10')
    expect(await op.ok('cluster', 'plan', ...config)).toContain('~ update query.knowledge.find_person')
    const old = blob('query.knowledge.find_person', 'gq')
    await apply()
    expect(op.exists(old)).toBe(true)
    expect(op.read(blob('query.knowledge.find_person', 'gq'))).toContain('limit 10')

    op.edit(`${BRAIN}/base.policy.yaml`, 'actions: [read]', 'actions: [read, export]')
    expect(await op.ok('cluster', 'plan', ...config)).toContain('~ update policy.base')
    await apply()

    op.write(`${BRAIN}/scratch.pg`, PEOPLE)
    op.edit(`${BRAIN}/cluster.yaml`, 'policies:', '  scratch:\n    schema: scratch.pg\npolicies:')
    await apply()
    const digest = ledger().applied_revision.resources['policy.base']?.digest
    op.edit(`${BRAIN}/cluster.yaml`, '[knowledge]', '[knowledge, scratch]')
    expect(await op.ok('cluster', 'plan', ...config)).toContain('~ update policy.base  [bindings]')
    await apply()
    expect(ledger().applied_revision.resources['policy.base']).toMatchObject({
      digest,
      applies_to: ['graph.knowledge', 'graph.scratch'],
    })
  })

  it('2. migrates a live graph, with a query that needs it, in one run; the steps stand in the plan', async () => {
    op.edit(`${BRAIN}/people.pg`, '  age: I32?', '  age: I32?\n  email: String?')
    op.edit(`${BRAIN}/people.pg`, '  age: I32?\n', '')
    op.edit(`${BRAIN}/queries/people.gq`, '$p.name, $p.age }', '$p.name, $p.email }')
    const plan = await op.ok('cluster', 'plan', ...config)
    expect(plan).toContain('add_property')
    expect(plan).toMatch(/drop_property.*age/)
    const commits = async () =>
      (
        await op.document<{ commits: { id: string; actor: string; kind: string }[] }>(
          'commit',
          'list',
          ...cluster,
          '--graph',
          'knowledge',
          '--as',
          'andrew',
        )
      ).commits
    const [before] = await commits()
    expect(await apply()).toContain('~ update schema.knowledge  [applied]')
    expect((await commits())[0]).toMatchObject({ kind: 'schema', actor: 'andrew' })
    expect(ledger().written_by).toBe('andrew')
    // A soft drop: gone now, there before.
    const ages = (...at: string[]) =>
      op.run([
        'query',
        ...cluster,
        '--graph',
        'knowledge',
        '--as',
        'andrew',
        ...at,
        '-e',
        'query a() { match { $p: Person { name: "Ada" } } return { $p.age } }',
        '--format',
        'csv',
      ])
    expect((await ages()).code).toBe(1)
    expect((await ages('--snapshot', before?.id as string)).stdout).toContain('36')
  })

  it('2. reaches no migration that would lose data', async () => {
    op.edit(`${BRAIN}/people.pg`, 'email: String?', 'email: I32?')
    const state = op.read(LEDGER)
    const plan = await op.refused('cluster', 'plan', ...config)
    expect(plan).toContain('migration_unsupported')
    expect(op.read(LEDGER)).toBe(state)
    op.edit(`${BRAIN}/people.pg`, 'email: I32?', 'email: String?')
    expect(await op.ok('cluster', 'plan', ...config)).toContain('No changes.')
  })

  it('2. attributes a run to --as, else to operator.actor', async () => {
    op.write('home/config.yaml', 'operator: { actor: ci }\n')
    op.edit(`${BRAIN}/queries/people.gq`, 'limit 10', 'limit 20')
    await op.ok('cluster', 'apply', ...config)
    expect(ledger().written_by).toBe('ci')
    op.edit(`${BRAIN}/queries/people.gq`, 'limit 20', 'limit 30')
    await apply()
    expect(ledger().written_by).toBe('andrew')
    op.write('home/config.yaml', '')
  })

  it('3. inspects without touching: status reads the ledger only', async () => {
    const bytes = op.fingerprint(BRAIN)
    const status = await op.document<{ ok: boolean; resource_statuses: Ledger['resource_statuses'] }>(
      'cluster',
      'status',
      ...config,
    )
    expect(status.ok).toBe(true)
    expect(Object.values(status.resource_statuses).map((s) => s.status)).toEqual(
      Object.keys(ledger().applied_revision.resources).map(() => 'applied'),
    )
    expect(op.fingerprint(BRAIN)).toEqual(bytes)
  })

  /** Changes a managed graph behind the control plane's back: away from its place, where nothing manages it. */
  async function changeOutOfBand(schema: string): Promise<void> {
    const root = `${BRAIN}/graphs/knowledge.gp`
    expect(
      await op.refused('schema', 'apply', op.path(root), '--schema', op.path(`${BRAIN}/people.pg`)),
    ).toContain('root_is_cluster_managed')
    op.write('outside.pg', schema)
    op.copy(root, 'outside.gp')
    await op.ok('schema', 'apply', op.path('outside.gp'), '--schema', op.path('outside.pg'))
    op.remove(root)
    op.copy('outside.gp', root)
    op.remove('outside.gp')
  }

  it('3. finds drift, plans it back with its steps, and converges it', async () => {
    await changeOutOfBand(
      op.read(`${BRAIN}/people.pg`).replace('email: String?', 'email: String?\n  rogue: String?'),
    )
    op.write(blob('query.knowledge.find_person', 'gq'), 'tampered')
    expect(await op.ok('cluster', 'plan', ...config, '--no-refresh')).toContain('No changes.')
    expect(await op.ok('cluster', 'plan', ...config)).toMatch(/drop_property.*rogue/)
    expect(await op.ok('cluster', 'refresh', ...config)).toContain('schema differs')
    expect(ledger().resource_statuses).toMatchObject({
      'schema.knowledge': { status: 'drifted', conditions: ['schema_mismatch'] },
      'query.knowledge.find_person': { status: 'drifted', conditions: ['payload_mismatch'] },
    })
    const plan = await op.ok('cluster', 'plan', ...config)
    expect(plan).toMatch(/drop_property.*rogue/)
    expect(plan).toContain('+ create query.knowledge.find_person')
    expect(await apply()).toContain('Converged.')
    expect(op.read(blob('query.knowledge.find_person', 'gq'))).toContain('limit 30')
    expect(await op.ok('cluster', 'plan', ...config)).toContain('No changes.')
  })

  it('3. takes the change from outside for its own when the files say the same', async () => {
    op.edit(`${BRAIN}/people.pg`, 'email: String?', 'email: String?\n  wanted: String?')
    await changeOutOfBand(op.read(`${BRAIN}/people.pg`))
    await op.ok('cluster', 'refresh', ...config)
    const applied = await op.document<Document>('cluster', 'apply', ...config, '--as', 'andrew')
    expect(applied).toMatchObject({ ok: true, converged: true })
    expect(applied.changes.filter((c) => c.resource === 'schema.knowledge')).toEqual([])
    expect(await op.ok(...find('Ada'))).toContain('Ada')
  })

  it('4. deletes a graph only with an approval of exactly that', async () => {
    op.edit(`${BRAIN}/cluster.yaml`, '  scratch:\n    schema: scratch.pg\n', '')
    op.edit(`${BRAIN}/cluster.yaml`, '[knowledge, scratch]', '[knowledge]')
    expect(await apply()).toContain('- delete graph.scratch  [blocked: approval_required]')
    expect(op.exists(`${BRAIN}/graphs/scratch.gp`)).toBe(true)
    expect(await op.refused('cluster', 'approve', 'graph.scratch', ...config)).toContain(
      'approval_actor_required',
    )
    expect(await op.refused('cluster', 'approve', 'graph.knowledge', ...config, '--as', 'andrew')).toContain(
      'approval_not_required',
    )
    expect(await op.ok('cluster', 'approve', 'graph.scratch', ...config, '--as', 'andrew')).toMatch(
      /delete graph\.scratch approved by andrew \(approval 01\w+\)/,
    )
    // Any movement makes it stale.
    op.edit(`${BRAIN}/queries/people.gq`, 'limit 30', 'limit 40')
    const stale = await op.document<Document>('cluster', 'apply', ...config, '--as', 'andrew')
    expect(codes(stale)).toContain('approval_stale')
    expect(op.exists(`${BRAIN}/graphs/scratch.gp`)).toBe(true)
    const [first] = op.names(`${BRAIN}/__cluster/approvals`)
    await op.ok('cluster', 'approve', 'graph.scratch', ...config, '--as', 'andrew')
    expect(await op.ok('cluster', 'plan', ...config)).toContain('[approved by andrew]')
    const done = await op.ok('cluster', 'apply', ...config, '--as', 'ci')
    expect(done).toContain('- delete graph.scratch  [applied]')
    expect(done).toContain('Converged.')
    expect(op.exists(`${BRAIN}/graphs/scratch.gp`)).toBe(false)
    expect(Object.keys(ledger().tombstones ?? {})).toEqual(['graph.scratch', 'schema.scratch'])
    const [[id, record]] = Object.entries(ledger().approval_records) as [[string, Record<string, string>]]
    expect(record).toMatchObject({ resource: 'graph.scratch', approved_by: 'andrew', consumed_by: 'ci' })
    const kept = op.names(`${BRAIN}/__cluster/approvals`)
    expect(kept).toEqual([first, `${id}.json`])
    expect(op.json(`${BRAIN}/__cluster/approvals/${id}.json`)).toMatchObject({
      consumed_at: record['consumed_at'],
      consumed_by: 'ci',
    })
    expect(await op.ok('cluster', 'status', ...config)).toContain('graph.scratch deleted')
    const diff = await op.ok('cluster', 'diff', ...config)
    expect(diff).toContain('- delete graph.scratch')
  })

  it('5. repairs a crashed run with the next one', async () => {
    for (const after of [150, 300, 450]) {
      op.write(`${BRAIN}/g${after}.pg`, PEOPLE)
      op.edit(`${BRAIN}/cluster.yaml`, 'policies:', `  g${after}:\n    schema: g${after}.pg\npolicies:`)
      await op.run(['cluster', 'apply', ...config, '--as', 'andrew'], after)
      expect(await apply()).toContain('Converged.')
      expect(op.names(`${BRAIN}/__cluster/recoveries`)).toEqual([])
      expect(op.exists(`${BRAIN}/__cluster/lock.json`)).toBe(false)
      const bytes = op.fingerprint(BRAIN)
      expect(await apply()).toContain('Nothing to do')
      expect(op.fingerprint(BRAIN)).toEqual(bytes)
    }
  })

  it('5. shows who holds a lock, and releases it by its exact id only', async () => {
    const lock = {
      version: 1,
      lock_id: '01KTLOCK',
      operation: 'apply',
      created_at: '2026-11-21T08:00:00.000Z',
      pid: 1,
      host: 'elsewhere',
      actor: 'ada',
    }
    op.write(`${BRAIN}/__cluster/lock.json`, JSON.stringify(lock))
    expect(await op.refused('cluster', 'apply', ...config)).toContain('force-unlock 01KTLOCK')
    const status = await op.ok('cluster', 'status', ...config)
    expect(status).toMatch(/Locked by apply \(ada, process 1, elsewhere\).*id 01KTLOCK/)
    // A held lock does not keep a server from starting.
    const served = await op.serve(cluster, TOKENS)
    await served.stop()
    expect(await op.refused('cluster', 'force-unlock', '01KTOTHER', ...config)).toContain(
      'state_lock_id_mismatch',
    )
    expect(op.exists(`${BRAIN}/__cluster/lock.json`)).toBe(true)
    await op.ok('cluster', 'force-unlock', '01KTLOCK', ...config)
    expect(op.exists(`${BRAIN}/__cluster/lock.json`)).toBe(false)
    expect(await op.refused('cluster', 'force-unlock', '01KTLOCK', ...config)).toContain('state_lock_missing')
  })

  it('5. rebuilds a lost ledger, and applies onto the same content', async () => {
    const { resources } = ledger().applied_revision
    const records = ledger().approval_records
    const content = op.fingerprint(`${BRAIN}/__cluster/resources`)
    op.remove(LEDGER)
    expect(await op.refusedToServe(cluster, TOKENS)).toContain('cluster_state_missing')
    await op.ok('cluster', 'import', ...config)
    expect(await op.refused('cluster', 'import', ...config)).toContain('state_already_exists')
    expect(await apply()).toContain('Converged.')
    expect(ledger().applied_revision.resources).toEqual(resources)
    expect(ledger().approval_records).toEqual(records)
    expect(op.fingerprint(`${BRAIN}/__cluster/resources`)).toEqual(content)
  })

  it('5. refuses to serve what is not safe to serve, and each refusal names its remedy', async () => {
    op.copy(BRAIN, 'sound')
    const again = () => {
      op.remove(BRAIN)
      op.copy('sound', BRAIN)
    }
    const damage = async (code: string, hurt: () => void, remedy: RegExp) => {
      hurt()
      const said = await op.refusedToServe(cluster, TOKENS)
      expect(said).toContain(code)
      expect(said).toMatch(remedy)
    }
    const rewrite = (change: (found: Ledger) => void) => {
      const found = ledger()
      change(found)
      op.write(LEDGER, JSON.stringify(found))
    }
    const policy = blob('policy.base', 'yaml')
    await damage('catalog_payload_missing', () => op.remove(policy), /cluster apply/)
    await op.ok('cluster', 'refresh', ...config)
    await apply()
    await damage('catalog_payload_digest_mismatch', () => op.write(policy, 'tampered'), /cluster apply/)
    await op.ok('cluster', 'refresh', ...config)
    await apply()
    expect(op.read(policy)).toContain('actions: [read, export]')

    const strip = (found: Ledger) => delete found.applied_revision.resources['policy.base']?.applies_to
    await damage('policy_bindings_missing', () => rewrite(strip), /cluster apply/)
    await apply()
    await (await op.serve(cluster, TOKENS)).stop()

    const bindTwice = (found: Ledger) => {
      found.applied_revision.resources['policy.more'] = {
        ...(found.applied_revision.resources['policy.base'] as { digest: string }),
      }
    }
    await damage('duplicate_policy_binding', () => rewrite(bindTwice), /Merge/)
    again()
    const empty = (found: Ledger) => {
      found.applied_revision.resources = {}
    }
    await damage('cluster_empty', () => rewrite(empty), /Declare a graph/)
    again()
    for (const name of op.names(`${BRAIN}/graphs`)) op.write(`${BRAIN}/graphs/${name}/graph.db`, 'broken')
    await damage('cluster_no_healthy_graphs', () => {}, /cluster apply|repair/)
    again()
    op.remove('sound')
  })

  it('5. leaves a graph that is not well out and serves the others, unless all are required', async () => {
    op.copy(BRAIN, 'sound')
    op.edit(
      `${BRAIN}/cluster.yaml`,
      /policies:[\s\S]*/,
      `policies:
  base:
    file: base.policy.yaml
    applies_to: [knowledge, g150]
  server:
    file: server.policy.yaml
    applies_to: [cluster]
`,
    )
    op.write(`${BRAIN}/server.policy.yaml`, SERVER_POLICY)
    await apply()
    const intent = {
      version: 1,
      intent_id: '01KA0000000000000000000000',
      operation: 'schema_apply',
      resource: 'schema.g150',
      graph: 'g150',
      root: 'graphs/g150.gp',
      before_schema_digest: 'a'.repeat(64),
      after_schema_digest: 'b'.repeat(64),
      config_digest: 'c'.repeat(64),
      started_at: '2026-11-21T08:00:00.000Z',
      pid: 1,
      host: 'gone',
    }
    op.write(`${BRAIN}/__cluster/recoveries/${intent.intent_id}.json`, JSON.stringify(intent))
    op.write(`${BRAIN}/graphs/g300.gp/graph.db`, 'broken')
    const served = await op.serve(cluster, TOKENS)
    const { body } = await served.get('/graphs', 's3cret')
    expect(JSON.stringify(body)).toContain('knowledge')
    expect(JSON.stringify(body)).not.toMatch(/g150|g300/)
    expect((await served.get('/graphs/g150/snapshot', 's3cret')).status).toBe(404)
    expect((await served.get('/graphs/g300/snapshot', 's3cret')).status).toBe(404)
    expect(
      (await served.post('/graphs/knowledge/queries/find_person', { params: { name: 'Ada' } }, 's3cret'))
        .status,
    ).toBe(200)
    await served.stop()
    const strict = await op.refusedToServe([...cluster, '--require-all-graphs'], TOKENS)
    expect(strict).toContain('cluster_recovery_pending')
    op.env = { ...op.env, GROUNDPLANE_REQUIRE_ALL_GRAPHS: '1' }
    expect(await op.refusedToServe(cluster, TOKENS)).toContain('cluster_recovery_pending')
    const { GROUNDPLANE_REQUIRE_ALL_GRAPHS: _strict, ...lenient } = op.env
    op.env = lenient
    // The sweep of the next apply finds that nothing had happened to g150.
    await op.run(['cluster', 'apply', ...config, '--as', 'andrew'])
    expect(op.names(`${BRAIN}/__cluster/recoveries`)).toEqual([])
    op.remove(BRAIN)
    op.copy('sound', BRAIN)
    op.remove('sound')
  })

  it('6. serves one directory from several replicas, and moves as one unit', async () => {
    const replicas = await Promise.all([op.serve(cluster, TOKENS), op.serve(cluster, TOKENS)])
    const call = ['/graphs/knowledge/queries/find_person', { params: { name: 'Ada' } }] as const
    for (const replica of replicas) expect((await replica.post(...call, 's3cret')).status).toBe(200)
    await Promise.all(replicas.map((r) => r.stop()))
    op.copy(BRAIN, 'restored')
    expect(await op.ok('cluster', 'plan', '--config', op.path('restored'))).toContain('No changes.')
    const restored = await op.serve(['--cluster', op.path('restored')], TOKENS)
    expect((await restored.post(...call, 's3cret')).status).toBe(200)
    await restored.stop()
    op.remove('restored')
  })

  it('6. validates and plans in a pipeline without writing', async () => {
    op.edit(`${BRAIN}/queries/people.gq`, 'limit 40', 'limit 50')
    const bytes = op.fingerprint(BRAIN)
    expect(await op.document<Document>('cluster', 'validate', ...config)).toMatchObject({ ok: true })
    const plan = await op.document<Document>('cluster', 'plan', ...config)
    expect(plan.changes.map((c) => c.resource)).toEqual(['graph.knowledge', 'query.knowledge.find_person'])
    expect(op.fingerprint(BRAIN)).toEqual(bytes)
    const applied = await op.document<Document>('cluster', 'apply', ...config, '--as', 'ci')
    expect(applied).toMatchObject({ ok: true, converged: true })
  })

  it('7. maintains a graph by its name', async () => {
    const knowledge = [...cluster, '--graph', 'knowledge', '--as', 'andrew']
    const optimized = await op.ok('optimize', ...knowledge)
    expect(optimized).toContain(`writing to ${op.path(BRAIN, 'graphs/knowledge.gp')}`)
    expect(await op.ok('optimize', ...knowledge, '--quiet')).not.toContain('writing to')
    expect(await op.ok('cleanup', ...knowledge, '--keep', '10', '--confirm')).toContain('removed')
    expect(await op.refused('optimize', ...cluster, '--as', 'andrew')).toMatch(/g150, g300, g450, knowledge/)
    expect(await op.refused('optimize', ...cluster, '--graph', 'scratch', '--as', 'andrew')).toContain(
      'graph_not_applied',
    )
    expect(
      await op.refused('init', '--schema', op.path(BRAIN, 'people.pg'), op.path(BRAIN, 'graphs/mine.gp')),
    ).toContain('root_is_cluster_managed')
    // By a name of the operator config, and with content of a query lost: the ledger and its rules are enough.
    op.write('home/config.yaml', `clusters:\n  brain: { root: ${op.path(BRAIN)} }\n`)
    op.remove(`${BRAIN}/__cluster/resources/query`)
    await op.ok('optimize', '--cluster', 'brain', '--graph', 'knowledge', '--as', 'andrew')
    expect(await apply()).toContain('Converged.')
    op.write('home/config.yaml', '')
    op.write('one/people.pg', PEOPLE)
    op.write(
      'one/cluster.yaml',
      'version: 1\nmetadata: { name: one }\ngraphs: { only: { schema: people.pg } }\n',
    )
    await op.ok('cluster', 'import', '--config', op.path('one'))
    await op.ok('cluster', 'apply', '--config', op.path('one'))
    await op.ok('optimize', '--cluster', op.path('one'))
  })

  it('keeps a query to itself that is not exposed, and refuses what belongs to other programs', async () => {
    op.edit(
      `${BRAIN}/cluster.yaml`,
      'queries: queries/            # every query in queries/*.gq registers',
      'queries: { find_person: { file: queries/people.gq, expose: false } }',
    )
    await apply()
    const served = await op.serve(cluster, TOKENS)
    const hidden = await served.post(
      '/graphs/knowledge/queries/find_person',
      { params: { name: 'Ada' } },
      's3cret',
    )
    const absent = await served.post(
      '/graphs/knowledge/queries/find_nobody',
      { params: { name: 'Ada' } },
      's3cret',
    )
    expect([hidden.status, absent.status]).toEqual([404, 404])
    await served.stop()
    op.edit(`${BRAIN}/cluster.yaml`, 'policies:', 'pipelines: {}\npolicies:')
    expect(await op.refused('cluster', 'validate', ...config)).toContain('future_phase_field')
    op.edit(`${BRAIN}/cluster.yaml`, 'pipelines: {}\n', '')
  })

  it('ends the year with what nothing names removed, and nothing else', async () => {
    const { resources } = ledger().applied_revision
    expect(await op.ok('cluster', 'gc', ...config, '--keep-revisions', '1')).toContain(
      'Next: groundplane cluster gc --confirm',
    )
    const removed = await op.document<{ ok: boolean; removed_count: number }>(
      'cluster',
      'gc',
      ...config,
      '--keep-revisions',
      '1',
      '--confirm',
    )
    expect(removed.ok).toBe(true)
    expect(removed.removed_count).toBeGreaterThan(10)
    expect(op.names(`${BRAIN}/__cluster/revisions`)).toHaveLength(1)
    expect(await op.ok('cluster', 'gc', ...config, '--keep-revisions', '1', '--confirm')).toContain(
      'Nothing to remove.',
    )
    expect(ledger().applied_revision.resources).toEqual(resources)
    const last = await op.document<Document>('cluster', 'apply', ...config, '--as', 'andrew')
    expect(last).toMatchObject({ ok: true, converged: true, state_written: false })
    await (await op.serve(cluster, TOKENS)).stop()
  })
}, 300_000)
