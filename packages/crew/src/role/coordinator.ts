import type { HealthCheck, HealthVerdict, RaisedIncident, RaiseIncident } from '@groundplane/catalog'
import type { Check, IncidentReport } from '../incident-report.js'
import { counted, listed } from '../judge/phrases.js'
import { type Culprit, type JudgedSuspect, selectCulprits, weighAgainstReference } from '../judge/suspects.js'
import { type SentenceWords, sentenceWords, stemOf } from '../judge/words.js'
import { type Claim, EvidenceBook, keepCited } from '../report/evidence.js'
import { renderReport } from '../report/markdown.js'
import { readClaims } from './claims-of-model.js'
import { type DetectiveFindings, describeMatches, detect } from './detective.js'
import { Duty, type Shift } from './duty.js'
import { type FixerFindings, fix } from './fixer.js'
import { Grounding } from './grounding-of-run.js'
import { localName } from './reading.js'
import { checkReality, citeCheck, type RealityFindings } from './reality-checker.js'

export interface CoordinatorTask {
  readonly runId: string
  readonly raise: (incidents: readonly RaiseIncident[]) => RaisedIncident[]
  readonly elapsedMs: () => number
}

/**
 * Plans, sends Detective and Reality-Checker out at the same time, lets the Fixer
 * work on what both found, and writes the report.
 */
export async function coordinate(shift: Shift, task: CoordinatorTask): Promise<IncidentReport> {
  const duty = new Duty(shift, 'coordinator', 'Plan, send the others, and write the report')
  const book = new EvidenceBook()
  const grounding = new Grounding()
  grounding.read([shift.sentence, shift.reference, shift.production])
  const words = await plan(duty, shift)
  const [detective, reality] = await Promise.all([detect(shift, words), checkReality(shift, book, grounding)])
  const judged = judge(detective, reality)
  const nothing = detective.judgement.affected.length === 0
  const fixer = nothing
    ? undefined
    : await fix(shift, { runId: task.runId, detective, raise: task.raise, ...judged }, book, grounding)
  const summary = summarise(shift, detective, reality, fixer, judged, book)
  const spoken = await conclude(duty, shift, { summary, causes: fixer?.causes ?? [] }, grounding)
  const narrative = [
    { role: 'coordinator', claims: spoken },
    { role: 'fixer', claims: fixer?.narrative ?? [] },
    { role: 'reality-checker', claims: nothing ? [] : reality.narrative },
  ].map(({ role, claims }) => ({ role, claims: onlyTrue(duty, role, claims, book, grounding) }))
  const checks = nothing ? [] : reality.diff.checks.map((c) => reportCheck(c, judged.scope))
  const causes = fixer?.remedies.length ?? 0
  const own = duty.finish(
    nothing
      ? 'nothing found'
      : `${counted(causes, 'cause')} of what is wrong with ${counted(detective.judgement.affected.length, 'dataset')}`,
  )
  const roles = [own, detective.role, reality.role, ...(fixer ? [fixer.role] : [])]
  // Our own statements obey the rule we hold models to.
  const cited = (claims: readonly Claim[]) => keepCited(claims, book).kept
  const incidents = (fixer?.raised ?? []).map((r) => ({
    urn: r.urn,
    name: judged.nameOf(r.datasets[0] ?? r.urn),
    created: r.created,
  }))
  const suspects = judged.suspects.map(({ urn, score, why, name }) => ({ urn, score, why, name }))
  const report = renderReport(
    {
      runId: task.runId,
      sentence: shift.sentence,
      reference: shift.reference,
      production: shift.production,
      summary: cited(summary),
      narrative,
      causes: cited(fixer?.causes ?? []),
      wrong: detective.judgement.affected
        .filter((a) => judged.culprits.some((c) => c.failure.reaches.includes(a.urn)))
        .map((a) => a.name),
      impact: cited(fixer?.impact ?? []),
      detection: cited(fixer?.detection ?? []),
      elsewhere: cited(fixer?.elsewhere ?? []),
      affected: detective.judgement.affected.map((a) => ({
        urn: a.urn,
        name: a.name,
        why: a.matches.length > 0 ? describeMatches(a) : 'added by the model, and in the catalog',
      })),
      suspects,
      checks,
      remedies: fixer?.remedies ?? [],
      incidents,
      blast: blastOf(judged, detective),
      ...(nothing && { nothing: nothingLines(shift, detective, reality) }),
      roles,
      receipt: reality.diff.receipt,
      nameOf: judged.nameOf,
    },
    book,
  )
  return {
    runId: task.runId,
    sentence: shift.sentence,
    reference: shift.reference,
    production: shift.production,
    affected: detective.judgement.affected.map((a) => a.urn),
    suspects: suspects.map(({ urn, score, why }) => ({ urn, score, why })),
    checks,
    incidents: [...new Set(incidents.map((i) => i.urn))],
    roles,
    report,
    wallMs: Math.round(task.elapsedMs()),
    receipt: reality.diff.receipt,
  }
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
  if (typeof answer.plan === 'string') duty.note(answer.plan.slice(0, 600))
  const extra = (Array.isArray(answer.words) ? answer.words : [])
    .filter((w): w is string => typeof w === 'string' && /^[\p{L}\p{N}_-]{2,40}$/u.test(w))
    .slice(0, 5)
    .map((w) => stemOf(w.toLowerCase()))
  if (extra.length === 0) return words
  return {
    ...words,
    words: words.words.map((w) => ({
      ...w,
      related: [...new Set([...w.related, ...extra])].filter((s) => s !== w.stem),
    })),
  }
}

/** What both found, put together. */
function judge(detective: DetectiveFindings, reality: RealityFindings) {
  const byAssertion = new Map<string, HealthCheck>()
  for (const check of reality.diff.checks)
    if (check.production.assertion) byAssertion.set(check.production.assertion, check)
  const checkOf = (urn: string) => byAssertion.get(urn)
  const verdictOf = (assertion: { urn: string }): HealthVerdict | undefined => checkOf(assertion.urn)?.verdict
  const suspects = weighAgainstReference(detective.suspects, verdictOf)
  const scope = new Set([
    ...detective.judgement.affected.map((a) => a.urn),
    ...detective.upstreams.map((u) => u.urn),
  ])
  const names = new Map(detective.datasets.map((d) => [d.urn, d.name]))
  const nameOf = (urn: string) => names.get(urn) ?? localName(urn)
  const owners = new Map(detective.datasets.map((d) => [d.urn, d.owners]))
  const ownersOf = (urn: string) => owners.get(urn) ?? []
  return { suspects, scope, checkOf, nameOf, ownersOf, ...selectCulprits(suspects, verdictOf) }
}

function reportCheck(check: HealthCheck, scope: ReadonlySet<string>): Check {
  const side = (s: HealthCheck['reference']) => ({
    result: s.result,
    failed: s.failed,
    total: s.total,
    assertion: s.assertion,
  })
  return {
    assertion: check.assertion,
    dataset: check.dataset,
    column: check.column,
    reference: side(check.reference),
    production: side(check.production),
    verdict: check.verdict,
    description: check.description,
    inScope: scope.has(check.dataset),
  }
}

function summarise(
  shift: Shift,
  { judgement }: DetectiveFindings,
  { diff }: RealityFindings,
  fixer: FixerFindings | undefined,
  { culprits }: { culprits: readonly Culprit[] },
  book: EvidenceBook,
): Claim[] {
  const commit = book.commit(diff.receipt)
  const names = (urns: readonly { urn: string; name: string }[]) => listed(urns.map((a) => a.name))
  if (!fixer) {
    const text = `Nothing found: no dataset of ${shift.production} matches the sentence. No suspect is named and no incident was raised.`
    return [{ text, cites: [commit] }]
  }
  if (culprits.length === 0) {
    const text = `The sentence is about ${names(judgement.affected)}, but nothing it is made of fails a check in production alone. Either the data is right, or no assertion watches what is wrong.`
    return [{ text, cites: [commit] }]
  }
  const reached = new Set(culprits.flatMap((c) => c.failure.reaches))
  const wrong = judgement.affected.filter((a) => reached.has(a.urn))
  const sound = judgement.affected.filter((a) => !reached.has(a.urn))
  const one = culprits.length === 1
  const faulty = listed([...new Set(culprits.map((c) => c.suspect.name))])
  const claims = [
    {
      text: `${names(wrong)} cannot be trusted: ${one ? 'a check fails' : `${culprits.length} checks fail`} on ${faulty} in ${shift.production} and ${one ? 'passes' : 'pass'} in ${shift.reference}.`,
      cites: diff.checks
        .filter((c) => culprits.some((k) => k.failure.assertion.urn === c.production.assertion))
        .map((c) => citeCheck(book, c)),
    },
    {
      text: `${counted(diff.checks.length, 'check')} compared: ${diff.counts['production-only']} fail in production only, ${diff.counts['both-pass']} pass on both.`,
      cites: [commit],
    },
  ]
  if (sound.length === 0) return claims
  const text = `Nothing that ${names(sound)} ${sound.length === 1 ? 'is' : 'are'} made of fails a check in production alone.`
  return [...claims, { text, cites: [commit] }]
}

const CONCLUDE_SYSTEM = `You are the Coordinator of an on-call crew. You get the confirmed findings of a run with their evidence
ids. Write at most three statements that a tired engineer understands at once: what is wrong, why, what first. Every statement
must cite evidence ids from the input; names and numbers that are not in the input are discarded with their statement.
Answer with one JSON object and nothing else: {"claims": [{"text": "...", "cites": ["A1"]}, ...]}`

async function conclude(
  duty: Duty,
  shift: Shift,
  found: { summary: readonly Claim[]; causes: readonly Claim[] },
  grounding: Grounding,
): Promise<Claim[]> {
  const input = { sentence: shift.sentence, ...found }
  grounding.read(input)
  const answer = await duty.consult({
    system: CONCLUDE_SYSTEM,
    question: JSON.stringify(input),
    tools: false,
  })
  return answer ? readClaims(answer, duty) : []
}

function onlyTrue(
  duty: Duty,
  role: string,
  claims: readonly Claim[],
  book: EvidenceBook,
  grounding: Grounding,
): Claim[] {
  const { kept, dropped } = grounding.judge(claims, book)
  if (dropped.length > 0) {
    const text = `Dropped ${dropped.length} of ${claims.length} statements of the ${role}'s model: ${[...new Set(dropped)].join('; ')}.`
    duty.note(text)
    duty.remark(text)
  }
  return kept
}

function blastOf(
  { culprits, nameOf }: { culprits: readonly { suspect: JudgedSuspect }[]; nameOf: (urn: string) => string },
  detective: DetectiveFindings,
) {
  const facts = new Map(detective.datasets.map((d) => [d.urn, d]))
  return [...new Map(culprits.map((c) => [c.suspect.urn, c.suspect])).values()].map((suspect) => {
    const readers = detective.downstream.get(suspect.urn) ?? []
    const owners = [suspect.urn, ...readers].flatMap((urn) => facts.get(urn)?.owners ?? [])
    return { name: suspect.name, readers: readers.map(nameOf), owners: [...new Set(owners)] }
  })
}

function nothingLines(shift: Shift, { judgement }: DetectiveFindings, { diff }: RealityFindings): string[] {
  const lines = ['Nothing was guessed.']
  if (judgement.unknown.length > 0)
    lines.push(`- The catalog does not know ${listed(judgement.unknown.map((w) => `"${w}"`))}.`)
  if (judgement.nearest)
    lines.push(
      `- The nearest dataset is \`${judgement.nearest.name}\`, too weak a match: ${describeMatches(judgement.nearest)}.`,
    )
  const failing = diff.counts['production-only']
  if (failing > 0) {
    lines.push(
      `- ${failing} of ${diff.checks.length} checks fail in \`${shift.production}\` only. Nothing connects them with the sentence, so they are not offered as its cause.`,
    )
  }
  lines.push(
    '- Say it again with the name of a table, a column or a view, or with the words its description uses.',
  )
  return lines
}
