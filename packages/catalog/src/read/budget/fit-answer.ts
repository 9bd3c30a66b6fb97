import type { Json, JsonObject } from '../../aspect/proposal.js'
import { CatalogError } from '../../model/error.js'
import { ANSWER_TOKENS, charactersWithin, estimateTokens, PART_SHARE } from '../token-budget.js'
import { beforeReceipt, fitParts, type Part } from './parts.js'

/** A list in an answer. */
export interface ListRule {
  /** Where it stands, e.g. `data.assertions`. */
  readonly at: string
  /** What an item beyond its share is shown without. */
  readonly parts: readonly Part[]
  /** What it is shown without when that is not enough. */
  readonly orElse?: readonly Part[]
  /** Of the budget; default a fifth. */
  readonly share?: number
}

/** The list that an answer is a page of. */
export interface PageRule extends ListRule {
  /** The answer with its counts as they are when so many items of the page are shown, and others left out. */
  readonly told: (answer: JsonObject, shown: number, left: number) => JsonObject
  /** How to go on behind an item that does not fit at all. */
  readonly passOver: string
}

/** How the answer of a tool is kept to its budget. */
export interface AnswerRule {
  readonly page?: PageRule
  /** Other lists whose items are looked at one by one. */
  readonly lists?: readonly ListRule[]
  /** What stands beside the page, in order of need; without a page: all that may be left out. */
  readonly beside: readonly Part[]
}

/**
 * An answer within its budget, the same one for the same answer. First every item of a list is kept to its own share,
 * whatever page it stands on; then what is beside the page; then the page ends where the budget does. Each leaves out
 * whole parts and says which. `CatalogError` `answer_too_large` when not even the first item fits.
 */
export function fitAnswer(answer: object, rule: AnswerRule, tokens = ANSWER_TOKENS): object {
  const lists = [...(rule.lists ?? []), ...(rule.page ? [rule.page] : [])]
  const least = Math.min(PART_SHARE, ...lists.map(({ share = PART_SHARE }) => share))
  if (estimateTokens(answer) <= least * tokens) return answer
  const thinned = lists.reduce((all, list) => withFitItems(all, list, tokens), answer as JsonObject)
  const items = rule.page && itemsAt(thinned, rule.page.at)
  if (!rule.page || !items) return within(fitParts(thinned, rule.beside, tokens), tokens)
  const frame = fitParts(withItems(thinned, rule.page.at, []), rule.beside, PART_SHARE * tokens)
  return pageWithin(frame, items, rule.page, tokens)
}

const ONE_THING = 'Ask for one thing at a time.'

function withFitItems(answer: JsonObject, list: ListRule, tokens: number): JsonObject {
  const items = itemsAt(answer, list.at)
  if (!items) return answer
  return withItems(
    answer,
    list.at,
    items.map((item) => fitItem(item as JsonObject, list, tokens)),
  )
}

/** One item of a list within its share of the budget of an answer, as far as leaving out its parts brings it. */
export function fitItem<T extends object>(item: T, list: Omit<ListRule, 'at'>, tokens = ANSWER_TOKENS): T {
  const most = (list.share ?? PART_SHARE) * tokens
  const fit = fitParts(item, list.parts, most)
  return list.orElse && estimateTokens(fit) > most ? fitParts(item, list.orElse, most) : fit
}

function pageWithin(frame: JsonObject, items: readonly Json[], page: PageRule, tokens: number): JsonObject {
  const most = charactersWithin(tokens)
  let shown = 0
  let spent = JSON.stringify(frame).length
  for (const item of items) {
    spent += JSON.stringify(item).length + 1
    if (spent > most) break
    shown++
  }
  // The counts of the frame are told in some characters more or less.
  for (; ; shown--) {
    const left = items.length - shown
    const answer = page.told(withItems(frame, page.at, items.slice(0, shown)), shown, left)
    if (shown === 0 && left > 0) {
      const first = page.told(withItems(frame, page.at, items.slice(0, 1)), 1, left - 1)
      throw answerTooLarge(estimateTokens(first), tokens, page.passOver)
    }
    if (JSON.stringify(answer).length <= most) return answer
    if (shown === 0) throw answerTooLarge(estimateTokens(answer), tokens, ONE_THING)
  }
}

/** The answer, if it fits. */
export function within<T extends object>(answer: T, tokens: number, remedy = ONE_THING): T {
  const least = estimateTokens(answer)
  if (least > tokens) throw answerTooLarge(least, tokens, remedy)
  return answer
}

function answerTooLarge(least: number, tokens: number, remedy: string): CatalogError {
  return new CatalogError(
    'invalid',
    'answer_too_large',
    `The least that answers this takes ${least} tokens; an answer has at most ${tokens}.`,
    { remedy, details: { budget: tokens, least } },
  )
}

function itemsAt(answer: JsonObject, at: string): readonly Json[] | undefined {
  let value: Json | undefined = answer
  for (const name of at.split('.')) value = (value as JsonObject | undefined)?.[name]
  return value as readonly Json[] | undefined
}

/** The answer with another list at its place. */
function withItems(answer: JsonObject, at: string, items: readonly Json[]): JsonObject {
  const [name, ...rest] = at.split('.') as [string, ...string[]]
  const inside = rest.length === 0 ? items : withItems(answer[name] as JsonObject, rest.join('.'), items)
  return { ...answer, [name]: inside }
}

/** The answer with the notice that results were left out of the page, from its end. */
export function withNotice(answer: JsonObject, left: number): JsonObject {
  return left === 0 ? answer : beforeReceipt(answer, 'truncatedDueToTokenBudget', true)
}
