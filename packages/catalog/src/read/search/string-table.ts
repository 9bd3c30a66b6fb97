import type { IndexArrays } from './number-array.js'
import { SequenceSet } from './sequence-set.js'

/** Where a string is written down to be looked up. */
let scratch = Buffer.allocUnsafe(1024)

/** UTF-8 of a text in `scratch`, and how long it is. */
function written(text: string): number {
  const most = 3 * text.length
  if (most > scratch.length) scratch = Buffer.allocUnsafe(2 * most)
  return scratch.write(text, 0, 'utf8')
}

/** Strings, each kept once as UTF-8, with numbers in the order in which they came. None is ever forgotten. */
export class StringTable {
  readonly #set: SequenceSet<Uint8Array>

  constructor(arrays?: IndexArrays) {
    this.#set = arrays ? SequenceSet.of<Uint8Array>(arrays) : new SequenceSet(new Uint8Array(1024))
  }

  arrays(): IndexArrays {
    return this.#set.arrays()
  }

  get size(): number {
    return this.#set.size
  }

  /** -1 when it is not there. */
  find(text: string): number {
    const length = written(text)
    return this.#set.find(scratch, length)
  }

  add(text: string): number {
    const length = written(text)
    return this.#set.add(scratch, length)
  }

  get(number: number): string {
    const { buffer, byteOffset, byteLength } = this.#set.values
    const bytes = Buffer.from(buffer, byteOffset, byteLength)
    return bytes.toString('utf8', this.#set.start(number), this.#set.end(number))
  }

  /** Less than 0 when string `a` comes before `b` by code points. */
  compare(a: number, b: number): number {
    const { values } = this.#set
    let i = this.#set.start(a)
    let j = this.#set.start(b)
    const [endA, endB] = [this.#set.end(a), this.#set.end(b)]
    while (i < endA && j < endB) {
      const difference = (values[i++] as number) - (values[j++] as number)
      if (difference !== 0) return difference
    }
    return endA - i - (endB - j)
  }

  /** Numbers of the strings that begin so, after a look at all. */
  withPrefix(prefix: string): number[] {
    const length = written(prefix)
    const { values } = this.#set
    const found: number[] = []
    for (let number = 0; number < this.#set.size; number++) {
      const from = this.#set.start(number)
      if (this.#set.end(number) - from < length) continue
      let same = 0
      while (same < length && values[from + same] === scratch[same]) same++
      if (same === length) found.push(number)
    }
    return found
  }
}
