import { jsonDigest } from '@groundplane/core'
import type { AspectProposal, Json } from '../../aspect/proposal.js'
import { datasetUrn, schemaFieldUrn } from '../../urn/entity-urns.js'
import { printUrn } from '../../urn/urn.js'
import { instanceAspect, platformProposals, proposal } from '../aspect-proposals.js'
import { SEVERITIES } from '../assertion/assertion-definition.js'
import { kindOf } from './expectation-kinds.js'
import type { ExpectationResult, ValidationResult } from './validation-result.js'

/** As DataHub calls it. */
export const PLATFORM = { name: 'great-expectations', displayName: 'Great Expectations' } as const

/** Where the validated tables are, as their own source names them. */
export interface Target {
  readonly platformInstance: string
  readonly env: string
  /** DataHub's name of the platform of the tables. */
  readonly targetPlatform: string
  readonly targetPlatformInstance?: string
  /** What stands before schema and table in their names; `main` of SQLite when absent. */
  readonly targetDatabase?: string
}

/** The set that the expectations of a source are in. */
export function testSet({ platformInstance }: Target): string {
  return `${PLATFORM.name}:${platformInstance}`
}

export function targetProposals({ platformInstance, env }: Target): AspectProposal[] {
  return platformProposals({ ...PLATFORM, type: 'OTHERS' }, platformInstance, { env })
}

/** What stands for a schema where the asset names none: that which the platform takes then. */
const DEFAULT_SCHEMAS: Readonly<Record<string, string>> = { postgres: 'public' }

/** The table under the URN that its own harvest gives it. */
function validatedUrn(target: Target, { schema, table }: ValidationResult): string {
  const { targetPlatform, targetPlatformInstance, targetDatabase, env } = target
  const parts =
    targetPlatform === 'sqlite'
      ? [targetPlatformInstance, schema ?? targetDatabase ?? 'main', table]
      : [targetPlatformInstance, targetDatabase, schema ?? DEFAULT_SCHEMAS[targetPlatform], table]
  return datasetUrn(targetPlatform, parts.filter((part) => part !== undefined).join('.'), env)
}

/** The same expectation on the same table is the same assertion, whichever run or version of the tool it is of. */
function expectationUrn(target: Target, suite: string, dataset: string, result: ExpectationResult): string {
  const { check, parameters } = kindOf(result.type, result.kwargs)
  const key = {
    platform: PLATFORM.name,
    instance: target.platformInstance,
    suite,
    dataset,
    type: result.type,
    check,
    column: result.kwargs['column'] ?? null,
    parameters,
  }
  return printUrn('assertion', [jsonDigest(key).slice(0, 32)])
}

/** The expectations of the newest validations, and the runs of them in all. */
export function validationProposals(
  target: Target,
  validations: readonly ValidationResult[],
): { readonly proposals: AspectProposal[]; readonly expectations: number; readonly datasets: string[] } {
  const inOrder = [...validations].sort((a, b) => a.at - b.at)
  const newest = new Map<string, ValidationResult>()
  for (const validation of inOrder)
    newest.set(JSON.stringify([validation.suite, validatedUrn(target, validation)]), validation)
  const definitions = new Map<string, AspectProposal[]>()
  for (const validation of newest.values()) {
    const dataset = validatedUrn(target, validation)
    for (const result of validation.results) {
      const urn = expectationUrn(target, validation.suite, dataset, result)
      definitions.set(urn, definition(target, urn, dataset, validation.suite, result))
    }
  }
  const runs = inOrder.flatMap((validation) => {
    const dataset = validatedUrn(target, validation)
    return validation.results.flatMap((result) => {
      const urn = expectationUrn(target, validation.suite, dataset, result)
      return definitions.has(urn) ? [run(urn, dataset, validation, result)] : []
    })
  })
  return {
    proposals: [...[...definitions.values()].flat(), ...runs],
    expectations: definitions.size,
    datasets: [...new Set(inOrder.map((v) => validatedUrn(target, v)))].sort(),
  }
}

function definition(
  target: Target,
  urn: string,
  dataset: string,
  suite: string,
  { type, kwargs, description, severity }: ExpectationResult,
): AspectProposal[] {
  const { check, operator, aggregation, scope, parameters } = kindOf(type, kwargs)
  const column = typeof kwargs['column'] === 'string' ? kwargs['column'] : undefined
  return [
    proposal(urn, 'assertionInfo', {
      type: 'DATASET',
      ...(description !== undefined && { description }),
      customProperties: {
        name: column === undefined ? type : `${type}.${column}`,
        set: testSet(target),
        ...(SEVERITIES.includes(severity as never) && { severity: severity as string }),
        expectation_type: type,
        expectation_suite_name: suite,
      },
      datasetAssertion: {
        dataset,
        scope,
        ...(column !== undefined && { fields: [schemaFieldUrn(dataset, column)] }),
        aggregation,
        operator,
        nativeType: check,
        nativeParameters: Object.fromEntries(
          Object.entries(parameters).map(([name, value]) => [name, printed(value)]),
        ),
      },
      source: { type: 'EXTERNAL' },
    }),
    proposal(urn, 'dataPlatformInstance', instanceAspect(PLATFORM.name, target.platformInstance)),
    proposal(urn, 'status', { removed: false }),
  ]
}

function printed(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** No value of the data is in it: what was unexpected is counted, and not quoted. */
function run(
  urn: string,
  dataset: string,
  { at, batch, runName }: ValidationResult,
  { outcome, message, elementCount, unexpectedCount, observed }: ExpectationResult,
): AspectProposal {
  const event: Json = {
    timestampMillis: at,
    runId: [runName ?? new Date(at).toISOString(), ...(batch === undefined ? [] : [batch])].join(' '),
    assertionUrn: urn,
    asserteeUrn: dataset,
    status: 'COMPLETE',
    result: {
      type: outcome,
      ...(elementCount !== undefined && { rowCount: elementCount }),
      ...(unexpectedCount !== undefined && outcome !== 'ERROR' && { unexpectedCount }),
      ...(observed !== undefined && { actualAggValue: observed }),
      ...(outcome === 'ERROR' && {
        error: { type: 'UNKNOWN_ERROR', properties: { message: message ?? 'no message' } },
      }),
      nativeResults: observed === undefined ? {} : { observed_value: String(observed) },
    },
    partitionSpec:
      batch === undefined
        ? { type: 'FULL_TABLE', partition: 'FULL_TABLE_SNAPSHOT' }
        : { type: 'PARTITION', partition: batch },
  }
  return proposal(urn, 'assertionRunEvent', event)
}
