/**
 * Decisions drawn one after the other from numbers a property test generated.
 * Where the numbers run out every choice is the first: shorter lists, which
 * shrinking tries, mean simpler cases.
 */
export class Choices {
  readonly #numbers: readonly number[]
  #next = 0

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers
  }

  /** 0 to below `n`. */
  below(n: number): number {
    const value = this.#numbers[this.#next++] ?? 0
    return n > 0 ? value % n : 0
  }

  /** The next `n` decisions for something else, so that they are left whatever is decided before. */
  apart(n: number): Choices {
    const numbers = this.#numbers.slice(this.#next, this.#next + n)
    this.#next += n
    return new Choices(numbers)
  }

  /** True in one of `n` cases, never when the numbers have run out. */
  rarely(n: number): boolean {
    return this.below(n) === n - 1
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  /** Undefined when the list is empty. */
  maybe<T>(list: readonly T[]): T | undefined {
    return list.length > 0 ? this.of(list) : undefined
  }
}
