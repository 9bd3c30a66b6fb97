/**
 * How long a property test runs: few cases in `npm test`, `GROUNDPLANE_PROP_RUNS`
 * of them in `npm run test:oracle`. `GROUNDPLANE_PROP_SEED` repeats a run; it is
 * printed, as is what a failure was shrunk to.
 */
export function propRuns(few: number): {
  readonly numRuns: number
  readonly seed: number
  readonly interruptAfterTimeLimit: number
} {
  const numRuns = Number(process.env.GROUNDPLANE_PROP_RUNS ?? few)
  const seed = Number(process.env.GROUNDPLANE_PROP_SEED ?? Date.now() % 2 ** 31)
  // Ends the shrinking of a failure, which is reported all the same, before the test runner loses its patience.
  return { numRuns, seed, interruptAfterTimeLimit: 0.7 * PROP_TIMEOUT_MS }
}

/** For the timeout of a test, in milliseconds. */
export const PROP_TIMEOUT_MS = Number(
  process.env.GROUNDPLANE_PROP_TIMEOUT_MS ??
    (process.env.GROUNDPLANE_PROP_RUNS === undefined ? 180_000 : 7_200_000),
)
