import type { IndexArrays } from './number-array.js'

/** Documents of one word that were added since the last merge. */
interface Added {
  readonly documents: number[]
  readonly weights: number[]
}

/** What a weight between 0 and 1 is kept as. */
const FULL = 0xffff

/**
 * Which documents hold a word and with what weight, by numbers of words and documents. What was merged lies in three
 * arrays, word after word; what came since lies beside it. A removed document stays until the next merge and is
 * passed over by who reads.
 */
export class Postings {
  #starts = new Uint32Array(1)
  #documents = new Uint32Array(0)
  #weights = new Uint16Array(0)
  #added = new Map<number, Added>()
  #addedEntries = 0

  constructor(arrays?: IndexArrays) {
    if (!arrays) return
    this.#starts = arrays['starts'] as Uint32Array<ArrayBuffer>
    this.#documents = arrays['documents'] as Uint32Array<ArrayBuffer>
    this.#weights = arrays['weights'] as Uint16Array<ArrayBuffer>
  }

  /** Of what was merged. */
  arrays(): IndexArrays {
    return { starts: this.#starts, documents: this.#documents, weights: this.#weights }
  }

  /** Entries that were merged, and those that came since. */
  get entries(): { readonly merged: number; readonly added: number } {
    return { merged: this.#documents.length, added: this.#addedEntries }
  }

  /** `weight` lies between 0 and 1 and is kept to five digits, never as 0. */
  add(word: number, document: number, weight: number): void {
    const kept = Math.max(1, Math.round(weight * FULL))
    const added = this.#added.get(word)
    if (added) {
      added.documents.push(document)
      added.weights.push(kept)
    } else this.#added.set(word, { documents: [document], weights: [kept] })
    this.#addedEntries++
  }

  /**
   * Raises the score of each document that holds a word to its weight times a factor, where that is more. The loop of every
   * search: without a call for each of a hundred thousand documents.
   */
  raise(scores: Float64Array, word: number, factor: number, alive: Uint8Array): void {
    const [documents, weights, end] = [this.#documents, this.#weights, this.#starts[word + 1] ?? 0]
    for (let i = this.#starts[word] ?? 0; i < end; i++) {
      const document = documents[i] as number
      const score = ((weights[i] as number) / FULL) * factor
      if (score > (scores[document] as number) && alive[document] === 1) scores[document] = score
    }
    const added = this.#added.get(word)
    if (!added) return
    for (let i = 0; i < added.documents.length; i++) {
      const document = added.documents[i] as number
      const score = ((added.weights[i] as number) / FULL) * factor
      if (score > (scores[document] as number) && alive[document] === 1) scores[document] = score
    }
  }

  /** Also calls for documents that were removed since the last merge. */
  each(word: number, call: (document: number, weight: number) => void): void {
    const end = this.#starts[word + 1] ?? 0
    for (let i = this.#starts[word] ?? 0; i < end; i++)
      call(this.#documents[i] as number, (this.#weights[i] as number) / FULL)
    const added = this.#added.get(word)
    if (!added) return
    for (let i = 0; i < added.documents.length; i++)
      call(added.documents[i] as number, (added.weights[i] as number) / FULL)
  }

  /** Lays everything of the documents that are alive together; the numbers of the others are in nothing afterwards. */
  merge(words: number, alive: Uint8Array): void {
    const starts = new Uint32Array(words + 1)
    for (let pass = 0, total = 0; pass < words; pass++) {
      this.each(pass, (document) => {
        total += alive[document] as number
      })
      starts[pass + 1] = total
    }
    const documents = new Uint32Array(starts[words] as number)
    const weights = new Uint16Array(documents.length)
    let at = 0
    for (let word = 0; word < words; word++)
      this.each(word, (document, weight) => {
        if (alive[document] !== 1) return
        documents[at] = document
        weights[at++] = Math.round(weight * FULL)
      })
    this.#starts = starts
    this.#documents = documents
    this.#weights = weights
    this.#added = new Map()
    this.#addedEntries = 0
  }
}
