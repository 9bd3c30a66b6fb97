import { type HealthVerdict, stem } from '@groundplane/catalog'
import type { AffectedDataset } from './affected.js'
import type { AssertionFacts, ColumnReach, DatasetFacts, UpstreamFacts } from './facts.js'
import { listed, thousands } from './phrases.js'
import { nameStems, type SentenceWords } from './words.js'

/** A dataset that may be the cause, with what speaks for and against it. */
export interface JudgedSuspect {
  readonly urn: string
  readonly name: string
  readonly score: number
  /** What fails there, what speaks for it most first, and how it reaches what the sentence is about. */
  readonly why: string
  /** What speaks for it most first. */
  readonly failing: readonly JudgedFailure[]
  /** What `why` says besides its failing checks. */
  readonly context: readonly string[]
  /** Shortest lineage path from an affected dataset to this one; the dataset alone when it is affected itself. */
  readonly path: readonly string[]
}

export interface JudgedFailure {
  readonly assertion: AssertionFacts
  /** Affected datasets its values flow into; for a column, by column lineage. */
  readonly reaches: readonly string[]
  /** The sentence speaks of this very column, or table. */
  readonly named: boolean
  /** The word of the sentence this kind of check explains: `missing` for a row count. */
  readonly symptom: string | null
}

export interface SuspectQuestion {
  readonly sentence: SentenceWords
  readonly affected: readonly AffectedDataset[]
  readonly upstreams: readonly UpstreamFacts[]
  readonly assertions: readonly AssertionFacts[]
  readonly reach: readonly ColumnReach[]
  /** At least every dataset in scope. */
  readonly datasets: readonly DatasetFacts[]
  readonly rarity: ReadonlyMap<string, number>
}

/** Parts of names that say nothing about what a column means. */
const GENERIC = new Set('id name code type value at date timestamp key no nr qty prefix'.split(' ').map(stem))

/**
 * Ranks the affected datasets and everything upstream of them. A failing assertion
 * weighs most, then whether the sentence names it, how much of what is affected it
 * reaches, and how near it is. Upstream datasets without one follow, far behind.
 * Pure; ties end on failing rows, then the URN.
 */
export function rankSuspects(question: SuspectQuestion): JudgedSuspect[] {
  const names = new Map(question.datasets.map((d) => [d.urn, d.name]))
  const scope = new Map<string, UpstreamFacts[]>()
  for (const { urn } of question.affected) scope.set(urn, [{ of: urn, urn, degree: 0, path: [urn] }])
  for (const up of question.upstreams) scope.set(up.urn, [...(scope.get(up.urn) ?? []), up])
  const suspects: JudgedSuspect[] = []
  for (const [urn, routes] of scope) {
    const name = names.get(urn) ?? urn
    const assertions = question.assertions.filter((a) => a.dataset === urn)
    const failing = assertions
      .filter((a) => a.failing)
      .map((a) => judgeFailure(a, routes, question, name))
      .sort(bySignificance)
    const nearest = [...routes].sort(
      (a, b) => a.degree - b.degree || (a.of < b.of ? -1 : 1),
    )[0] as UpstreamFacts
    // An affected view that no assertion watches is what is wrong, not why.
    if (failing.length === 0 && nearest.degree === 0) continue
    const score =
      failing.length > 0 ? failureScore(failing, nearest, question) : healthyScore(routes, question)
    const context = contextOf({ failing, routes, nearest, assertions, names })
    suspects.push({
      urn,
      name,
      score: Math.round(score * 100) / 100,
      why: [...failing.flatMap(reasonsOf), ...context].join('; '),
      failing,
      context,
      path: nearest.path,
    })
  }
  const failed = (s: JudgedSuspect) => s.failing.reduce((sum, f) => sum + f.assertion.failed, 0)
  return suspects.sort((a, b) => b.score - a.score || failed(b) - failed(a) || (a.urn < b.urn ? -1 : 1))
}

/**
 * Takes what the comparison with the reference says into account: a failure the
 * reference has too is old news and explains no change.
 */
export function weighAgainstReference(
  suspects: readonly JudgedSuspect[],
  verdictOf: (assertion: AssertionFacts) => HealthVerdict | undefined,
): JudgedSuspect[] {
  const isOld = (failure: JudgedFailure) => verdictOf(failure.assertion) === 'both-fail'
  return suspects
    .map((suspect) => {
      const old = suspect.failing.filter(isOld)
      if (old.length === 0) return suspect
      const failing = [...suspect.failing.filter((f) => !isOld(f)), ...old]
      const reasons = failing.flatMap((f) => [
        ...reasonsOf(f),
        ...(isOld(f) ? ['the reference fails the same way, so this is not new'] : []),
      ])
      const score = old.length < failing.length ? suspect.score : Math.round(suspect.score * 50) / 100
      return { ...suspect, score, failing, why: [...reasons, ...suspect.context].join('; ') }
    })
    .sort((a, b) => b.score - a.score)
}

/** What a check that fails says first: that it explains the sentence, then how much is wrong. */
function bySignificance(a: JudgedFailure, b: JudgedFailure): number {
  const weight = ({ assertion, reaches, named, symptom }: JudgedFailure) =>
    (reaches.length > 0 ? 8 : 0) +
    (named ? 4 : 0) +
    (symptom !== null ? 2 : 0) +
    (assertion.severity === 'critical' ? 1 : 0)
  return weight(b) - weight(a) || b.assertion.failed - a.assertion.failed
}

/**
 * The failures to act on: new ones whose values flow into what is affected. When the
 * sentence names some of them, only those, because the others are not what it describes.
 * `standing` are those that flow into it, too, and are not known to be new: they fail in
 * the reference as well, or the reference has no result.
 */
export function selectCulprits(
  suspects: readonly JudgedSuspect[],
  verdictOf: (assertion: AssertionFacts) => HealthVerdict | undefined,
): { culprits: Culprit[]; others: Culprit[]; standing: Culprit[] } {
  const all = suspects.flatMap((suspect) => suspect.failing.map((failure) => ({ suspect, failure })))
  const fresh = all.filter(({ failure }) => verdictOf(failure.assertion) === 'production-only')
  const reaching = fresh.filter(({ failure }) => failure.reaches.length > 0)
  const named = reaching.filter(({ failure }) => failure.named)
  const culprits = named.length > 0 ? named : reaching
  const standing = all.filter((c) => !fresh.includes(c) && c.failure.reaches.length > 0)
  return { culprits, others: fresh.filter((c) => !culprits.includes(c)), standing }
}

export interface Culprit {
  readonly suspect: JudgedSuspect
  readonly failure: JudgedFailure
}

function judgeFailure(
  assertion: AssertionFacts,
  routes: readonly UpstreamFacts[],
  question: SuspectQuestion,
  datasetName: string,
): JudgedFailure {
  const inLineage = routes.map((route) => route.of)
  const column = assertion.column
  const reach =
    column === null
      ? undefined
      : question.reach.find((r) => r.dataset === assertion.dataset && r.column === column)
  // A column that is only joined, filtered or grouped by feeds no column, but decides which rows there are.
  const isUsed = (route: UpstreamFacts) => {
    const reader = question.datasets.find((d) => d.urn === route.path.at(-2))
    return column !== null && reader !== undefined && mentions(reader.sql, column)
  }
  const reaches =
    column === null
      ? inLineage
      : routes.filter((r) => r.degree === 0 || reach?.reaches.has(r.of) || isUsed(r)).map((r) => r.of)
  return {
    assertion,
    reaches: [...new Set(reaches)],
    named: isNamed(question, column ?? datasetName),
    symptom: question.sentence.symptoms.find((s) => s.checks.includes(assertion.check))?.text ?? null,
  }
}

function mentions(sql: string, column: string): boolean {
  return sql
    .toLowerCase()
    .split(/[^a-z0-9_]+/)
    .includes(column.toLowerCase())
}

/** Most of what tells this name from others is in the sentence. */
function isNamed({ sentence, rarity }: SuspectQuestion, name: string): boolean {
  const said = new Set(sentence.words.map((word) => word.stem))
  const stems = [...new Set(nameStems(name))].filter((part) => !GENERIC.has(part))
  const weight = (part: string) => rarity.get(part) ?? 1
  const whole = stems.reduce((sum, part) => sum + weight(part), 0)
  const matched = stems.filter((part) => said.has(part)).reduce((sum, part) => sum + weight(part), 0)
  return whole > 0 && matched / whole > 0.5
}

function failureScore(
  failing: readonly JudgedFailure[],
  nearest: UpstreamFacts,
  question: SuspectQuestion,
): number {
  const reached = new Set(failing.flatMap((f) => f.reaches)).size / Math.max(1, question.affected.length)
  let score = 0.5 + 0.2 * reached + (nearest.degree <= 1 ? 0.05 : 0)
  if (failing.some((f) => f.assertion.severity === 'critical')) score += 0.05
  if (failing.some((f) => f.named)) score += 0.15
  if (failing.some((f) => f.symptom !== null)) score += 0.04
  // In the lineage of tables, but what is affected is made without it.
  if (reached === 0) score *= 0.5
  return Math.min(0.99, score)
}

function healthyScore(routes: readonly UpstreamFacts[], question: SuspectQuestion): number {
  const reached = new Set(routes.map((r) => r.of)).size / Math.max(1, question.affected.length)
  return 0.05 + 0.15 * reached
}

/** What speaks for a failing check, the check itself first. */
function reasonsOf({ assertion, reaches, named, symptom }: JudgedFailure): string[] {
  const unused = reaches.length === 0 && assertion.column
  return [
    `${assertion.name} fails: ${failureCount(assertion)}`,
    ...(named ? [`the sentence names ${assertion.column ?? 'this table'}`] : []),
    ...(symptom ? [`a failing ${assertion.check} check fits "${symptom}"`] : []),
    ...(unused ? [`nothing of what is affected is made with ${assertion.column}`] : []),
  ]
}

function contextOf(found: {
  failing: readonly JudgedFailure[]
  routes: readonly UpstreamFacts[]
  nearest: UpstreamFacts
  assertions: readonly AssertionFacts[]
  names: ReadonlyMap<string, string>
}): string[] {
  const { failing, routes, nearest, assertions, names } = found
  const name = (urn: string) => names.get(urn) ?? urn
  const parts: string[] = []
  const of = [...new Set(routes.filter((r) => r.degree > 0).map((r) => name(r.of)))]
  if (nearest.degree === 0) parts.push('the sentence is about it')
  if (of.length > 0) {
    const path = nearest.degree > 0 ? ` (${nearest.path.map(name).join(' ← ')})` : ''
    parts.push(`upstream of ${listed(of)}${path}`)
  }
  if (failing.length === 0) {
    parts.push(soundness(assertions))
  }
  return parts
}

/** How far the assertions of a dataset without a failing one vouch for it. */
function soundness(assertions: readonly AssertionFacts[]): string {
  const count = assertions.length
  const passing = assertions.filter((a) => a.passing).length
  if (count === 0) return 'no assertion watches it'
  if (passing === count) return count === 1 ? 'its assertion passes' : `all ${count} of its assertions pass`
  return count === 1
    ? 'its only assertion has no result'
    : `${passing} of its ${count} assertions pass, the others have no result`
}

/** `5,632 of 112,650 rows`; what is missing, for a row count. */
export function failureCount({ check, failed, total, definition }: AssertionFacts): string {
  if (check === 'row_count') {
    const expected = Number(definition.equals)
    if (!(expected > 0)) return `${thousands(failed)} rows off`
    return `${thousands(failed)} of ${thousands(expected)} rows ${total > expected ? 'too many' : 'missing'}`
  }
  return total > 0 ? `${thousands(failed)} of ${thousands(total)} rows` : `${thousands(failed)} rows`
}
