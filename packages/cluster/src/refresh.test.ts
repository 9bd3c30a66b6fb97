import { existsSync, mkdirSync } from 'node:fs'
import { sha256 } from '@groundplane/core'
import { Graph } from '@groundplane/graph'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyCluster } from './apply.js'
import { planCluster } from './plan.js'
import { importCluster, refreshCluster } from './refresh.js'
import { statusCluster } from './status.js'
import { ClusterFixture, codes, FIND, PEOPLE_WITH_EMAIL, READERS } from './testing/cluster-fixture.js'

let fixture: ClusterFixture
beforeEach(() => {
  fixture = new ClusterFixture()
})
afterEach(() => fixture.dispose())

async function converge(): Promise<void> {
  await importCluster(fixture.dir)
  expect(await applyCluster(fixture.dir)).toMatchObject({ converged: true })
}

function blobOf(address: string, ending: string): string {
  const { resources } = fixture.ledger().applied_revision
  return `__cluster/resources/${address.replaceAll('.', '/')}/${resources[address]?.digest}.${ending}`
}

describe('cluster import', () => {
  it('creates revision 1 of an empty ledger and invents no digests', async () => {
    const document = await importCluster(fixture.dir, { actor: 'ada' })
    expect(document).toMatchObject({ ok: true, operation: 'import', resource_digests: {} })
    expect(fixture.ledger()).toMatchObject({
      version: 1,
      state_revision: 1,
      written_by: 'ada',
      applied_revision: { resources: {} },
    })
  })

  it('records graphs that stand already at revision 1, with observations of them and no digest of a query or policy', async () => {
    Graph.create(fixture.path('graphs/knowledge.gp'), { schema: fixture.read('people.pg') }).close()
    const document = await importCluster(fixture.dir)
    expect(fixture.ledger().state_revision).toBe(1)
    expect(fixture.ledger().observations['graph.knowledge']).toMatchObject({
      exists: true,
      schema_match: true,
      commit: expect.stringMatching(/^[0-9A-Z]{26}$/),
    })
    expect(Object.keys(document.resource_digests)).toEqual(['graph.knowledge', 'schema.knowledge'])
  })

  it('refuses when a ledger exists', async () => {
    await importCluster(fixture.dir)
    const before = fixture.read('__cluster/state.json')
    const document = await importCluster(fixture.dir)
    expect(codes(document, 'error')).toEqual(['state_already_exists'])
    expect(fixture.read('__cluster/state.json')).toBe(before)
  })

  it('creates no ledger when a graph cannot be opened', async () => {
    fixture.write('graphs/knowledge.gp/graph.db', 'this is not a database')
    const document = await importCluster(fixture.dir)
    expect(codes(document, 'error')).toEqual(['graph_observation_error'])
    expect(existsSync(fixture.path('__cluster/state.json'))).toBe(false)
  })

  it('rebuilds a lost ledger from the graphs, and the next apply converges onto the same blobs', async () => {
    await converge()
    const blobs = fixture.fingerprint('__cluster/resources')
    const resources = fixture.ledger().applied_revision.resources
    fixture.remove('__cluster/state.json')
    const document = await importCluster(fixture.dir)
    expect(Object.keys(document.resource_digests)).toEqual(['graph.knowledge', 'schema.knowledge'])
    expect(document.observations['graph.knowledge']).toMatchObject({ exists: true, schema_match: true })
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true })
    expect(fixture.fingerprint('__cluster/resources')).toEqual(blobs)
    expect(fixture.ledger().applied_revision.resources).toEqual(resources)
  })
})

describe('cluster refresh', () => {
  it('needs a ledger', async () => {
    expect(codes(await refreshCluster(fixture.dir), 'error')).toEqual(['state_missing'])
    expect(existsSync(fixture.path('__cluster'))).toBe(false)
  })

  it('records live digest and commit, bumps the revision and keeps bindings', async () => {
    await converge()
    const document = await refreshCluster(fixture.dir)
    expect(document).toMatchObject({
      ok: true,
      operation: 'refresh',
      state_observations: { state_revision: 3 },
    })
    expect(document.observations['graph.knowledge']).toMatchObject({
      exists: true,
      schema_match: true,
      commit: expect.any(String),
    })
    expect(fixture.ledger().applied_revision.resources['policy.base']?.applies_to).toEqual([
      'graph.knowledge',
    ])
    expect((await planCluster(fixture.dir)).changes).toEqual([])
  })

  it('marks a graph whose root is gone as drifted and drops its digests, so that apply creates it anew and empty', async () => {
    await converge()
    const rows = (name?: string) => {
      const graph = Graph.open(fixture.path('graphs/knowledge.gp'))
      if (name !== undefined)
        graph.mutate('query add($n: String) { insert Person { name: $n } }', { n: name })
      const found = graph.snapshot().types.find((t) => t.name === 'Person')?.rows
      graph.close()
      return found
    }
    expect(rows('ada')).toBe(1)
    fixture.remove('graphs/knowledge.gp')
    const document = await refreshCluster(fixture.dir)
    expect(document.ok).toBe(true)
    expect(document.resource_statuses['graph.knowledge']).toMatchObject({
      status: 'drifted',
      conditions: ['graph_missing'],
    })
    expect(document.resource_digests['schema.knowledge']).toBeUndefined()
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true })
    expect(rows()).toBe(0)
  })

  it('records a schema changed behind its back as drift that apply takes back, softly', async () => {
    await converge()
    const graph = Graph.open(fixture.path('graphs/knowledge.gp'))
    graph.applySchema(PEOPLE_WITH_EMAIL, {})
    graph.mutate('query add() { insert Person { name: "ada", email: "ada@x" } }', {})
    const before = graph.head().id
    graph.close()
    const document = await refreshCluster(fixture.dir)
    expect(document.resource_statuses['schema.knowledge']).toMatchObject({
      status: 'drifted',
      conditions: ['schema_mismatch'],
    })
    const plan = await planCluster(fixture.dir)
    expect(plan.changes.map((c) => `${c.operation} ${c.resource}`)).toEqual([
      'update graph.knowledge',
      'update schema.knowledge',
    ])
    expect(plan.changes[1]?.migration?.steps).toMatchObject([
      { kind: 'drop_property', type: 'Person', property: 'email' },
    ])
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true })
    expect((await planCluster(fixture.dir)).changes).toEqual([])
    const after = Graph.open(fixture.path('graphs/knowledge.gp'), { readOnly: true })
    expect(after.schema().source).not.toContain('email')
    const emails = 'query e() { match { $p: Person } return { $p.email as email } }'
    expect(after.query(emails, {}, { commit: before }).rows).toEqual([{ email: 'ada@x' }])
    after.close()
  })

  it('drops the digest of a missing or altered payload, and the next apply publishes it again', async () => {
    await converge()
    const [query, policy] = [blobOf('query.knowledge.find_person', 'gq'), blobOf('policy.base', 'yaml')]
    fixture.remove(query)
    fixture.write(policy, 'tampered')
    const [applied, found] = [READERS, 'tampered'].map((text) => sha256(text))
    expect((await planCluster(fixture.dir)).drift).toContainEqual({
      resource: 'policy.base',
      condition: 'payload_mismatch',
      recorded_digest: applied,
      observed_digest: found,
    })
    const document = await refreshCluster(fixture.dir)
    expect(document.resource_statuses).toMatchObject({
      'query.knowledge.find_person': { status: 'drifted', conditions: ['payload_missing'] },
      'policy.base': {
        status: 'drifted',
        conditions: ['payload_mismatch'],
        message: `its content has the digest ${found}, applied was ${applied}`,
      },
    })
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true })
    expect(fixture.read(query)).toBe(FIND)
    expect(fixture.read(policy)).toBe(READERS)
  })

  it('keeps the digest of a payload it cannot read and fails', async () => {
    await converge()
    const blob = blobOf('policy.base', 'yaml')
    fixture.remove(blob)
    mkdirSync(fixture.path(blob))
    const document = await refreshCluster(fixture.dir)
    expect(codes(document, 'error')).toEqual(['catalog_payload_read_error'])
    expect(document.resource_digests['policy.base']).toBeDefined()
    expect(document.resource_statuses['policy.base']).toEqual({
      status: 'error',
      conditions: ['payload_read_error'],
    })
  })

  it('adopts a graph that stands where a declared one would, so that it can be managed', async () => {
    await importCluster(fixture.dir)
    Graph.create(fixture.path('graphs/knowledge.gp'), { schema: fixture.read('people.pg') }).close()
    await refreshCluster(fixture.dir)
    expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true })
  })
})

describe('cluster status', () => {
  it('warns, and is ok, when there is no ledger', async () => {
    const document = await statusCluster(fixture.dir)
    expect(document.ok).toBe(true)
    expect(codes(document)).toEqual(['state_missing'])
    expect(existsSync(fixture.path('__cluster'))).toBe(false)
  })

  it('shows digests, statuses and observations, and changes no byte', async () => {
    await converge()
    const before = fixture.fingerprint()
    const document = await statusCluster(fixture.dir)
    expect(document).toMatchObject({ ok: true, diagnostics: [] })
    expect(Object.values(document.resource_statuses).map((s) => s.status)).toEqual([
      'applied',
      'applied',
      'applied',
      'applied',
    ])
    expect(fixture.fingerprint()).toEqual(before)
  })

  it('reports a missing and an altered payload without writing', async () => {
    await converge()
    fixture.remove(blobOf('query.knowledge.find_person', 'gq'))
    fixture.write(blobOf('policy.base', 'yaml'), 'tampered')
    const before = fixture.fingerprint()
    const document = await statusCluster(fixture.dir)
    expect(codes(document, 'warning').sort()).toEqual(['catalog_payload_mismatch', 'catalog_payload_missing'])
    expect(fixture.fingerprint()).toEqual(before)
  })

  it('fails on a ledger that is not valid', async () => {
    fixture.write('__cluster/state.json', 'not json')
    const document = await statusCluster(fixture.dir)
    expect(document.ok).toBe(false)
    expect(codes(document, 'error')).toEqual(['invalid_state_json'])
  })

  it('is silent about a directory of intents that is not there', async () => {
    await converge()
    expect(existsSync(fixture.path('__cluster/recoveries'))).toBe(false)
    expect((await statusCluster(fixture.dir)).diagnostics).toEqual([])
  })

  it('warns of an intent it cannot read', async () => {
    await converge()
    fixture.write('__cluster/recoveries/01KA0000000000000000000000.json', '{"version":1}')
    const document = await statusCluster(fixture.dir)
    expect(document.ok).toBe(true)
    expect(codes(document, 'warning')).toEqual(['invalid_recovery_sidecar'])
  })

  it('warns of a pending intent, also under a storage root', async () => {
    fixture.edit('cluster.yaml', (text) => text.replace('graphs:', 'storage: store\ngraphs:'))
    await importCluster(fixture.dir)
    const onStep = (step: string) => {
      if (step === 'before ledger') throw new TypeError('a bug')
    }
    await expect(applyCluster(fixture.dir, { onStep })).rejects.toThrow('a bug')
    const before = fixture.fingerprint()
    const document = await statusCluster(fixture.dir)
    expect(document.ok).toBe(true)
    expect(codes(document, 'warning')).toEqual(['cluster_recovery_pending'])
    expect(document.diagnostics[0]?.path).toMatch(/^__cluster\/recoveries\/[0-9A-Z]{26}\.json$/)
    expect(fixture.fingerprint()).toEqual(before)
  })
})
