import { hasErrors, systemClock } from '@groundplane/core'
import type { CatalogWrites } from '../catalog-api.js'
import { toDefinition } from '../source/assertion/assertion-definition.js'
import { parseAssertions } from '../source/assertion/parse-assertions.js'
import type { AssertionOutcome, RunAssertionsOptions } from '../source/assertion/run-assertions.js'
import { SourceError } from '../source/source-error.js'
import { type BoundSource, type JobContext, writeContext } from './source-binding.js'
import { openChecks } from './source-kinds.js'

/** A declared set of assertions: its name and the text of its file. */
export interface BoundAssertionSet {
  readonly name: string
  readonly source: string
}

export interface CheckReport {
  readonly source: string
  readonly set: string
  /** What ran now, in the order declared. */
  readonly outcomes: readonly AssertionOutcome[]
  /** Assertions whose newest run is of this very data and definition. */
  readonly skipped: number
  /** Names of those, run now or skipped, that fail or could not be decided. */
  readonly failing: readonly string[]
  /** Null when nothing ran and no definition changed. */
  readonly commit: string | null
}

export interface CheckOptions extends RunAssertionsOptions {
  /** Run also what neither the data nor the definition gives a reason to run again. */
  readonly force?: boolean
}

/**
 * Runs a set of assertions inside one source and records definitions and runs as
 * one commit. The fingerprint is taken before the first read, so data written
 * meanwhile makes the next check run again. Rejects with `SourceError`; then nothing is recorded.
 */
export async function checkSource(
  catalog: CatalogWrites,
  source: BoundSource,
  set: BoundAssertionSet,
  context: JobContext = {},
  options: CheckOptions = {},
): Promise<CheckReport> {
  const { assertions, diagnostics } = parseAssertions(set.source, set.name)
  if (hasErrors(diagnostics)) {
    throw new SourceError(
      'invalid',
      'assertions_invalid',
      `The assertion set "${set.name}" has mistakes; nothing ran.`,
      {
        remedy: 'Correct the file, then apply the cluster again.',
        diagnostics,
      },
    )
  }
  const at = (options.clock ?? systemClock)()
  const checks = await openChecks(source)
  try {
    const target = {
      set: set.name,
      definitions: assertions.map((a) => ({ ...toDefinition(a), dataset: checks.datasetName(a.dataset) })),
      platform: source.kind,
      instance: source.platformInstance,
      env: source.env,
      database: checks.database,
      fingerprint: checks.fingerprint,
    }
    const pending = new Set(options.force ? assertions.map((a) => a.name) : catalog.pendingAssertions(target))
    const outcomes = await checks.run(
      assertions.filter((a) => pending.has(a.name)),
      options,
    )
    await context.confirm?.()
    const recorded = catalog.recordAssertions(
      { ...target, at, results: outcomes },
      writeContext(context, `check ${set.name} on ${source.name}`),
    )
    return {
      source: source.name,
      set: set.name,
      outcomes,
      skipped: assertions.length - outcomes.length,
      failing: catalog.failingAssertions(target),
      commit: recorded.commit?.id ?? null,
    }
  } finally {
    await checks.close()
  }
}
