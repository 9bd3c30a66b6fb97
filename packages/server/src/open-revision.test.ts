import { loadApplied } from '@groundplane/cluster'
import { systemClock, ulidSource } from '@groundplane/core'
import { afterEach, expect, it } from 'vitest'
import { graphServices, openRevision } from './open-revision.js'
import { ClusterFixture } from './testing/cluster-fixture.js'

let fixture: ClusterFixture | undefined
afterEach(() => fixture?.remove())

it('a graph whose embedding key is not set is quarantined under that code, and the others are served', async () => {
  fixture = await ClusterFixture.create()
  const applied = await loadApplied(fixture.dir)
  const graphs = applied.graphs.map((graph) =>
    graph.id === 'team' ? { ...graph, embedding: { kind: 'openai' as const, api_key: '${MY_KEY}' } } : graph,
  )
  const open = (environment: Record<string, string>) =>
    openRevision(
      { ...applied, graphs },
      {
        services: graphServices({ authorize: () => {}, queryMs: 5000, environment }),
        clock: systemClock,
        ids: ulidSource(systemClock),
        requireAllGraphs: false,
      },
    )
  const without = await open({})
  expect(without.quarantined).toMatchObject([
    { graph: 'team', code: 'embedding_provider_missing', message: expect.stringContaining('MY_KEY') },
  ])
  expect([...without.graphs.keys()]).toEqual(['catalog'])
  await without.close()
  const opened = await open({ MY_KEY: 'k' })
  expect(opened.quarantined).toEqual([])
  await opened.close()
})
