import { type FacetValue, plainValue, type SearchDocument } from './document.js'
import { DocumentSequences } from './document-sequences.js'
import { documentWords, type MatchedPart, matchedParts, PART } from './document-words.js'
import { columnsFor, emptyColumns, type IndexColumns, mapColumns } from './index-columns.js'
import { IndexedValues } from './indexed-values.js'
import { type IndexArrays, withRoom } from './number-array.js'
import { Postings } from './postings.js'
import { StringTable } from './string-table.js'
import { Vocabulary } from './vocabulary.js'

/** Of each document by its number: how well it matches, 0 when it does not. */
export type Scores = Float64Array

/** Entries written since the last merge from which on they are merged, unless half of what is merged is more. */
const MERGE_FROM = 1 << 18

/**
 * Inverted index over weighted parts, in memory, all of it in arrays of numbers: it is handed to another thread, written
 * to a file and read from one as it is. Documents have numbers, which are places in arrays; a document is replaced by
 * URN and gets another number, and numbers are used again after the next merge of the postings. It keeps no text but
 * names, URNs and values: what an answer shows of a document is read from the graph. What it answers depends on the
 * documents alone, not on the order they came in or the way the index came about.
 */
export class TextIndex {
  readonly vocabulary: Vocabulary
  readonly #postings: Postings
  readonly #strings: StringTable
  readonly #values: IndexedValues
  readonly #sequences: DocumentSequences
  #columns: IndexColumns
  /** Numbers of documents are below. */
  #end = 0
  #size = 0
  /** By number of the string that is a URN: number of its document and one. */
  #documents: Uint32Array
  /** How many documents hold each word, by its number. */
  #frequencies: Uint32Array
  /** Numbers of removed documents that postings still name, and those that are free. */
  #dead: number[] = []
  #free: number[] = []
  #deadEntries = 0

  /** Empty, or from what `arrays` gave of another: the arrays are this index's from then on. */
  constructor(arrays?: IndexArrays) {
    const part = (name: string) => arrays?.[name] as IndexArrays | undefined
    const numbers = (name: string) => (arrays?.[name] as Uint32Array | undefined) ?? new Uint32Array(0)
    this.vocabulary = new Vocabulary(part('vocabulary'))
    this.#postings = new Postings(part('postings'))
    this.#strings = new StringTable(part('strings'))
    this.#values = new IndexedValues(part('values'))
    this.#sequences = new DocumentSequences(part('sequences'))
    this.#columns = (part('columns') as IndexColumns | undefined) ?? emptyColumns()
    this.#documents = numbers('documents')
    this.#frequencies = numbers('frequencies')
    this.#free = [...numbers('free')]
    const [end = 0, size = 0] = numbers('counts')
    this.#end = end
    this.#size = size
  }

  /** Everything it is made of, to be made into an index again. The postings are laid together first. */
  arrays(): IndexArrays {
    this.settle()
    return {
      vocabulary: this.vocabulary.arrays(),
      postings: this.#postings.arrays(),
      strings: this.#strings.arrays(),
      values: this.#values.arrays(this.#end),
      sequences: this.#sequences.arrays(this.#end),
      columns: mapColumns(this.#columns, (column) => column.subarray(0, this.#end)),
      documents: this.#documents.subarray(0, this.#strings.size),
      frequencies: this.#frequencies.subarray(0, this.vocabulary.size),
      free: Uint32Array.from(this.#free),
      counts: Uint32Array.of(this.#end, this.#size),
    }
  }

  get size(): number {
    return this.#size
  }

  /** Numbers of documents are below. */
  get end(): number {
    return this.#end
  }

  /** Number of a document. */
  number(urn: string): number | undefined {
    const string = this.#strings.find(urn)
    const number = string < 0 ? 0 : (this.#documents[string] ?? 0)
    return number === 0 ? undefined : number - 1
  }

  urnOf(number: number): string {
    return this.#strings.get(this.#columns.urn[number] as number)
  }

  nameOf(number: number): string {
    return this.#strings.get(this.#columns.name[number] as number)
  }

  /** `DATASET`, `TAG`, … */
  typeOf(number: number): string {
    return this.#strings.get(this.#columns.type[number] as number)
  }

  /** Of documents by number: whether they are of a type. Compares numbers, where `typeOf` makes a string of each. */
  ofType(type: string): (number: number) => boolean {
    const types = this.#columns.type
    const wanted = this.#strings.find(type)
    return (number) => types[number] === wanted
  }

  /** By how much a document comes before others that match as well. */
  worthOf(number: number): number {
    return this.#columns.worth[number] as number
  }

  /** Whether one document comes before another in order of URN, by code points; no two are equal. */
  isBefore(a: number, b: number): boolean {
    const { urnPlace, urn } = this.#columns
    const [x, y] = [urnPlace[a] as number, urnPlace[b] as number]
    return x !== 0 && y !== 0 ? x < y : this.#strings.compare(urn[a] as number, urn[b] as number) < 0
  }

  /** Less than 0 when the name of one document comes before that of another, by code points; 0 for equal names. */
  compareNames(a: number, b: number): number {
    const { namePlace, name } = this.#columns
    if (name[a] === name[b]) return 0
    const [x, y] = [namePlace[a] as number, namePlace[b] as number]
    return x !== 0 && y !== 0 ? x - y : this.#strings.compare(name[a] as number, name[b] as number)
  }

  valuesOf(number: number, field: string): FacetValue[] {
    if (field === 'urn') return [plainValue(this.urnOf(number))]
    if (field === 'name') return [plainValue(this.nameOf(number))]
    return this.#values.has(field) ? this.#values.of(number, field) : []
  }

  put(document: SearchDocument): void {
    this.remove(document.urn)
    const number = this.#free.pop() ?? this.#end++
    this.#columns = columnsFor(this.#columns, this.#end)
    const { sequence, weights } = documentWords(document, (word) => this.#word(word))
    for (const [word, weight] of weights) {
      this.#frequencies[word] = (this.#frequencies[word] as number) + 1
      this.#postings.add(word, number, weight)
    }
    this.#putColumns(number, document, sequence)
    this.#size++
    if (this.#isMergeDue()) this.#merge()
  }

  #putColumns(number: number, document: SearchDocument, sequence: readonly number[]): void {
    const { urn, name, type, values } = document
    const columns = this.#columns
    const string = this.#strings.add(urn)
    this.#documents = withRoom(this.#documents, string + 1)
    this.#documents[string] = number + 1
    columns.alive[number] = 1
    columns.worth[number] = worthOf(document)
    columns.urn[number] = string
    columns.name[number] = this.#strings.add(name)
    columns.type[number] = this.#strings.add(type)
    columns.urnPlace[number] = 0
    columns.namePlace[number] = 0
    const second = sequence.findIndex((word, i) => i > 0 && word >= PART)
    columns.nameWords[number] = (second < 0 ? sequence.length : second) - 1
    this.#sequences.put(number, sequence)
    this.#values.put(number, values)
  }

  #word(word: string): number {
    const number = this.vocabulary.add(word)
    this.#frequencies = withRoom(this.#frequencies, number + 1)
    return number
  }

  remove(urn: string): void {
    const number = this.number(urn)
    if (number === undefined) return
    for (const word of new Set(this.#sequences.of(number))) {
      if (word >= PART) continue
      this.#frequencies[word] = (this.#frequencies[word] as number) - 1
      this.#deadEntries++
    }
    this.#sequences.remove(number)
    this.#documents[this.#columns.urn[number] as number] = 0
    this.#columns.alive[number] = 0
    this.#dead.push(number)
    this.#size--
  }

  /** How much of it was changed since it was last laid together, in entries of words. */
  get changed(): number {
    return this.#postings.entries.added + this.#deadEntries
  }

  #isMergeDue(): boolean {
    return this.changed > MERGE_FROM && this.changed > this.#postings.entries.merged / 2
  }

  /** Lays it together, and finds out in which order its documents are. */
  settle(): void {
    if (this.changed > 0 || this.#dead.length > 0) this.#merge()
    this.#order()
  }

  #merge(): void {
    this.#postings.merge(this.vocabulary.size, this.#columns.alive)
    this.#free.push(...this.#dead)
    this.#dead = []
    this.#deadEntries = 0
    const documents = this.#alive()
    this.#sequences.closeUp(documents)
    this.#values.closeUp(documents)
  }

  /** Numbers of the documents, in order. */
  #alive(): Uint32Array {
    const numbers = new Uint32Array(this.#size)
    let count = 0
    for (let i = 0; i < this.#end; i++) if (this.#columns.alive[i] === 1) numbers[count++] = i
    return numbers
  }

  #order(): void {
    const numbers = this.#alive()
    const { urnPlace, namePlace } = this.#columns
    if (numbers.every((number) => urnPlace[number] !== 0)) return
    numbers
      .sort((a, b) => (this.isBefore(a, b) ? -1 : 1))
      .forEach((number, i) => {
        urnPlace[number] = i + 1
      })
    numbers
      .sort((a, b) => this.compareNames(a, b))
      .forEach((number, i) => {
        namePlace[number] = i + 1
      })
  }

  /** How many documents hold a word. */
  frequency(word: string): number {
    const number = this.vocabulary.number(word)
    return number === undefined ? 0 : (this.#frequencies[number] as number)
  }

  /** Numbers of the documents that hold a word. */
  holding(word: string): number[] {
    const found: number[] = []
    this.#each(word, (document) => found.push(document))
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
    this.raise(scores, word, 1)
    return scores
  }

  /** Raises scores to what a word gives times a factor, where that is more. */
  raise(scores: Scores, word: string, factor: number): void {
    const number = this.vocabulary.number(word)
    if (number === undefined) return
    this.#postings.raise(scores, number, this.#rarity(word) * factor, this.#columns.alive)
  }

  /** The most that a word gives a document. */
  mostOf(word: string): number {
    let most = 0
    this.#each(word, (_, weight) => {
      if (weight > most) most = weight
    })
    return most * this.#rarity(word)
  }

  #rarity(word: string): number {
    const frequency = this.frequency(word)
    return Math.log(1 + (this.size - frequency + 0.5) / (frequency + 0.5))
  }

  #each(word: string, call: (document: number, weight: number) => void): void {
    const number = this.vocabulary.number(word)
    if (number === undefined) return
    const { alive } = this.#columns
    this.#postings.each(number, (document, weight) => {
      if (alive[document] === 1) call(document, weight)
    })
  }

  all(): Scores {
    return Float64Array.from(this.#columns.alive.subarray(0, this.end))
  }

  /** Whether a part of the document has these words one after the other. */
  hasPhrase(number: number, stems: readonly string[]): boolean {
    const wanted = stems.map((stem) => this.vocabulary.number(stem))
    const sequence = this.#sequences.of(number)
    return sequence.some((_, at) =>
      wanted.every((word, i) => word !== undefined && sequence[at + i] === word),
    )
  }

  /** Of documents by number: 1 for those whose name has these words and no others. */
  named(stems: readonly string[]): (number: number) => boolean {
    const { nameWords } = this.#columns
    const wanted = stems.map((stem) => this.vocabulary.number(stem) ?? PART)
    return (number) =>
      nameWords[number] === wanted.length &&
      wanted.every((word, i) => this.#sequences.at(number, i + 1) === word)
  }

  /** Parts of a document that hold one of these words, with the words. */
  partsWith(number: number, stems: Iterable<string>): MatchedPart[] {
    const wanted = new Map<number, string>()
    for (const stem of stems) {
      const word = this.vocabulary.number(stem)
      if (word !== undefined) wanted.set(word, stem)
    }
    return matchedParts(this.#sequences.of(number), wanted)
  }

  /** Of each document by number: 1 when a value of the field passes. */
  passing(field: string, test: (value: FacetValue) => boolean): Uint8Array {
    if (this.#values.has(field))
      return this.#values.passing(field, test, this.#columns.alive.subarray(0, this.#end))
    const found = new Uint8Array(this.#end)
    for (const number of this.#alive()) if (this.valuesOf(number, field).some(test)) found[number] = 1
    return found
  }

  /** How many of these documents have each value of a field. */
  counts(field: string, numbers: Uint32Array): Map<FacetValue, number> {
    return this.#values.counts(field, numbers)
  }

  /** Every value that a document has of a field. */
  *values(field: string): Generator<FacetValue> {
    if (this.#values.has(field)) yield* this.counts(field, this.#alive()).keys()
    else for (const number of this.#alive()) yield* this.valuesOf(number, field)
  }
}

/** By how much at most what is used much comes before what is not. */
const USE_WEIGHT = 0.05
const MAX_USE = 0.5

/** Data before what is made from it, that before words about data; and what is used much before what is not. */
function worthOf({ type, uses }: SearchDocument): number {
  if (type === 'DATASET') return 1 + Math.min(MAX_USE, USE_WEIGHT * Math.log2(1 + uses))
  return type === 'DASHBOARD' || type === 'CHART' ? 0.9 : 0.7
}
