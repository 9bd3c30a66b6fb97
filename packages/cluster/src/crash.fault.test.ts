import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Graph } from '@groundplane/graph'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadApplied } from './applied.js'
import { applyCluster } from './apply.js'
import type { Approval } from './approval.js'
import { approveCluster } from './approve.js'
import { gcCluster } from './gc.js'
import type { ApprovalRecord } from './ledger.js'
import { importCluster } from './refresh.js'
import { ClusterFixture, CONFIG, EMAILS, FIND, PEOPLE, PEOPLE_WITH_EMAIL } from './testing/cluster-fixture.js'

const CHILD = fileURLToPath(new URL('./testing/crash-child.js', import.meta.url))

function runChild(
  dir: string,
  step: string,
  command: 'apply' | 'approve' | 'gc' = 'apply',
): { killed: boolean; steps: string[] } {
  const child = spawnSync(process.execPath, [CHILD, dir, command, step], { encoding: 'utf8' })
  if (child.signal === 'SIGKILL') return { killed: true, steps: [] }
  if (child.status !== 0) throw new Error(child.stderr)
  return { killed: false, steps: (JSON.parse(child.stdout) as { steps: string[] }).steps }
}

function copyOf(original: ClusterFixture): ClusterFixture {
  const copy = new ClusterFixture({})
  cpSync(original.dir, copy.dir, { recursive: true })
  return copy
}

/** Kills inside recovery: every how many steps. The first kills, and all of `npm run test:faults`, are at every step. */
const STRIDE = Number(process.env['GROUNDPLANE_CRASH_STRIDE'] ?? 8)
/** Kills at arbitrary moments. */
const ROUNDS = Number(process.env['GROUNDPLANE_CRASH_ROUNDS'] ?? 4)

/** What must hold after a crash at any step, whatever the step was. */
async function expectRecovery(fixture: ClusterFixture, expected: Record<string, unknown>): Promise<void> {
  const repaired = await applyCluster(fixture.dir)
  expect(repaired.diagnostics.filter((d) => d.severity === 'error')).toEqual([])
  expect(repaired).toMatchObject({ ok: true, converged: true })
  const { resources } = fixture.ledger().applied_revision
  expect(resources).toEqual(expected)
  expect(existsSync(fixture.path('__cluster/recoveries'))).toBe(false)
  expect(existsSync(fixture.path('__cluster/lock.json'))).toBe(false)
  const left = readdirSync(fixture.path('graphs'))
  expect(left.sort()).toEqual(
    [...Object.keys(resources)]
      .filter((a) => a.startsWith('graph.'))
      .map((a) => `${a.slice(6)}.gp`)
      .sort(),
  )
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

/** Begins somewhere else each time, so that repeated runs come by all of them; `GROUNDPLANE_CRASH_SEED` repeats one. */
function everyNth<T>(all: readonly T[], stride: number): T[] {
  const from = Number(process.env.GROUNDPLANE_CRASH_SEED ?? Date.now()) % stride
  return all.filter((_, i) => i % stride === from)
}

/** Kills an apply of `prepared` at every step there is, each time from a fresh copy. */
async function crashEverywhere(
  prepared: ClusterFixture,
  mustInclude: readonly string[],
  settled: (fixture: ClusterFixture) => void = () => {},
  stride = 1,
): Promise<void> {
  const reference = copyOf(prepared)
  const { steps } = runChild(reference.dir, 'list')
  expect(steps).toEqual(expect.arrayContaining([...mustInclude]))
  const expected = reference.ledger().applied_revision.resources as Record<string, unknown>
  reference.dispose()
  for (const step of everyNth(steps, stride)) {
    const fixture = copyOf(prepared)
    const state = fixture.read('__cluster/state.json')
    expect(runChild(fixture.dir, step).killed, step).toBe(true)
    if (steps.indexOf(step) < steps.indexOf('after ledger'))
      expect(fixture.read('__cluster/state.json'), `the ledger after a kill at "${step}"`).toBe(state)
    const recovered = expectRecovery(fixture, expected).then(() => settled(fixture))
    await recovered.catch((error) => {
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
    for (let round = 0; round < ROUNDS; round++) {
      const moment = Math.floor((round * 20) / ROUNDS)
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
      for (const second of everyNth(
        steps.filter((s) => /retire|ledger/.test(s)),
        STRIDE,
      )) {
        const twice = copyOf(crashed)
        expect(runChild(twice.dir, second).killed, `${first}, then ${second}`).toBe(true)
        await expectRecovery(twice, expected)
        twice.dispose()
      }
      reference.dispose()
      crashed.dispose()
    }
  })

  it('or a gc: the next gc leaves what an undisturbed one leaves, and one more changes no byte', {
    timeout: 300_000,
  }, async () => {
    const used = copyOf(converged)
    for (const age of ['I64?', 'F64?']) {
      used.write('queries/people.gq', FIND.replace('$p.age', `$p.age /* ${age} */`))
      await applyCluster(used.dir)
    }
    const reference = copyOf(used)
    const { steps } = runChild(reference.dir, 'list', 'gc')
    expect(steps.filter((s) => s.startsWith('before remove')).length).toBeGreaterThan(2)
    const expected = reference.fingerprint('__cluster')
    reference.dispose()
    for (const step of steps) {
      const fixture = copyOf(used)
      expect(runChild(fixture.dir, step, 'gc').killed, step).toBe(true)
      for (let again = 0; again < 2; again++) {
        expect(await gcCluster(fixture.dir, { confirm: true, keepRevisions: 1 })).toMatchObject({ ok: true })
        expect(fixture.fingerprint('__cluster'), step).toEqual(expected)
      }
      expect((await loadApplied(fixture.dir)).quarantined).toEqual([])
      fixture.dispose()
    }
    used.dispose()
  })

  describe('while it deletes a graph that was approved', () => {
    let approved: ClusterFixture
    const SCRATCH = ['graph.scratch', 'query.scratch.find_person', 'schema.scratch']

    beforeAll(async () => {
      approved = new ClusterFixture()
      approved.write('scratch.pg', PEOPLE)
      approved.write('find.gq', approved.read('queries/people.gq'))
      const graphs = '  scratch: { schema: scratch.pg, queries: [find.gq] }\npolicies:'
      approved.write('cluster.yaml', CONFIG.replace('policies:', graphs))
      await importCluster(approved.dir)
      await applyCluster(approved.dir)
      approved.write('cluster.yaml', CONFIG)
    })
    afterAll(() => approved.dispose())

    /** Deleted once, used once, and the two records of it agree. */
    function expectUsedOnce(fixture: ClusterFixture): void {
      const { tombstones, approval_records } = fixture.ledger()
      expect(Object.keys(tombstones ?? {}).sort()).toEqual(SCRATCH)
      const [[id, record], ...more] = Object.entries(approval_records) as [
        [string, ApprovalRecord],
        ...unknown[],
      ]
      expect(more).toEqual([])
      const artifact = JSON.parse(fixture.read(`__cluster/approvals/${id}.json`)) as Approval
      expect(artifact).toMatchObject({ approved_by: record.approved_by, consumed_at: record.consumed_at })
      for (const address of SCRATCH) expect(tombstones?.[address]?.approval_id).toBe(id)
    }

    it('at any step: the next apply converges, and one more changes no byte', {
      timeout: 300_000,
    }, async () => {
      await approveCluster(approved.dir, 'graph.scratch', { actor: 'ann' })
      const settled = (fixture: ClusterFixture) => expectUsedOnce(fixture)
      await crashEverywhere(
        approved,
        [
          'before intent graph.scratch',
          'after intent graph.scratch',
          'before delete graph.scratch',
          'after delete graph.scratch',
          'before ledger',
          'after ledger',
          'before clear graph.scratch',
          'after clear graph.scratch',
          'before consume graph.scratch',
          'after consume graph.scratch',
          'before retire graph.scratch',
          'after retire graph.scratch',
        ],
        settled,
      )
    })

    it('and again inside the recovery of that: the apply after it converges all the same', {
      timeout: 300_000,
    }, async () => {
      for (const first of ['after delete graph.scratch', 'after ledger', 'before retire graph.scratch']) {
        const crashed = copyOf(approved)
        expect(runChild(crashed.dir, first).killed).toBe(true)
        await crashEverywhere(crashed, ['before clear graph.scratch'], expectUsedOnce, STRIDE)
        crashed.dispose()
      }
    })

    it('or while the approval is given: giving it again and applying converges', {
      timeout: 300_000,
    }, async () => {
      const unapproved = copyOf(approved)
      unapproved.remove('__cluster/approvals')
      const reference = copyOf(unapproved)
      const { steps } = runChild(reference.dir, 'list', 'approve')
      expect(steps).toEqual(
        expect.arrayContaining(['before approve graph.scratch', 'after approve graph.scratch']),
      )
      reference.dispose()
      for (const step of steps) {
        const fixture = copyOf(unapproved)
        expect(runChild(fixture.dir, step, 'approve').killed, step).toBe(true)
        expect(existsSync(fixture.path('graphs/scratch.gp'))).toBe(true)
        expect(await approveCluster(fixture.dir, 'graph.scratch', { actor: 'ann' })).toMatchObject({
          ok: true,
        })
        expect(readdirSync(fixture.path('__cluster/approvals')), step).toHaveLength(1)
        const expected = Object.fromEntries(
          Object.entries(fixture.ledger().applied_revision.resources).filter(([a]) => !SCRATCH.includes(a)),
        )
        await expectRecovery(fixture, expected)
        expectUsedOnce(fixture)
        fixture.dispose()
      }
      unapproved.dispose()
    })
  })
})
