import type { DatasetFacts } from './facts.js'
import { nameWords, type SentenceWord, type SentenceWords, textWords, type WrittenWord } from './words.js'

export interface AffectedDataset {
  readonly urn: string
  readonly name: string
  readonly score: number
  /** Which words matched, and where: `revenue` in column `item_revenue`. */
  readonly matches: readonly WordMatch[]
}

export interface WordMatch {
  readonly word: string
  readonly place: 'name' | 'column' | 'tag' | 'term' | 'owner' | 'description'
  readonly value: string
  /** The word that stands there, when it is another that means much the same. */
  readonly through?: string
}

export interface AffectedJudgement {
  /** Best first; empty when the catalog holds nothing the sentence speaks of. */
  readonly affected: readonly AffectedDataset[]
  /** The closest dataset that was not close enough; only when nothing was found. */
  readonly nearest?: AffectedDataset
  /** Words of the sentence found nowhere. */
  readonly unknown: readonly string[]
  /** Rarity of each stem, 0 (everywhere) to 1 (in one dataset or none). */
  readonly rarity: ReadonlyMap<string, number>
}

/** What `datasets` were picked from, when they are not all there is. */
export interface Population {
  /** Datasets of the instance. */
  readonly size: number
  /** How many of them match a word of the sentence, by its stem. */
  readonly matching: ReadonlyMap<string, number>
}

/** How much a match says, by the place it is in. */
const WEIGHT = { name: 3, column: 2, tag: 1.5, term: 1.5, owner: 0.75, description: 1 } as const
/** A related word is weaker evidence than the word itself. */
const RELATED_SHARE = 0.5
/** Datasets this close to the best one are what the sentence is about, too. */
const NEAR_BEST = 0.7
/** Share of the sentence's weight the best dataset must account for. */
const MIN_COVERAGE = 0.33
/** What a word found nowhere weighs in that share. */
const UNKNOWN_WEIGHT = 0.8
const MAX_AFFECTED = 8

/**
 * The datasets a sentence is about. A word counts by where it matches and by how
 * rare it is among `datasets`; a sentence most of whose weight is words the catalog
 * does not hold is about nothing in it. Pure; ties end on the URN.
 */
export function judgeAffected(
  sentence: SentenceWords,
  datasets: readonly DatasetFacts[],
  population?: Population,
): AffectedJudgement {
  const indexes = datasets.map(stemIndex)
  const rarity = new Rarity(indexes, population)
  const known = (word: SentenceWord) => [word.stem, ...word.related].some((stem) => rarity.stems.has(stem))
  const unknown = sentence.words.filter((word) => !known(word)).map((word) => word.text)
  const weigh = (word: SentenceWord) => {
    if (!known(word)) return word.surface ? 0 : UNKNOWN_WEIGHT
    return rarity.of(word.stem) || rarity.ofConcept(word)
  }
  const whole = sentence.words.reduce((sum, word) => sum + weigh(word), 0)
  const scored = datasets
    .map((dataset, i) => scoreDataset(dataset, indexes[i] as StemIndex, sentence.words, rarity))
    .filter((dataset) => dataset.score > 0)
    .sort((a, b) => b.score - a.score || (a.urn < b.urn ? -1 : 1))
  const best = scored[0]
  if (!best) return { affected: [], unknown, rarity: rarity.stems }
  const covered = (dataset: AffectedDataset) =>
    sentence.words.reduce((sum, word) => {
      const match = dataset.matches.find((m) => m.word === word.text)
      return sum + (match ? weigh(word) * certainty(match) : 0)
    }, 0)
  if (covered(best) / whole < MIN_COVERAGE)
    return { affected: [], nearest: best, unknown, rarity: rarity.stems }
  const affected = scored.filter((d) => d.score >= NEAR_BEST * best.score).slice(0, MAX_AFFECTED)
  return { affected, unknown, rarity: rarity.stems }
}

/** A word in running text may be there by accident; a related word may mean something else. */
function certainty({ place, through }: WordMatch): number {
  if (place === 'description' || place === 'owner') return 0.5
  return through ? 0.7 : 1
}

/** Where a stem stands in one dataset: in which text, and as which word. */
interface Place {
  readonly place: WordMatch['place']
  readonly value: string
  readonly written: string
}

type StemIndex = ReadonlyMap<string, readonly Place[]>

function stemIndex(dataset: DatasetFacts): StemIndex {
  const index = new Map<string, Place[]>()
  const add = (place: WordMatch['place'], value: string, words: readonly WrittenWord[]) => {
    for (const { stem, text } of words) {
      const places = index.get(stem) ?? []
      if (!places.some((p) => p.place === place))
        index.set(stem, [...places, { place, value, written: text }])
    }
  }
  add('name', dataset.name, nameWords(dataset.name))
  for (const field of dataset.fields) add('column', field.path, nameWords(field.path))
  for (const tag of [...dataset.tags, ...dataset.fields.flatMap((f) => f.tags)])
    add('tag', tag, nameWords(tag))
  for (const term of [...dataset.terms, ...dataset.fields.flatMap((f) => f.terms)])
    add('term', term, nameWords(term))
  for (const owner of dataset.owners) add('owner', owner, nameWords(owner))
  add('description', dataset.description, textWords(dataset.description))
  return index
}

/** How few datasets something is in: 1 for one (or none), near 0 for all. */
class Rarity {
  readonly stems: ReadonlyMap<string, number>
  readonly #indexes: readonly StemIndex[]
  readonly #population: Population | undefined

  constructor(indexes: readonly StemIndex[], population?: Population) {
    const counts = new Map<string, number>()
    for (const index of indexes)
      for (const stem of index.keys()) counts.set(stem, (counts.get(stem) ?? 0) + 1)
    this.#indexes = indexes
    this.#population = population
    for (const [stem, count] of population?.matching ?? [])
      if (counts.has(stem)) counts.set(stem, Math.max(1, count))
    this.stems = new Map([...counts].map(([stem, count]) => [stem, this.#from(count)]))
  }

  of(stem: string): number {
    return this.stems.get(stem) ?? 0
  }

  /** Of a word and all that is related to it, as one thing. */
  ofConcept({ stem, related }: SentenceWord): number {
    const stems = [stem, ...related]
    const seen = this.#indexes.filter((index) => stems.some((s) => index.has(s))).length
    const count = seen === 0 ? 0 : Math.max(seen, this.#population?.matching.get(stem) ?? 0)
    return count === 0 ? 0 : this.#from(count)
  }

  #from(count: number): number {
    const most = Math.max(this.#indexes.length, this.#population?.size ?? 0) + 1
    return Math.max(0.05, Math.log(most / count) / Math.log(most))
  }
}

function scoreDataset(
  dataset: DatasetFacts,
  index: StemIndex,
  words: readonly SentenceWord[],
  rarity: Rarity,
): AffectedDataset {
  let score = 0
  const matches: WordMatch[] = []
  for (const word of words) {
    const direct = bestMatch(index, word.stem)
    if (direct) {
      score += WEIGHT[direct.place] * rarity.of(word.stem)
      matches.push({ word: word.text, place: direct.place, value: direct.value })
      continue
    }
    const related = word.related.flatMap((stem) => {
      const match = bestMatch(index, stem)
      return match ? [match] : []
    })
    if (related.length === 0) continue
    const best = related.reduce((x, y) => (WEIGHT[y.place] > WEIGHT[x.place] ? y : x))
    // A related word in a name is no better than one in a column: both only hint.
    score += RELATED_SHARE * Math.min(WEIGHT.column, WEIGHT[best.place]) * rarity.ofConcept(word)
    matches.push({ word: word.text, place: best.place, value: best.value, through: best.written })
  }
  return { urn: dataset.urn, name: dataset.name, score: Math.round(score * 1000) / 1000, matches }
}

function bestMatch(index: StemIndex, stem: string) {
  return index.get(stem)?.reduce((a, b) => (WEIGHT[b.place] > WEIGHT[a.place] ? b : a))
}
