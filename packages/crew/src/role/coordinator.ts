import { type RaisedIncident, type RaiseIncident, stem } from '@groundplane/catalog'
import type { IncidentReport } from '@groundplane/protocol'
import { counted, listed } from '../judge/phrases.js'
import { type SentenceWords, sentenceWords } from '../judge/words.js'
import { type Claim, EvidenceBook } from '../report/evidence.js'
import { hearClaims } from './claims-of-model.js'
import { composeReport, summarise } from './compose-report.js'
import { detect } from './detective.js'
import { Duty, type Shift } from './duty.js'
import { joinFindings } from './findings.js'
import { fix } from './fixer.js'
import { Grounding } from './grounding-of-run.js'
import { checkReality } from './reality-checker.js'

export interface CoordinatorTask {
  readonly runId: string
  readonly raise: (incidents: readonly RaiseIncident[]) => RaisedIncident[]
  readonly elapsedMs: () => number
}

/**
 * Plans, sends Detective and Reality-Checker out at the same time, lets the Fixer
 * work on what both found, and writes the report.
 */
export async function coordinate(
  shift: Shift,
  { runId, raise, elapsedMs }: CoordinatorTask,
): Promise<IncidentReport> {
  const duty = new Duty(shift, 'coordinator', 'Plan, send the others, and write the report')
  const book = new EvidenceBook()
  const grounding = new Grounding()
  grounding.read([shift.sentence, shift.reference, shift.production])
  const words = await plan(duty, shift)
  const [detective, reality] = await Promise.all([detect(shift, words), checkReality(shift, book, grounding)])
  const joint = joinFindings(detective, reality)
  const about = detective.judgement.affected.length
  const fixer =
    about === 0 ? undefined : await fix(shift, { runId, detective, raise, ...joint }, book, grounding)
  const summary = summarise(shift, detective, reality, joint, book)
  const spoken = await conclude(duty, shift, { summary, causes: fixer?.causes ?? [] }, book, grounding)
  const own = duty.finish(
    fixer
      ? `${counted(fixer.remedies.length, 'cause')} of what is wrong with ${counted(about, 'dataset')}`
      : 'nothing found',
  )
  const narrative = [
    { role: 'coordinator', claims: spoken },
    { role: 'fixer', claims: fixer?.narrative ?? [] },
    { role: 'reality-checker', claims: fixer ? reality.narrative : [] },
  ]
  const roles = [own, detective.role, reality.role, ...(fixer ? [fixer.role] : [])]
  const found = { runId, detective, reality, joint, fixer, summary, narrative, roles }
  return composeReport(shift, found, book, elapsedMs)
}

const PLAN_SYSTEM = `You are the Coordinator of an on-call crew. Somebody reports in one sentence that data looks wrong. Plan
in two or three sentences how Detective and Reality-Checker should look for the cause, and give up to five other words a
data catalog may use for what the sentence is about.
Answer with one JSON object and nothing else: {"plan": "...", "words": ["...", ...]}`

/** The sentence as words; a model may add words for those the sentence uses, never facts. */
async function plan(duty: Duty, shift: Shift): Promise<SentenceWords> {
  const words = sentenceWords(shift.sentence)
  const looked = words.words.map((w) => `"${w.text}"`)
  duty.note(
    looked.length > 0
      ? `Look for ${listed(looked)} in ${shift.production}, and compare its checks with those of ${shift.reference}.`
      : 'The sentence has no word that could name data.',
  )
  const answer = await duty.consult({
    system: PLAN_SYSTEM,
    question: JSON.stringify({
      sentence: shift.sentence,
      reference: shift.reference,
      production: shift.production,
    }),
    tools: false,
  })
  if (!answer) return words
  if (typeof answer.plan === 'string') duty.reason(answer.plan.slice(0, 600))
  const extra = (Array.isArray(answer.words) ? answer.words : [])
    .filter((w): w is string => typeof w === 'string' && /^[\p{L}\p{N}_-]{2,40}$/u.test(w))
    .slice(0, 5)
    .map((w) => stem(w.toLowerCase()))
  if (extra.length === 0) return words
  return {
    ...words,
    words: words.words.map((w) => ({
      ...w,
      related: [...new Set([...w.related, ...extra])].filter((s) => s !== w.stem),
    })),
  }
}

const CONCLUDE_SYSTEM = `You are the Coordinator of an on-call crew. You get the confirmed findings of a run with their evidence
ids. Write at most three statements that a tired engineer understands at once: what is wrong, why, what first. Every statement
must cite evidence ids from the input; names and numbers that are not in the input are discarded with their statement.
Answer with one JSON object and nothing else: {"claims": [{"text": "...", "cites": ["A1"]}, ...]}`

async function conclude(
  duty: Duty,
  shift: Shift,
  found: { summary: readonly Claim[]; causes: readonly Claim[] },
  book: EvidenceBook,
  grounding: Grounding,
): Promise<Claim[]> {
  const input = { sentence: shift.sentence, ...found }
  grounding.read(input)
  const answer = await duty.consult({
    system: CONCLUDE_SYSTEM,
    question: JSON.stringify(input),
    tools: false,
  })
  return answer ? hearClaims(duty, answer, book, grounding) : []
}
