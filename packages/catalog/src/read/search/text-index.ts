import { PART_WEIGHTS, type SearchDocument } from './document.js'
import { words } from './words.js'

/** Postings of one word: document numbers and, at the same place, weights. */
interface Postings {
  readonly docs: number[]
  readonly weights: number[]
}

/** Saturation: from here on more weight of one word in one document adds little. */
const SATURATION = 4
/** A part with this many words counts its words at 1/√2. */
const LONG_PART = 24

export interface Scored {
  readonly document: SearchDocument
  readonly score: number
}

/**
 * Inverted index over weighted parts, in memory. Documents are replaced by URN:
 * the old number is left dead in the postings and skipped, and the index asks to
 * be rebuilt when half of it is dead.
 */
export class TextIndex {
  #documents: (SearchDocument | null)[] = []
  readonly #numbers = new Map<string, number>()
  readonly #postings = new Map<string, Postings>()
  #dead = 0

  get size(): number {
    return this.#numbers.size
  }

  get worn(): boolean {
    return this.#dead > 1000 && this.#dead > this.#numbers.size
  }

  get(urn: string): SearchDocument | undefined {
    const number = this.#numbers.get(urn)
    return number === undefined ? undefined : (this.#documents[number] ?? undefined)
  }

  *all(): Iterable<SearchDocument> {
    for (const d of this.#documents) if (d) yield d
  }

  put(document: SearchDocument): void {
    this.remove(document.urn)
    const number = this.#documents.push(document) - 1
    this.#numbers.set(document.urn, number)
    for (const [word, weight] of weigh(document)) {
      const postings = this.#postings.get(word)
      if (postings) {
        postings.docs.push(number)
        postings.weights.push(weight)
      } else this.#postings.set(word, { docs: [number], weights: [weight] })
    }
  }

  remove(urn: string): void {
    const number = this.#numbers.get(urn)
    if (number === undefined) return
    this.#numbers.delete(urn)
    this.#documents[number] = null
    this.#dead++
  }

  has(word: string): boolean {
    return this.#postings.has(word)
  }

  /** Documents that hold a word. */
  holding(word: string): SearchDocument[] {
    const found: SearchDocument[] = []
    for (const number of this.#postings.get(word)?.docs ?? []) {
      const document = this.#documents[number]
      if (document) found.push(document)
    }
    return found
  }

  /** Known words that start with a prefix, in order; a linear pass over the vocabulary. */
  withPrefix(prefix: string): string[] {
    const found: string[] = []
    for (const word of this.#postings.keys()) if (word.startsWith(prefix)) found.push(word)
    return found.sort()
  }

  /** Known words one edit away that start with the same letter, in order. */
  nearly(word: string): string[] {
    const found: string[] = []
    for (const known of this.#postings.keys())
      if (known[0] === word[0] && Math.abs(known.length - word.length) <= 1 && oneEdit(known, word))
        found.push(known)
    return found.sort()
  }

  /** Documents that hold a word, with inverse document frequency × saturated weight. */
  score(word: string): Map<SearchDocument, number> {
    const scores = new Map<SearchDocument, number>()
    const postings = this.#postings.get(word)
    if (!postings) return scores
    for (const [i, number] of postings.docs.entries()) {
      const document = this.#documents[number]
      const weight = postings.weights[i] as number
      if (document) scores.set(document, weight / (weight + SATURATION))
    }
    const frequency = Math.log(1 + (this.size - scores.size + 0.5) / (scores.size + 0.5))
    for (const [document, s] of scores) scores.set(document, s * frequency)
    return scores
  }
}

function weigh(document: SearchDocument): Map<string, number> {
  const weights = new Map<string, number>()
  const lengths = new Map<string, number>()
  const counts = new Map<string, Map<string, number>>()
  for (const part of document.parts) {
    const count = counts.get(part.name) ?? new Map<string, number>()
    const found = words(part.text)
    for (const word of found) count.set(word, (count.get(word) ?? 0) + 1)
    counts.set(part.name, count)
    lengths.set(part.name, (lengths.get(part.name) ?? 0) + found.length)
  }
  for (const [name, count] of counts) {
    const weight = (PART_WEIGHTS[name] ?? 1) / Math.sqrt(1 + (lengths.get(name) as number) / LONG_PART)
    for (const [word, n] of count) weights.set(word, (weights.get(word) ?? 0) + weight * Math.sqrt(n))
  }
  return weights
}

/** Whether two different words are one insertion, deletion, substitution or swap apart. */
function oneEdit(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a]
  let i = 0
  while (i < short.length && short[i] === long[i]) i++
  if (short.length < long.length) return short.slice(i) === long.slice(i + 1)
  if (short.slice(i + 1) === long.slice(i + 1)) return true
  return short[i] === long[i + 1] && short[i + 1] === long[i] && short.slice(i + 2) === long.slice(i + 2)
}
