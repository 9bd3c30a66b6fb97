import type {
  AskedQuery,
  AssertionDatabase,
  ParentColumn,
  RowCounts,
  Sampling,
} from '../assertion/assertion-database.js'
import type { CheckedAssertion } from '../assertion/assertion-definition.js'
import { isPii } from '../assertion/failing-key.js'
import type { Judgement } from '../assertion/judgement.js'
import {
  type CompiledPredicate,
  compileDuplicates,
  compilePredicate,
  compileRelationship,
  compileScan,
  compileUnique,
} from './compile-assertion.js'
import { evaluateFreshness } from './evaluate-query.js'
import { type ObservedTable, observeSchema } from './observe-schema.js'
import { guarded, openSqliteSource, type SqliteDatabase } from './open-source.js'
import { QueryProcess } from './query-process.js'
import { sampleKeys } from './sample-keys.js'

/** Opens the file and begins the read transaction. Throws `SourceError`. */
export function openAssertionDatabase(path: string): AssertionDatabase<ObservedTable, CompiledPredicate> {
  const db = openSqliteSource(path)
  try {
    db.exec('BEGIN')
    const tables = guarded(path, () => observeSchema(db))
    return new SqliteAssertions(db, path, tables)
  } catch (error) {
    db.close()
    throw error
  }
}

class SqliteAssertions implements AssertionDatabase<ObservedTable, CompiledPredicate> {
  readonly names: readonly string[]
  readonly #db: SqliteDatabase
  readonly #path: string
  readonly #queries: QueryProcess
  readonly #tables: ReadonlyMap<string, ObservedTable>

  constructor(db: SqliteDatabase, path: string, tables: readonly ObservedTable[]) {
    this.#db = db
    this.#path = path
    this.#queries = new QueryProcess(path)
    this.#tables = new Map(tables.map((t) => [t.name.toLowerCase(), t]))
    this.names = tables.map((t) => t.name)
  }

  find(dataset: string): ObservedTable | undefined {
    return this.#tables.get(dataset.toLowerCase())
  }

  columnOf(table: ObservedTable, name: string): string | undefined {
    return table.columns.find((c) => c.name.toLowerCase() === name.toLowerCase())?.name
  }

  predicate(
    assertion: CheckedAssertion,
    _table: ObservedTable,
    column: string,
    parent: ParentColumn<ObservedTable> | undefined,
  ): CompiledPredicate | undefined {
    return parent
      ? compileRelationship(column, parent.table, parent.column)
      : compilePredicate(assertion, column)
  }

  async scan(
    table: ObservedTable,
    predicates: readonly CompiledPredicate[],
  ): Promise<{ total: number; failed: number[] }> {
    const { sql, parameters } = compileScan(table, predicates)
    const row = guarded(this.#path, () => this.#db.prepare(sql).get(...parameters) as Record<string, number>)
    return { total: row['total'] as number, failed: predicates.map((_, i) => row[`f${i}`] as number) }
  }

  async sample(table: ObservedTable, predicate: CompiledPredicate, sampling: Sampling): Promise<string[]> {
    return sampleKeys(this.#db, table, predicate, sampling.metadata, sampling.limit)
  }

  async duplicates(table: ObservedTable, columns: readonly string[]): Promise<RowCounts> {
    const { compared, failed } = guarded(
      this.#path,
      () => this.#db.prepare(compileUnique(table, columns)).get() as { compared: number; failed: number },
    )
    return { total: compared, failed }
  }

  async sampleDuplicates(
    table: ObservedTable,
    columns: readonly string[],
    sampling: Sampling,
  ): Promise<string[]> {
    return this.sample(table, { failing: compileDuplicates(table, columns), parameters: [] }, sampling)
  }

  async freshness(table: ObservedTable, column: string, maxAge: string, nowMs: number): Promise<Judgement> {
    return guarded(this.#path, () => evaluateFreshness(this.#db, table, column, maxAge, nowMs))
  }

  query(table: ObservedTable, { query, limit, metadata, queryMs }: AskedQuery): Promise<Judgement> {
    const shownKeys = table.primaryKey.filter((c) => !isPii(metadata, c))
    return this.#queries.evaluate({ table: table.name, query, shownKeys, limit }, queryMs)
  }

  async close(): Promise<void> {
    await this.#queries.close()
    this.#db.close()
  }
}
