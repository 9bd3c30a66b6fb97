import type { Claim } from '../report/evidence.js'
import type { Duty } from './duty.js'

const MAX_CLAIMS = 8
const MAX_LENGTH = 400

/** The statements of a model's answer, whatever else it contains. Whether they are true is checked later. */
export function readClaims(answer: Record<string, unknown>, duty: Duty): Claim[] {
  const items = Array.isArray(answer.claims) ? answer.claims : []
  const claims: Claim[] = []
  for (const item of items.slice(0, MAX_CLAIMS)) {
    if (item === null || typeof item !== 'object') continue
    const { text, cites } = item as { text?: unknown; cites?: unknown }
    if (typeof text !== 'string' || text.length > MAX_LENGTH) continue
    claims.push({
      text,
      cites: Array.isArray(cites) ? cites.filter((c): c is string => typeof c === 'string') : [],
    })
  }
  for (const claim of claims) duty.note(claim.text)
  return claims
}
