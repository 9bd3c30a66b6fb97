import { withinEdits } from './edit-distance.js'
import { type IndexArrays, withRoom } from './number-array.js'
import { StringTable } from './string-table.js'

/** Numbers of words, in the order in which they were first met. A word that no document holds any more keeps its number. */
export class Vocabulary {
  readonly #words: StringTable
  /** Of each word: which letters it has, a bit each. */
  #letters: Int32Array

  constructor(arrays?: IndexArrays) {
    this.#words = new StringTable(arrays?.['words'] as IndexArrays | undefined)
    this.#letters = arrays ? (arrays['letters'] as Int32Array) : new Int32Array(1024)
  }

  arrays(): IndexArrays {
    return { words: this.#words.arrays(), letters: this.#letters.subarray(0, this.size) }
  }

  get size(): number {
    return this.#words.size
  }

  word(number: number): string {
    return this.#words.get(number)
  }

  number(word: string): number | undefined {
    const number = this.#words.find(word)
    return number < 0 ? undefined : number
  }

  add(word: string): number {
    const before = this.size
    const number = this.#words.add(word)
    if (number < before) return number
    this.#letters = withRoom(this.#letters, number + 1)
    this.#letters[number] = lettersOf(word)
    return number
  }

  /** Numbers of the words that start so; a pass over all words. */
  withPrefix(prefix: string): number[] {
    return this.#words.withPrefix(prefix)
  }

  /** Numbers of the other words at most so many edits away; a pass over the letters of all words. */
  near(word: string, edits: number): number[] {
    const found: number[] = []
    const letters = lettersOf(word)
    for (let number = 0; number < this.size; number++) {
      // An edit changes one letter at most for another.
      if (bits(letters ^ (this.#letters[number] as number)) > 2 * edits) continue
      const known = this.#words.get(number)
      if (known !== word && withinEdits(known, word, edits)) found.push(number)
    }
    return found
  }
}

/** a–z have a bit each, digits one, everything else shares those that are left. */
function lettersOf(word: string): number {
  let letters = 0
  for (let i = 0; i < word.length; i++) {
    const code = word.charCodeAt(i)
    const bit = code >= 97 && code <= 122 ? code - 97 : code >= 48 && code <= 57 ? 26 : 27 + (code % 5)
    letters |= 1 << bit
  }
  return letters
}

function bits(n: number): number {
  let v = n - ((n >>> 1) & 0x55555555)
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333)
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
