import { withinEdits } from './edit-distance.js'

/** Numbers of words, in the order in which they were first met. A word that no document holds any more keeps its number. */
export class Vocabulary {
  readonly #numbers = new Map<string, number>()
  readonly #words: string[] = []
  /** Of each word: which letters it has, a bit each. */
  #letters = new Int32Array(1024)

  get size(): number {
    return this.#words.length
  }

  word(number: number): string {
    return this.#words[number] as string
  }

  number(word: string): number | undefined {
    return this.#numbers.get(word)
  }

  add(word: string): number {
    const known = this.#numbers.get(word)
    if (known !== undefined) return known
    const number = this.#words.push(word) - 1
    this.#numbers.set(word, number)
    if (number === this.#letters.length) this.#letters = grown(this.#letters)
    this.#letters[number] = lettersOf(word)
    return number
  }

  /** Numbers of the words that start so; a pass over all words. */
  withPrefix(prefix: string): number[] {
    const found: number[] = []
    for (const [number, word] of this.#words.entries()) if (word.startsWith(prefix)) found.push(number)
    return found
  }

  /** Numbers of the other words at most so many edits away; a pass over the letters of all words. */
  near(word: string, edits: number): number[] {
    const found: number[] = []
    const letters = lettersOf(word)
    for (let number = 0; number < this.#words.length; number++) {
      // An edit changes one letter at most for another.
      if (bits(letters ^ (this.#letters[number] as number)) > 2 * edits) continue
      const known = this.#words[number] as string
      if (known !== word && withinEdits(known, word, edits)) found.push(number)
    }
    return found
  }
}

function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const more = new Int32Array(2 * array.length)
  more.set(array)
  return more
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
