import type { FacetValue } from './document.js'

/**
 * The values of one field over all documents: equal values, and equal lists of them, are kept once and have numbers.
 * Most datasets have one of a few platforms, owners and so on, so that what is asked of a field is asked of few lists.
 */
export class ValueLists {
  #values: FacetValue[] = []
  #valueNumbers = new Map<string, number>()
  #lists: Uint32Array[] = []
  #listNumbers = new Map<string, number>()

  get size(): number {
    return this.#lists.length
  }

  add(values: readonly FacetValue[]): number {
    const numbers = Uint32Array.from(values, (value) => this.#value(value))
    const key = numbers.join()
    const known = this.#listNumbers.get(key)
    if (known !== undefined) return known
    const number = this.#lists.push(numbers) - 1
    this.#listNumbers.set(key, number)
    return number
  }

  #value(value: FacetValue): number {
    const key = value.label === value.value ? value.value : `${value.value}\n${value.label}`
    const known = this.#valueNumbers.get(key)
    if (known !== undefined) return known
    const number = this.#values.push(value) - 1
    this.#valueNumbers.set(key, number)
    return number
  }

  list(number: number): FacetValue[] {
    return Array.from(this.#lists[number] as Uint32Array, (value) => this.#values[value] as FacetValue)
  }

  isEmpty(number: number): boolean {
    return (this.#lists[number] as Uint32Array).length === 0
  }

  /** Of each list: whether one of its values passes the test, which is made once for each value. */
  passing(test: (value: FacetValue) => boolean): Uint8Array {
    const values = Uint8Array.from(this.#values, (value) => (test(value) ? 1 : 0))
    return Uint8Array.from(this.#lists, (list) => (list.some((value) => values[value] === 1) ? 1 : 0))
  }

  /** How often each value stands in lists that stand so often. */
  counts(times: Uint32Array): Map<FacetValue, number> {
    const counts = new Uint32Array(this.#values.length)
    for (const [number, list] of this.#lists.entries()) {
      const n = times[number] as number
      if (n > 0) for (const value of list) counts[value] = (counts[value] as number) + n
    }
    const found = new Map<FacetValue, number>()
    for (const [value, n] of counts.entries()) if (n > 0) found.set(this.#values[value] as FacetValue, n)
    return found
  }
}
