/**
 * How a query is answered: what the store is asked, which indexes answer it, how much it
 * looks at and how long each step takes. Plain data; crosses threads and the wire.
 * Holds no value of a parameter and no row.
 */
export interface Explanation {
  readonly query: {
    readonly name: string
    readonly kind: 'read' | 'write'
    /** SHA-256 of the text it was written in: the same as in a slow-query log. */
    readonly digest: string
  }
  /** False for a write: it is planned, and nothing is written. */
  readonly executed: boolean
  readonly branch: string
  /** The commit that was read. */
  readonly commit: string
  readonly params: readonly ExplainedParam[]
  /** One for a read; for a write one per statement of it. */
  readonly statements: readonly ExplainedStatement[]
  /** Every index that is used, once, in the terms of the schema. */
  readonly indexes: readonly UsedIndex[]
  /** Every place where all rows of a type are looked at. */
  readonly scans: readonly TypeScan[]
  readonly advice: readonly Advice[]
  readonly rows: {
    /** Null when the query was not executed. */
    readonly returned: number | null
    readonly truncated: boolean
    /**
     * Rows of node and edge types that the statement took up: chosen by an index or a scan, and
     * visible at the commit, before the query's own conditions. Counted in a second run. Null when that run would not
     * have had the same plan or time was up, and for what was not executed. Walks over adjacency arrays look at no rows.
     */
    readonly scanned: number | null
  }
  readonly timings: Timings
}

/** Milliseconds. `executeMs` is of a run without any counting, rows read and decoded; null when not executed. */
export interface Timings {
  readonly parseMs: number
  readonly checkMs: number
  /** Making the SQL and preparing it. */
  readonly compileMs: number
  readonly executeMs: number | null
}

export interface ExplainedParam {
  readonly name: string
  /** As the schema language writes it. */
  readonly type: string
  readonly nullable: boolean
  readonly given: boolean
}

export interface ExplainedStatement {
  /** `match`, or what a write does: `update Person`. */
  readonly what: string
  /** Null for an insert, which looks its rows up by key. */
  readonly sql: string | null
  /** What each `?` stands for, in order: `$name`, `now()`, `literal`, `search` for what is worked out from those. */
  readonly bindings: readonly string[]
  /** `arrays`: several hops were walked over adjacency arrays, not in SQL. */
  readonly walks: 'sql' | 'arrays' | null
  readonly plan: readonly PlanNode[]
}

export interface PlanNode {
  /** As SQLite numbers them. */
  readonly id: number
  readonly parent: number
  /** SQLite's own words. */
  readonly detail: string
  /** In the user's terms; null for what is only machinery. */
  readonly summary: string | null
  readonly type: string | null
  readonly entity: 'node' | 'edge' | null
  /** Without the `$`. */
  readonly variable: string | null
  readonly index: UsedIndex | null
  /** True when all rows of the type are looked at. */
  readonly scan: boolean
  /** Rows that the planner expects here each time; null when it has no statistics (`optimize` makes them). */
  readonly estimatedRows: number | null
  /** Rows taken up here in all; null when not counted. */
  readonly visitedRows: number | null
  readonly children: readonly PlanNode[]
}

export interface UsedIndex {
  /**
   * `key`, `unique`, `index`: declared in the schema. `id`: by the generated id. `entity`: a node an edge leads to.
   * `edge-ends`: edges by their ends. `full-text`. `adjacency`: arrays for walks. `row`: by row number.
   * `automatic`: made for this one query, by looking at all rows.
   */
  readonly kind:
    | 'key'
    | 'unique'
    | 'index'
    | 'id'
    | 'entity'
    | 'edge-ends'
    | 'full-text'
    | 'adjacency'
    | 'row'
    | 'automatic'
  readonly type: string
  /** Property names; `from` and `to` for the ends of an edge. */
  readonly properties: readonly string[]
}

export interface TypeScan {
  readonly type: string
  readonly entity: 'node' | 'edge'
  readonly variable: string | null
  /** Null when not counted. */
  readonly visitedRows: number | null
}

export interface Advice {
  /** `add_index`: an index on `property` would answer a condition. `narrow`: nothing chooses among the rows of a large type. */
  readonly code: 'add_index' | 'narrow'
  readonly type: string
  readonly property: string | null
  readonly message: string
}
