import type Database from 'better-sqlite3'

export type SqlInput = string | number | bigint | Uint8Array | null

/** What a `?` stands for when the statement runs. */
export type Slot =
  | { readonly kind: 'value'; readonly value: SqlInput }
  | { readonly kind: 'param'; readonly name: string; readonly encode: (value: unknown) => SqlInput }
  | { readonly kind: 'now'; readonly encode: (ms: number) => SqlInput }
  /** Worked out from other constants when the statement runs (see search/search-run.ts). */
  | { readonly kind: 'search'; readonly bind: (run: SearchRun) => SqlInput }

/** Vectors of the texts that a query names, made before it runs. Plain data: crosses threads. */
export interface EmbeddedTexts {
  /** The model that made them. */
  readonly model: string
  /** By `embeddingKey`. */
  readonly vectors: Readonly<Record<string, readonly number[]>>
}

/** One execution of a statement with search functions: what its slots are bound with. */
export interface SearchRun {
  readonly db: Database.Database
  readonly embedded: EmbeddedTexts | undefined
  /** Throws when the time of the statement is up; for work that goes on without another row. */
  alive(): unknown
  /** The value that a constant slot has in this execution. */
  constant(slot: Slot): SqlInput
  /** A function for the statement, made once per execution and key, called in SQL by the number returned. */
  handle(key: string, make: () => SearchFunction): number
}

/** Called per row with a stored value (text or vector bytes). */
export type SearchFunction = (stored: unknown) => number | null
