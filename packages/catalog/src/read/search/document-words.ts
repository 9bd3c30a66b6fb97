import { PART_NAMES, PART_WEIGHTS, type SearchDocument } from './document.js'
import { words } from './words.js'

/** Saturation: from here on more weight of one word in one document adds little. */
const SATURATION = 4
/** A part with this many words counts its words at 1/√2. */
const LONG_PART = 24

/** From here on a number in a sequence is no word: a part begins, and what is more is the place of its name in `PART_NAMES`. */
export const PART = 0xffffff00

export interface DocumentWords {
  /** Numbers of all its words part by part, each part after a mark; the name is the first part. */
  readonly sequence: readonly number[]
  /** How much each word says of the document, by its number; between 0 and 1. */
  readonly weights: ReadonlyMap<number, number>
}

/** The words of a document, numbered by `numberOf`. */
export function documentWords(
  { parts }: Pick<SearchDocument, 'parts'>,
  numberOf: (word: string) => number,
): DocumentWords {
  const sequence: number[] = []
  const byPart = new Map<string, Map<number, number>>()
  const lengths = new Map<string, number>()
  for (const { name, text } of parts) {
    const counts = byPart.get(name) ?? new Map<number, number>()
    byPart.set(name, counts)
    sequence.push(PART + PART_NAMES.indexOf(name))
    const found = words(text)
    for (const word of found) {
      const number = numberOf(word)
      sequence.push(number)
      counts.set(number, (counts.get(number) ?? 0) + 1)
    }
    lengths.set(name, (lengths.get(name) ?? 0) + found.length)
  }
  const weights = new Map<number, number>()
  for (const [name, counts] of byPart) {
    const weight = (PART_WEIGHTS[name] as number) / Math.sqrt(1 + (lengths.get(name) as number) / LONG_PART)
    for (const [word, n] of counts) weights.set(word, (weights.get(word) ?? 0) + weight * Math.sqrt(n))
  }
  for (const [word, weight] of weights) weights.set(word, weight / (weight + SATURATION))
  return { sequence, weights }
}

/** A part of a document that holds words that were asked for. */
export interface MatchedPart {
  readonly name: string
  /** Which of the parts of this name. */
  readonly place: number
  /** In the order in which they stand there. */
  readonly words: readonly string[]
}

/** The parts of a sequence that hold one of these words, given by their numbers. */
export function matchedParts(sequence: Uint32Array, wanted: ReadonlyMap<number, string>): MatchedPart[] {
  const found: MatchedPart[] = []
  const places = new Uint32Array(PART_NAMES.length)
  let part: { name: string; place: number; words: string[] } | undefined
  for (const number of sequence) {
    if (number >= PART) {
      const kind = number - PART
      const place = places[kind] as number
      places[kind] = place + 1
      part = { name: PART_NAMES[kind] as string, place, words: [] }
      continue
    }
    const word = wanted.get(number)
    if (word === undefined || !part) continue
    if (part.words.length === 0) found.push(part)
    if (!part.words.includes(word)) part.words.push(word)
  }
  return found
}
