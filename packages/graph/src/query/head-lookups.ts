import type { Clock } from '@groundplane/core'
import type { CheckedQuery } from '@groundplane/lang'
import type { QueryColumn, QueryResult } from '../api.js'
import type { HeadRead } from './head-read.js'
import type { QueryParams } from './prepared.js'

/** A query that looks up one entity by key at the head of main, ready to be run again. */
export class HeadLookup {
  readonly query: CheckedQuery
  readonly #columns: readonly QueryColumn[]
  readonly #read: HeadRead
  readonly #clock: Clock

  constructor(query: CheckedQuery, columns: readonly QueryColumn[], read: HeadRead, clock: Clock) {
    this.query = query
    this.#columns = columns
    this.#read = read
    this.#clock = clock
  }

  /** As `HeadRead.run`: null when nothing vouches for the rows any more. Needs no deadline: it reads one row at most. */
  run(params: QueryParams): QueryResult | null {
    const rows = this.#read.run(params, this.#clock())
    if (rows === null) return null
    const { commit } = this.#read
    return { columns: this.#columns, rows, rowCount: rows.length, commit, truncated: false }
  }
}

/** Characters; a longer text is none that is sent again and again, and kept it would be room that callers take up. */
const MAX_KEPT_TEXT = 16_384

/** The lookups of one connection by their text and the name of the query in it. Past the limit they begin anew. */
export class HeadLookups {
  readonly #byText = new Map<string, Map<string | undefined, HeadLookup>>()
  readonly #limit: number
  #size = 0

  constructor(limit = 300) {
    this.#limit = limit
  }

  find(text: string, name: string | undefined): HeadLookup | undefined {
    return this.#byText.get(text)?.get(name)
  }

  keep(text: string, name: string | undefined, lookup: HeadLookup): void {
    if (text.length > MAX_KEPT_TEXT) return
    if (this.#size >= this.#limit) {
      this.#byText.clear()
      this.#size = 0
    }
    const named = this.#byText.get(text) ?? new Map<string | undefined, HeadLookup>()
    this.#byText.set(text, named)
    if (!named.has(name)) this.#size++
    named.set(name, lookup)
  }
}
