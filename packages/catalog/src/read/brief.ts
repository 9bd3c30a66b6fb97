import { CatalogError } from '../model/error.js'
import { tryParseUrn } from '../urn/urn.js'
import type { BriefAnswer, BriefPart } from './answers.js'
import { clampInteger } from './argument.js'
import { PART_TOOLS, type Part, partsOf } from './brief-parts.js'
import { requireDataset } from './entity-lookup.js'
import type { BriefQuestion } from './questions.js'
import { byScore, evaluateQuery, matching } from './search/search.js'
import type { TextIndex } from './search/text-index.js'
import { firstInOrder } from './search/top.js'
import type { Snapshot } from './snapshot.js'
import { estimateTokens, textTokens } from './token-budget.js'

/** Datasets a topic is told by. */
const MAX_DATASETS = 4

/**
 * What one has to know about a dataset, a topic or a task before working on it, within a budget of
 * tokens. Parts stand in a fixed order, the most needed first; each is taken whole if it still fits, and
 * what does not is named in `dropped`. The first part is always there.
 */
export function brief(snapshot: Snapshot, index: TextIndex, question: BriefQuestion): BriefAnswer {
  const about = question.about.trim()
  const tokens = clampInteger('budget', question.budget, { default: 2000, min: 200, max: 20_000 })
  const urns = datasetsOf(snapshot, index, about)
  const parts = inOrder(urns.map((urn, i) => partsOf(snapshot, urn, i + 1)))
  const head = {
    about,
    datasets: urns.map((urn, i) => ({ ref: i + 1, urn })),
  }
  const { kept, dropped } = fitted(
    parts,
    tokens,
    JSON.stringify({ ...head, receipt: snapshot.receipt }).length,
  )
  const answer = {
    ...head,
    parts: kept.map(shown),
    ...(dropped.length > 0 && {
      dropped,
      get: toolsFor(dropped),
    }),
  }
  const whole = { ...answer, budget: { tokens, used: tokens }, receipt: snapshot.receipt }
  return { ...whole, budget: { tokens, used: estimateTokens(whole) } }
}

/** Characters at most of what stands around the parts: the names of the members, and `budget`. */
const ENVELOPE = 80

/** The dataset of a URN; else the datasets that the words are about, best match first. */
function datasetsOf(snapshot: Snapshot, index: TextIndex, about: string): string[] {
  if (typeof tryParseUrn(about) !== 'string') {
    requireDataset(snapshot, about)
    return [about]
  }
  if (about === '')
    throw new CatalogError('invalid', 'argument_invalid', 'What the brief is about is not said.', {
      remedy: 'Give the URN of a dataset, or a topic or a task in words.',
    })
  const { scores } = evaluateQuery(index, about)
  const datasets = matching(scores, null).filter((number) => index.typeOf(number) === 'DATASET')
  const found = firstInOrder(datasets, MAX_DATASETS, byScore(index, scores)).map((number) =>
    index.urnOf(number),
  )
  if (found.length > 0) return found
  throw new CatalogError('not-found', 'topic_not_found', `No dataset is about "${about}".`, {
    remedy: 'Say it in other words, or look with search.',
    details: { about },
  })
}

/** Part by part, the best dataset first in each. */
function inOrder(all: readonly (readonly Part[])[]): Part[] {
  const names = Object.keys(PART_TOOLS)
  return all.flat().sort((a, b) => names.indexOf(a.part) - names.indexOf(b.part) || a.of - b.of)
}

interface Dropped {
  readonly part: string
  readonly of: number
  readonly tokens: number
}

function fitted(
  parts: readonly Part[],
  tokens: number,
  headLength: number,
): { readonly kept: readonly Part[]; readonly dropped: readonly Dropped[] } {
  const sized = parts.map((part) => {
    const length = JSON.stringify(shown(part)).length + 1
    return { part, length, note: { part: part.part, of: part.of, tokens: textTokens(length) } }
  })
  const kept = new Set<(typeof sized)[number]>()
  let length = headLength + ENVELOPE
  for (const candidate of sized) {
    const notes = sized.filter((other) => other !== candidate && !kept.has(other)).map(({ note }) => note)
    if (kept.size > 0 && textTokens(length + candidate.length + notesLength(notes)) > tokens) continue
    kept.add(candidate)
    length += candidate.length
  }
  return {
    kept: sized.filter((one) => kept.has(one)).map(({ part }) => part),
    dropped: sized.filter((one) => !kept.has(one)).map(({ note }) => note),
  }
}

/** Characters by which an answer names what it left out. */
function notesLength(notes: readonly Dropped[]): number {
  return notes.length === 0 ? 0 : JSON.stringify({ dropped: notes, get: toolsFor(notes) }).length
}

function toolsFor(dropped: readonly Dropped[]): Record<string, string> {
  const parts = new Set(dropped.map(({ part }) => part))
  return Object.fromEntries([...parts].map((part) => [part, PART_TOOLS[part] as string]))
}

function shown({ part, of, lines }: Part): BriefPart {
  return { part, of, lines }
}
