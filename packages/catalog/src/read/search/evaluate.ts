import type { BooleanQuery } from './boolean-query.js'
import type { SearchDocument } from './document.js'
import { RELATED_WEIGHT, relatedWords } from './related-words.js'
import type { TextIndex } from './text-index.js'
import { questionWords, words } from './words.js'

/** Weight of a word that was guessed: a longer word with this start, or one letter off. */
const GUESS_WEIGHT = 0.5
const MIN_PREFIX = 4
const MIN_FUZZY = 6

export interface Evaluation {
  readonly scores: Map<SearchDocument, number>
  /** Stems that count as matches, with the question word each stands for. */
  readonly matched: ReadonlyMap<string, string>
}

/**
 * Ranks by the words of a question: any word may match; documents that match more
 * of the words come first. A word nobody uses is tried as a prefix, then one
 * letter off; related words count less.
 */
export function evaluateWords(index: TextIndex, question: string): Evaluation {
  const asked = questionWords(question)
  const matched = new Map<string, string>()
  const scores = new Map<SearchDocument, number>()
  const hits = new Map<SearchDocument, number>()
  for (const { stem: wanted, word } of asked) {
    const best = new Map<SearchDocument, number>()
    for (const { stem, weight } of readings(index, wanted)) {
      if (!matched.has(stem)) matched.set(stem, word)
      for (const [document, score] of index.score(stem))
        best.set(document, Math.max(best.get(document) ?? 0, score * weight))
    }
    for (const [document, score] of best) {
      scores.set(document, (scores.get(document) ?? 0) + score)
      hits.set(document, (hits.get(document) ?? 0) + 1)
    }
  }
  const name = words(question).join(' ')
  for (const [document, score] of scores) {
    const coverage = 0.5 + (0.5 * (hits.get(document) as number)) / asked.length
    const exact = document.nameWords === name ? 2 : 1
    scores.set(document, score * coverage * exact * typeWeight(document))
  }
  return { scores, matched }
}

/** Data before words about data. */
function typeWeight(document: SearchDocument): number {
  return document.type === 'DATASET' ? 1 : 0.7
}

function readings(index: TextIndex, word: string): { stem: string; weight: number }[] {
  const related = relatedWords(word).map((stem) => ({ stem, weight: RELATED_WEIGHT }))
  if (index.has(word)) return [{ stem: word, weight: 1 }, ...related]
  if (related.some((r) => index.has(r.stem))) return related
  const longer = word.length >= MIN_PREFIX ? index.withPrefix(word) : []
  const guesses = longer.length > 0 ? longer : word.length >= MIN_FUZZY ? index.nearly(word) : []
  return guesses.map((stem) => ({ stem, weight: GUESS_WEIGHT }))
}

/** Evaluates a `/q` query: exact boolean matching, ranked by the words that matched. */
export function evaluateBoolean(index: TextIndex, query: BooleanQuery): Evaluation {
  const matched = new Map<string, string>()
  return { scores: evaluate(index, query, matched), matched }
}

function evaluate(
  index: TextIndex,
  query: BooleanQuery,
  matched: Map<string, string>,
): Map<SearchDocument, number> {
  switch (query.kind) {
    case 'all':
      return everything(index)
    case 'and':
      return query.all.map((q) => evaluate(index, q, matched)).reduce(both)
    case 'or':
      return query.any.map((q) => evaluate(index, q, matched)).reduce(either)
    case 'not': {
      const without = evaluate(index, query.query, new Map())
      return new Map([...everything(index)].filter(([d]) => !without.has(d)))
    }
    case 'phrase':
      return phrase(index, query.text, query.field, matched)
    case 'term':
      return term(index, query, matched)
  }
}

function term(
  index: TextIndex,
  { text, prefix, field }: Extract<BooleanQuery, { kind: 'term' }>,
  matched: Map<string, string>,
): Map<SearchDocument, number> {
  if (field) return inField(index, field, text, prefix)
  const stems = prefix ? [] : words(text)
  const sets = prefix
    ? [
        index
          .withPrefix(text.toLowerCase())
          .reduce((all, w) => either(all, note(index, w, text, matched)), new Map<SearchDocument, number>()),
      ]
    : stems.map((w) => note(index, w, text, matched))
  return sets.length > 0 ? sets.reduce(both) : new Map()
}

function note(
  index: TextIndex,
  stem: string,
  word: string,
  matched: Map<string, string>,
): Map<SearchDocument, number> {
  matched.set(stem, word)
  return index.score(stem)
}

function inField(
  index: TextIndex,
  field: string,
  wanted: string,
  prefix: boolean,
): Map<SearchDocument, number> {
  const want = wanted.toLowerCase()
  const found = new Map<SearchDocument, number>()
  for (const document of index.all()) {
    const hit = (document.values[field] ?? []).some((v) =>
      [v.value.toLowerCase(), v.label.toLowerCase()].some((have) =>
        prefix ? have.startsWith(want) : have === want,
      ),
    )
    if (hit) found.set(document, 1)
  }
  return found
}

function phrase(
  index: TextIndex,
  text: string,
  field: string | undefined,
  matched: Map<string, string>,
): Map<SearchDocument, number> {
  if (field) return inField(index, field, text, false)
  const stems = words(text)
  if (stems.length === 0) return new Map()
  const candidates = stems.map((w) => note(index, w, text, matched)).reduce(both)
  const wanted = ` ${stems.join(' ')} `
  return new Map(
    [...candidates].filter(([d]) => d.parts.some((p) => ` ${words(p.text).join(' ')} `.includes(wanted))),
  )
}

function everything(index: TextIndex): Map<SearchDocument, number> {
  return new Map([...index.all()].map((d) => [d, 1]))
}

function both(a: Map<SearchDocument, number>, b: Map<SearchDocument, number>): Map<SearchDocument, number> {
  return new Map([...a].filter(([d]) => b.has(d)).map(([d, s]) => [d, s + (b.get(d) as number)]))
}

function either(a: Map<SearchDocument, number>, b: Map<SearchDocument, number>): Map<SearchDocument, number> {
  const all = new Map(a)
  for (const [d, s] of b) all.set(d, (all.get(d) ?? 0) + s)
  return all
}
