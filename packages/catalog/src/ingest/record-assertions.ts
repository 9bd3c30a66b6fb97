import { jsonDigest } from '@groundplane/core'
import type { Transaction } from '@groundplane/graph'
import type { AspectProposal, Json, JsonObject } from '../aspect/proposal.js'
import { CatalogError } from '../model/error.js'
import type { QuerySet } from '../model/queries.js'
import { datasetUrn, schemaFieldUrn } from '../urn/entity-urns.js'
import { printUrn } from '../urn/urn.js'
import type {
  AssertionDefinition,
  AssertionResult,
  AssertionTarget,
  RecordAssertions,
  RecordedAssertions,
} from './assertion-input.js'
import { Ingestion } from './ingest.js'

/** The same declaration on the same instance always has the same URN. */
export function assertionUrn(
  target: Pick<AssertionTarget, 'set' | 'platform' | 'instance' | 'env'>,
  name: string,
): string {
  const { platform, instance, env, set } = target
  return printUrn('assertion', [jsonDigest({ platform, instance, env, set, name }).slice(0, 32)])
}

/** Changes when the meaning of the assertion does; its description does not count. */
export function definitionDigest({ name, dataset, column, type, parameters }: AssertionDefinition): string {
  return jsonDigest({ name, dataset, column: column ?? null, type, parameters })
}

/** Its result depends on the time of asking, not on the data alone. */
function dependsOnClock(definition: AssertionDefinition): boolean {
  return definition.type === 'freshness'
}

/** What the catalog has recorded about a declared assertion. */
type Recorded = Readonly<Record<string, Json | undefined>> | undefined

/** Whether the newest run saw the same data and evaluated the same definition. */
function isCurrent(recorded: Recorded, definition: AssertionDefinition, fingerprint: string): boolean {
  return (
    recorded !== undefined &&
    recorded['removed'] !== true &&
    recorded['latestFingerprint'] === fingerprint &&
    recorded['latestDefinition'] === definitionDigest(definition)
  )
}

/** Names that are worth running: never run, changed, failed to run, or depending on the clock. */
export function pendingAssertions(target: AssertionTarget, recorded: (urn: string) => Recorded): string[] {
  return target.definitions
    .filter((d) => {
      const known = recorded(assertionUrn(target, d.name))
      return (
        dependsOnClock(d) || known?.['latestResult'] === 'ERROR' || !isCurrent(known, d, target.fingerprint)
      )
    })
    .map((d) => d.name)
}

/** Names whose newest run, of whichever data, found a failure or could not decide. */
export function failingAssertions(target: AssertionTarget, recorded: (urn: string) => Recorded): string[] {
  return target.definitions
    .map((d) => d.name)
    .filter((name) => {
      const result = recorded(assertionUrn(target, name))?.['latestResult']
      return result !== undefined && result !== null && result !== 'SUCCESS'
    })
}

/**
 * Writes definitions and results into an open transaction. A result equal to the
 * newest recorded one, on the same fingerprint and definition, is skipped.
 * Assertions of the set that are no longer declared are soft-deleted.
 */
export function writeAssertions(
  tx: Transaction,
  queries: QuerySet,
  record: RecordAssertions,
  runId: string,
  atMs: number,
): Omit<RecordedAssertions, 'commit'> {
  const results = resultsByName(record)
  const recorded = new Map(
    record.definitions.map((d) => [d.name, tx.node('Assertion', assertionUrn(record, d.name))?.data]),
  )
  const ingestion = new Ingestion(tx, queries)
  const definitions = { written: 0, unchanged: 0, removed: 0 }
  const runs = { written: 0, skipped: 0 }
  for (const definition of record.definitions) {
    const urn = assertionUrn(record, definition.name)
    const effect = add(ingestion, {
      entityUrn: urn,
      aspectName: 'assertionInfo',
      aspect: assertionInfo(record, definition),
    })
    definitions[effect]++
    if (recorded.get(definition.name)?.['removed'] === true)
      add(ingestion, { entityUrn: urn, aspectName: 'status', aspect: { removed: false } })
    const result = results.get(definition.name)
    if (!result) continue
    const repeats = repeatsNewest(recorded.get(definition.name), definition, record.fingerprint, result)
    if (!repeats) add(ingestion, runEvent(record, definition, result, runId, atMs))
    runs[repeats ? 'skipped' : 'written']++
  }
  definitions.removed = removeUndeclared(tx, queries, ingestion, record)
  ingestion.finish()
  return { definitions, runs }
}

function resultsByName(record: RecordAssertions): Map<string, AssertionResult> {
  const declared = new Set(record.definitions.map((d) => d.name))
  const results = new Map(record.results.map((r) => [r.name, r]))
  for (const name of results.keys())
    if (!declared.has(name))
      throw new CatalogError(
        'invalid',
        'argument_invalid',
        `There is a result for "${name}", which the set ${record.set} does not declare.`,
        {
          remedy: 'Pass the definitions the results were computed from.',
        },
      )
  return results
}

function repeatsNewest(
  recorded: Recorded,
  definition: AssertionDefinition,
  fingerprint: string,
  result: AssertionResult,
): boolean {
  return (
    isCurrent(recorded, definition, fingerprint) &&
    recorded?.['latestResult'] === result.status &&
    Number(recorded['latestFailed'] ?? 0) === result.failed
  )
}

/** Our own proposals are well formed; anything else is a bug. */
function add(ingestion: Ingestion, proposal: AspectProposal): 'written' | 'unchanged' {
  const effect = ingestion.add(proposal)
  if (typeof effect === 'string') return effect
  throw new CatalogError('invalid', effect.code, effect.message, { remedy: effect.remedy })
}

function removeUndeclared(
  tx: Transaction,
  queries: QuerySet,
  ingestion: Ingestion,
  record: RecordAssertions,
): number {
  const declared = new Set(record.definitions.map((d) => assertionUrn(record, d.name)))
  const prefix = datasetUrn(record.platform, `${record.instance}.`, record.env).slice(
    0,
    -`,${record.env})`.length,
  )
  let removed = 0
  for (const row of tx.all(queries.checked('assertions_in_set'), { set: record.set })) {
    const urn = String(row['urn'])
    if (declared.has(urn) || row['removed'] === true || !String(row['dataset']).startsWith(prefix)) continue
    add(ingestion, { entityUrn: urn, aspectName: 'status', aspect: { removed: true } })
    removed++
  }
  return removed
}

const OPERATORS: Readonly<Record<string, { operator: string; aggregation: string }>> = {
  not_null: { operator: 'NOT_NULL', aggregation: 'IDENTITY' },
  unique: { operator: 'EQUAL_TO', aggregation: 'UNIQUE_PROPOTION' }, // DataHub's own spelling
  accepted_values: { operator: 'IN', aggregation: 'IDENTITY' },
  range: { operator: 'BETWEEN', aggregation: 'IDENTITY' },
  row_count: { operator: 'EQUAL_TO', aggregation: 'ROW_COUNT' },
}

function assertionInfo(target: AssertionTarget, definition: AssertionDefinition): JsonObject {
  const dataset = datasetOf(target, definition)
  const { operator, aggregation } = OPERATORS[definition.type] ?? {
    operator: '_NATIVE_',
    aggregation: '_NATIVE_',
  }
  return {
    type: 'DATASET',
    ...(definition.description !== undefined && { description: definition.description }),
    customProperties: {
      name: definition.name,
      set: target.set,
      ...(definition.severity !== undefined && { severity: definition.severity }),
      definition: definitionDigest(definition),
    },
    datasetAssertion: {
      dataset,
      scope: definition.column === undefined ? 'DATASET_ROWS' : 'DATASET_COLUMN',
      ...(definition.column !== undefined && { fields: [schemaFieldUrn(dataset, definition.column)] }),
      aggregation,
      operator,
      nativeType: definition.type,
      nativeParameters: Object.fromEntries(
        Object.entries(definition.parameters).map(([k, v]) => [
          k,
          typeof v === 'string' ? v : JSON.stringify(v),
        ]),
      ),
    },
    source: { type: 'NATIVE' },
  }
}

function datasetOf(
  { platform, instance, database, env }: AssertionTarget,
  { dataset }: AssertionDefinition,
): string {
  return datasetUrn(platform, `${instance}.${database}.${dataset}`, env)
}

function runEvent(
  target: AssertionTarget,
  definition: AssertionDefinition,
  result: AssertionResult,
  runId: string,
  atMs: number,
): AspectProposal {
  const urn = assertionUrn(target, definition.name)
  return {
    entityUrn: urn,
    aspectName: 'assertionRunEvent',
    aspect: {
      timestampMillis: atMs,
      runId,
      assertionUrn: urn,
      asserteeUrn: datasetOf(target, definition),
      status: 'COMPLETE',
      result: {
        type: result.status,
        rowCount: result.total,
        unexpectedCount: result.failed,
        ...(result.status === 'ERROR' && {
          error: { type: 'UNKNOWN_ERROR', properties: { message: result.message ?? 'no message' } },
        }),
        nativeResults: {
          fingerprint: target.fingerprint,
          definition: definitionDigest(definition),
          durationMs: String(result.durationMs),
          ...(result.sampleKeys.length > 0 && { sampleKeys: JSON.stringify(result.sampleKeys) }),
          ...(result.message !== undefined && { message: result.message }),
        },
      },
      partitionSpec: { type: 'FULL_TABLE', partition: 'FULL_TABLE_SNAPSHOT' },
    },
  }
}
