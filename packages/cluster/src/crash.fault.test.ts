import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Graph } from '@groundplane/graph'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadApplied } from './applied.js'
import { applyCluster } from './apply.js'
import { importCluster } from './refresh.js'
import { ClusterFixture, CONFIG, EMAILS, PEOPLE, PEOPLE_WITH_EMAIL } from './testing/cluster-fixture.js'

const CHILD = fileURLToPath(new URL('./testing/crash-child.js', import.meta.url))

function runChild(dir: string, step: string): { killed: boolean; steps: string[] } {
  const child = spawnSync(process.execPath, [CHILD, dir, 'apply', step], { encoding: 'utf8' })
  if (child.signal === 'SIGKILL') return { killed: true, steps: [] }
  if (child.status !== 0) throw new Error(child.stderr)
  return { killed: false, steps: (JSON.parse(child.stdout) as { steps: string[] }).steps }
}

function copyOf(original: ClusterFixture): ClusterFixture {
  const copy = new ClusterFixture({})
  cpSync(original.dir, copy.dir, { recursive: true })
  return copy
}

/** What must hold after a crash at any step, whatever the step was. */
async function expectRecovery(fixture: ClusterFixture, expected: Record<string, unknown>): Promise<void> {
  const repaired = await applyCluster(fixture.dir)
  expect(repaired.diagnostics.filter((d) => d.severity === 'error')).toEqual([])
  expect(repaired).toMatchObject({ ok: true, converged: true })
  const { resources } = fixture.ledger().applied_revision
  expect(resources).toEqual(expected)
  expect(existsSync(fixture.path('__cluster/recoveries'))).toBe(false)
  expect(existsSync(fixture.path('__cluster/lock.json'))).toBe(false)
  expect(readdirSync(fixture.path('__cluster')).sort()).toEqual(['resources', 'state.json'])
  const revision = await loadApplied(fixture.dir)
  expect(revision.quarantined).toEqual([])
  for (const graph of revision.graphs) {
    const open = Graph.open(graph.root, { readOnly: true })
    expect(open.schema().digest).toBe(resources[`schema.${graph.id}`]?.digest)
    open.close()
  }
  const bytes = fixture.fingerprint()
  expect(await applyCluster(fixture.dir)).toMatchObject({ ok: true, converged: true, state_written: false })
  expect(fixture.fingerprint()).toEqual(bytes)
}

/** Kills an apply of `prepared` at every step there is, each time from a fresh copy. */
async function crashEverywhere(prepared: ClusterFixture, mustInclude: readonly string[]): Promise<void> {
  const reference = copyOf(prepared)
  const { steps } = runChild(reference.dir, 'list')
  expect(steps).toEqual(expect.arrayContaining([...mustInclude]))
  const expected = reference.ledger().applied_revision.resources as Record<string, unknown>
  reference.dispose()
  for (const step of steps) {
    const fixture = copyOf(prepared)
    expect(runChild(fixture.dir, step).killed, step).toBe(true)
    await expectRecovery(fixture, expected).catch((error) => {
      throw new Error(`after a kill at "${step}": ${(error as Error).message}`, { cause: error })
    })
    fixture.dispose()
  }
}

describe('an apply killed at any durable step', () => {
  let fresh: ClusterFixture
  let converged: ClusterFixture

  beforeAll(async () => {
    fresh = new ClusterFixture()
    fresh.write('other.pg', PEOPLE)
    fresh.write('cluster.yaml', CONFIG.replace('policies:', '  other: { schema: other.pg }\npolicies:'))
    await importCluster(fresh.dir)
    converged = copyOf(fresh)
    await applyCluster(converged.dir)
    const graph = Graph.open(converged.path('graphs/knowledge.gp'))
    graph.mutate('query add() { insert Person { name: "ada" } }', {})
    graph.close()
  })
  afterAll(() => {
    fresh.dispose()
    converged.dispose()
  })

  it(
    'while it creates graphs and publishes content: the next apply converges, and one more changes no byte',
    { timeout: 300_000 },
    () =>
      crashEverywhere(fresh, [
        'before intent graph.knowledge',
        'after intent graph.knowledge',
        'before create graph.knowledge',
        'after create graph.knowledge',
        'before payload query.knowledge.find_person',
        'after payload query.knowledge.find_person',
        'before ledger',
        'after ledger',
        'after retire graph.knowledge',
        'before unlock',
      ]),
  )

  it('while it migrates schemas: the next apply converges, data stays, and one more changes no byte', {
    timeout: 300_000,
  }, async () => {
    converged.write('people.pg', PEOPLE_WITH_EMAIL)
    converged.write('queries/emails.gq', EMAILS)
    await crashEverywhere(converged, [
      'after intent schema.knowledge',
      'before migrate schema.knowledge',
      'after migrate schema.knowledge',
      'before ledger',
      'after ledger',
      'before retire schema.knowledge',
    ])
    const graph = Graph.open(converged.path('graphs/knowledge.gp'))
    expect(graph.query('query all() { match { $p: Person } return { $p.name } }', {}).rowCount).toBe(1)
    graph.close()
  })

  it('at arbitrary moments between the steps: the same holds', { timeout: 300_000 }, async () => {
    const reference = copyOf(fresh)
    runChild(reference.dir, 'list')
    const expected = reference.ledger().applied_revision.resources as Record<string, unknown>
    reference.dispose()
    for (let moment = 0; moment < 20; moment++) {
      const fixture = copyOf(fresh)
      const child = spawn(process.execPath, [CHILD, fixture.dir, 'apply', 'run'])
      const exit = once(child, 'exit')
      await once(child.stdout, 'data')
      await new Promise((resolve) => setTimeout(resolve, moment * 7))
      child.kill('SIGKILL')
      await exit
      await expectRecovery(fixture, expected).catch((error) => {
        throw new Error(`killed ${moment * 7} ms after it began: ${(error as Error).message}`, {
          cause: error,
        })
      })
      fixture.dispose()
    }
  })

  it('inside recovery itself: the apply after it converges all the same', { timeout: 300_000 }, async () => {
    for (const first of ['after intent graph.knowledge', 'after create graph.knowledge', 'after ledger']) {
      const crashed = copyOf(fresh)
      expect(runChild(crashed.dir, first).killed).toBe(true)
      const reference = copyOf(crashed)
      const { steps } = runChild(reference.dir, 'list')
      const expected = reference.ledger().applied_revision.resources as Record<string, unknown>
      for (const second of steps.filter((s) => /retire|ledger/.test(s))) {
        const twice = copyOf(crashed)
        expect(runChild(twice.dir, second).killed, `${first}, then ${second}`).toBe(true)
        await expectRecovery(twice, expected)
        twice.dispose()
      }
      reference.dispose()
      crashed.dispose()
    }
  })
})
