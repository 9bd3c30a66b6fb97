import type { DatasetMetadata } from '../metadata/source-metadata.js'
import type { CheckedAssertion } from './assertion-definition.js'
import type { Judgement } from './judgement.js'

/** A table or view as assertions see it. */
export interface AssertableTable {
  readonly name: string
  readonly columns: readonly { readonly name: string }[]
  readonly primaryKey: readonly string[]
  /** Why its columns could not be read. */
  readonly broken?: string | undefined
}

/** Rows looked at, and those of them at fault. */
export interface RowCounts {
  readonly total: number
  readonly failed: number
}

/** The failing rows of one table, to take samples of. */
export interface Sampling {
  /** Highest number of rows; at least 1. */
  readonly limit: number
  /** Tells which columns are `pii`; their values are never shown. */
  readonly metadata: DatasetMetadata | undefined
}

/** A query of people to be judged. */
export interface AskedQuery extends Sampling {
  readonly query: string
  /** How long it may take in milliseconds; then it is stopped. */
  readonly queryMs: number
}

/**
 * One source opened for one run of assertions, on one snapshot of its data where the kind of source has
 * snapshots. `T` is a table of it, `P` the condition of a failing row in its dialect. Calls come one at a
 * time. What the source refuses is thrown as an error whose message may be shown and recorded; a source
 * that is lost altogether is `SourceError`.
 */
export interface AssertionDatabase<T extends AssertableTable, P> {
  /** Every table and view, as assertions name them. */
  readonly names: readonly string[]
  find(dataset: string): T | undefined
  /** How the name of a column is compared: the column it means, as the source spells it. */
  columnOf(table: T, name: string): string | undefined
  /** The condition of a failing row, for claims that one scan of the table can judge together with others. */
  predicate(
    assertion: CheckedAssertion,
    table: T,
    column: string,
    parent: ParentColumn<T> | undefined,
  ): P | undefined
  /** Rows of the table, and of those the ones each condition is true for. */
  scan(
    table: T,
    predicates: readonly P[],
  ): Promise<{ readonly total: number; readonly failed: readonly number[] }>
  /** Keys of rows that the condition is true for. */
  sample(table: T, predicate: P, sampling: Sampling): Promise<string[]>
  /** Rows without a null among the columns, and of those the ones beyond the first of each group of equals. */
  duplicates(table: T, columns: readonly string[]): Promise<RowCounts>
  sampleDuplicates(table: T, columns: readonly string[], sampling: Sampling): Promise<string[]>
  freshness(table: T, column: string, maxAge: string, nowMs: number): Promise<Judgement>
  query(table: T, asked: AskedQuery): Promise<Judgement>
  close(): Promise<void>
}

export interface ParentColumn<T> {
  readonly table: T
  readonly column: string
}
