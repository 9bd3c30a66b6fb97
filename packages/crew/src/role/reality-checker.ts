import type { HealthCheck, HealthDiffAnswer, IncidentDocument } from '@groundplane/catalog'
import type { RoleReport } from '@groundplane/protocol'
import { countsInWords, doubtOf, isDoubtful } from '../judge/comparison.js'
import { counted, listed, thousands } from '../judge/phrases.js'
import type { Claim, EvidenceBook } from '../report/evidence.js'
import { hearClaims } from './claims-of-model.js'
import { Duty, type Shift } from './duty.js'
import type { Grounding } from './grounding-of-run.js'

export interface RealityFindings {
  readonly diff: HealthDiffAnswer
  readonly open: readonly IncidentDocument[]
  /** What a model said about the difference, checked. */
  readonly narrative: readonly Claim[]
  readonly role: RoleReport
}

const SYSTEM = `You are the Reality-Checker of an on-call crew. You get the differences between the assertion results of a
reference instance and a production instance of the same warehouse. Say in at most four short statements what is different
in production and what that means. Every statement must cite evidence ids from the input; names and numbers that are not in
the input are discarded with their statement.
Answer with one JSON object and nothing else: {"claims": [{"text": "...", "cites": ["A1"]}, ...]}`

/**
 * Compares what was recorded when both instances were last checked. The set
 * difference is the catalog's; nothing is run against the data here.
 */
export async function checkReality(
  shift: Shift,
  book: EvidenceBook,
  grounding: Grounding,
): Promise<RealityFindings> {
  const duty = new Duty(
    shift,
    'reality-checker',
    'Compare the recorded checks of production with those of the reference',
  )
  const diff = await duty.tools.diffHealth({ reference: shift.reference, production: shift.production })
  const { incidents } = await duty.tools.listIncidents({ state: 'ACTIVE', count: 100 })
  for (const check of diff.checks) {
    if (check.verdict === 'production-only')
      duty.note(
        `${check.assertion} fails in production only, ${thousands(check.production.failed ?? 0)} rows.`,
      )
  }
  for (const check of diff.checks) {
    if (check.verdict === 'both-fail')
      duty.note(
        `${check.assertion} fails on both sides, ${thousands(check.production.failed ?? 0)} rows in production.`,
      )
  }
  const doubts = diff.checks.filter(isDoubtful)
  if (doubts.length > 0) {
    const text = `Cannot be relied on: ${listed(doubts.map(doubtOf))}.`
    duty.note(text)
    duty.remark(text)
  }
  const narrative = await narrate(duty, shift, diff, book, grounding)
  const role = duty.finish(`of ${counted(diff.checks.length, 'check')} ${countsInWords(diff)}`)
  return { diff, open: incidents, narrative, role }
}

async function narrate(
  duty: Duty,
  shift: Shift,
  diff: HealthDiffAnswer,
  book: EvidenceBook,
  grounding: Grounding,
): Promise<Claim[]> {
  const differing = diff.checks.filter((c) => c.verdict !== 'both-pass')
  const input = differing.map((c) => ({ id: citeCheck(book, c), ...plain(c) }))
  for (const item of input) grounding.read(item)
  const answer = await duty.consult({
    system: SYSTEM,
    question: JSON.stringify({
      reference: shift.reference,
      production: shift.production,
      passing_on_both: diff.counts['both-pass'],
      differing: input,
    }),
    tools: false,
  })
  return answer ? hearClaims(duty, answer, book, grounding) : []
}

export function citeCheck(book: EvidenceBook, check: HealthCheck): string {
  const urn = check.production.assertion ?? check.reference.assertion ?? check.assertion
  return book.assertion(
    urn,
    `${check.assertion} on ${check.datasetName}${check.column ? `.${check.column}` : ''}`,
  )
}

function plain(check: HealthCheck) {
  return {
    assertion: check.assertion,
    description: check.description,
    dataset: check.datasetName,
    column: check.column,
    verdict: check.verdict,
    failed_in_production: check.production.failed,
    failed_in_reference: check.reference.failed,
    total: check.production.total,
  }
}
