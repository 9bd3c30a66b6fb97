import { jsonDigest } from '@groundplane/core'
import { Graph } from '@groundplane/graph'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadApplied } from './applied.js'
import { applyCluster } from './apply.js'
import type { ClusterError } from './cluster-error.js'
import { importCluster, refreshCluster } from './refresh.js'
import {
  ClusterFixture,
  EXTENSIONS,
  FIND,
  FRIENDS,
  PEOPLE,
  PEOPLE_WITH_EMAIL,
  READERS,
} from './testing/cluster-fixture.js'

const FULL = `version: 1
metadata: { name: oncall }
graphs:
  catalog: { kind: catalog }
  team: { schema: people.pg, queries: { find_person: { file: queries/people.gq, expose: false } } }
policies:
  base: { file: base.policy.yaml, applies_to: [catalog, team] }
sources:
  clean: { kind: sqlite, graph: catalog, url: data/clean.db, platform_instance: olist, metadata: meta.yaml }
  dirty: { kind: sqlite, graph: catalog, url: /elsewhere/dirty.db }
  project: { kind: dbt, graph: catalog, url: dbt/target, target_platform_instance: olist, openlineage_namespaces: [snowflake://acme] }
assertions:
  rules: { file: rules.yaml, graph: catalog, sources: [clean, dirty] }
crew:
  graph: catalog
  reference: clean
  production: dirty
  roles: { fixer: { base_url: http://127.0.0.1:9/v1, model: m, api_key: "\${KEY}", budget_usd: 0.5 } }
  examples: [revenue is wrong, "orders: late?"]
server: { cors: { origins: [https://data.example.com] }, limits: { actor_rate: 50 } }
`

let fixture: ClusterFixture
beforeEach(async () => {
  fixture = new ClusterFixture({
    'cluster.yaml': FULL,
    'people.pg': PEOPLE,
    'queries/people.gq': FIND,
    'base.policy.yaml': READERS,
    'meta.yaml': 'tags: {}\n',
    'rules.yaml': 'version: 1\n',
    'data/clean.db': '',
  })
  await importCluster(fixture.dir, { extensions: EXTENSIONS })
  expect(await applyCluster(fixture.dir, { extensions: EXTENSIONS })).toMatchObject({
    ok: true,
    converged: true,
  })
})
afterEach(() => fixture.dispose())

/** Rewrites the ledger the way only tampering or another version could. */
function tamper(change: (resources: Record<string, Record<string, unknown>>) => void): void {
  const ledger = fixture.ledger()
  change(ledger.applied_revision.resources as unknown as Record<string, Record<string, unknown>>)
  fixture.write('__cluster/state.json', JSON.stringify(ledger))
}

const entry = (address: string) => fixture.ledger().applied_revision.resources[address]

describe('loading what may be served', () => {
  it('gives the applied revision, every content of it', async () => {
    const revision = await loadApplied(fixture.dir)
    expect(revision).toMatchObject({
      name: 'oncall',
      root: fixture.dir,
      configDir: fixture.dir,
      revision: 2,
      quarantined: [],
    })
    expect(revision.graphs).toMatchObject([
      { id: 'catalog', kind: 'catalog', queries: [{ name: 'datasets', expose: true }] },
      { id: 'team', kind: 'graph', queries: [{ name: 'find_person', source: FIND, expose: false }] },
    ])
    expect(revision.policies).toEqual([
      { name: 'base', source: READERS, file: 'base.policy.yaml', appliesTo: ['catalog', 'team'] },
    ])
    expect(revision.sources).toEqual([
      {
        name: 'clean',
        kind: 'sqlite',
        graph: 'catalog',
        url: fixture.path('data/clean.db'),
        platformInstance: 'olist',
        env: 'PROD',
        metadata: 'tags: {}\n',
      },
      {
        name: 'dirty',
        kind: 'sqlite',
        graph: 'catalog',
        url: '/elsewhere/dirty.db',
        platformInstance: 'dirty',
        env: 'PROD',
      },
      {
        name: 'project',
        kind: 'dbt',
        graph: 'catalog',
        url: fixture.path('dbt/target'),
        platformInstance: 'project',
        targetPlatformInstance: 'olist',
        openlineageNamespaces: ['snowflake://acme'],
        env: 'PROD',
      },
    ])
    expect(revision.assertionSets).toEqual([
      { name: 'rules', graph: 'catalog', source: 'version: 1\n', sources: ['clean', 'dirty'] },
    ])
    expect(revision.crew).toEqual({
      graph: 'catalog',
      reference: 'clean',
      production: 'dirty',
      roles: { fixer: { base_url: 'http://127.0.0.1:9/v1', model: 'm', api_key: '${KEY}', budget_usd: 0.5 } },
      examples: ['revenue is wrong', 'orders: late?'],
    })
    expect(revision.server).toEqual({
      cors_origins: ['https://data.example.com'],
      limits: { actor_rate: 50 },
    })
  })

  it('harvests what speaks of the tables of others after those', async () => {
    fixture.write(
      'cluster.yaml',
      FULL.replace(
        'sources:\n',
        'sources:\n  a_quality: { kind: great_expectations, graph: catalog, url: results, target_platform: sqlite }\n',
      ),
    )
    await applyCluster(fixture.dir, { extensions: EXTENSIONS })
    const { sources } = await loadApplied(fixture.dir)
    expect(sources.map(({ name }) => name)).toEqual(['clean', 'dirty', 'project', 'a_quality'])
  })

  it('says how it is to be served as it was applied, and nothing once that is gone from the files', async () => {
    fixture.edit('cluster.yaml', (text) => text.replace('actor_rate: 50', 'actor_rate: 60'))
    expect((await loadApplied(fixture.dir)).server?.limits).toEqual({ actor_rate: 50 })
    await applyCluster(fixture.dir, { extensions: EXTENSIONS })
    expect((await loadApplied(fixture.dir)).server?.limits).toEqual({ actor_rate: 60 })
    fixture.edit('cluster.yaml', (text) => text.replace(/^server:.*\n/m, ''))
    await applyCluster(fixture.dir, { extensions: EXTENSIONS })
    expect(await loadApplied(fixture.dir)).not.toHaveProperty('server')
  })

  it('never serves what is only written in files, and serves while the files are broken', async () => {
    fixture.write('queries/people.gq', FRIENDS)
    fixture.edit('cluster.yaml', (text) => `${text}unknown_key: 1\n`)
    const revision = await loadApplied(fixture.dir)
    expect(revision.graphs[1]?.queries.map((q) => q.name)).toEqual(['find_person'])
  })

  it('serves a storage root without its config directory', async () => {
    fixture.remove('cluster.yaml')
    const revision = await loadApplied(fixture.dir)
    expect(revision.configDir).toBeUndefined()
    expect(revision.graphs).toHaveLength(2)
  })

  it('says of what is no directory, or no cluster, that it is that', async () => {
    const refusal = (dir: string) =>
      loadApplied(dir).then(
        () => undefined,
        ({ code, message, remedy }: ClusterError) => ({ code, message, remedy }),
      )
    const nowhere = fixture.path('nowhere/deeper')
    expect(await refusal(nowhere)).toEqual({
      code: 'config_dir_not_found',
      message: `the directory ${nowhere} does not exist: there is no ${fixture.path('nowhere')}`,
      remedy: expect.stringContaining('cluster.yaml'),
    })
    expect(await refusal(fixture.path('cluster.yaml'))).toMatchObject({
      code: 'config_dir_not_found',
      remedy: `Name the directory: ${fixture.dir}.`,
    })
    expect(await refusal(fixture.path('queries'))).toMatchObject({
      code: 'cluster_state_missing',
      message: `${fixture.path('queries')} holds no applied cluster, and no cluster.yaml either`,
    })
    fixture.remove('__cluster/state.json')
    expect(await refusal(fixture.dir)).toEqual({
      code: 'cluster_state_missing',
      message: `${fixture.dir} holds no applied cluster`,
      remedy: `Run "groundplane cluster import --config ${fixture.dir}" and then "groundplane cluster apply --config ${fixture.dir}".`,
    })
  })

  it('ignores a held lock', async () => {
    fixture.write('__cluster/lock.json', '{}')
    expect((await loadApplied(fixture.dir)).graphs).toHaveLength(2)
  })

  it.each<[string, () => void]>([
    ['cluster_state_missing', () => fixture.remove('__cluster/state.json')],
    ['invalid_state_json', () => fixture.write('__cluster/state.json', '{')],
    [
      'cluster_empty',
      () =>
        tamper((r) => {
          for (const k of Object.keys(r)) delete r[k]
        }),
    ],
    [
      'catalog_payload_missing',
      () => fixture.remove(`__cluster/resources/source/clean/${entry('source.clean')?.digest}.json`),
    ],
    [
      'catalog_payload_digest_mismatch',
      () =>
        fixture.write(`__cluster/resources/policy/base/${entry('policy.base')?.digest}.yaml`, 'rules: []'),
    ],
    ['policy_bindings_missing', () => tamper((r) => delete r['policy.base']?.['applies_to'])],
    [
      'dangling_graph_reference',
      () =>
        tamper((r) =>
          Object.assign(r['policy.base'] as object, { applies_to: ['graph.nothing', 'graph.team'] }),
        ),
    ],
    [
      'wrong_kind_reference',
      () => tamper((r) => Object.assign(r['policy.base'] as object, { applies_to: ['schema.team'] })),
    ],
    ['duplicate_policy_binding', () => tamper((r) => Object.assign(r, { 'policy.again': r['policy.base'] }))],
    ['cluster_recovery_unattributed', () => fixture.write('__cluster/recoveries/x.json', '{}')],
  ])('refuses the whole cluster with a remedy: %s', async (code, damage) => {
    damage()
    await expect(loadApplied(fixture.dir)).rejects.toMatchObject({ code, remedy: expect.stringMatching(/./) })
  })

  it('quarantines a graph that cannot be opened and serves the others without its bindings', async () => {
    fixture.remove('graphs/catalog.gp')
    const revision = await loadApplied(fixture.dir)
    expect(revision.graphs.map((g) => g.id)).toEqual(['team'])
    expect(revision.quarantined).toMatchObject([{ graph: 'catalog', code: 'graph_unopenable' }])
    expect(revision.policies[0]?.appliesTo).toEqual(['team'])
    expect(revision.sources).toEqual([])
    expect(revision.assertionSets).toEqual([])
    expect(revision.crew).toBeUndefined()
  })

  it('quarantines a graph with a pending intent', async () => {
    const intent = {
      version: 1,
      intent_id: 'x',
      operation: 'schema_apply',
      resource: 'schema.team',
      graph: 'team',
      root: 'graphs/team.gp',
      after_schema_digest: 'f',
      config_digest: 'f',
      started_at: '',
      pid: 1,
      host: '',
    }
    fixture.write('__cluster/recoveries/x.json', JSON.stringify(intent))
    const revision = await loadApplied(fixture.dir)
    expect(revision.quarantined).toMatchObject([{ graph: 'team', code: 'cluster_recovery_pending' }])
  })

  it('serves the rest of a policy’s graphs when one of them is gone and the ledger says so', async () => {
    fixture.remove('graphs/team.gp')
    await refreshCluster(fixture.dir, { extensions: EXTENSIONS })
    const revision = await loadApplied(fixture.dir)
    expect(revision.graphs.map((g) => g.id)).toEqual(['catalog'])
    expect(revision.policies[0]?.appliesTo).toEqual(['catalog'])
  })

  it('quarantines a graph whose embedding provider was altered in the ledger, and apply puts it back', async () => {
    const provider = { digest: jsonDigest({ kind: 'mock' }), embedding_profile: { kind: 'mock' } }
    const use = (profile: object) =>
      tamper((r) => {
        Object.assign(r['graph.team'] as object, { embedding_provider: 'provider.embedding.small' })
        r['provider.embedding.small'] = { ...provider, embedding_profile: profile }
      })
    use({ kind: 'mock' })
    expect((await loadApplied(fixture.dir)).quarantined).toEqual([])
    use({ kind: 'mock', base_url: 'https://elsewhere.example' })
    expect((await loadApplied(fixture.dir)).quarantined).toMatchObject([
      { graph: 'team', code: 'embedding_provider_digest_mismatch' },
    ])
    await applyCluster(fixture.dir, { extensions: EXTENSIONS })
    expect((await loadApplied(fixture.dir)).quarantined).toEqual([])
  })

  it('says that the cluster is governed also when the one graph its policy speaks for is not served', async () => {
    tamper((r) => Object.assign(r['policy.base'] as object, { applies_to: ['graph.team'] }))
    fixture.remove('graphs/team.gp')
    expect(await loadApplied(fixture.dir)).toMatchObject({ policies: [], governed: true })
    tamper((r) => delete r['policy.base'])
    expect(await loadApplied(fixture.dir)).toMatchObject({ policies: [], governed: false })
  })

  it('quarantines a graph whose embedding provider has no recorded profile', async () => {
    tamper((r) => Object.assign(r['graph.team'] as object, { embedding_provider: 'provider.embedding.gone' }))
    const revision = await loadApplied(fixture.dir)
    expect(revision.graphs.map((g) => g.id)).toEqual(['catalog'])
    expect(revision.quarantined).toMatchObject([
      { graph: 'team', code: 'embedding_provider_profile_missing' },
    ])
  })

  it('quarantines a graph whose queries no longer fit its live schema', async () => {
    const graph = Graph.open(fixture.path('graphs/team.gp'))
    graph.applySchema(PEOPLE.replace('  age: I32?\n', ''), {})
    graph.close()
    const revision = await loadApplied(fixture.dir)
    expect(revision.quarantined).toMatchObject([{ graph: 'team', code: 'query_typecheck_error' }])
  })

  it('serves a graph whose schema moved when its queries still fit, with the live digest', async () => {
    const graph = Graph.open(fixture.path('graphs/team.gp'))
    graph.applySchema(PEOPLE_WITH_EMAIL, {})
    const { digest } = graph.schema()
    graph.close()
    expect((await loadApplied(fixture.dir)).graphs[1]?.schemaDigest).toBe(digest)
  })

  it('refuses when every graph is quarantined, or when all are required and one is', async () => {
    fixture.remove('graphs/catalog.gp')
    await expect(loadApplied(fixture.dir, { requireAllGraphs: true })).rejects.toMatchObject({
      code: 'graph_unopenable',
    })
    fixture.remove('graphs/team.gp')
    await expect(loadApplied(fixture.dir)).rejects.toMatchObject({ code: 'cluster_no_healthy_graphs' })
  })

  it('gives graphs and rules alone when only they are asked for, also when other content is lost, never without a rule', async () => {
    fixture.remove('__cluster/resources/query')
    fixture.remove('__cluster/resources/source')
    const revision = await loadApplied(fixture.dir, { rulesOnly: true })
    expect(revision.graphs.map((g) => g.id)).toEqual(['catalog', 'team'])
    expect(revision.policies.length).toBeGreaterThan(0)
    expect(revision).toMatchObject({ sources: [], assertionSets: [] })
    await expect(loadApplied(fixture.dir)).rejects.toMatchObject({ code: 'catalog_payload_missing' })
    fixture.remove('__cluster/resources/policy')
    await expect(loadApplied(fixture.dir, { rulesOnly: true })).rejects.toMatchObject({
      code: 'catalog_payload_missing',
    })
  })

  it('refuses an address on S3 when nobody says where its graphs are', async () => {
    await expect(loadApplied('s3://bucket/prefix')).rejects.toMatchObject({
      code: 'data_dir_missing',
    })
  })
})
