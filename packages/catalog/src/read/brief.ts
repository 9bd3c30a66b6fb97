import { CatalogError } from '../model/error.js'
import { tryParseUrn } from '../urn/urn.js'
import type { BriefAnswer, BriefPart } from './answers.js'
import { clampInteger } from './argument.js'
import { assetKind, nearestDatasets, requireAsset } from './asset-lineage.js'
import { assetParts } from './brief-asset-parts.js'
import { PART_TOOLS, type Part, partsOf } from './brief-parts.js'
import type { BriefQuestion } from './questions.js'
import { byScore, evaluateQuery, matching } from './search/search.js'
import type { TextIndex } from './search/text-index.js'
import { firstInOrder } from './search/top.js'
import type { Snapshot } from './snapshot.js'
import { estimateTokens, textTokens } from './token-budget.js'

/** Datasets a topic is told by. */
const MAX_DATASETS = 4
const MAX_BUDGET = 20_000

/**
 * What one has to know about a dataset, a dashboard, a chart, a job, a topic or a task before working on it, within a budget of
 * tokens. Parts stand in a fixed order, the most needed first; each is taken whole if it still fits, and
 * what does not is named in `dropped`. The first part is always there: when it does not fit beside the names of the
 * others, a topic is told by fewer datasets, and with one of them it is `CatalogError` `budget_too_small`, whose
 * `details.least` is the least budget that is enough.
 */
export function brief(snapshot: Snapshot, index: TextIndex, question: BriefQuestion): BriefAnswer {
  const about = question.about.trim()
  const tokens = clampInteger('budget', question.budget, { default: 2000, min: 1, max: MAX_BUDGET })
  const urns = datasetsOf(snapshot, index, about)
  const parts = urns.map((urn, i) =>
    assetKind(urn) === 'dataset' ? partsOf(snapshot, urn, i + 1) : assetParts(snapshot, urn, i + 1),
  )
  for (let told = urns.length; ; told--) {
    const frame = (budget: number): Omit<BriefAnswer, 'dropped' | 'get'> => ({
      about,
      datasets: urns.slice(0, told).map((urn, i) => ({ ref: i + 1, urn })),
      ...(told < urns.length && { moreDatasets: urns.length - told }),
      parts: [],
      budget: { tokens: budget, used: budget },
      receipt: snapshot.receipt,
    })
    const fit = fitted(inOrder(parts.slice(0, told)), tokens, frame)
    if (Array.isArray(fit)) {
      const { budget, receipt, ...head } = frame(tokens)
      return withUse({ ...head, ...answerParts(fit), budget, receipt })
    }
    if (told === 1) throw tooSmall(tokens, fit as number)
  }
}

/**
 * The dataset of a URN; of a dashboard, a chart or a job itself and the datasets that it is made from or writes, the nearest
 * first; else the datasets that the words are about, best match first.
 */
function datasetsOf(snapshot: Snapshot, index: TextIndex, about: string): string[] {
  if (typeof tryParseUrn(about) !== 'string') {
    const kind = requireAsset(snapshot, about)
    return kind === 'dataset' ? [about] : [about, ...nearestDatasets(snapshot, about)].slice(0, MAX_DATASETS)
  }
  if (about === '')
    throw new CatalogError('invalid', 'argument_invalid', 'What the brief is about is not said.', {
      remedy: 'Give the URN of a dataset, a dashboard, a chart or a job, or a topic or a task in words.',
    })
  const { scores } = evaluateQuery(index, about)
  const datasets = matching(scores, null).filter(index.ofType('DATASET'))
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

interface Sized extends Part {
  /** Characters of it in the answer. */
  readonly length: number
  kept: boolean
}

/**
 * The parts, those marked that fit, in their order; or, when not even the first does, the least budget that is enough.
 * Lengths are those of the JSON text, to the character.
 */
function fitted(
  parts: readonly Part[],
  tokens: number,
  frame: (budget: number) => object,
): readonly Sized[] | number {
  const sized = parts.map((part): Sized => {
    return { ...part, length: JSON.stringify(shown(part)).length, kept: false }
  })
  const needed = (budget: number): number => {
    const kept = sized.filter((part) => part.kept)
    const between = Math.max(0, kept.length - 1)
    const told = kept.reduce((sum, part) => sum + part.length, between)
    return textTokens(JSON.stringify(frame(budget)).length + told + notesLength(sized))
  }
  for (const [i, part] of sized.entries()) {
    part.kept = true
    if (needed(tokens) <= tokens) continue
    if (i === 0) return leastOf(needed)
    part.kept = false
  }
  return sized
}

/** The least number that is enough for an answer in which it stands itself. */
function leastOf(needed: (budget: number) => number): number {
  let least = needed(1)
  while (needed(least) > least) least = needed(least)
  return least
}

/** Characters by which an answer names what it left out. */
function notesLength(parts: readonly Sized[]): number {
  const { dropped, get } = answerParts(parts)
  // Without the braces, and with a comma before.
  return dropped ? JSON.stringify({ dropped, get }).length - 1 : 0
}

function answerParts(sized: readonly Sized[]): Pick<BriefAnswer, 'parts' | 'dropped' | 'get'> {
  const parts = sized.filter((part) => part.kept).map(shown)
  const left = sized.filter((part) => !part.kept)
  if (left.length === 0) return { parts }
  const dropped = new Map<number, Record<string, number>>()
  const get = new Map<string, Set<string>>()
  for (const { part, of, length } of left) {
    dropped.set(of, { ...dropped.get(of), [part]: textTokens(length) })
    const tool = PART_TOOLS[part] as string
    get.set(tool, (get.get(tool) ?? new Set()).add(part))
  }
  return {
    parts,
    dropped: [...dropped].sort(([a], [b]) => a - b).map(([of, tokens]) => ({ of, tokens })),
    get: Object.fromEntries([...get].map(([tool, names]) => [tool, [...names]])),
  }
}

/** With what it uses, which is part of it. */
function withUse(answer: BriefAnswer): BriefAnswer {
  const { tokens } = answer.budget
  const using = (used: number) => ({ ...answer, budget: { tokens, used } })
  return using(leastOf((used) => estimateTokens(using(used))))
}

function tooSmall(budget: number, least: number): CatalogError {
  return new CatalogError(
    'invalid',
    'budget_too_small',
    `A brief on this takes ${least} tokens at least; the budget is ${budget}.`,
    {
      remedy:
        least <= MAX_BUDGET
          ? `Ask with a budget of ${least} or more, or ask for one thing: get_entities, list_schema_fields.`
          : 'Ask for one thing at a time: get_entities, list_schema_fields.',
      details: { budget, least },
    },
  )
}

function shown({ part, of, lines }: Part): BriefPart {
  return { part, of, lines }
}
