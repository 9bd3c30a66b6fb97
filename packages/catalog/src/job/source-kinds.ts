import type { CheckedAssertion } from '../source/assertion/assertion-definition.js'
import type { AssertionOutcome, RunAssertionsOptions } from '../source/assertion/run-assertions.js'
import { harvestDbt } from '../source/dbt/harvest.js'
import { harvestGreatExpectations } from '../source/great-expectations/harvest.js'
import type { Harvest, HarvestOptions } from '../source/harvest.js'
import { harvestPostgres } from '../source/postgres/harvest.js'
import { PostgresChecks } from '../source/postgres/open-checks.js'
import { qualifiedName } from '../source/postgres/postgres-names.js'
import { SourceError } from '../source/source-error.js'
import { sourceFingerprint } from '../source/sqlite/fingerprint.js'
import { harvestSqlite } from '../source/sqlite/harvest.js'
import { runAssertions } from '../source/sqlite/run-assertions.js'
import type { BoundSource } from './source-binding.js'

/** Reads a source of any kind. Throws `SourceError`. */
export function harvestAny(source: BoundSource, options: HarvestOptions): Promise<Harvest> {
  switch (source.kind) {
    case 'sqlite':
      return harvestSqlite(source, options)
    case 'postgres':
      return harvestPostgres(source, options)
    case 'dbt':
      return harvestDbt(source, options)
    case 'great_expectations':
      return harvestGreatExpectations({ ...source, targetPlatform: source.targetPlatform ?? '' }, options)
  }
}

/** A source of any kind, opened to be checked. */
export interface OpenChecks {
  /** What the source looks like now; taken before anything is judged. */
  readonly fingerprint: string
  /** What stands between instance and dataset in URNs: the database. */
  readonly database: string
  /** How URNs name the dataset that an assertion names. */
  datasetName(written: string): string
  run(assertions: readonly CheckedAssertion[], options: RunAssertionsOptions): Promise<AssertionOutcome[]>
  close(): Promise<void>
}

/** Throws `SourceError`. */
export async function openChecks(source: BoundSource): Promise<OpenChecks> {
  switch (source.kind) {
    case 'sqlite':
      return {
        fingerprint: sourceFingerprint(source),
        database: 'main',
        datasetName: (written) => written,
        run: (assertions, options) => runAssertions(source, assertions, options),
        close: async () => {},
      }
    case 'postgres': {
      const checks = await PostgresChecks.open(source)
      return {
        fingerprint: checks.fingerprint,
        database: checks.database,
        datasetName: qualifiedName,
        run: (assertions, options) => checks.run(assertions, options),
        close: () => checks.close(),
      }
    }
    case 'dbt':
    case 'great_expectations':
      throw new SourceError(
        'unsupported',
        'source_not_queryable',
        `${source.name} is no database, and nothing can be asked of it`,
        {
          remedy: 'Check the warehouse that it is about; the results of its own tests come with its harvest.',
        },
      )
  }
}
