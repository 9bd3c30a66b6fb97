import { GraphError } from '../error.js'
import { withinEdits, words } from './words.js'

/** The functions that say yes or no. */
export type MatchFunction = 'search' | 'match_text' | 'fuzzy'

/** As the language's other implementations take it when `fuzzy` gives none. */
export const DEFAULT_EDITS = 2

/** Distinct words of one query text; more are refused. */
export const MAX_QUERY_WORDS = 2000

/** The words of a query text. Only words enter a search: whatever else the text holds is a separator, never syntax. */
export function queryWords(text: string): string[] {
  const list = words(text)
  if (list.length > MAX_QUERY_WORDS && new Set(list).size > MAX_QUERY_WORDS) {
    throw new GraphError(
      'limited',
      'search_text_too_long',
      `The text searched for has more than ${MAX_QUERY_WORDS} different words.`,
      { remedy: 'Search for the words that matter.' },
    )
  }
  return list
}

/**
 * - `search`: the text holds at least one word of the query.
 * - `match_text`: the text holds the words of the query next to each other, in order.
 * - `fuzzy`: the text holds a word within `edits` edits of a word of the query.
 *
 * A query without words matches nothing; neither does a text without any.
 */
export function textMatcher(
  func: MatchFunction,
  query: string,
  edits: number,
  alive: Alive,
): (text: string) => boolean {
  const wanted = queryWords(query)
  const distinct = new Set(wanted)
  if (wanted.length === 0) return () => false
  switch (func) {
    case 'search':
      return (text) => words(text).some((word) => distinct.has(word))
    case 'match_text':
      return (text) => holdsPhrase(words(text), wanted)
    case 'fuzzy':
      return (text) => words(text).some((word) => isNear(word, distinct, edits, alive))
  }
}

/** Throws when the time of the statement is up: one long text against many long words takes longer than a thousand rows. */
export type Alive = () => unknown

export function isNear(word: string, wanted: ReadonlySet<string>, edits: number, alive: Alive): boolean {
  if (wanted.has(word)) return true
  for (const other of wanted) {
    alive()
    if (withinEdits(word, other, edits)) return true
  }
  return false
}

function holdsPhrase(text: readonly string[], phrase: readonly string[]): boolean {
  const last = text.length - phrase.length
  for (let at = 0; at <= last; at++) {
    if (phrase.every((word, i) => text[at + i] === word)) return true
  }
  return false
}

/**
 * What `bm25` needs to know of the searched property, over the versions the reader
 * sees and no others: a branch, a past commit and a graph that never had the other
 * versions give the same scores.
 */
export interface Corpus {
  /** Visible entities of the type whose property is not null. */
  readonly texts: number
  /** Words of all of them. */
  readonly words: number
  /** In how many of them a word occurs. */
  readonly occurrences: ReadonlyMap<string, number>
}

const SATURATION = 1.2
const LENGTH_WEIGHT = 0.75

/**
 * Okapi BM25 with k1 = 1.2, b = 0.75 and the idf `ln(1 + (N - n + 0.5) / (n + 0.5))`,
 * never negative. Each different word of the query counts once, in the order of the query.
 * 0 for a text that holds none of them.
 */
export function bm25Scorer(query: readonly string[], corpus: Corpus): (text: string) => number {
  const weights = new Map<string, number>()
  for (const word of query) {
    const n = corpus.occurrences.get(word) ?? 0
    weights.set(word, Math.log(1 + (corpus.texts - n + 0.5) / (n + 0.5)))
  }
  const mean = corpus.texts > 0 ? corpus.words / corpus.texts : 0
  return (text) => {
    const list = words(text)
    const counts = new Map<string, number>()
    for (const word of list) if (weights.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1)
    if (counts.size === 0) return 0
    const length = SATURATION * (1 - LENGTH_WEIGHT + (LENGTH_WEIGHT * list.length) / mean)
    let score = 0
    for (const [word, weight] of weights) {
      const count = counts.get(word)
      if (count !== undefined) score += (weight * count * (SATURATION + 1)) / (count + length)
    }
    return score
  }
}
