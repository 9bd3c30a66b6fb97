import { jsonDigest, systemClock } from '@groundplane/core'
import { type Harvest, type HarvestOptions, type ReportProgress, stopWhenCancelled } from '../harvest.js'
import { PLATFORM, type Target, targetProposals, testSet, validationProposals } from './describe.js'
import { readStore } from './read-store.js'

/** A store of validation results of Great Expectations. */
export interface GreatExpectationsSource extends Omit<Target, 'env'> {
  /** Path of the directory of results, or of one. */
  readonly url: string
  /** Fabric in dataset URNs; default `PROD`. */
  readonly env?: string
}

/**
 * Reads the validation results of a store and states each expectation as an assertion, and each result as a run of it. Which
 * expectations there are is what the newest result of a suite on a table has; those that only older ones have are gone. All is read and
 * checked before anything is stated. The same files give byte-identical proposals.
 */
export async function harvestGreatExpectations(
  source: GreatExpectationsSource,
  options: HarvestOptions = {},
): Promise<Harvest> {
  const clock = options.clock ?? systemClock
  const startedAt = clock()
  const report: ReportProgress = (p) => options.onProgress?.({ ...p, elapsedMs: clock() - startedAt })
  const { validations, digests } = readStore(source.url)
  stopWhenCancelled(options.signal, source.platformInstance)
  report({ phase: 'schema', done: validations.length, total: validations.length })
  const target: Target = { ...source, env: source.env ?? 'PROD' }
  const { proposals, expectations, datasets } = validationProposals(target, validations)
  report({ phase: 'done', done: validations.length, total: validations.length })
  return {
    proposals: [...targetProposals(target), ...proposals],
    alsoWhole: { assertionSet: testSet(target), prefixes: [] },
    platform: PLATFORM.name,
    platformInstance: source.platformInstance,
    fingerprint: `great-expectations:${jsonDigest(digests).slice(0, 32)}`,
    observedAt: startedAt,
    datasets: [],
    about: datasets,
    tables: 0,
    views: 0,
    rows: 0,
    counts: {
      validations: validations.length,
      expectations,
      results: validations.reduce((sum, { results }) => sum + results.length, 0),
    },
    notes: [],
    durationMs: clock() - startedAt,
  }
}
