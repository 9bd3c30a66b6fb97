import type { CheckedAssertion } from '../assertion/assertion-definition.js'
import {
  type AssertionOutcome,
  type RunAssertionsOptions,
  runAssertionsOn,
} from '../assertion/run-assertions.js'
import { NO_METADATA, parseMetadata } from '../metadata/source-metadata.js'
import type { SqliteSource } from './harvest.js'
import { openAssertionDatabase } from './sqlite-assertions.js'

/**
 * `runAssertionsOn` over a SQLite file, in one read transaction. Queries of people (type `sql`) run in a
 * process of their own and are killed after `queryMs`; every other type is a statement of ours over one
 * table, and holds the thread while it runs. Samples without a primary key name rows by rowid.
 */
export async function runAssertions(
  source: SqliteSource,
  assertions: readonly CheckedAssertion[],
  options: RunAssertionsOptions = {},
): Promise<AssertionOutcome[]> {
  const metadata =
    source.metadata === undefined ? NO_METADATA : (parseMetadata(source.metadata).metadata ?? NO_METADATA)
  const database = openAssertionDatabase(source.url)
  try {
    return await runAssertionsOn(database, assertions, metadata, options)
  } finally {
    await database.close()
  }
}
