import { type IndexArrays, withRoom } from './number-array.js'

/** The words of each document in their order (see `DocumentWords`), all behind one another. */
export class DocumentSequences {
  #words: Uint32Array
  #end: number
  #dead: number
  /** By number of document: where its words begin, and how many there are. */
  #from: Uint32Array
  #length: Uint32Array

  constructor(arrays?: IndexArrays) {
    const numbers = (name: string) => (arrays?.[name] as Uint32Array | undefined) ?? new Uint32Array(0)
    this.#words = numbers('words')
    this.#from = numbers('from')
    this.#length = numbers('length')
    const [end = 0, dead = 0] = numbers('counts')
    this.#end = end
    this.#dead = dead
  }

  arrays(documents: number): IndexArrays {
    return {
      words: this.#words.subarray(0, this.#end),
      from: this.#from.subarray(0, documents),
      length: this.#length.subarray(0, documents),
      counts: Uint32Array.of(this.#end, this.#dead),
    }
  }

  put(document: number, sequence: readonly number[]): void {
    this.#from = withRoom(this.#from, document + 1)
    this.#length = withRoom(this.#length, document + 1)
    this.#words = withRoom(this.#words, this.#end + sequence.length)
    this.#words.set(sequence, this.#end)
    this.#from[document] = this.#end
    this.#length[document] = sequence.length
    this.#end += sequence.length
  }

  /** Valid until the next change. */
  of(document: number): Uint32Array {
    const from = this.#from[document] as number
    return this.#words.subarray(from, from + (this.#length[document] as number))
  }

  /** The word at a place of a document. */
  at(document: number, place: number): number {
    return this.#words[(this.#from[document] as number) + place] as number
  }

  remove(document: number): void {
    this.#dead += this.#length[document] as number
  }

  /** Leaves out the words of removed documents when they are more than those of these, which are all others. */
  closeUp(documents: Uint32Array): void {
    if (2 * this.#dead <= this.#end) return
    const words = new Uint32Array(this.#end - this.#dead)
    let end = 0
    for (const document of documents) {
      const sequence = this.of(document)
      words.set(sequence, end)
      this.#from[document] = end
      end += sequence.length
    }
    this.#words = words
    this.#end = end
    this.#dead = 0
  }
}
