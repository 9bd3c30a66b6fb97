import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { Graph } from '../graph.js'
import { MODEL_SCHEMA, type ModelOp } from '../testing/merge-model.js'
import { type MergeStep, MergeTwin } from '../testing/merge-twin.js'
import { PROP_TIMEOUT_MS, propRuns } from '../testing/prop-runs.js'
import { scratch } from '../testing/scratch.js'

const files = scratch()

const name = fc.constantFrom('a', 'b', 'c', 'd')
const edge = fc.constantFrom('e1', 'e2', 'e3', 'e4')
const small = fc.option(fc.nat(2))
const word = fc.option(fc.constantFrom('x', 'y', 'z'), { freq: 2 })
const op: fc.Arbitrary<ModelOp> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('put' as const), name, n: small, s: word }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('patch' as const), name, n: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), name }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('link' as const), id: edge, from: name, to: name, w: small }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reweigh' as const), id: edge, w: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unlink' as const), id: edge }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('extra' as const),
      name,
      at: fc.nat(9),
      value: fc.option(fc.nat(2)),
    }),
  },
)
const pick = fc.nat(1000)
const step: fc.Arbitrary<MergeStep> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      on: pick,
      ops: fc.array(op, { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('merge' as const), from: pick, on: pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('branch' as const), from: pick, on: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('branch-at' as const), at: pick, on: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), on: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cross' as const), from: pick, on: pick }) },
)

/** With migrations on either side, and cleanups that take the past away. */
const steps = (more: boolean): fc.Arbitrary<MergeStep[]> =>
  fc.array(
    more
      ? fc.oneof(
          { weight: 10, arbitrary: step },
          {
            weight: 3,
            arbitrary: fc.record({
              kind: fc.constant('migrate' as const),
              on: pick,
              what: fc.constantFrom(
                ...(['add', 'add-required', 'narrow', 'drop', 'hard-drop', 'rename', 'require'] as const),
              ),
              at: fc.nat(9),
            }),
          },
          {
            weight: 1,
            arbitrary: fc.record({
              kind: fc.constant('cleanup' as const),
              keep: fc.integer({ min: 1, max: 5 }),
            }),
          },
        )
      : step,
    { minLength: 1, maxLength: 45, size: 'max' },
  )

let made = 0
const runs = propRuns(30)
const total: Record<string, number> = {}
afterAll(() => {
  files.remove()
  console.info(`merge model: ${JSON.stringify({ ...runs, ...total })}`)
})

it.each([
  ['', false],
  [', with migrations on either side, hard drops and cleanups', true],
])(
  'obligation 1: any history of branches, writes and merges is what the model makes of it, at every head and every commit%s',
  (_, more) => {
    const met: Record<string, number> = {}
    fc.assert(
      fc.property(steps(more), (history) => {
        const graph = Graph.create(files.path(`m${made++}.gp`), { schema: MODEL_SCHEMA })
        try {
          const twin = new MergeTwin(graph)
          twin.create('b/0', { kind: 'branch', from: 0 })
          twin.create('b/1', { kind: 'branch', from: 0 })
          for (const s of history) twin.step(s)
          twin.checkAll()
          for (const [what, count] of Object.entries(twin.seen)) met[what] = (met[what] ?? 0) + count
        } finally {
          graph.close()
        }
      }),
      runs,
    )
    // Guards the test itself: every common outcome must have been met.
    const needed = ['merged', 'fast-forward', 'already-up-to-date', 'conflicts']
    if (more) needed.push('schemas-diverged', 'migrated', 'cleaned')
    // What is rare is sure to be met in a long run only.
    if (runs.numRuns >= 200) needed.push('criss', ...(more ? ['erased'] : []))
    for (const what of needed) expect([what, met[what]]).not.toEqual([what, 0])
    for (const [what, count] of Object.entries(met)) total[what] = (total[what] ?? 0) + count
  },
  PROP_TIMEOUT_MS,
)

it('obligation 23: the model disagrees with a store whose branches have lost what they hid', () => {
  const graph = Graph.create(files.path('broken.gp'), { schema: MODEL_SCHEMA })
  const twin = new MergeTwin(graph)
  twin.write('main', [{ do: 'put', name: 'a', n: 1, s: null }])
  twin.create('b/0', { kind: 'branch', from: 0 })
  twin.write('b/0', [{ do: 'delete', name: 'a' }])
  twin.checkAll()
  const db = new Database(`${graph.root}/graph.db`)
  db.exec('DELETE FROM hidden')
  db.close()
  expect(() => twin.checkAll()).toThrow()
  graph.close()
})
