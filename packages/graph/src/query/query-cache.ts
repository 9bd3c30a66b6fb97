import type { CheckedQuery } from '@groundplane/lang'
import type { AdjacencyStore } from '../adjacency/adjacency-store.js'
import { GraphError } from '../error.js'
import type { BoundSchema } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import { MAIN_HEAD, type View } from '../storage/view.js'
import { RunnableQuery, schemaChanged } from './prepared.js'

/** Compiled queries kept at a time, and characters of SQL of all of them: a statement takes some ten times the room of its text. */
export interface CacheLimits {
  readonly queries: number
  readonly characters: number
}

const LIMITS: CacheLimits = { queries: 500, characters: 4_000_000 }
const VIEWS_PER_QUERY = 32

type Views = Map<string, RunnableQuery>

/** Queries compiled on one connection. When there are too many, those that came first go first, but never the newest. */
export class QueryCache {
  readonly #db: Db
  readonly #queries = new Map<CheckedQuery, Views>()
  readonly #adjacency: AdjacencyStore | null
  readonly #limits: CacheLimits
  #characters = 0

  constructor(db: Db, adjacency: AdjacencyStore | null = null, limits = LIMITS) {
    this.#db = db
    this.#adjacency = adjacency
    this.#limits = limits
  }

  /** Of all that is kept. */
  get characters(): number {
    return this.#characters
  }

  /** Throws `not_a_read_query`, `schema_changed`, and what compiling throws; a query that does not compile is not kept. */
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
    const key = `${version}:${cap ?? ''}:${view === MAIN_HEAD ? '' : viewKey(view)}`
    const known = this.#queries.get(query)?.get(key)
    if (known?.isCurrent()) return known
    // The arrays are of the head of main.
    const adjacency = view === MAIN_HEAD ? this.#adjacency : null
    const runnable = new RunnableQuery(this.#db, query, schema, view, cap, adjacency)
    this.#keep(query, key, runnable)
    return runnable
  }

  #keep(query: CheckedQuery, key: string, runnable: RunnableQuery): void {
    const views: Views = this.#queries.get(query) ?? new Map()
    this.#drop(views, key)
    if (views.size >= VIEWS_PER_QUERY) this.#drop(views, first(views))
    views.set(key, runnable)
    this.#characters += sizeOf(runnable)
    // Last in the order now: everything else may go before it.
    this.#queries.delete(query)
    this.#queries.set(query, views)
    const { queries, characters } = this.#limits
    while (this.#queries.size > 1 && (this.#queries.size > queries || this.#characters > characters)) {
      const oldest = first(this.#queries)
      const gone = this.#queries.get(oldest) as Views
      for (const key of [...gone.keys()]) this.#drop(gone, key)
      this.#queries.delete(oldest)
    }
  }

  #drop(views: Views, key: string): void {
    const dropped = views.get(key)
    if (dropped === undefined) return
    this.#characters -= sizeOf(dropped)
    views.delete(key)
  }
}

function first<K>(map: ReadonlyMap<K, unknown>): K {
  return map.keys().next().value as K
}

function sizeOf({ compiled }: RunnableQuery): number {
  return compiled.sql.text.length
}

function viewKey(view: View): string {
  return view.chain.map((link) => `${link.br}@${link.upto ?? ''}`).join(' ')
}
