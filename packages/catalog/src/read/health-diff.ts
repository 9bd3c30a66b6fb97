import { isoTime } from '@groundplane/core'
import {
  HARVEST_ASPECT,
  newestFingerprint,
  readHarvestRecord,
  seenByChecks,
} from '../aspect/harvest-record.js'
import { number, type Row, text, texts } from '../aspect/row.js'
import { CatalogError } from '../model/error.js'
import { datasetParts } from '../urn/entity-urns.js'
import { crossInstanceKey } from '../urn/reconcile.js'
import type { HealthCheck, HealthDiffAnswer, HealthSide, HealthVerdict, RunResult } from './answers.js'
import { clampInteger } from './argument.js'
import { requireDataset } from './entity-lookup.js'
import { namesWithin } from './known-names.js'
import type { HealthDiffQuestion } from './questions.js'
import type { Snapshot } from './snapshot.js'

/** An assertion of one instance with the dataset it is about. */
interface Placed {
  readonly assertion: Row
  readonly dataset: Row
}

const ORDER: readonly HealthVerdict[] = [
  'production-only',
  'reference-only',
  'both-fail',
  'missing',
  'both-pass',
]

const NO_SIDE: HealthSide = {
  assertion: null,
  dataset: null,
  result: null,
  failed: null,
  total: null,
  at: null,
  sampleKeys: [],
  message: null,
  stale: false,
}

/**
 * Pairs the assertions of two platform instances and compares their newest
 * complete runs. Two assertions are a pair when they are about the same dataset up
 * to the instance prefix and casing, and declare the same name in the same set or,
 * failing that, make the same claim (kind, scope, column, operator, parameters).
 * Assertions that are no longer declared are left out; those about a table that is
 * gone, or never was, are not: that they could not run is what there is to tell.
 * No source is read.
 */
export function diffHealth(
  snapshot: Snapshot,
  question: HealthDiffQuestion,
  nowMs: number,
): HealthDiffAnswer {
  const { reference, production } = question
  const instances = requireInstances(snapshot, [reference, production])
  const unplaced = snapshot.rows('assertions_on_undescribed')
  const assertionsOn = (instance: string): Row[] => [
    ...snapshot.rows('assertions_on', { instance }),
    ...unplaced.filter((row) => isNamedIn(row['dataset'] as Row, instance)),
  ]
  const onReference = assertionsOn(reference)
  const onProduction = assertionsOn(production)
  const fingerprints = new Map([
    [reference, currentFingerprint(snapshot, instances.get(reference), onReference)],
    [production, currentFingerprint(snapshot, instances.get(production), onProduction)],
  ])
  const side = new SideReader(snapshot, fingerprints, question.stale_after_ms ?? null, nowMs)
  const left = placedByKey(onReference, reference)
  const right = placedByKey(onProduction, production)
  const wanted =
    question.datasets &&
    wantedKeys(snapshot, question.datasets, [...left.values(), ...right.values()], [reference, production])
  const checks: HealthCheck[] = []
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const l = left.get(key)
    const r = right.get(key)
    const place = (r ?? l) as Placed
    const instance = r ? production : reference
    if (wanted && !wanted.has(crossInstanceKey(String(place.dataset['urn']), instance))) continue
    checks.push(compareSides(place, side.read(l, reference), side.read(r, production)))
  }
  checks.sort(compareChecks)
  const offset = clampInteger('offset', question.offset, { default: 0, min: 0, max: Number.MAX_SAFE_INTEGER })
  const page = checks.slice(offset)
  return {
    reference,
    production,
    checks: page,
    offset,
    returned: page.length,
    hasMore: false,
    counts: countsOf(checks),
    receipt: snapshot.receipt,
  }
}

/** URNs of the instances by name. `CatalogError` `instance_not_found`. */
function requireInstances(snapshot: Snapshot, names: readonly string[]): Map<string, string> {
  const known = new Map<string, string>()
  for (const row of snapshot.rows('instances')) {
    const instance = row['entity'] as Row
    known.set(String(instance['name']), String(instance['urn']))
  }
  for (const name of names)
    if (!known.has(name))
      throw new CatalogError(
        'not-found',
        'instance_not_found',
        `There is no platform instance "${name}" in the catalog.`,
        {
          remedy:
            known.size > 0
              ? `Use one of ${namesWithin([...known.keys()].sort())}.`
              : 'Harvest a source first.',
          details: { instance: name },
        },
      )
  return known
}

/** What the source of an instance looked like when it was last looked at; null when nobody has. */
function currentFingerprint(
  snapshot: Snapshot,
  instance: string | undefined,
  assertions: readonly Row[],
): string | null {
  const aspect =
    instance === undefined ? undefined : snapshot.row('aspect', { urn: instance, name: HARVEST_ASPECT })
  return newestFingerprint(readHarvestRecord(aspect?.['text']), seenByChecks(assertions))
}

/** A dataset that is only mentioned has no instance of its own; its name begins with it. */
function isNamedIn(dataset: Row, instance: string): boolean {
  return text(dataset['instance']) === undefined && String(dataset['fullName']).startsWith(`${instance}.`)
}

/**
 * Keys of the datasets to keep. `CatalogError` `entity_not_found`, and `argument_invalid` for one of neither instance: to say that
 * nothing is wrong with it would be no answer. One that is gone is kept when something is checked about it on either side.
 */
function wantedKeys(
  snapshot: Snapshot,
  datasets: readonly string[],
  checked: readonly Placed[],
  instances: readonly string[],
): Set<string> {
  const keysOf = (urn: string) => instances.map((instance) => crossInstanceKey(urn, instance))
  const known = new Set(checked.flatMap(({ dataset }) => keysOf(String(dataset['urn']))))
  return new Set(
    datasets.flatMap((given) => {
      const urn = given.trim()
      datasetParts(urn)
      const keys = keysOf(urn)
      if (!keys.some((key) => known.has(key))) {
        const instance = text(requireDataset(snapshot, urn)['instance'])
        if (instance === undefined || !instances.includes(instance)) throw ofNeither(urn, instances)
      }
      return keys
    }),
  )
}

function ofNeither(urn: string, instances: readonly string[]): CatalogError {
  return new CatalogError('invalid', 'argument_invalid', `${urn} is of neither instance.`, {
    remedy: `Name datasets of ${instances.join(' or ')}.`,
    details: { urn },
  })
}

function placedByKey(rows: readonly Row[], instance: string): Map<string, Placed> {
  const placed = new Map<string, Placed>()
  for (const row of rows) {
    const assertion = row['assertion'] as Row
    const dataset = row['dataset'] as Row
    if (assertion['removed'] === true) continue
    const set = text(assertion['assertionSet'])
    const name = text(assertion['name'])
    const claim =
      set !== undefined && name !== undefined
        ? ['declared', set, name]
        : ['claim', text(assertion['signature']) ?? '']
    const key = JSON.stringify([crossInstanceKey(String(dataset['urn']), instance), ...claim])
    const known = placed.get(key)
    // The same claim twice on one dataset: keep the one that was run last.
    if (!known || Number(assertion['latestAt'] ?? 0) > Number(known.assertion['latestAt'] ?? 0))
      placed.set(key, { assertion, dataset })
  }
  return placed
}

class SideReader {
  readonly #snapshot: Snapshot
  readonly #fingerprints: ReadonlyMap<string, string | null>
  readonly #staleAfterMs: number | null
  readonly #nowMs: number

  constructor(
    snapshot: Snapshot,
    fingerprints: ReadonlyMap<string, string | null>,
    staleAfterMs: number | null,
    nowMs: number,
  ) {
    this.#snapshot = snapshot
    this.#fingerprints = fingerprints
    this.#staleAfterMs = staleAfterMs
    this.#nowMs = nowMs
  }

  read(placed: Placed | undefined, instance: string): HealthSide {
    if (!placed) return NO_SIDE
    const { assertion, dataset } = placed
    const at = number(assertion['latestAt'])
    const result = (text(assertion['latestResult']) ?? null) as RunResult | null
    const detail =
      result === 'FAILURE' || result === 'ERROR' ? this.#newestRun(String(assertion['urn']), at) : undefined
    return {
      assertion: String(assertion['urn']),
      dataset: String(dataset['urn']),
      result,
      failed: number(assertion['latestFailed']) ?? null,
      total: number(assertion['latestTotal']) ?? null,
      at: at === undefined ? null : isoTime(at),
      sampleKeys: texts(detail?.['sampleKeys']),
      message: text(detail?.['message']) ?? null,
      stale: at !== undefined && this.#isStale(assertion, at, this.#fingerprints.get(instance) ?? null),
    }
  }

  #newestRun(urn: string, at: number | undefined): Row | undefined {
    return this.#snapshot
      .rows('runs_of', { urn })
      .map((r) => r['run'] as Row)
      .find((r) => number(r['at']) === at)
  }

  #isStale(assertion: Row, at: number, current: string | null): boolean {
    const ran = text(assertion['latestFingerprint'])
    const definition = text(assertion['latestDefinition'])
    return (
      (definition !== undefined && definition !== assertion['definitionDigest']) ||
      (ran !== undefined && current !== null && ran !== current) ||
      (this.#staleAfterMs !== null && this.#nowMs - at > this.#staleAfterMs)
    )
  }
}

function compareSides(
  { assertion, dataset }: Placed,
  reference: HealthSide,
  production: HealthSide,
): HealthCheck {
  return {
    assertion: text(assertion['name']) ?? text(assertion['check']) ?? String(assertion['urn']),
    description: text(assertion['description']) ?? null,
    dataset: String(dataset['urn']),
    datasetName: String(dataset['name']),
    column: text(assertion['column']) ?? null,
    check: text(assertion['check']) ?? 'unknown',
    severity: text(assertion['severity']) ?? null,
    reference,
    production,
    verdict: verdictOf(reference.result, production.result),
    notes: [...notesOf('reference', reference), ...notesOf('production', production)],
  }
}

export function verdictOf(reference: RunResult | null, production: RunResult | null): HealthVerdict {
  const comparable = (r: RunResult | null) => r === 'SUCCESS' || r === 'FAILURE'
  if (!comparable(reference) || !comparable(production)) return 'missing'
  if (production === 'FAILURE') return reference === 'FAILURE' ? 'both-fail' : 'production-only'
  return reference === 'FAILURE' ? 'reference-only' : 'both-pass'
}

function notesOf(name: string, side: HealthSide): string[] {
  if (side.assertion === null) return [`${name}-missing`]
  if (side.result === null || side.result === 'INIT') return [`${name}-never-run`]
  return [...(side.result === 'ERROR' ? [`${name}-error`] : []), ...(side.stale ? [`${name}-stale`] : [])]
}

function compareChecks(a: HealthCheck, b: HealthCheck): number {
  const failures = (c: HealthCheck) => Math.max(c.production.failed ?? 0, c.reference.failed ?? 0)
  return (
    ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict) ||
    failures(b) - failures(a) ||
    compareText(a.datasetName, b.datasetName) ||
    compareText(a.assertion, b.assertion)
  )
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function countsOf(checks: readonly HealthCheck[]): HealthDiffAnswer['counts'] {
  const sides = checks.flatMap((c) => [c.reference, c.production])
  const verdicts = Object.fromEntries(
    ORDER.map((v) => [v, checks.filter((c) => c.verdict === v).length]),
  ) as Record<HealthVerdict, number>
  return {
    ...verdicts,
    total: checks.length,
    errors: sides.filter((s) => s.result === 'ERROR').length,
    neverRun: sides.filter((s) => s.assertion !== null && (s.result === null || s.result === 'INIT')).length,
    stale: sides.filter((s) => s.stale).length,
  }
}
