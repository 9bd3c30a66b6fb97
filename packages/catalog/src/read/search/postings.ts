/** Entries written since the last merge from which on they are merged, unless half of what is merged is more. */
const MERGE_FROM = 1 << 18

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

  /** Whether so much was added, and so many entries are of removed documents, that a merge pays. */
  isDue(deadEntries: number): boolean {
    const changed = this.#addedEntries + deadEntries
    return changed > MERGE_FROM && changed > this.#documents.length / 2
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
