import type { Json, JsonObject } from '../aspect/proposal.js'
import { CatalogError } from '../model/error.js'
import { tryParseUrn } from '../urn/urn.js'
import type { BriefAnswer, BriefPart } from './answers.js'
import { clampInteger } from './argument.js'
import { PART_TOOLS, type Part, partsOf } from './brief-parts.js'
import { requireDataset } from './entity-lookup.js'
import type { BriefQuestion } from './questions.js'
import { evaluateQuery } from './search/search.js'
import type { TextIndex } from './search/text-index.js'
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
      dropped: dropped.map(({ part, of, tokens: size }) => ({ part, of, tokens: size })),
      get: Object.fromEntries(
        [...new Set(dropped.map(({ part }) => part))].map((part) => [part, PART_TOOLS[part] as string]),
      ),
    }),
  }
  const whole = { ...answer, budget: { tokens, used: tokens }, receipt: snapshot.receipt }
  return { ...whole, budget: { tokens, used: estimateTokens(whole) } }
}

/** Characters at most of what stands around the parts: the names of the members, and `budget`. */
const ENVELOPE = 120

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
  const found = [...evaluateQuery(index, about).scores]
    .filter(([document]) => document.type === 'DATASET')
    .sort(([a, x], [b, y]) => y - x || (a.urn < b.urn ? -1 : 1))
    .slice(0, MAX_DATASETS)
    .map(([document]) => document.urn)
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
  const sized = parts.map((part) => ({ part, length: JSON.stringify(shown(part)).length + 1 }))
  const noted = sized.map(({ part, length }) => noteLength(part, length))
  // Begin with everything dropped: each part that is taken has its note taken back.
  let length = headLength + ENVELOPE + GET_LENGTH + noted.reduce((sum, n) => sum + n, 0)
  const kept: Part[] = []
  const dropped: Dropped[] = []
  for (const [i, { part, length: own }] of sized.entries()) {
    const taken = length + own - (noted[i] as number)
    if (i === 0 || textTokens(taken) <= tokens) {
      length = taken
      kept.push(part)
    } else dropped.push({ part: part.part, of: part.of, tokens: textTokens(own) })
  }
  return { kept, dropped }
}

function noteLength({ part, of }: Part, length: number): number {
  return JSON.stringify({ part, of, tokens: textTokens(length) } satisfies JsonObject).length + 1
}

/** Characters of `get` when every part is dropped. */
const GET_LENGTH = JSON.stringify({ get: PART_TOOLS as Readonly<Record<string, Json>> }).length

function shown({ part, of, lines }: Part): BriefPart {
  return { part, of, lines }
}
