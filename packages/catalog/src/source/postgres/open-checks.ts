import type { CheckedAssertion } from '../assertion/assertion-definition.js'
import {
  type AssertionOutcome,
  type RunAssertionsOptions,
  runAssertionsOn,
} from '../assertion/run-assertions.js'
import { readMetadata } from '../metadata/read-metadata.js'
import { sessionFingerprint } from './fingerprint.js'
import { observeSchema } from './observe-schema.js'
import { PostgresAssertions } from './postgres-assertions.js'
import { qualifiedMetadata } from './postgres-names.js'
import { PostgresSession } from './postgres-session.js'
import { type Environment, type PostgresSource, resolveAddress } from './postgres-source.js'

export interface PostgresCheckOptions {
  /** How long a statement of ours may take, in milliseconds; default ten minutes. */
  readonly statementMs?: number
  readonly environment?: Environment
}

const STATEMENT_MS = 600_000

/** A database opened to be checked, on one snapshot until it is closed. */
export class PostgresChecks {
  private constructor(
    readonly database: string,
    readonly fingerprint: string,
    private readonly source: PostgresSource,
    private readonly session: PostgresSession,
  ) {}

  /** Throws `SourceError`. */
  static async open(source: PostgresSource, options: PostgresCheckOptions = {}): Promise<PostgresChecks> {
    const address = resolveAddress(source, options.environment ?? process.env)
    const session = await PostgresSession.open(address, { statementMs: options.statementMs ?? STATEMENT_MS })
    try {
      const fingerprint = await sessionFingerprint(session)
      return new PostgresChecks(address.database, fingerprint, source, session)
    } catch (error) {
      await session.close()
      throw error
    }
  }

  /** Claims are judged as `runAssertionsOn` says. Rejects with `SourceError`. */
  async run(
    assertions: readonly CheckedAssertion[],
    options: RunAssertionsOptions = {},
  ): Promise<AssertionOutcome[]> {
    if (assertions.length === 0) return []
    const metadata = qualifiedMetadata(readMetadata(this.source), this.source.platformInstance)
    const { tables } = await observeSchema(this.session, this.source.schemas)
    return runAssertionsOn(new PostgresAssertions(this.session, tables), assertions, metadata, options)
  }

  close(): Promise<void> {
    return this.session.close()
  }
}
