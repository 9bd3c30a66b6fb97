/** Units of one analysis: expressions visited, columns made, sources joined. A large real view needs some 100,000. */
const MAX_UNITS = 1_000_000
/** How deep expressions and queries may nest, well inside what the stack of a worker thread holds. */
const MAX_DEPTH = 800

/** The statement asks for more work than an answer is worth: stars that double at each step, recursion in recursion. */
export class AnalysisLimit extends Error {}

/**
 * Bounds what one statement may cost. Hostile SQL stays small as text and grows
 * while it is resolved, so the bound is on the resolving.
 */
export class Work {
  #units = 0
  #depth = 0

  spend(units: number): void {
    this.#units += units
    if (this.#units > MAX_UNITS) {
      throw new AnalysisLimit(`resolving the statement takes more than ${MAX_UNITS} steps`)
    }
  }

  /** Runs `body` one level deeper. */
  inside<T>(body: () => T): T {
    this.enter()
    const result = body()
    this.leave()
    return result
  }

  enter(): void {
    this.spend(1)
    if (++this.#depth > MAX_DEPTH) {
      throw new AnalysisLimit(`the statement nests deeper than ${MAX_DEPTH} levels`)
    }
  }

  /** Not called when `enter` or what follows it throws: the analysis is over then. */
  leave(): void {
    this.#depth--
  }
}
