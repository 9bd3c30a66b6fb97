import type { CheckedQuery, ReadQuery } from '@groundplane/lang'
import type { Statement } from 'better-sqlite3'
import { type AdjacencyStore, StaleAdjacency } from '../adjacency/adjacency-store.js'
import type { ReadContext, Row } from '../api.js'
import { type CompiledQuery, compileRead } from '../compile/read-query.js'
import type { Slot, SqlInput } from '../compile/sql.js'
import { GraphError } from '../error.js'
import type { BoundEdge, BoundSchema } from '../storage/bound-schema.js'
import { type Db, readTransaction } from '../storage/database.js'
import { MAIN_HEAD, type View } from '../storage/view.js'
import type { SqlValue } from '../value/codec.js'

export type QueryParams = Readonly<Record<string, unknown>>

/** A compiled query on one connection. */
export class RunnableQuery {
  readonly compiled: CompiledQuery
  readonly #db: Db
  readonly #statement: Statement
  readonly #slots: readonly Slot[]
  readonly #known: ReadonlySet<string>
  readonly #adjacency: AdjacencyStore | null
  readonly #walks: readonly BoundEdge[]
  /** The same query with its walks over adjacency arrays, compiled when they are first there. */
  readonly #compileWalking: () => Variant
  #walking: Variant | undefined

  constructor(
    db: Db,
    query: ReadQuery,
    schema: BoundSchema,
    view: View,
    cap?: number,
    adjacency: AdjacencyStore | null = null,
  ) {
    const limit = cap === undefined ? {} : { cap }
    const options = { view, ...limit, isSmall: (table: string) => isSmall(db, table) }
    this.#db = db
    this.compiled = compileRead(query, schema, options)
    this.#statement = db.prepare(this.compiled.sql.text).raw(true)
    this.#slots = this.compiled.sql.slots
    this.#known = new Set(query.params.map((p) => p.name))
    this.#walks = view === MAIN_HEAD ? [...this.compiled.walks] : []
    this.#adjacency = this.#walks.length > 0 ? adjacency : null
    this.#compileWalking = () => {
      const compiled = compileRead(query, schema, { ...options, walk: 'arrays' })
      return { ...compiled, statement: db.prepare(compiled.sql.text).raw(true) }
    }
  }

  run(params: QueryParams, nowMs: number): Row[] {
    if (this.#adjacency !== null) return this.#runWalks(this.#adjacency, params, nowMs)
    return this.#runPlain(params, nowMs)
  }

  #runPlain(params: QueryParams, nowMs: number): Row[] {
    const bound = this.#bind(this.#slots, params, nowMs)
    return decodeRows(this.#statement.all(...bound) as SqlValue[][], this.compiled.decode)
  }

  /** Over arrays when they are there, or worth building; the statement itself finds out when they are of another commit. */
  #runWalks(adjacency: AdjacencyStore, params: QueryParams, nowMs: number): Row[] {
    if (adjacency.has(this.#walks)) {
      try {
        return this.#runWalking(params, nowMs)
      } catch (error) {
        if (!(error instanceof StaleAdjacency)) throw error
      }
    }
    return readTransaction(this.#db, () => {
      if (adjacency.makeCurrent(this.#walks)) return this.#runWalking(params, nowMs)
      const startedAt = performance.now()
      try {
        return this.#runPlain(params, nowMs)
      } finally {
        adjacency.paid(this.#walks, performance.now() - startedAt)
      }
    })
  }

  #runWalking(params: QueryParams, nowMs: number): Row[] {
    this.#walking ??= this.#compileWalking()
    const { statement, sql, decode } = this.#walking
    const bound = this.#bind(sql.slots, params, nowMs)
    return decodeRows(statement.all(...bound) as SqlValue[][], decode)
  }

  #bind(slots: readonly Slot[], params: QueryParams, nowMs: number): SqlInput[] {
    for (const name in params) {
      if (!this.#known.has(name)) throw unknownParam(name, this.#known)
    }
    const bound: SqlInput[] = new Array(slots.length)
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] as Slot
      if (slot.kind === 'value') bound[i] = slot.value
      else if (slot.kind === 'param')
        bound[i] = slot.encode(Object.hasOwn(params, slot.name) ? params[slot.name] : undefined)
      else bound[i] = slot.encode(nowMs)
    }
    return bound
  }
}

interface Variant extends CompiledQuery {
  readonly statement: Statement
}

function decodeRows(rows: readonly SqlValue[][], decode: CompiledQuery['decode']): Row[] {
  const out: Row[] = new Array(rows.length)
  for (let i = 0; i < rows.length; i++) out[i] = decode(rows[i] as SqlValue[])
  return out
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

const VIEWS_PER_QUERY = 32

function viewKey(view: View): string {
  return view.chain.map((link) => `${link.br}@${link.upto ?? ''}`).join(' ')
}

/** Queries compiled on one connection, the most recently used ones kept. */
export class QueryCache {
  readonly #db: Db
  readonly #entries = new Map<CheckedQuery, Map<string, RunnableQuery>>()
  readonly #limit: number
  readonly #adjacency: AdjacencyStore | null

  constructor(db: Db, adjacency: AdjacencyStore | null = null, limit = 500) {
    this.#db = db
    this.#adjacency = adjacency
    this.#limit = limit
  }

  get(query: CheckedQuery, schema: BoundSchema, version: number, view: View, cap?: number): RunnableQuery {
    if (query.kind !== 'read') {
      throw new GraphError(
        'invalid',
        'not_a_read_query',
        `Query ${query.name} writes; it cannot be run as a read.`,
        {
          remedy: 'Run it as a mutation.',
        },
      )
    }
    if (query.schemaDigest !== schema.digest) throw schemaChanged(query)
    // Heads repeat, of branches too; each past commit has predicates of its own.
    if (view.chain[0]?.upto !== null) return new RunnableQuery(this.#db, query, schema, view, cap)
    let byVersion = this.#entries.get(query)
    if (!byVersion) {
      byVersion = new Map()
      this.#entries.set(query, byVersion)
      if (this.#entries.size > this.#limit)
        this.#entries.delete(this.#entries.keys().next().value as CheckedQuery)
    }
    const key = `${version}:${cap ?? ''}:${view === MAIN_HEAD ? '' : viewKey(view)}`
    let runnable = byVersion.get(key)
    if (!runnable) {
      if (byVersion.size >= VIEWS_PER_QUERY) byVersion.delete(byVersion.keys().next().value as string)
      // The arrays are of the head of main.
      const adjacency = view === MAIN_HEAD ? this.#adjacency : null
      runnable = new RunnableQuery(this.#db, query, schema, view, cap, adjacency)
      byVersion.set(key, runnable)
    }
    return runnable
  }
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
  all(params?: QueryParams, ctx?: ReadContext): Row[]
}
