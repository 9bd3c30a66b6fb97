import { type FacetValue, PART_WEIGHTS, type SearchDocument } from './document.js'
import { FACET_FIELDS } from './fields.js'
import { Postings } from './postings.js'
import { ValueLists } from './value-lists.js'
import { Vocabulary } from './vocabulary.js'
import { words } from './words.js'

/** Saturation: from here on more weight of one word in one document adds little. */
const SATURATION = 4
/** A part with this many words counts its words at 1/√2. */
const LONG_PART = 24

/** Fields whose values the index keeps; `name` and `urn` are kept of each document anyway. */
const LISTED_FIELDS: readonly string[] = [...Object.keys(FACET_FIELDS), 'fieldPaths']

/** Of each document by its number: how well it matches, 0 when it does not. */
export type Scores = Float64Array

/** Where in the words of a document a part begins: not the number of any word. */
const PART = 0xffffffff

/** What is kept of one document besides its words. */
interface Entry {
  readonly urn: string
  readonly type: string
  readonly name: string
  /** Numbers of all its words part by part, each part after a mark; the name is the first part. */
  readonly sequence: Uint32Array
}

/** What is looked at of many documents at once, by their numbers. */
interface Columns {
  /** 1 for a document that is there. */
  readonly alive: Uint8Array
  readonly worth: Float64Array
  /** By place in `LISTED_FIELDS`: the list of the document's values. */
  readonly lists: readonly Uint32Array[]
}

function columnsOf(capacity: number, before?: Columns): Columns {
  const made = {
    alive: new Uint8Array(capacity),
    worth: new Float64Array(capacity),
    lists: LISTED_FIELDS.map(() => new Uint32Array(capacity)),
  }
  if (!before) return made
  made.alive.set(before.alive)
  made.worth.set(before.worth)
  for (const [place, list] of made.lists.entries()) list.set(before.lists[place] as Uint32Array)
  return made
}

/**
 * Inverted index over weighted parts, in memory. Documents have numbers, which are places in arrays; a
 * document is replaced by URN and gets another number, and numbers are used again after the next merge
 * of the postings. It keeps no text but names and URNs: what an answer shows of a document is read from the
 * graph. What it answers depends on the documents alone, not on the order they came in.
 */
export class TextIndex {
  readonly vocabulary = new Vocabulary()
  readonly #postings = new Postings()
  #lists: ReadonlyMap<string, ValueLists> = newLists()
  readonly #entries: (Entry | null)[] = []
  #columns = columnsOf(1024)
  readonly #numbers = new Map<string, number>()
  /** How many documents hold each word, by its number. */
  #frequencies = new Uint32Array(1024)
  /** Numbers of removed documents that postings still name, and those that are free. */
  #dead: number[] = []
  #free: number[] = []
  #deadEntries = 0

  get size(): number {
    return this.#numbers.size
  }

  /** Numbers of documents are below. */
  get end(): number {
    return this.#entries.length
  }

  /** Number of a document. */
  number(urn: string): number | undefined {
    return this.#numbers.get(urn)
  }

  urnOf(number: number): string {
    return this.#entry(number).urn
  }

  nameOf(number: number): string {
    return this.#entry(number).name
  }

  /** `DATASET`, `TAG`, … */
  typeOf(number: number): string {
    return this.#entry(number).type
  }

  /** By how much a document comes before others that match as well. */
  worthOf(number: number): number {
    return this.#columns.worth[number] as number
  }

  valuesOf(number: number, field: string): FacetValue[] {
    const { urn, name } = this.#entry(number)
    if (field === 'urn' || field === 'name') return [plainValue(field === 'urn' ? urn : name)]
    const lists = this.#lists.get(field)
    return lists ? lists.list(this.#listsIn(field)[number] as number) : []
  }

  /** By number of document, the number of its list of values of a field. */
  #listsIn(field: string): Uint32Array {
    return this.#columns.lists[LISTED_FIELDS.indexOf(field)] as Uint32Array
  }

  #entry(number: number): Entry {
    return this.#entries[number] as Entry
  }

  put(document: SearchDocument): void {
    this.remove(document.urn)
    const number = this.#free.pop() ?? this.#entries.length
    const { sequence, weights } = this.#weigh(document)
    for (const [word, weight] of weights) {
      this.#frequencies[word] = (this.#frequencies[word] as number) + 1
      this.#postings.add(word, number, weight / (weight + SATURATION))
    }
    const { urn, type, name, values } = document
    this.#entries[number] = { urn, type, name, sequence }
    if (number >= this.#columns.alive.length) this.#columns = columnsOf(2 * number, this.#columns)
    this.#columns.alive[number] = 1
    this.#columns.worth[number] = worthOf(document)
    for (const field of LISTED_FIELDS)
      this.#listsIn(field)[number] = (this.#lists.get(field) as ValueLists).add(values[field] ?? [])
    this.#numbers.set(urn, number)
    if (this.#postings.isDue(this.#deadEntries)) this.settle()
  }

  remove(urn: string): void {
    const number = this.#numbers.get(urn)
    if (number === undefined) return
    for (const word of new Set(this.#entry(number).sequence)) {
      if (word === PART) continue
      this.#frequencies[word] = (this.#frequencies[word] as number) - 1
      this.#deadEntries++
    }
    this.#numbers.delete(urn)
    this.#entries[number] = null
    this.#columns.alive[number] = 0
    this.#dead.push(number)
  }

  /** Lays the postings together and forgets lists of values that no document has any more. */
  settle(): void {
    this.#postings.merge(this.vocabulary.size, this.#columns.alive)
    this.#free.push(...this.#dead)
    this.#dead = []
    this.#deadEntries = 0
    for (const lists of this.#lists.values())
      if (lists.size > 1000 && lists.size > 2 * this.size) {
        this.#relist()
        return
      }
  }

  #relist(): void {
    const lists = newLists()
    for (const number of this.#numbers.values())
      for (const field of LISTED_FIELDS) {
        const values = this.valuesOf(number, field)
        this.#listsIn(field)[number] = (lists.get(field) as ValueLists).add(values)
      }
    this.#lists = lists
  }

  /** Numbers of the words in each part, and how much each word says of the document. */
  #weigh({ parts }: SearchDocument): {
    readonly sequence: Uint32Array
    readonly weights: ReadonlyMap<number, number>
  } {
    const sequence: number[] = []
    const byPart = new Map<string, Map<number, number>>()
    const lengths = new Map<string, number>()
    for (const { name, text } of parts) {
      const counts = byPart.get(name) ?? new Map<number, number>()
      byPart.set(name, counts)
      sequence.push(PART)
      const found = words(text)
      for (const word of found) {
        const number = this.#word(word)
        sequence.push(number)
        counts.set(number, (counts.get(number) ?? 0) + 1)
      }
      lengths.set(name, (lengths.get(name) ?? 0) + found.length)
    }
    const weights = new Map<number, number>()
    for (const [name, counts] of byPart) {
      const weight = (PART_WEIGHTS[name] ?? 1) / Math.sqrt(1 + (lengths.get(name) as number) / LONG_PART)
      for (const [word, n] of counts) weights.set(word, (weights.get(word) ?? 0) + weight * Math.sqrt(n))
    }
    return { sequence: Uint32Array.from(sequence), weights }
  }

  #word(word: string): number {
    const number = this.vocabulary.add(word)
    if (number >= this.#frequencies.length) {
      const more = new Uint32Array(2 * this.#frequencies.length)
      more.set(this.#frequencies)
      this.#frequencies = more
    }
    return number
  }

  /** How many documents hold a word. */
  frequency(word: string): number {
    const number = this.vocabulary.number(word)
    return number === undefined ? 0 : (this.#frequencies[number] as number)
  }

  /** Numbers of the documents that hold a word. */
  holding(word: string): number[] {
    const found: number[] = []
    const number = this.vocabulary.number(word)
    if (number !== undefined)
      this.#postings.each(number, (document) => {
        if (this.#columns.alive[document] === 1) found.push(document)
      })
    return found
  }

  /** Words of documents that start with a prefix, in order. */
  withPrefix(prefix: string): string[] {
    return this.#held(this.vocabulary.withPrefix(prefix))
  }

  /** Other words of documents at most so many edits away, in order. */
  near(word: string, edits: number): string[] {
    return this.#held(this.vocabulary.near(word, edits))
  }

  #held(numbers: readonly number[]): string[] {
    return numbers
      .filter((number) => (this.#frequencies[number] as number) > 0)
      .map((number) => this.vocabulary.word(number))
      .sort()
  }

  none(): Scores {
    return new Float64Array(this.end)
  }

  /** Documents that hold a word, with inverse document frequency × saturated weight. */
  score(word: string): Scores {
    const scores = this.none()
    const number = this.vocabulary.number(word)
    if (number === undefined) return scores
    const frequency = this.#frequencies[number] as number
    const rarity = Math.log(1 + (this.size - frequency + 0.5) / (frequency + 0.5))
    const { alive } = this.#columns
    this.#postings.each(number, (document, weight) => {
      if (alive[document] === 1) scores[document] = weight * rarity
    })
    return scores
  }

  all(): Scores {
    return Float64Array.from(this.#columns.alive.subarray(0, this.end))
  }

  /** Whether a part of the document has these words one after the other. */
  hasPhrase(number: number, stems: readonly string[]): boolean {
    const wanted = stems.map((stem) => this.vocabulary.number(stem))
    const { sequence } = this.#entry(number)
    return sequence.some((_, at) =>
      wanted.every((word, i) => word !== undefined && sequence[at + i] === word),
    )
  }

  /** Whether the name of the document has these words and no others. */
  isNamed(number: number, stems: readonly string[]): boolean {
    const { sequence } = this.#entry(number)
    const ends = sequence[stems.length + 1]
    if (ends !== undefined && ends !== PART) return false
    return stems.every((stem, i) => sequence[i + 1] === this.vocabulary.number(stem))
  }

  /** Of each document by number: 1 when a value of the field passes. */
  passing(field: string, test: (value: FacetValue) => boolean): Uint8Array {
    const found = new Uint8Array(this.end)
    const lists = this.#lists.get(field)
    if (!lists) {
      for (const number of this.#numbers.values())
        if (this.valuesOf(number, field).some(test)) found[number] = 1
      return found
    }
    const pass = lists.passing(test)
    const column = this.#listsIn(field)
    const { alive } = this.#columns
    for (let i = 0; i < found.length; i++)
      found[i] = (alive[i] as number) & (pass[column[i] as number] as number)
    return found
  }

  /** How many of these documents have each value of a field. */
  counts(field: string, numbers: Uint32Array): Map<FacetValue, number> {
    const lists = this.#lists.get(field) as ValueLists
    const column = this.#listsIn(field)
    const times = new Uint32Array(lists.size)
    for (let i = 0; i < numbers.length; i++) {
      const list = column[numbers[i] as number] as number
      times[list] = (times[list] as number) + 1
    }
    return lists.counts(times)
  }

  /** Every value that a document has of a field. */
  *values(field: string): Generator<FacetValue> {
    if (this.#lists.has(field)) yield* this.counts(field, Uint32Array.from(this.#numbers.values())).keys()
    else for (const number of this.#numbers.values()) yield* this.valuesOf(number, field)
  }
}

/** By how much at most what is used much comes before what is not. */
const USE_WEIGHT = 0.05
const MAX_USE = 0.5

/** Data before words about data, and what is used much before what is not. */
function worthOf({ type, uses }: SearchDocument): number {
  return type === 'DATASET' ? 1 + Math.min(MAX_USE, USE_WEIGHT * Math.log2(1 + uses)) : 0.7
}

function newLists(): Map<string, ValueLists> {
  return new Map(LISTED_FIELDS.map((field) => [field, new ValueLists()]))
}

function plainValue(value: string): FacetValue {
  return { value, label: value, entity: false }
}
