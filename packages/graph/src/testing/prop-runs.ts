/**
 * How long a property test runs: few cases in `npm test`, `GROUNDPLANE_PROP_RUNS`
 * of them in `npm run test:oracle`. The few are always the same ones, so that
 * `npm test` says the same of the same code every time; a long run takes a seed of
 * its own. `GROUNDPLANE_PROP_SEED` repeats a run; it is printed, as is what a
 * failure was shrunk to.
 */
export function propRuns(few: number): {
  readonly numRuns: number
  readonly seed: number
  readonly interruptAfterTimeLimit: number
} {
  const long = process.env.GROUNDPLANE_PROP_RUNS
  const numRuns = Number(long ?? few)
  const seed = Number(
    process.env.GROUNDPLANE_PROP_SEED ?? (long === undefined ? SHORT_RUN_SEED : Date.now() % 2 ** 31),
  )
  // Ends the shrinking of a failure, which is reported all the same, before the test runner loses its patience.
  return { numRuns, seed, interruptAfterTimeLimit: 0.7 * PROP_TIMEOUT_MS }
}

/** Chosen so that the few cases meet every outcome which the tests want to have met. */
const SHORT_RUN_SEED = 11

/** For the timeout of a test, in milliseconds. */
export const PROP_TIMEOUT_MS = Number(
  process.env.GROUNDPLANE_PROP_TIMEOUT_MS ??
    (process.env.GROUNDPLANE_PROP_RUNS === undefined ? 180_000 : 7_200_000),
)
