import { compare, type Derivation } from './derivation.js'
import type { DialectRules } from './dialect-rules.js'
import type { SqlNode } from './sql-ast.js'
import { Work } from './work.js'

/** A table as a statement names it, folded by the dialect's rules. */
export interface TableName {
  readonly catalog?: string
  readonly schema?: string
  readonly name: string
}

export interface KnownTable {
  /** What the caller calls this table; comes back in every answer. */
  readonly id: string
  /** In declaration order. */
  readonly columns: readonly string[]
  /** The column that SQLite's `rowid` stands for, when the table has one. */
  readonly rowid?: string
}

/**
 * Undefined: nothing is known about the table, which is not the same as "has no
 * columns". Names arrive folded as the dialect folds them; columns are given as
 * the database stores them, since PostgreSQL and Snowflake tell them apart by case.
 */
export type SchemaLookup = (table: TableName) => KnownTable | undefined

export type UnresolvedReason =
  | 'parse_error'
  | 'unsupported_dialect'
  | 'unsupported_statement'
  | 'unknown_table'
  | 'unknown_column'
  | 'unknown_qualifier'
  | 'ambiguous_column'
  | 'star_of_unknown_table'
  | 'column_count_mismatch'
  | 'unsupported_construct'

export interface Unresolved {
  /** The reference as written, or the part of the statement. */
  readonly text: string
  readonly reason: UnresolvedReason
  /** One sentence. */
  readonly detail: string
}

export type IndirectUsage = 'filter' | 'join' | 'group' | 'sort'

/** A column that decides which rows there are, or their order, but whose value does not appear. */
export interface IndirectSource {
  readonly table: string
  readonly column: string
  readonly usage: IndirectUsage
}

/** What one statement's analysis gathers besides its output columns. */
export class Trace {
  readonly schema: SchemaLookup
  readonly rules: DialectRules
  readonly work = new Work()
  /** Text of an expression, for columns without a name. */
  readonly print: (node: SqlNode) => string
  /** The source text between two code-point offsets. */
  readonly slice: (start: number, end: number) => string
  readonly #tables = new Map<string, 'known' | 'unknown'>()
  readonly #indirect = new Map<string, IndirectSource>()
  readonly #unresolved = new Map<string, Unresolved>()
  #muted = 0

  constructor(
    schema: SchemaLookup,
    rules: DialectRules,
    text: { print: (node: SqlNode) => string; slice: (start: number, end: number) => string },
  ) {
    this.schema = schema
    this.rules = rules
    this.print = text.print
    this.slice = text.slice
  }

  /** Runs `body` without recording unresolved references: for passes whose result is only provisional. */
  muted<T>(body: () => T): T {
    this.#muted++
    try {
      return body()
    } finally {
      this.#muted--
    }
  }

  get mutedDepth(): number {
    return this.#muted
  }

  /** Runs `body` as muted as a part of the statement that was met earlier: what it finds is as final as that part. */
  mutedAs<T>(depth: number, body: () => T): T {
    const now = this.#muted
    this.#muted = depth
    try {
      return body()
    } finally {
      this.#muted = now
    }
  }

  table(id: string, known: boolean): void {
    if (!known || !this.#tables.has(id)) this.#tables.set(id, known ? 'known' : 'unknown')
  }

  unresolvedAt(text: string, reason: UnresolvedReason, detail: string): void {
    if (this.#muted > 0) return
    const key = JSON.stringify([text, reason])
    if (!this.#unresolved.has(key)) this.#unresolved.set(key, { text, reason, detail })
  }

  /** The analysis ended here, in whatever pass it was. */
  stoppedAt(text: string, detail: string): void {
    this.#muted = 0
    this.unresolvedAt(text, 'unsupported_construct', detail)
  }

  influence(derivation: Derivation, usage: IndirectUsage): void {
    this.work.spend(derivation.size)
    for (const { table, column } of derivation.sources()) {
      this.#indirect.set(JSON.stringify([table, column, usage]), { table, column, usage })
    }
  }

  tables(): string[] {
    return [...this.#tables.keys()].sort(compare)
  }

  indirect(): IndirectSource[] {
    return [...this.#indirect.values()].sort(
      (a, b) => compare(a.table, b.table) || compare(a.column, b.column) || compare(a.usage, b.usage),
    )
  }

  unresolved(): Unresolved[] {
    return [...this.#unresolved.values()].sort(
      (a, b) => compare(a.text, b.text) || compare(a.reason, b.reason),
    )
  }
}

/** `schema.name` as written, for messages and for tables nobody knows. */
export function printTableName(table: TableName): string {
  return [table.catalog, table.schema, table.name].filter((part) => part !== undefined).join('.')
}
