import { editDistance } from './edit-distance.js'
import { RELATED_WEIGHT, relatedWords } from './related-words.js'
import type { TextIndex } from './text-index.js'

/** A stem that a word of a question may stand for. */
export interface Reading {
  readonly stem: string
  readonly weight: number
  /** Comes after what has the word itself, however well it matches. */
  readonly guess?: true
}

/** Words of a question that fewer documents have are guessed at too. */
const FEW = 3
/** Weight of a longer word with this start, and of words one and two edits off. */
const LONGER_WEIGHT = 0.5
const EDITED_WEIGHT = [0, 0.5, 0.3] as const
const MIN_PREFIX = 4
/** Letters from which on a word may have one edit, and two. */
const ONE_EDIT = 4
const TWO_EDITS = 8
const MAX_GUESSES = 20

/** What a word may mean, literally first. A word that no document has and none is related to is guessed at. */
export function readingsOf(index: TextIndex, stem: string, word: string): Reading[] {
  const exact = index.frequency(stem)
  const related = relatedWords(stem)
    .filter((other) => index.frequency(other) > 0)
    .map((other) => ({ stem: other, weight: RELATED_WEIGHT }))
  const literal = exact > 0 ? [{ stem, weight: 1 }] : []
  if (exact >= FEW || related.length > 0) return [...literal, ...related]
  return [...literal, ...guesses(index, stem, word)]
}

function guesses(index: TextIndex, stem: string, word: string): Reading[] {
  const longer = stem.length >= MIN_PREFIX ? index.withPrefix(stem).filter((other) => other !== stem) : []
  if (longer.length > 0)
    return longer.map((other) => ({ stem: other, weight: LONGER_WEIGHT, guess: true as const }))
  const letters = word.replace(/\P{L}/gu, '').length
  const edits = letters >= TWO_EDITS ? 2 : letters >= ONE_EDIT ? 1 : 0
  if (edits === 0) return []
  return (
    index
      .near(stem, edits)
      .map((other) => ({ other, off: editDistance(stem, other, edits) }))
      // Two edits and another first letter make nearly any word of another.
      .filter(({ other, off }) => off === 1 || other[0] === stem[0])
      .sort((a, b) => a.off - b.off || index.frequency(b.other) - index.frequency(a.other))
      .slice(0, MAX_GUESSES)
      .map(({ other, off }) => ({ stem: other, weight: EDITED_WEIGHT[off as 1 | 2], guess: true as const }))
  )
}
