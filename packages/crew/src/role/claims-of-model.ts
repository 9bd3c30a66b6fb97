import type { Claim, EvidenceBook } from '../report/evidence.js'
import type { Duty } from './duty.js'
import type { Grounding } from './grounding-of-run.js'

const MAX_CLAIMS = 8
const MAX_LENGTH = 400

/**
 * The statements of a model's answer that cite evidence and say nothing that was not
 * read. The others are dropped before anyone sees them; that they were is said.
 */
export function hearClaims(
  duty: Duty,
  answer: Record<string, unknown>,
  book: EvidenceBook,
  grounding: Grounding,
): Claim[] {
  const claims = readClaims(answer)
  const { kept, dropped } = grounding.judge(claims, book)
  for (const claim of kept) duty.note(claim.text)
  if (dropped.length > 0) {
    const text = `Dropped ${dropped.length} of ${claims.length} statements of the model: ${[...new Set(dropped)].join('; ')}.`
    duty.note(text)
    duty.remark(text)
  }
  return kept
}

function readClaims(answer: Record<string, unknown>): Claim[] {
  const items: unknown[] = Array.isArray(answer.claims) ? answer.claims : []
  return items.slice(0, MAX_CLAIMS).flatMap((item) => {
    if (item === null || typeof item !== 'object') return []
    const { text, cites } = item as { text?: unknown; cites?: unknown }
    if (typeof text !== 'string' || text.length > MAX_LENGTH) return []
    return [
      { text, cites: Array.isArray(cites) ? cites.filter((c): c is string => typeof c === 'string') : [] },
    ]
  })
}
