import type Database from 'better-sqlite3'
import type { EmbeddedTexts, SearchFunction, SearchRun, Slot, SqlInput } from '../compile/slot.js'
import { providerMissing } from '../embedding/provider.js'
import { prepared } from '../storage/statements.js'
import { type Alive, DEFAULT_EDITS, type MatchFunction, textMatcher } from './text-match.js'
import { cosineDistance, distanceTo, norm, vectorView } from './vector.js'

export type { EmbeddedTexts, SearchFunction, SearchRun } from '../compile/slot.js'

export function embeddingKey(dimensions: number, text: string): string {
  return `${dimensions}:${text}`
}

/** Functions of the executions at hand, by number. A statement has far fewer, so a number is not reused while it runs. */
class Handles {
  readonly #slots: SearchFunction[] = new Array(8192)
  #next = 0

  add(func: SearchFunction): number {
    const handle = this.#next
    this.#slots[handle] = func
    this.#next = (handle + 1) % this.#slots.length
    return handle
  }

  get(handle: number): SearchFunction {
    return this.#slots[handle] as SearchFunction
  }
}

const registered = new WeakMap<Database.Database, { readonly handles: Handles; readonly alive: Alive }>()

/** SQL functions of the search. On every connection. `alive` is called again and again within one row. */
export function registerSearchFunctions(db: Database.Database, alive: Alive): void {
  const handles = new Handles()
  const matcherOf = rememberingMatcher(alive)
  registered.set(db, { handles, alive })
  const pure = { deterministic: true, directOnly: true } as const
  db.function('gp_search', { directOnly: true }, (handle: unknown, stored: unknown) =>
    handles.get(handle as number)(stored),
  )
  db.function('gp_text_match', pure, (func: unknown, text: unknown, query: unknown, edits: unknown) => {
    if (typeof text !== 'string' || typeof query !== 'string') return 0
    return matcherOf(func as MatchFunction, query, edits as number | null)(text) ? 1 : 0
  })
  db.function('gp_cosine', pure, (a: unknown, b: unknown) =>
    a instanceof Uint8Array && b instanceof Uint8Array ? cosineDistance(vectorView(a), vectorView(b)) : null,
  )
}

type MatcherOf = (func: MatchFunction, query: string, edits: number | null) => (text: string) => boolean

/** A query that differs from row to row still repeats along a join. */
function rememberingMatcher(alive: Alive): MatcherOf {
  let last: { readonly key: string; readonly matches: (text: string) => boolean } | undefined
  return (func, query, edits) => {
    const key = `${func}:${edits}:${query}`
    if (last?.key !== key) {
      const limit = edits === null ? DEFAULT_EDITS : Number(edits)
      last = { key, matches: textMatcher(func, query, limit, alive) }
    }
    return last.matches
  }
}

export function startSearchRun(
  db: Database.Database,
  constant: (slot: Slot) => SqlInput,
  embedded: EmbeddedTexts | undefined,
): SearchRun {
  const found = registered.get(db)
  if (!found) throw new Error('assertion failed: the connection has no search functions')
  const { handles, alive } = found
  const known = new Map<string, number>()
  return {
    db,
    embedded,
    alive,
    constant,
    handle(key, make) {
      const found = known.get(key)
      if (found !== undefined) return found
      const handle = handles.add(make())
      known.set(key, handle)
      return handle
    },
  }
}

export function matchFunction(
  func: MatchFunction,
  query: SqlInput,
  edits: number,
  alive: Alive,
): SearchFunction {
  if (typeof query !== 'string') return () => 0
  const matches = textMatcher(func, query, edits, alive)
  return (stored) => (typeof stored === 'string' && matches(stored) ? 1 : 0)
}

export function scoreFunction(score: (text: string) => number): SearchFunction {
  // The same row is scored where it is filtered, ranked and returned.
  let last: string | undefined
  let lastScore = 0
  return (stored) => {
    if (typeof stored !== 'string') return 0
    if (stored !== last) {
      lastScore = score(stored)
      last = stored
    }
    return lastScore
  }
}

/** Null for a missing vector; a null query is at no distance from anything. */
export function distanceFunction(query: Float32Array | null): SearchFunction {
  if (query === null) return () => null
  const length = norm(query)
  return (stored) => (stored instanceof Uint8Array ? distanceTo(query, length, vectorView(stored)) : null)
}

/** Null for a blank text: nothing is near it. */
export function embeddedVector(run: SearchRun, dimensions: number, text: string): Float32Array | null {
  if (text.trim() === '') return null
  const found = run.embedded?.vectors[embeddingKey(dimensions, text)]
  if (found) return Float32Array.from(found)
  throw providerMissing('nearest is given a text')
}

/** Moves with every change this connection can see, its own uncommitted ones included. */
export function dataMoment(db: Database.Database): string {
  const version = prepared(db, 'PRAGMA data_version', 'pluck').get() as number
  const changes = prepared(db, 'SELECT total_changes()', 'pluck').get() as number
  return `${version}:${changes}`
}
