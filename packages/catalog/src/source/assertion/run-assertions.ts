import { type Clock, systemClock } from '@groundplane/core'
import type { AssertionResult } from '../../ingest/assertion-input.js'
import { didYouMean } from '../did-you-mean.js'
import type { DatasetMetadata, SourceMetadata } from '../metadata/source-metadata.js'
import { SourceError } from '../source-error.js'
import type { AssertableTable, AssertionDatabase, ParentColumn, Sampling } from './assertion-database.js'
import { type CheckedAssertion, claimDigest } from './assertion-definition.js'
import { type Judgement, judgeRowCount, rowsMessage } from './judgement.js'

/** What one assertion found in one source. */
export interface AssertionOutcome extends AssertionResult {
  readonly dataset: string
  readonly column?: string
  readonly type: CheckedAssertion['type']
  /** `claimDigest` of the definition that ran. */
  readonly claimDigest: string
}

export interface RunAssertionsOptions {
  readonly onProgress?: (progress: {
    readonly outcome: AssertionOutcome
    readonly done: number
    readonly total: number
  }) => void
  readonly clock?: Clock
  /** Highest number of failing keys per assertion; default 5, 0 for none. */
  readonly sampleLimit?: number
  /** How long a query of an assertion of type `sql` may take, in milliseconds; default a minute. Then it is killed. */
  readonly queryMs?: number
}

const QUERY_MS = 60_000
const SAMPLE_LIMIT = 5

/**
 * Runs assertions inside the database: row-wise claims on one table share one scan. One outcome per
 * assertion, in the given order. A claim that cannot be judged (no such table, a query that fails) is
 * `ERROR` with the reason and stops no other. Samples name failing rows by primary key, or by what the
 * database calls them otherwise, and never hold a value of a column tagged `pii` in `metadata`.
 * Rejects with `SourceError` when the source cannot be read at all. The database stays the caller's to close.
 */
export function runAssertionsOn<T extends AssertableTable, P>(
  database: AssertionDatabase<T, P>,
  assertions: readonly CheckedAssertion[],
  metadata: SourceMetadata,
  options: RunAssertionsOptions = {},
): Promise<AssertionOutcome[]> {
  return new AssertionRun(database, metadata, options).all(assertions)
}

/** An assertion whose names have been found in the source. */
interface BoundAssertion<T> {
  readonly assertion: CheckedAssertion
  readonly table: T
  readonly column: string | undefined
}

type ScanMember<T, P> = readonly [BoundAssertion<T>, P | undefined]

class AssertionRun<T extends AssertableTable, P> {
  readonly #database: AssertionDatabase<T, P>
  readonly #metadata: SourceMetadata
  readonly #options: RunAssertionsOptions
  readonly #clock: Clock
  readonly #outcomes = new Map<CheckedAssertion, AssertionOutcome>()
  #total = 0

  constructor(database: AssertionDatabase<T, P>, metadata: SourceMetadata, options: RunAssertionsOptions) {
    this.#database = database
    this.#metadata = metadata
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  async all(assertions: readonly CheckedAssertion[]): Promise<AssertionOutcome[]> {
    this.#total = assertions.length
    const byTable = new Map<T, ScanMember<T, P>[]>()
    for (const assertion of assertions) {
      try {
        const bound = this.#bind(assertion)
        const scanned = this.#predicate(bound)
        if (scanned !== undefined || assertion.type === 'row_count') {
          byTable.set(bound.table, [...(byTable.get(bound.table) ?? []), [bound, scanned]])
        } else await this.#alone(bound)
      } catch (error) {
        this.#fail(assertion, error, 0)
      }
    }
    for (const [table, members] of byTable) await this.#scan(table, members)
    return assertions.map((a) => this.#outcomes.get(a) as AssertionOutcome)
  }

  #bind(assertion: CheckedAssertion): BoundAssertion<T> {
    const table = this.#table(assertion.dataset)
    const column = assertion.column === undefined ? undefined : this.#column(table, assertion.column)
    return { assertion, table, column }
  }

  #table(name: string): T {
    const table = this.#database.find(name)
    if (!table)
      throw new Unjudgeable(`there is no table or view "${name}".${didYouMean(name, this.#database.names)}`)
    if (table.broken !== undefined)
      throw new Unjudgeable(`the columns of "${table.name}" cannot be read: ${table.broken}`)
    return table
  }

  #column(table: T, name: string): string {
    const found = this.#database.columnOf(table, name)
    if (found !== undefined) return found
    const names = table.columns.map((c) => c.name)
    throw new Unjudgeable(`"${table.name}" has no column "${name}".${didYouMean(name, names)}`)
  }

  #predicate({ assertion, table, column }: BoundAssertion<T>): P | undefined {
    if (column === undefined) return undefined
    return this.#database.predicate(assertion, table, column, this.#parent(assertion))
  }

  #parent(assertion: CheckedAssertion): ParentColumn<T> | undefined {
    if (assertion.type !== 'relationship') return undefined
    const table = this.#table(assertion.parameters.to.dataset)
    return { table, column: this.#column(table, assertion.parameters.to.column) }
  }

  /** One pass for every row-wise claim on the table; when it fails, one pass each, so that only the guilty one errs. */
  async #scan(table: T, members: readonly ScanMember<T, P>[]): Promise<void> {
    const startedAt = this.#clock()
    const predicates = members.flatMap(([, p]) => (p === undefined ? [] : [p]))
    let found: Awaited<ReturnType<AssertionDatabase<T, P>['scan']>>
    try {
      found = await this.#database.scan(table, predicates)
    } catch (error) {
      if (error instanceof SourceError) throw error
      const [only] = members
      if (members.length === 1 && only) this.#fail(only[0].assertion, error, this.#clock() - startedAt)
      else for (const member of members) await this.#scan(table, [member])
      return
    }
    const shareMs = (this.#clock() - startedAt) / members.length
    let at = 0
    for (const [bound, predicate] of members) {
      const sampledAt = this.#clock()
      const elapsedMs = (): number => shareMs + this.#clock() - sampledAt
      try {
        const judged =
          predicate === undefined
            ? judgeRowCount(bound.assertion, found.total)
            : await this.#judgeRows(bound, predicate, found.failed[at++] as number, found.total)
        this.#settle(bound.assertion, judged, elapsedMs())
      } catch (error) {
        this.#fail(bound.assertion, error, elapsedMs())
      }
    }
  }

  async #judgeRows(
    { assertion, table }: BoundAssertion<T>,
    predicate: P,
    failed: number,
    total: number,
  ): Promise<Judgement> {
    if (failed === 0) return { failed, total, sampleKeys: [] }
    const sampling = this.#sampling(table)
    const sampleKeys = sampling ? await this.#database.sample(table, predicate, sampling) : []
    return { failed, total, sampleKeys, message: rowsMessage(assertion, failed, total) }
  }

  /** Undefined when nobody wants samples. */
  #sampling(table: T): Sampling | undefined {
    const limit = this.#options.sampleLimit ?? SAMPLE_LIMIT
    return limit > 0 ? { limit, metadata: this.#metadataOf(table) } : undefined
  }

  #metadataOf(table: T): DatasetMetadata | undefined {
    const { datasets } = this.#metadata
    const exact = datasets.get(table.name)
    if (exact) return exact
    const name = table.name.toLowerCase()
    return [...datasets].find(([other]) => other.toLowerCase() === name)?.[1]
  }

  async #alone(bound: BoundAssertion<T>): Promise<void> {
    const startedAt = this.#clock()
    try {
      const judged = await this.#evaluate(bound)
      this.#settle(bound.assertion, judged, this.#clock() - startedAt)
    } catch (error) {
      this.#fail(bound.assertion, error, this.#clock() - startedAt)
    }
  }

  async #evaluate({ assertion, table, column }: BoundAssertion<T>): Promise<Judgement> {
    switch (assertion.type) {
      case 'unique': {
        const columns = (assertion.parameters.columns ?? [column as string]).map((c) =>
          this.#column(table, c),
        )
        const { total, failed } = await this.#database.duplicates(table, columns)
        if (failed === 0) return { failed, total, sampleKeys: [] }
        const sampling = this.#sampling(table)
        return {
          failed,
          total,
          sampleKeys: sampling ? await this.#database.sampleDuplicates(table, columns, sampling) : [],
          message: rowsMessage(assertion, failed, total),
        }
      }
      case 'freshness':
        return this.#database.freshness(table, column as string, assertion.parameters.max_age, this.#clock())
      case 'sql':
        return this.#database.query(table, {
          query: assertion.parameters.query,
          limit: this.#options.sampleLimit ?? SAMPLE_LIMIT,
          metadata: this.#metadataOf(table),
          queryMs: this.#options.queryMs ?? QUERY_MS,
        })
      default:
        throw new Unjudgeable(`the type ${assertion.type} needs a column`)
    }
  }

  #settle(assertion: CheckedAssertion, judged: Judgement, durationMs: number): void {
    const status = judged.error ? 'ERROR' : judged.failed > 0 ? 'FAILURE' : 'SUCCESS'
    const { failed, total, sampleKeys: keys, message } = judged
    this.#record(assertion, {
      status,
      failed,
      total,
      sampleKeys: keys,
      ...(message !== undefined && { message }),
      durationMs: Math.round(durationMs),
    })
  }

  #fail(assertion: CheckedAssertion, error: unknown, durationMs: number): void {
    if (error instanceof SourceError) throw error
    const message = error instanceof Error ? error.message : String(error)
    this.#record(assertion, {
      status: 'ERROR',
      failed: 0,
      total: 0,
      sampleKeys: [],
      message,
      durationMs: Math.round(durationMs),
    })
  }

  #record(
    assertion: CheckedAssertion,
    found: Omit<AssertionOutcome, 'name' | 'dataset' | 'column' | 'type' | 'claimDigest'>,
  ): void {
    const { name, dataset, column, type } = assertion
    const outcome = {
      name,
      dataset,
      ...(column !== undefined && { column }),
      type,
      claimDigest: claimDigest(assertion),
      ...found,
    }
    this.#outcomes.set(assertion, outcome)
    this.#options.onProgress?.({ outcome, done: this.#outcomes.size, total: this.#total })
  }
}

/** A claim about something the source does not have. */
class Unjudgeable extends Error {}
