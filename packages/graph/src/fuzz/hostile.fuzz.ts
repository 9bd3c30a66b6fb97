import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { runSession, type Step, session } from './session.js'
import { Tally } from './tally.js'
import { makeTemplates } from './target.js'
import { Watchdog } from './watchdog.js'

/** Cases of the whole run. `GROUNDPLANE_FUZZ_SEED` repeats one. */
const CASES = Number(process.env.GROUNDPLANE_FUZZ_CASES ?? 1_000_000)
const SEED = Number(process.env.GROUNDPLANE_FUZZ_SEED ?? Date.now() % 2 ** 31)
const SESSIONS_A_BATCH = 8
const SHRINK_MS = 600_000
/** Cases between two lines of a long run. */
const TOLD_EVERY = 50_000
const TIMEOUT_MS = 4 * 3_600_000

// In memory where that is possible: it is not the disk that is tested.
const dir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'groundplane-fuzz-'))
const tally = new Tally()
const startedAt = performance.now()
const watchdog = new Watchdog()
let made = 0

afterAll(async () => {
  await watchdog.close()
  rmSync(dir, { recursive: true, force: true })
  const seconds = (performance.now() - startedAt) / 1000
  const rate = Math.round(tally.total / seconds)
  console.info(
    `fuzz, GROUNDPLANE_FUZZ_SEED=${SEED}, ${Math.round(seconds)} s, ${rate} cases/s\n${tally.report()}`,
  )
})

it(
  'any input at all is answered or refused with a code within a second, and what is refused leaves no trace',
  async () => {
    const range = {
      tally,
      templates: makeTemplates((name) => join(dir, name), 6),
      path: () => join(dir, `g${made++}.gp`),
      onStep: ({ kind, numbers }: Step) => watchdog.note(`${kind} [${numbers}], seed ${SEED}, graph ${made}`),
    }
    let told = 0
    for (let batch = 0; tally.total < CASES; batch++) {
      const property = fc.asyncProperty(session, (s) => runSession(range, s))
      await fc.assert(property, {
        numRuns: SESSIONS_A_BATCH,
        seed: SEED + batch,
        // Ends the shrinking of a failure, which is reported all the same.
        interruptAfterTimeLimit: SHRINK_MS,
      })
      if (tally.total >= told + TOLD_EVERY) {
        told = tally.total
        console.info(`fuzz, GROUNDPLANE_FUZZ_SEED=${SEED}: ${tally.total} of ${CASES}`)
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(tally.shortfalls).toEqual([])
  },
  TIMEOUT_MS,
)
