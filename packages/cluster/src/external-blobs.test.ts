import { Graph } from '@groundplane/graph'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadApplied } from './applied.js'
import { applyCluster } from './apply.js'
import { planCluster } from './plan.js'
import { importCluster } from './refresh.js'
import { ClusterFixture, CONFIG, codes, FILES, PEOPLE } from './testing/cluster-fixture.js'
import { validateCluster } from './validate.js'

let fixture: ClusterFixture
beforeEach(() => {
  fixture = new ClusterFixture({
    ...FILES,
    'people.pg': PEOPLE.replace('  age: I32?\n', '  age: I32?\n  photo: Blob?\n'),
  })
})
afterEach(() => fixture.dispose())

const allow = (bases: string) =>
  fixture.write(
    'cluster.yaml',
    CONFIG.replace('queries: queries/', `queries: queries/, external_blobs: { allow: ${bases} }`),
  )
const entry = () => fixture.ledger().applied_revision.resources['graph.knowledge']
const applied = async () => (await loadApplied(fixture.dir)).graphs[0]?.externalBlobs

it('Blobs whose references nobody decided on are denied with a warning, which a decision ends', async () => {
  const warnings = async () => codes(await validateCluster(fixture.dir), 'warning')
  expect(await warnings()).toEqual(['external_blob_ingress_default_deny'])
  allow('[]')
  expect(await warnings()).toEqual([])
  fixture.write('cluster.yaml', CONFIG)
  fixture.write('people.pg', PEOPLE)
  expect(await warnings()).toEqual([])
})

it('a change of the bases alone is planned, applied and served, and converges', async () => {
  await importCluster(fixture.dir)
  await applyCluster(fixture.dir)
  const before = entry()
  expect([before?.external_blob_policy, await applied()]).toEqual([undefined, undefined])
  const head = () => {
    const graph = Graph.open(fixture.path('graphs/knowledge.gp'), { readOnly: true })
    const { id } = graph.head()
    graph.close()
    return id
  }
  const commit = head()

  allow('[{ base: "HTTPS://Files.example/b/", scope: server_safe }, "https://a.example/"]')
  const plan = await planCluster(fixture.dir)
  expect(plan.changes).toMatchObject([
    {
      resource: 'graph.knowledge',
      operation: 'update',
      metadata_change: 'graph_bindings',
      disposition: 'derived',
    },
  ])
  expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true })
  expect(entry()?.external_blob_policy).toEqual({
    mode: 'allow',
    bases: [
      { uri: 'https://a.example/', scope: 'server_safe' },
      { uri: 'https://files.example/b/', scope: 'server_safe' },
    ],
  })
  expect(await applied()).toEqual(['https://a.example/', 'https://files.example/b/'])
  expect(head()).toBe(commit)

  const state = fixture.read('__cluster/state.json')
  allow('["https://a.example/", "https://files.example/b/"]') // the same, written otherwise
  expect((await planCluster(fixture.dir)).changes).toEqual([])
  allow('[]')
  expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true })
  expect(fixture.read('__cluster/state.json')).not.toBe(state)
  expect(entry()).toEqual(before) // as if nothing had ever been allowed
  expect(await applied()).toBeUndefined()
})
