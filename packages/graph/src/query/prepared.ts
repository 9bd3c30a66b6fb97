import type { CheckedQuery, ReadQuery } from '@groundplane/lang'
import type { Statement } from 'better-sqlite3'
import { type AdjacencyStore, StaleAdjacency } from '../adjacency/adjacency-store.js'
import type { ReadContext, Row } from '../api.js'
import { type CompiledQuery, compileRead } from '../compile/read-query.js'
import type { Slot, Sql, SqlInput } from '../compile/sql.js'
import { GraphError } from '../error.js'
import { type EmbeddedTexts, type SearchRun, startSearchRun } from '../search/search-run.js'
import { findTextIndex } from '../search/text-index.js'
import type { BoundEdge, BoundSchema } from '../storage/bound-schema.js'
import { type Db, readTransaction } from '../storage/database.js'
import { prepared } from '../storage/statements.js'
import { MAIN_HEAD, type View } from '../storage/view.js'
import type { SqlValue } from '../value/codec.js'
import { KnownStarts } from './known-starts.js'

export type QueryParams = Readonly<Record<string, unknown>>

/** One statement of a compiled query; with its walks over arrays it is another. */
interface Variant extends CompiledQuery {
  readonly statement: Statement
}

/** What a query that yields one row at most found, and the head it read: null when its branch is deleted, undefined when no row told it. */
export interface SingleRead {
  readonly rows: Row[]
  readonly head: number | null | undefined
}

/** A compiled query on one connection. */
export class RunnableQuery {
  readonly #db: Db
  readonly #plain: Variant
  readonly #known: ReadonlySet<string>
  /** The shape of the file that a search was compiled for; undefined when the query does not search. */
  readonly #shape: number | undefined
  readonly #adjacency: AdjacencyStore | null
  readonly #walks: readonly BoundEdge[]
  /** The same query with its walks over adjacency arrays, compiled when they are first there. */
  readonly #compileWalking: () => Variant
  #walking: Variant | undefined
  #starts: KnownStarts | undefined
  #ranOver: 'sql' | 'arrays' = 'sql'
  readonly #compileEveryRow: (walk: 'sql' | 'arrays') => Sql

  constructor(
    db: Db,
    query: ReadQuery,
    schema: BoundSchema,
    view: View,
    cap?: number,
    adjacency: AdjacencyStore | null = null,
  ) {
    const limit = cap === undefined ? {} : { cap }
    const options = {
      view,
      ...limit,
      isSmall: (table: string) => isSmall(db, table),
      textIndex: (table: string, column: string) => findTextIndex(db, table, column),
    }
    const variant = (walk: 'sql' | 'arrays'): Variant => {
      const compiled = compileRead(query, schema, { ...options, walk })
      return { ...compiled, statement: db.prepare(compiled.sql.text).raw(true) }
    }
    this.#db = db
    this.#plain = variant('sql')
    this.#known = new Set(query.params.map((p) => p.name))
    this.#shape = this.#plain.sql.slots.some((slot) => slot.kind === 'search') ? fileShape(db) : undefined
    this.#walks = view === MAIN_HEAD ? [...this.#plain.walks] : []
    this.#adjacency = this.#walks.length > 0 ? adjacency : null
    this.#compileWalking = () => variant('arrays')
    this.#compileEveryRow = (walk) =>
      compileRead(query, schema, { ...options, walk, isSmall: () => false }).sql
  }

  get compiled(): CompiledQuery {
    return this.#plain
  }

  /** Texts and indexes that a search looks up must be of the moment its statement reads. */
  get searches(): boolean {
    return this.#shape !== undefined
  }

  /** Whether `single` may be called. */
  get isSingle(): boolean {
    return this.#plain.headAt !== undefined && !this.searches
  }

  /** False when a search was compiled and indexes may have come or gone since. In the transaction it would run in. */
  isCurrent(): boolean {
    return this.#shape === undefined || this.#shape === fileShape(this.#db)
  }

  run(params: QueryParams, nowMs: number, embedded?: EmbeddedTexts): Row[] {
    if (this.searches && !this.#db.inTransaction)
      return readTransaction(this.#db, () => this.run(params, nowMs, embedded))
    const all = (variant: Variant): Row[] => {
      if (variant.counted) return this.#count(variant, params, nowMs).rows
      const bound = this.#bind(variant.sql.slots, params, nowMs, embedded)
      return decodeRows(variant.statement.all(...bound) as SqlValue[][], variant.decode)
    }
    return this.#adjacency === null ? all(this.#plain) : this.#walk(this.#adjacency, all)
  }

  /** Only when `isSingle`. */
  single(params: QueryParams, nowMs: number): SingleRead {
    if (this.#adjacency === null) return this.#single(this.#plain, params, nowMs)
    return this.#walk(this.#adjacency, (variant) => this.#single(variant, params, nowMs))
  }

  #single(variant: Variant, params: QueryParams, nowMs: number): SingleRead {
    const { statement, sql, decode, headAt } = variant
    if (variant.counted) return this.#count(variant, params, nowMs)
    const row = statement.get(...this.#bind(sql.slots, params, nowMs)) as SqlValue[] | undefined
    if (row === undefined) return { rows: [], head: undefined }
    return { rows: [decode(row)], head: row[headAt as number] as number | null }
  }

  /** The sum of the walks' counts, from each start that the statement gives. */
  #count({ statement, sql, decode, counted }: Variant, params: QueryParams, nowMs: number): SingleRead {
    const walk = counted as NonNullable<Variant['counted']>
    const adjacency = this.#adjacency as AdjacencyStore
    const bound = this.#bind(sql.slots, params, nowMs)
    if (walk.one) {
      const found = this.#start(statement, bound)
      if (found === undefined) return { rows: [decode([0])], head: undefined }
      return { rows: [decode([adjacency.count(walk, found[0], found[1])])], head: found[1] }
    }
    let sum = 0
    let head: number | undefined
    for (const [start, at] of statement.iterate(...bound) as IterableIterator<[number, number]>) {
      sum += adjacency.count(walk, start, at)
      head = at
    }
    return { rows: [decode([sum])], head }
  }

  /** Where the one walk starts, and at which head: as the statement says, or said before of the same key. */
  #start(statement: Statement, bound: readonly SqlInput[]): readonly [number, number] | undefined {
    const key = bound.length === 1 && typeof bound[0] === 'string' ? bound[0] : null
    this.#starts ??= new KnownStarts(this.#db)
    const known = key === null ? null : this.#starts.find(key)
    if (known !== null) return known
    const found = statement.get(...bound) as [number, number] | undefined
    if (found !== undefined && key !== null) this.#starts.add(key, found[0], found[1])
    return found
  }

  /** Over arrays when they are there, or worth building; the statement itself finds out when they are of another commit. */
  #walk<T>(adjacency: AdjacencyStore, run: (variant: Variant) => T): T {
    if (adjacency.has(this.#walks)) {
      try {
        return run(this.#overArrays())
      } catch (error) {
        if (!(error instanceof StaleAdjacency)) throw error
      }
    }
    return readTransaction(this.#db, () => {
      if (adjacency.makeCurrent(this.#walks)) return run(this.#overArrays())
      this.#ranOver = 'sql'
      const startedAt = performance.now()
      try {
        return run(this.#plain)
      } finally {
        adjacency.paid(this.#walks, performance.now() - startedAt)
      }
    })
  }

  #overArrays(): Variant {
    this.#walking ??= this.#compileWalking()
    this.#ranOver = 'arrays'
    return this.#walking
  }

  /** What the last run executed, for explaining it. In the transaction of that run, with the same arguments. */
  executed(params: QueryParams, nowMs: number, embedded?: EmbeddedTexts): ExecutedQuery {
    const compiled = this.#ranOver === 'arrays' ? (this.#walking as Variant) : this.#plain
    return {
      compiled,
      over: this.#ranOver,
      named: this.#compileEveryRow(this.#ranOver),
      values: this.#bind(compiled.sql.slots, params, nowMs, embedded),
    }
  }

  #bind(slots: readonly Slot[], params: QueryParams, nowMs: number, embedded?: EmbeddedTexts): SqlInput[] {
    for (const name in params) {
      if (!this.#known.has(name)) throw unknownParam(name, this.#known)
    }
    const bound: SqlInput[] = new Array(slots.length)
    const search = this.searches
      ? startSearchRun(this.#db, (slot) => constantValue(slot, params, nowMs), embedded)
      : undefined
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] as Slot
      bound[i] = slot.kind === 'search' ? slot.bind(search as SearchRun) : constantValue(slot, params, nowMs)
    }
    return bound
  }
}

export interface ExecutedQuery {
  readonly compiled: CompiledQuery
  /** How it walked several hops: in SQL or over adjacency arrays. */
  readonly over: 'sql' | 'arrays'
  /** The same statement, whatever the size of its tables, with a liveness check that names the table's alias. */
  readonly named: Sql
  /** Of the parameters of either, in order. */
  readonly values: readonly SqlInput[]
}

function decodeRows(rows: readonly SqlValue[][], decode: CompiledQuery['decode']): Row[] {
  const out: Row[] = new Array(rows.length)
  for (let i = 0; i < rows.length; i++) out[i] = decode(rows[i] as SqlValue[])
  return out
}

function constantValue(slot: Slot, params: QueryParams, nowMs: number): SqlInput {
  switch (slot.kind) {
    case 'value':
      return slot.value
    case 'param':
      return slot.encode(Object.hasOwn(params, slot.name) ? params[slot.name] : undefined)
    case 'now':
      return slot.encode(nowMs)
    case 'search':
      throw new Error('assertion failed: a search slot is not a constant')
  }
}

/** Moves with every table made or dropped, by any process. */
function fileShape(db: Db): number {
  return prepared(db, 'PRAGMA schema_version', 'pluck').get() as number
}

function unknownParam(name: string, known: ReadonlySet<string>): GraphError {
  const list = [...known].map((k) => `$${k}`).join(', ')
  return new GraphError('invalid', 'param_unknown', `The query has no parameter $${name}.`, {
    remedy: known.size > 0 ? `Its parameters are ${list}.` : 'It takes no parameters.',
    details: { param: name },
  })
}

const SMALL = 4096

function isSmall(db: Db, table: string): boolean {
  const max = db.prepare(`SELECT MAX(vid) FROM "${table}"`).pluck().get() as number | null
  return max === null || max < SMALL
}

export function schemaChanged(query: CheckedQuery): GraphError {
  return new GraphError(
    'stale',
    'schema_changed',
    `Query ${query.name} was checked against another schema than the one it reads.`,
    {
      remedy: 'Check the query text again with the schema of that commit.',
      details: { checked: query.schemaDigest },
    },
  )
}

/** A query prepared once and run often; point reads take microseconds. */
export interface PreparedQuery {
  readonly query: ReadQuery
  /** All rows, unbounded. Throws `schema_changed` when the schema read is not the one it was checked against. */
  all(params?: QueryParams, ctx?: ReadContext & { readonly embedded?: EmbeddedTexts }): Row[]
}
