import type { JsonObject } from '../../aspect/proposal.js'
import { ANSWER_TOKENS, charactersWithin, PART_SHARE } from '../token-budget.js'
import { fitItem, within } from './fit-answer.js'
import { beforeReceipt, fitParts, type Part } from './parts.js'

const part = (at: string): Part => ({ at, get: 'provenance' })

/** What a version of an aspect is shown without. */
const VERSION = { parts: ['actor', 'message', 'changes[]', 'provenance', 'systemMetadata'].map(part) }
const CHANGES = [part('changes')]
const RUNS = [{ at: 'producedBy[]', get: 'query' }]

interface Version {
  /** Of the aspects. */
  readonly aspect: number
  readonly whole: JsonObject
  /** Without what it changed. */
  readonly head: JsonObject
}

/**
 * Versions of aspects, newest first. Of too many what each changed goes first, of later aspects and older versions before
 * others; then whole versions from the end, which `hasMore` tells, and whole aspects, which `moreAspects` counts.
 */
export function fitProvenance(answer: JsonObject, tokens = ANSWER_TOKENS): JsonObject {
  const most = charactersWithin(tokens)
  if (JSON.stringify(answer).length <= most) return answer
  const aspects = answer['aspects'] as readonly JsonObject[]
  const versions = aspects.flatMap((aspect, i) =>
    (aspect['versions'] as readonly JsonObject[]).map((version): Version => {
      const whole = fitItem(version, VERSION, tokens)
      return { aspect: i, whole, head: fitParts(whole, CHANGES, 0) }
    }),
  )
  const frame = fitParts({ ...answer, aspects: [] }, RUNS, PART_SHARE * tokens)
  const empty = aspects.map((aspect) => ({ ...aspect, versions: [], hasMore: true }))
  let spent = JSON.stringify({ ...frame, aspects: [], moreAspects: aspects.length }).length
  let shown = 0
  for (const [i, { aspect, head }] of versions.entries()) {
    const opens = versions[i - 1]?.aspect !== aspect
    const more = JSON.stringify(head).length + 1 + (opens ? JSON.stringify(empty[aspect]).length + 1 : 0)
    if (spent + more > most) break
    spent += more
    shown++
  }
  const kept = versions.slice(0, shown).map(({ whole, head }) => {
    const more = JSON.stringify(whole).length - JSON.stringify(head).length
    if (spent + more > most) return head
    spent += more
    return whole
  })
  // With not one of them it does not fit, and is refused.
  const least = [(versions[0] as Version).head]
  return within(toldBy(frame, aspects, versions, shown === 0 ? least : kept), tokens, 'Ask about one aspect.')
}

/** The answer with the first versions. */
function toldBy(
  frame: JsonObject,
  aspects: readonly JsonObject[],
  versions: readonly Version[],
  kept: readonly JsonObject[],
): JsonObject {
  const last = (versions[kept.length - 1] as Version).aspect
  const told = aspects.slice(0, last + 1).map((aspect, i) => {
    const own = kept.filter((_, k) => versions[k]?.aspect === i)
    const isCut = own.length < (aspect['versions'] as readonly unknown[]).length
    return { ...aspect, versions: own, ...(isCut && { hasMore: true }) }
  })
  const answer = { ...frame, aspects: told }
  const more = aspects.length - told.length
  return more === 0 ? answer : beforeReceipt(answer, 'moreAspects', more)
}
