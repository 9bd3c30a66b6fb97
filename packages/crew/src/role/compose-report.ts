import type { HealthCheck } from '@groundplane/catalog'
import type { IncidentReport, ReportCheck, RoleReport } from '@groundplane/protocol'
import { countsInWords, doubtOf, isDoubtful } from '../judge/comparison.js'
import { counted, listed, thousands } from '../judge/phrases.js'
import { type Culprit, failureCount } from '../judge/suspects.js'
import { type Claim, type EvidenceBook, keepCited } from '../report/evidence.js'
import { renderReport } from '../report/markdown.js'
import { type DetectiveFindings, describeMatches } from './detective.js'
import type { Shift } from './duty.js'
import type { JointFindings } from './findings.js'
import type { FixerFindings } from './fixer.js'
import { citeCheck, type RealityFindings } from './reality-checker.js'

/** Checks named in the summary that cannot be relied on; more are counted. */
const MAX_DOUBTS = 5

/** Everything a run found; without a Fixer when nothing was found. */
export interface RunFindings {
  readonly runId: string
  readonly detective: DetectiveFindings
  readonly reality: RealityFindings
  readonly joint: JointFindings
  readonly fixer: FixerFindings | undefined
  readonly summary: readonly Claim[]
  /** What models said, checked. */
  readonly narrative: readonly { readonly role: string; readonly claims: readonly Claim[] }[]
  readonly roles: readonly RoleReport[]
}

/** The document of a run, for programs, with the report for people inside. */
export function composeReport(
  shift: Shift,
  found: RunFindings,
  book: EvidenceBook,
  elapsedMs: () => number,
): IncidentReport {
  const { runId, reality, joint, roles, fixer } = found
  const { sentence, reference, production } = shift
  const { receipt } = reality.diff
  const checks = fixer ? reality.diff.checks.map((c) => reportCheck(c, joint.scope)) : []
  return {
    runId,
    sentence,
    reference,
    production,
    affected: joint.affected,
    suspects: joint.suspects.map(({ urn, score, why }) => ({ urn, score, why })),
    checks,
    causes: [...new Set(joint.culprits.map((c) => c.suspect.urn))],
    incidents: [...new Set((fixer?.raised ?? []).map((i) => i.urn))],
    roles,
    report: render(shift, found, checks, book),
    wallMs: Math.round(elapsedMs()),
    receipt: { ...receipt },
  }
}

function render(
  shift: Shift,
  found: RunFindings,
  checks: readonly ReportCheck[],
  book: EvidenceBook,
): string {
  const { runId, detective, reality, joint, fixer } = found
  // Our own statements obey the rule we hold models to.
  const cited = (claims: readonly Claim[] = []) => keepCited(claims, book).kept
  const reached = new Set(joint.culprits.flatMap((c) => c.failure.reaches))
  const { affected } = detective.judgement
  const content = {
    runId,
    sentence: shift.sentence,
    reference: shift.reference,
    production: shift.production,
    summary: cited(found.summary),
    narrative: found.narrative,
    causes: cited(fixer?.causes),
    wrong: affected.filter((a) => reached.has(a.urn)).map((a) => a.name),
    impact: cited(fixer?.impact),
    detection: cited(fixer?.detection),
    elsewhere: cited(fixer?.elsewhere),
    standing: cited(
      joint.standing.map((c) => standingClaim(c, joint.checkOf(c.failure.assertion.urn), book)),
    ),
    names: namesOf(detective, reality),
    affected: affected.map((a) => ({
      urn: a.urn,
      name: a.name,
      why: a.matches.length > 0 ? describeMatches(a) : 'added by the model, and in the catalog',
    })),
    suspects: joint.suspects,
    checks,
    remedies: fixer?.remedies ?? [],
    incidents: (fixer?.raised ?? []).map(({ urn, datasets, created }) => ({
      urn,
      created,
      name: joint.nameOf(datasets[0] ?? urn),
    })),
    blast: blastOf(joint, detective),
    ...(!fixer && { nothing: nothingLines(shift, detective, reality) }),
    roles: found.roles,
    receipt: reality.diff.receipt,
    nameOf: joint.nameOf,
  }
  return renderReport(content, book)
}

/** What happened, in a few cited sentences. */
export function summarise(
  shift: Shift,
  { judgement }: DetectiveFindings,
  { diff }: RealityFindings,
  { culprits, standing, checkOf }: JointFindings,
  book: EvidenceBook,
): Claim[] {
  const commit = book.commit(diff.receipt)
  const names = (urns: readonly { urn: string; name: string }[]) => listed(urns.map((a) => a.name))
  const compared = `${counted(diff.checks.length, 'check')} compared: ${countsInWords(diff)}.`
  const doubts = doubtClaims(diff, book)
  if (judgement.affected.length === 0) {
    const text = `Nothing found: no dataset of ${shift.production} matches the sentence. No suspect is named and no incident was raised.`
    return [{ text, cites: [commit] }]
  }
  if (culprits.length === 0) {
    const ending =
      standing.length > 0
        ? 'What does fail there is not known to be new.'
        : 'Either the data is right, or no assertion watches what is wrong.'
    const text = `The sentence is about ${names(judgement.affected)}, but nothing it is made of fails a check in production alone. ${ending}`
    return [
      { text, cites: [commit] },
      ...standing.map((c) => standingClaim(c, checkOf(c.failure.assertion.urn), book)),
      { text: compared, cites: [commit] },
      ...doubts,
    ]
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
    { text: compared, cites: [commit] },
    ...standing
      .filter(({ failure }) => failure.named || failure.symptom !== null)
      .map((c) => standingClaim(c, checkOf(c.failure.assertion.urn), book)),
    ...doubts,
  ]
  if (sound.length === 0) return claims
  const text = `Nothing that ${names(sound)} ${sound.length === 1 ? 'is' : 'are'} made of fails a check in production alone.`
  return [...claims, { text, cites: [commit] }]
}

/** That a check fails which is not known to be new, how badly on either side, and what it has to do with the sentence. */
function standingClaim(
  { suspect, failure }: Culprit,
  check: HealthCheck | undefined,
  book: EvidenceBook,
): Claim {
  const { assertion, named, symptom } = failure
  const where = assertion.column ? `${suspect.name}.${assertion.column}` : suspect.name
  const before =
    check?.verdict === 'both-fail'
      ? `and ${thousands(check.reference.failed ?? 0)} in the reference, so it is not new`
      : 'and the reference has no result to compare it with'
  const fits = [
    ...(named ? [`the sentence names ${assertion.column ?? 'this table'}`] : []),
    ...(symptom ? [`it fits "${symptom}"`] : []),
  ]
  const tie = fits.length > 0 ? `; ${listed(fits)}: it may be what the sentence describes` : ''
  return {
    text: `${assertion.name} fails on ${where}: ${failureCount(assertion)} in production, ${before}${tie}.`,
    cites: [check ? citeCheck(book, check) : book.assertion(assertion.urn, `${assertion.name} on ${where}`)],
  }
}

/** What cannot be relied on, and why, if anything. */
function doubtClaims(diff: RealityFindings['diff'], book: EvidenceBook): Claim[] {
  const doubtful = diff.checks.filter(isDoubtful)
  if (doubtful.length === 0) return []
  const shown = doubtful.slice(0, MAX_DOUBTS).map(doubtOf)
  const rest = doubtful.length - shown.length
  const all = rest > 0 ? [...shown, counted(rest, 'other')] : shown
  const text = `${counted(doubtful.length, 'check')} cannot be relied on: ${all.join('; ')}.`
  return [{ text, cites: doubtful.map((c) => citeCheck(book, c)) }]
}

function reportCheck(check: HealthCheck, scope: ReadonlySet<string>): ReportCheck {
  const side = (s: HealthCheck['reference']) => ({
    result: s.result,
    failed: s.failed,
    total: s.total,
    assertion: s.assertion,
    message: s.result === 'ERROR' ? s.message : null,
    stale: s.stale,
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

/** What the report sets as code: datasets, their columns, and assertions. */
function namesOf({ datasets, assertions }: DetectiveFindings, { diff }: RealityFindings): Set<string> {
  return new Set([
    ...datasets.flatMap((d) => [d.name, ...d.fields.map((f) => f.path)]),
    ...assertions.map((a) => a.name),
    ...diff.checks.flatMap((c) => [c.assertion, c.datasetName, ...(c.column === null ? [] : [c.column])]),
  ])
}

/** Who reads what is faulty, and who should know. */
function blastOf({ culprits, nameOf }: JointFindings, detective: DetectiveFindings) {
  const facts = new Map(detective.datasets.map((d) => [d.urn, d]))
  return [...new Map(culprits.map((c) => [c.suspect.urn, c.suspect])).values()].map((suspect) => {
    const readers = detective.downstream.get(suspect.urn) ?? []
    const owners = [suspect.urn, ...readers].flatMap((urn) => facts.get(urn)?.owners ?? [])
    return { name: suspect.name, readers: readers.map(nameOf), owners: [...new Set(owners)] }
  })
}

/** What a person can do when nothing was found. */
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
