import type { HealthCheck, HealthVerdict } from '@groundplane/catalog'
import { type Culprit, type JudgedSuspect, selectCulprits, weighAgainstReference } from '../judge/suspects.js'
import type { DetectiveFindings } from './detective.js'
import { localName } from './reading.js'
import type { RealityFindings } from './reality-checker.js'

/** What Detective and Reality-Checker found, put together. */
export interface JointFindings {
  readonly suspects: readonly JudgedSuspect[]
  /** What to act on, and the new failures that are not what the sentence describes. */
  readonly culprits: readonly Culprit[]
  readonly others: readonly Culprit[]
  /** Failures that reach what the sentence is about and are not known to be new. */
  readonly standing: readonly Culprit[]
  /**
   * What the sentence is about, and after it what takes wrong values from a culprit: of a
   * column, the datasets with a column derived from it; of a whole table, all downstream.
   */
  readonly affected: readonly string[]
  /** Affected datasets and everything upstream of them. */
  readonly scope: ReadonlySet<string>
  /** The comparison an assertion of the production instance is part of. */
  readonly checkOf: (assertion: string) => HealthCheck | undefined
  readonly nameOf: (dataset: string) => string
  readonly ownersOf: (dataset: string) => readonly string[]
}

export function joinFindings(detective: DetectiveFindings, reality: RealityFindings): JointFindings {
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
  const selected = selectCulprits(suspects, verdictOf)
  const about = detective.judgement.affected.map((a) => a.urn)
  const spread = selected.culprits.flatMap((culprit) => takersOf(culprit, detective)).sort()
  const affected = [...new Set([...about, ...spread])]
  return { suspects, scope, checkOf, nameOf, ownersOf, affected, ...selected }
}

function takersOf({ failure }: Culprit, { reach, downstream }: DetectiveFindings): readonly string[] {
  const { dataset, column } = failure.assertion
  if (column === null) return downstream.get(dataset) ?? []
  return [...(reach.find((r) => r.dataset === dataset && r.column === column)?.reaches ?? [])]
}
