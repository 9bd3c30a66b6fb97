/** Of all values that one write, or one look at a new rule, has to match. */
const MAX_MATCHING_MS = 30_000

/**
 * How long one write has matched values against patterns. One value is bounded by itself (`BoundedPattern`); a load has
 * millions of them, and holds the only writer of its graph meanwhile.
 */
export class MatchingTime {
  #spentMs = 0

  get isSpent(): boolean {
    return this.#spentMs > MAX_MATCHING_MS
  }

  measure<T>(match: () => T): T {
    const startedAt = performance.now()
    try {
      return match()
    } finally {
      this.#spentMs += performance.now() - startedAt
    }
  }
}
