import { type Clock, systemClock } from '@groundplane/core'
import type { AssertionResult } from '../../ingest/assertion-input.js'
import { didYouMean } from '../did-you-mean.js'
import type { SourceMetadata } from '../metadata/source-metadata.js'
import { NO_METADATA, parseMetadata } from '../metadata/source-metadata.js'
import { SourceError } from '../source-error.js'
import type { SqliteSource } from '../sqlite/harvest.js'
import { type ObservedTable, observeSchema } from '../sqlite/observe-schema.js'
import { guarded, openSqliteSource, type SqliteDatabase } from '../sqlite/open-source.js'
import { type CheckedAssertion, claimDigest } from './assertion-definition.js'
import {
  type CompiledPredicate,
  compileDuplicates,
  compilePredicate,
  compileRelationship,
  compileScan,
  compileUnique,
} from './compile-assertion.js'
import { evaluateFreshness } from './evaluate-query.js'
import { type Judgement, judgeRowCount, rowsMessage } from './judgement.js'
import { QueryProcess } from './query-process.js'
import { isPiiColumn, sampleKeys } from './sample-keys.js'

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

/**
 * Runs assertions inside the database, in one read transaction: row-wise claims
 * on one table share one scan. One outcome per assertion, in the given order. A
 * claim that cannot be judged (no such table, a query that fails) is `ERROR` with
 * the reason and stops no other. Samples name failing rows by primary key or
 * rowid and never hold a value of a column tagged `pii` in the source's metadata.
 *
 * Queries of people (type `sql`) run in a process of their own and are killed after
 * `queryMs`; every other type is a statement of ours over one table, and holds the
 * thread while it runs. Rejects with `SourceError` when the source cannot be read at all.
 */
export async function runAssertions(
  source: SqliteSource,
  assertions: readonly CheckedAssertion[],
  options: RunAssertionsOptions = {},
): Promise<AssertionOutcome[]> {
  const metadata =
    source.metadata === undefined ? NO_METADATA : (parseMetadata(source.metadata).metadata ?? NO_METADATA)
  const db = openSqliteSource(source.url)
  const queries = new QueryProcess(source.url)
  try {
    db.exec('BEGIN')
    const tables = guarded(source.url, () => observeSchema(db))
    const run = new AssertionRun(db, queries, source.url, tables, metadata, options)
    return await run.all(assertions)
  } finally {
    await queries.close()
    db.close()
  }
}

/** An assertion whose names have been found in the source. */
interface BoundAssertion {
  readonly assertion: CheckedAssertion
  readonly table: ObservedTable
  readonly column: string | undefined
}

class AssertionRun {
  readonly #db: SqliteDatabase
  readonly #queries: QueryProcess
  readonly #path: string
  readonly #tables: ReadonlyMap<string, ObservedTable>
  readonly #metadata: SourceMetadata
  readonly #options: RunAssertionsOptions
  readonly #clock: Clock
  readonly #outcomes = new Map<CheckedAssertion, AssertionOutcome>()
  #total = 0

  constructor(
    db: SqliteDatabase,
    queries: QueryProcess,
    path: string,
    tables: readonly ObservedTable[],
    metadata: SourceMetadata,
    options: RunAssertionsOptions,
  ) {
    this.#db = db
    this.#queries = queries
    this.#path = path
    this.#tables = new Map(tables.map((t) => [t.name.toLowerCase(), t]))
    this.#metadata = metadata
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  async all(assertions: readonly CheckedAssertion[]): Promise<AssertionOutcome[]> {
    this.#total = assertions.length
    const byTable = new Map<ObservedTable, [BoundAssertion, CompiledPredicate | undefined][]>()
    for (const assertion of assertions) {
      try {
        const bound = this.#bind(assertion)
        const scanned = this.#predicate(bound)
        if (scanned || assertion.type === 'row_count') {
          byTable.set(bound.table, [...(byTable.get(bound.table) ?? []), [bound, scanned]])
        } else await this.#alone(bound)
      } catch (error) {
        this.#fail(assertion, error, 0)
      }
    }
    for (const [table, members] of byTable) this.#scan(table, members)
    return assertions.map((a) => this.#outcomes.get(a) as AssertionOutcome)
  }

  #bind(assertion: CheckedAssertion): BoundAssertion {
    const table = this.#table(assertion.dataset)
    const column = assertion.column === undefined ? undefined : columnIn(table, assertion.column)
    return { assertion, table, column }
  }

  #table(name: string): ObservedTable {
    const table = this.#tables.get(name.toLowerCase())
    if (!table)
      throw new Unjudgeable(
        `there is no table or view "${name}".${didYouMean(
          name,
          [...this.#tables.values()].map((t) => t.name),
        )}`,
      )
    if (table.broken !== undefined)
      throw new Unjudgeable(`the columns of "${table.name}" cannot be read: ${table.broken}`)
    return table
  }

  #predicate({ assertion, column }: BoundAssertion): CompiledPredicate | undefined {
    if (column === undefined) return undefined
    if (assertion.type === 'relationship') {
      const parent = this.#table(assertion.parameters.to.dataset)
      return compileRelationship(column, parent, columnIn(parent, assertion.parameters.to.column))
    }
    return compilePredicate(assertion, column)
  }

  /** One pass for every row-wise claim on the table; when it fails, one pass each, so that only the guilty one errs. */
  #scan(table: ObservedTable, members: readonly [BoundAssertion, CompiledPredicate | undefined][]): void {
    const startedAt = this.#clock()
    const predicates = members.flatMap(([, p]) => p ?? [])
    let row: Record<string, number>
    try {
      const { sql, parameters } = compileScan(table, predicates)
      row = guarded(this.#path, () => this.#db.prepare(sql).get(...parameters) as Record<string, number>)
    } catch (error) {
      if (error instanceof SourceError) throw error
      const [only] = members
      if (members.length === 1 && only) this.#fail(only[0].assertion, error, this.#clock() - startedAt)
      else for (const member of members) this.#scan(table, [member])
      return
    }
    const shareMs = (this.#clock() - startedAt) / members.length
    let at = 0
    for (const [bound, predicate] of members) {
      const sampledAt = this.#clock()
      const total = row.total as number
      const judged = predicate
        ? this.#judgeRows(bound, predicate, row[`f${at++}`] as number, total)
        : judgeRowCount(bound.assertion, total)
      this.#settle(bound.assertion, judged, shareMs + this.#clock() - sampledAt)
    }
  }

  #judgeRows(bound: BoundAssertion, predicate: CompiledPredicate, failed: number, total: number): Judgement {
    if (failed === 0) return { failed, total, sampleKeys: [] }
    const keys = this.#sample(bound.table, predicate)
    return { failed, total, sampleKeys: keys, message: rowsMessage(bound.assertion, failed, total) }
  }

  #sample(table: ObservedTable, predicate: CompiledPredicate): string[] {
    return sampleKeys(
      this.#db,
      table,
      predicate,
      this.#metadata.datasets.get(table.name),
      this.#options.sampleLimit ?? 5,
    )
  }

  async #alone(bound: BoundAssertion): Promise<void> {
    const startedAt = this.#clock()
    try {
      const judged =
        bound.assertion.type === 'sql'
          ? await this.#query(bound.table, bound.assertion.parameters.query)
          : guarded(this.#path, () => this.#evaluate(bound))
      this.#settle(bound.assertion, judged, this.#clock() - startedAt)
    } catch (error) {
      if (error instanceof SourceError) throw error
      this.#fail(bound.assertion, error, this.#clock() - startedAt)
    }
  }

  #query(table: ObservedTable, query: string): Promise<Judgement> {
    const question = {
      table: table.name,
      query,
      shownKeys: table.primaryKey.filter((c) => !isPiiColumn(this.#metadata, table.name, c)),
      limit: this.#options.sampleLimit ?? 5,
    }
    return this.#queries.evaluate(question, this.#options.queryMs ?? QUERY_MS)
  }

  #evaluate({ assertion, table, column }: BoundAssertion): Judgement {
    switch (assertion.type) {
      case 'unique': {
        const columns = (assertion.parameters.columns ?? [column as string]).map((c) => columnIn(table, c))
        const { compared, failed } = this.#db.prepare(compileUnique(table, columns)).get() as {
          compared: number
          failed: number
        }
        if (failed === 0) return { failed, total: compared, sampleKeys: [] }
        const duplicates = { failing: compileDuplicates(table, columns), parameters: [] }
        return {
          failed,
          total: compared,
          sampleKeys: this.#sample(table, duplicates),
          message: rowsMessage(assertion, failed, compared),
        }
      }
      case 'freshness':
        return evaluateFreshness(
          this.#db,
          table,
          column as string,
          assertion.parameters.max_age,
          this.#clock(),
        )
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

function columnIn(table: ObservedTable, name: string): string {
  const names = table.columns.map((c) => c.name)
  const found = names.find((n) => n.toLowerCase() === name.toLowerCase())
  if (found === undefined)
    throw new Unjudgeable(`"${table.name}" has no column "${name}".${didYouMean(name, names)}`)
  return found
}
