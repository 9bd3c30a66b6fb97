import { isoTime, jsonDigest } from '@groundplane/core'
import { tryFieldParts } from '../../urn/entity-urns.js'
import type { Effect, Patch } from '../effect.js'
import { type Shape, ShapeError } from '../shape.js'
import type { Projection } from './projection.js'

/** What every kind of assertion says, wherever its union keeps it. */
export interface Claim {
  readonly dataset: string | undefined
  readonly field: string | undefined
  readonly column: string | undefined
  readonly check: string | undefined
  readonly scope: string | undefined
  readonly operator: string | undefined
  /** Everything else that makes it this claim. */
  readonly parameters: unknown
}

const KINDS = [
  'datasetAssertion',
  'fieldAssertion',
  'volumeAssertion',
  'freshnessAssertion',
  'sqlAssertion',
  'customAssertion',
  'schemaAssertion',
] as const

/** Reads the claim of an `assertionInfo`, whichever of DataHub's kinds it is. */
export function readClaim(info: Shape): Claim {
  for (const kind of KINDS) {
    const body = info.object(kind)
    if (body) return kind === 'datasetAssertion' ? datasetClaim(body) : entityClaim(kind, body)
  }
  return {
    dataset: undefined,
    field: undefined,
    column: undefined,
    check: undefined,
    scope: undefined,
    operator: undefined,
    parameters: null,
  }
}

function datasetClaim(body: Shape): Claim {
  const field = body.urns('fields', 'schemaField')[0]
  return {
    dataset: body.requiredUrn('dataset', 'dataset'),
    field,
    column: columnOf(field),
    check: body.string('nativeType') ?? body.string('operator'),
    scope: body.string('scope'),
    operator: body.string('operator'),
    parameters: {
      aggregation: body.string('aggregation') ?? null,
      parameters: body.raw('parameters') ?? null,
      native: body.stringMap('nativeParameters'),
    },
  }
}

function entityClaim(kind: (typeof KINDS)[number], body: Shape): Claim {
  const dataset = body.urn('entity', 'dataset')
  const path =
    body.object('fieldValuesAssertion')?.object('field')?.string('path') ??
    body.object('fieldMetricAssertion')?.object('field')?.string('path')
  const field = body.urn('field', 'schemaField')
  const {
    entity: _entity,
    field: _field,
    ...parameters
  } = Object.fromEntries(body.keys().map((k) => [k, body.raw(k)]))
  return {
    dataset,
    field: field ?? (dataset && path ? `urn:li:schemaField:(${dataset},${path})` : undefined),
    column: columnOf(field) ?? path,
    check: body.string('type') ?? kind,
    scope: kind,
    operator: body.object('fieldValuesAssertion')?.string('operator'),
    parameters,
  }
}

function columnOf(field: string | undefined): string | undefined {
  if (field === undefined) return undefined
  const parts = tryFieldParts(field)
  if (typeof parts === 'string') throw new ShapeError(parts)
  return parts.path
}

export const assertionInfo: Projection = ({ urn, aspect }) => {
  const claim = readClaim(aspect)
  const custom = aspect.stringMap('customProperties')
  const category = aspect.string('type') ?? null
  const { dataset, field, column, check, scope, operator, parameters } = claim
  const patch: Patch = {
    dataset: dataset ?? null,
    field: field ?? null,
    column: column ?? null,
    name: custom['name'] ?? null,
    assertionSet: custom['set'] ?? null,
    severity: custom['severity'] ?? null,
    description: aspect.string('description') ?? null,
    category,
    check: check ?? null,
    signature: jsonDigest({
      category,
      column: column ?? null,
      check: check ?? null,
      scope: scope ?? null,
      operator: operator ?? null,
      parameters,
    }),
    definitionDigest: custom['definition'] ?? jsonDigest({ category, ...claim }),
    sourceKind: aspect.object('source')?.string('type') ?? null,
  }
  return [
    { op: 'node', urn, patch },
    { op: 'edges', edge: 'Asserts', side: 'from', anchor: urn, targets: dataset ? [{ urn: dataset }] : [] },
    { op: 'edges', edge: 'AssertsField', side: 'from', anchor: urn, targets: field ? [{ urn: field }] : [] },
  ]
}

export const assertionRunEvent: Projection = ({ urn, aspect }) => {
  const at = aspect.requiredInteger('timestampMillis')
  const result = aspect.object('result')
  const native = result?.stringMap('nativeResults') ?? {}
  const status = aspect.string('status') ?? 'COMPLETE'
  const outcome = {
    result: result?.requiredString('type') ?? null,
    failed: result?.integer('unexpectedCount') ?? null,
    total: result?.integer('rowCount') ?? null,
    fingerprint: native['fingerprint'] ?? null,
    definition: native['definition'] ?? null,
  }
  if (outcome.result !== null && !['SUCCESS', 'FAILURE', 'ERROR', 'INIT'].includes(outcome.result))
    throw new ShapeError('result.type must be SUCCESS, FAILURE, ERROR or INIT')
  const effects: Effect[] = [
    {
      op: 'row',
      type: 'AssertionRun',
      data: {
        assertion: urn,
        at,
        runId: aspect.string('runId') ?? '',
        dataset: aspect.requiredUrn('asserteeUrn'),
        status,
        result: outcome.result,
        failed: outcome.failed,
        total: outcome.total,
        sampleKeys: sampleKeys(native['sampleKeys']),
        message: result?.object('error')?.stringMap('properties')['message'] ?? native['message'] ?? null,
        durationMs: native['durationMs'] === undefined ? null : finite(native['durationMs']),
        fingerprint: outcome.fingerprint,
        definitionDigest: outcome.definition,
      },
    },
  ]
  if (status === 'COMPLETE' && outcome.result !== null)
    effects.push({
      op: 'newest',
      urn,
      atProperty: 'latestAt',
      at,
      patch: {
        latestResult: outcome.result,
        latestAt: at,
        latestFailed: outcome.failed,
        latestTotal: outcome.total,
        latestFingerprint: outcome.fingerprint,
        latestDefinition: outcome.definition,
      },
    })
  return effects
}

function finite(text: string): number | null {
  const n = Number(text)
  return Number.isFinite(n) ? n : null
}

/** A JSON list of strings; a producer's other text is kept as one sample. */
function sampleKeys(text: string | undefined): string[] | null {
  if (text === undefined) return null
  try {
    const value: unknown = JSON.parse(text)
    if (Array.isArray(value)) return value.map((v) => (typeof v === 'string' ? v : JSON.stringify(v)))
  } catch {
    // Not ours: DataHub's map holds any text.
  }
  return [text]
}

const PRIORITIES: Readonly<Record<string, number>> = { CRITICAL: 0, HIGH: 1, MEDIUM: 2, LOW: 3 }

export const incidentInfo: Projection = ({ urn, aspect }) => {
  const status = aspect.object('status')
  const state = status?.string('state') ?? 'ACTIVE'
  if (state !== 'ACTIVE' && state !== 'RESOLVED')
    throw new ShapeError('status.state must be ACTIVE or RESOLVED')
  const source = aspect.object('source')
  const cause = source?.urn('sourceUrn', 'assertion')
  const entities = aspect.urns('entities').filter((e) => e.startsWith('urn:li:dataset:'))
  const priority = aspect.raw('priority')
  return [
    {
      op: 'node',
      urn,
      patch: {
        title: aspect.string('title') ?? null,
        description: aspect.string('description') ?? null,
        category: aspect.string('customType') ?? aspect.string('type') ?? null,
        state,
        priority:
          typeof priority === 'string'
            ? (PRIORITIES[priority] ?? null)
            : (aspect.integer('priority') ?? null),
        cause: cause ?? aspect.string('title') ?? null,
        sourceKind: source?.string('type') ?? null,
        raisedAt: stamp(aspect.object('created')),
        updatedAt: stamp(status?.object('lastUpdated')),
        message: status?.string('message') ?? null,
      },
    },
    {
      op: 'edges',
      edge: 'Affects',
      side: 'from',
      anchor: urn,
      targets: [...new Set(entities)].map((e) => ({ urn: e })),
    },
    { op: 'edges', edge: 'CausedBy', side: 'from', anchor: urn, targets: cause ? [{ urn: cause }] : [] },
  ]
}

function stamp(audit: Shape | undefined): string | null {
  const time = audit?.integer('time')
  return time === undefined ? null : isoTime(time)
}

/** Our own record of which crew run raised an incident. */
export const groundplaneIncident: Projection = ({ urn, aspect }) => [
  { op: 'node', urn, patch: { runId: aspect.string('runId') ?? null } },
]
