import type { Db } from '../storage/database.js'
import { prepared } from '../storage/statements.js'
import { MAIN_SEQ } from '../storage/view.js'

const LIMIT = 16_384

/**
 * Entity numbers by key, as one commit on main has them. A key that is looked up
 * again while main's head has not moved costs a look at the head alone, which is
 * half of the lookup. What a head holds is fixed, so nothing here is ever stale:
 * another head empties it.
 */
export class KnownStarts {
  readonly #head
  readonly #byKey = new Map<string, number>()
  #seq = -1

  constructor(db: Db) {
    this.#head = prepared(db, MAIN_SEQ, 'pluck')
  }

  /** The seq of the head and the number that the key has there; null when it is not known. */
  find(key: string): readonly [start: number, head: number] | null {
    const start = this.#byKey.get(key)
    return start !== undefined && this.#head.get() === this.#seq ? [start, this.#seq] : null
  }

  /** What a statement found at a head. */
  add(key: string, start: number, head: number): void {
    if (head !== this.#seq || this.#byKey.size >= LIMIT) this.#byKey.clear()
    this.#seq = head
    this.#byKey.set(key, start)
  }
}
