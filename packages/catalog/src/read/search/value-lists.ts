import { type FacetValue, plainValue } from './document.js'
import { type IndexArrays, withRoom } from './number-array.js'
import { SequenceSet } from './sequence-set.js'
import { StringTable } from './string-table.js'

/** Values of a list that is being looked up. */
let scratch = new Uint32Array(256)

/**
 * The values of one field over all documents: equal values, and equal lists of them, are kept once and have numbers.
 * Most datasets have one of a few platforms, owners and so on, so that what is asked of a field is asked of few lists.
 */
export class ValueLists {
  readonly #texts: StringTable
  readonly #lists: SequenceSet<Uint32Array>
  /** Values by number, as far as they were asked for. */
  readonly #values: FacetValue[] = []

  constructor(arrays?: IndexArrays) {
    this.#texts = new StringTable(arrays?.['texts'] as IndexArrays | undefined)
    this.#lists = arrays
      ? SequenceSet.of<Uint32Array>(arrays['lists'] as IndexArrays)
      : new SequenceSet(new Uint32Array(64))
  }

  arrays(): IndexArrays {
    return { texts: this.#texts.arrays(), lists: this.#lists.arrays() }
  }

  /** How many lists there are. */
  get size(): number {
    return this.#lists.size
  }

  add(values: readonly FacetValue[]): number {
    scratch = withRoom(scratch, values.length)
    for (let i = 0; i < values.length; i++) scratch[i] = this.#texts.add(keptText(values[i] as FacetValue))
    return this.#lists.add(scratch, values.length)
  }

  #value(number: number): FacetValue {
    const known = this.#values[number]
    if (known) return known
    const made = keptValue(this.#texts.get(number))
    this.#values[number] = made
    return made
  }

  list(number: number): FacetValue[] {
    const found: FacetValue[] = []
    for (let i = this.#lists.start(number); i < this.#lists.end(number); i++)
      found.push(this.#value(this.#lists.values[i] as number))
    return found
  }

  /** One value of a list by its place. */
  at(number: number, place: number): FacetValue {
    return this.#value(this.#lists.values[this.#lists.start(number) + place] as number)
  }

  /** Of each list: whether one of its values passes the test, which is made once for each value. */
  passing(test: (value: FacetValue) => boolean): Uint8Array {
    const values = new Uint8Array(this.#texts.size)
    for (let i = 0; i < values.length; i++) values[i] = test(this.#value(i)) ? 1 : 0
    const found = new Uint8Array(this.size)
    const all = this.#lists.values
    for (let list = 0; list < found.length; list++)
      for (let i = this.#lists.start(list); i < this.#lists.end(list); i++)
        if (values[all[i] as number] === 1) {
          found[list] = 1
          break
        }
    return found
  }

  /** How often each value stands in lists that stand so often. */
  counts(times: Uint32Array): Map<FacetValue, number> {
    const counts = new Uint32Array(this.#texts.size)
    const all = this.#lists.values
    for (let list = 0; list < this.size; list++) {
      const n = times[list] as number
      if (n === 0) continue
      for (let i = this.#lists.start(list); i < this.#lists.end(list); i++) {
        const value = all[i] as number
        counts[value] = (counts[value] as number) + n
      }
    }
    const found = new Map<FacetValue, number>()
    for (let value = 0; value < counts.length; value++)
      if (counts[value] !== 0) found.set(this.#value(value), counts[value] as number)
    return found
  }
}

/** What a value is kept as: a plain one, which is its own label, or an entity with the length of its URN before both. */
function keptText({ value, label, entity }: FacetValue): string {
  return entity || label !== value ? `${entity ? 'e' : 'l'}${value.length}:${value}${label}` : `p${value}`
}

function keptValue(text: string): FacetValue {
  if (text.startsWith('p')) return plainValue(text.slice(1))
  const from = text.indexOf(':') + 1
  const to = from + Number(text.slice(1, from - 1))
  return { value: text.slice(from, to), label: text.slice(to), entity: text.startsWith('e') }
}
