import type { BooleanQuery } from './boolean-query.js'
import { same } from './filter.js'
import { readingsOf } from './readings.js'
import type { Scores, TextIndex } from './text-index.js'
import { questionWords, words } from './words.js'

export interface Evaluation {
  readonly scores: Scores
  /** Stems that count as matches, with the question word each stands for. */
  readonly matched: ReadonlyMap<string, string>
}

/** A guess scores at most this part of the least score of the word itself, so that no other factor lifts it above. */
const BELOW = 0.5

/**
 * Ranks by the words of a question: any word may match; documents that match more
 * of the words come first. A word that few documents have is also tried as a beginning, then with
 * letters wrong; related words count less.
 */
export function evaluateWords(index: TextIndex, question: string): Evaluation {
  const asked = questionWords(question)
  const matched = new Map<string, string>()
  const scores = index.none()
  const hits = new Uint8Array(index.end)
  const best = index.none()
  for (const { stem, word } of asked) {
    best.fill(0)
    let least: number | undefined
    for (const { stem: read, weight, guess } of readingsOf(index, stem, word)) {
      if (!matched.has(read)) matched.set(read, word)
      if (guess) least ??= leastOf(best)
      const factor = guess
        ? Math.min(weight, (BELOW * weight * (least as number)) / index.mostOf(read))
        : weight
      index.raise(best, read, factor)
    }
    for (let i = 0; i < best.length; i++)
      if (best[i] !== 0) {
        scores[i] = (scores[i] as number) + (best[i] as number)
        hits[i] = Math.min(255, (hits[i] as number) + 1)
      }
  }
  const isNamed = index.named(words(question))
  for (let i = 0; i < scores.length; i++)
    if (scores[i] !== 0) {
      const coverage = 0.5 + (0.5 * (hits[i] as number)) / asked.length
      const exact = isNamed(i) ? 2 : 1
      scores[i] = (scores[i] as number) * coverage * exact * index.worthOf(i)
    }
  return { scores, matched }
}

/** Infinite when there is none. */
function leastOf(scores: Scores): number {
  let least = Number.POSITIVE_INFINITY
  for (const score of scores) if (score !== 0 && score < least) least = score
  return least
}

/** Evaluates a `/q` query: exact boolean matching, ranked by the words that matched. */
export function evaluateBoolean(index: TextIndex, query: BooleanQuery): Evaluation {
  const matched = new Map<string, string>()
  return { scores: evaluate(index, query, matched), matched }
}

function evaluate(index: TextIndex, query: BooleanQuery, matched: Map<string, string>): Scores {
  switch (query.kind) {
    case 'all':
      return index.all()
    case 'and':
      return query.all.map((q) => evaluate(index, q, matched)).reduce(both)
    case 'or':
      return query.any.map((q) => evaluate(index, q, matched)).reduce(either)
    case 'not': {
      const without = evaluate(index, query.query, new Map())
      return index.all().map((score, i) => (without[i] === 0 ? score : 0))
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
): Scores {
  if (field) return inField(index, field, text, prefix)
  if (!prefix) {
    const stems = words(text)
    return stems.length === 0 ? index.none() : stems.map((w) => note(index, w, text, matched)).reduce(both)
  }
  const all = index.none()
  for (const word of index.withPrefix(text.toLowerCase())) add(all, note(index, word, text, matched))
  return all
}

function note(index: TextIndex, stem: string, word: string, matched: Map<string, string>): Scores {
  matched.set(stem, word)
  return index.score(stem)
}

function inField(index: TextIndex, field: string, wanted: string, prefix: boolean): Scores {
  const want = wanted.toLowerCase()
  const starts = (text: string) => text.toLowerCase().startsWith(want)
  const found = index.passing(field, (have) =>
    prefix ? starts(have.value) || starts(have.label) : same(have, want),
  )
  return Float64Array.from(found)
}

function phrase(
  index: TextIndex,
  text: string,
  field: string | undefined,
  matched: Map<string, string>,
): Scores {
  if (field) return inField(index, field, text, false)
  const stems = words(text)
  if (stems.length === 0) return index.none()
  const candidates = stems.map((w) => note(index, w, text, matched)).reduce(both)
  return candidates.map((score, i) => (score !== 0 && index.hasPhrase(i, stems) ? score : 0))
}

function both(a: Scores, b: Scores): Scores {
  for (let i = 0; i < a.length; i++) a[i] = a[i] === 0 || b[i] === 0 ? 0 : (a[i] as number) + (b[i] as number)
  return a
}

function either(a: Scores, b: Scores): Scores {
  add(a, b)
  return a
}

function add(to: Scores, scores: Scores): void {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] as number) + (scores[i] as number)
}
