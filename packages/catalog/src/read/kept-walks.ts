import type { Consumers, Facet } from './answers.js'
import type { Walk } from './lineage-walk.js'

/** A walk, and what was counted over all that it found. */
export interface KeptWalk {
  readonly walk: Walk
  facets?: readonly Facet[]
  /** Null when it ends in none. */
  consumers?: Consumers | null
}

/** Datasets of all walks that are kept: some megabytes. */
const MOST_DATASETS = 100_000
/** A walk that found fewer is as fast as keeping it is worth. */
const LEAST_DATASETS = 500

/**
 * The walks asked for last, by commit and question, so that the pages of one lineage are walked once. A commit
 * does not change, and so none of them becomes wrong.
 */
export class KeptWalks {
  readonly #kept = new Map<string, KeptWalk>()
  #datasets = 0

  find(key: string): KeptWalk | undefined {
    const found = this.#kept.get(key)
    if (found === undefined) return undefined
    this.#kept.delete(key)
    this.#kept.set(key, found)
    return found
  }

  /** What goes is what was asked for longest ago. */
  keep(key: string, walk: Walk): KeptWalk {
    const kept: KeptWalk = { walk }
    const { length } = walk.found
    if (length < LEAST_DATASETS || length > MOST_DATASETS || this.#kept.has(key)) return kept
    this.#kept.set(key, kept)
    this.#datasets += length
    for (const [oldest, { walk: left }] of this.#kept) {
      if (this.#datasets <= MOST_DATASETS) break
      this.#kept.delete(oldest)
      this.#datasets -= left.found.length
    }
    return kept
  }
}
