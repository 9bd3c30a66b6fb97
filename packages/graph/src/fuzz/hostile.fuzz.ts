import { checkSchema, type SchemaModel } from '@groundplane/lang'
import fc from 'fast-check'
import { afterAll, afterEach, expect, it } from 'vitest'
import { scratch } from '../testing/scratch.js'
import { anyQueryText, loadLines, params, queryText, SCHEMA, schemaText } from './hostile-inputs.js'
import { inTime, judgeQueries, judgeRefusal, judgeSchema, Target } from './judge.js'

/** Cases of the whole run. `GROUNDPLANE_FUZZ_SEED` repeats one. */
const CASES = Number(process.env.GROUNDPLANE_FUZZ_CASES ?? 1_000_000)
const SEED = Number(process.env.GROUNDPLANE_FUZZ_SEED ?? Date.now() % 2 ** 31)
/** Cases per graph: fresh ones keep the history, and with it every check, short. */
const PER_GRAPH = 200
const BATCH = 2000
const TIMEOUT = 3_600_000

const files = scratch()
let total = 0
let target: Target | undefined
let used = 0
let made = 0
const outcomes: Record<string, number> = {}

afterEach(() => {
  target?.close()
  target = undefined
})
afterAll(() => {
  files.remove()
  console.info(`fuzz: ${total} cases, GROUNDPLANE_FUZZ_SEED=${SEED}, ${JSON.stringify(outcomes)}`)
})

function aTarget(): Target {
  if (target === undefined || used++ >= PER_GRAPH) {
    target?.close()
    target = new Target(files.path(`t${made++}.gp`))
    used = 0
  }
  return target
}

function note(what: string): void {
  outcomes[what] = (outcomes[what] ?? 0) + 1
}

/** So many cases of a property, in batches that let the test runner breathe. */
async function fuzz<T>(share: number, input: fc.Arbitrary<T>, judge: (input: T) => unknown): Promise<void> {
  const cases = Math.ceil(CASES * share)
  for (let done = 0; done < cases; done += BATCH) {
    const numRuns = Math.min(BATCH, cases - done)
    const property = fc.asyncProperty(input, async (value) => {
      await judge(value)
    })
    await fc.assert(property, { numRuns, seed: SEED + done, interruptAfterTimeLimit: TIMEOUT })
    total += numRuns
    await new Promise((resolve) => setImmediate(resolve))
  }
}

it(
  'any schema text is judged by diagnostics',
  async () => {
    await fuzz(0.45, schemaText, (text) => inTime(() => judgeSchema(text)))
  },
  TIMEOUT,
)

it(
  'any query text is judged by diagnostics',
  async () => {
    const model = checkSchema(SCHEMA).model as SchemaModel
    await fuzz(0.52, anyQueryText, (text) => inTime(() => judgeQueries(text, model)))
  },
  TIMEOUT,
)

it(
  'any read with any parameters is answered or refused with a code, and writes nothing',
  async () => {
    await fuzz(0.02, fc.tuple(queryText, params), ([text, given]) => {
      const t = aTarget()
      note(
        `read ${inTime(() => t.read(() => t.graph.query(text, given, { deadlineMs: 500, maxRows: 100 })))}`,
      )
    })
  },
  TIMEOUT,
)

it(
  'any mutation with any parameters is one commit, or is refused with a code and leaves no trace',
  async () => {
    await fuzz(0.007, fc.tuple(queryText, params), ([text, given]) => {
      const t = aTarget()
      note(`write ${inTime(() => t.write(() => t.graph.mutate(text, given)))}`)
    })
  },
  TIMEOUT,
)

it(
  'any lines are loaded as one commit, or refused with a code and leave no trace',
  async () => {
    const modes = fc.constantFrom<'append' | 'merge' | 'overwrite'>('append', 'merge', 'overwrite')
    await fuzz(0.003, fc.tuple(loadLines, modes), async ([lines, mode]) => {
      const t = aTarget()
      const before = t.fingerprint()
      const startedAt = performance.now()
      const loaded = await t.graph.load(lines, { mode }).catch((error: unknown) => {
        judgeRefusal(error)
        return null
      })
      expect(performance.now() - startedAt).toBeLessThan(2000)
      note(`load ${loaded === null ? 'refused' : loaded.commit ? 'landed' : 'nothing'}`)
      if (loaded?.commit) {
        const { found, recorded } = t.rows()
        expect(found).toBe(recorded)
      } else expect(t.fingerprint()).toBe(before)
    })
  },
  TIMEOUT,
)
