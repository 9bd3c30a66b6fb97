import { jsonDigest } from '@groundplane/core'
import type { AspectProposal, Json, JsonObject } from '../aspect/proposal.js'
import { proposal } from '../source/aspect-proposals.js'
import { schemaFieldUrn } from '../urn/entity-urns.js'
import { printUrn } from '../urn/urn.js'
import { msOf } from './instant.js'
import type { EventDataset, LineageEvent } from './read-event.js'

/** What an event measured: events of timeseries aspects, and the assertions some of them are runs of. */
export interface Measurements {
  readonly assertions: readonly AspectProposal[]
  readonly events: readonly AspectProposal[]
}

/** URNs of the job and the run of the event, where it has them. */
interface MeasuredBy {
  readonly job?: string
  readonly run?: string
}

export function measurementsOf(event: LineageEvent, by: MeasuredBy): Measurements {
  const assertions: AspectProposal[] = []
  const events: AspectProposal[] = []
  const at = msOf(event.at)
  for (const dataset of [
    ...(event.inputs ?? []),
    ...(event.outputs ?? []),
    ...(event.dataset ? [event.dataset] : []),
  ]) {
    const { facets, inputFacets } = dataset
    for (const metrics of [facets.dataQualityMetrics, inputFacets.dataQualityMetrics])
      if (metrics) events.push(...profileOf(dataset.urn, metrics, at))
    for (const stated of [facets.dataQualityAssertions, inputFacets.dataQualityAssertions])
      for (const assertion of stated?.assertions ?? []) {
        const { urn, info } = assertionOf(dataset.urn, assertion)
        assertions.push(proposal(urn, 'assertionInfo', info))
        events.push(
          proposal(urn, 'assertionRunEvent', assertionRun(urn, dataset.urn, assertion, at, event, by)),
        )
      }
    if (dataset.outputFacets.outputStatistics)
      events.push(proposal(dataset.urn, 'operation', operationOf(dataset, at, event, by)))
  }
  return { assertions, events }
}

type Metrics = NonNullable<EventDataset['facets']['dataQualityMetrics']>

function profileOf(urn: string, { rowCount, bytes, columnMetrics }: Metrics, at: number): AspectProposal[] {
  const columns = Object.entries(columnMetrics ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  if (rowCount == null && bytes == null && columns.length === 0) return []
  const value = {
    timestampMillis: at,
    partitionSpec: { partition: 'FULL_TABLE_SNAPSHOT', type: 'FULL_TABLE' },
    ...(rowCount != null && { rowCount }),
    ...(bytes != null && { sizeInBytes: bytes }),
    ...(columns.length > 0 && {
      fieldProfiles: columns.map(([fieldPath, { nullCount, distinctCount, min, max }]) => ({
        fieldPath,
        ...(nullCount != null && { nullCount }),
        ...(distinctCount != null && { uniqueCount: distinctCount }),
        ...(min != null && { min: String(min) }),
        ...(max != null && { max: String(max) }),
      })),
    }),
  }
  return [proposal(urn, 'datasetProfile', value)]
}

type StatedAssertion = NonNullable<EventDataset['facets']['dataQualityAssertions']>['assertions'][number]

/** One assertion for each claim: a result says which it is of by saying the claim. */
function assertionOf(dataset: string, stated: StatedAssertion): { urn: string; info: Json } {
  const { assertion, column, name, severity } = stated
  const claim = {
    dataset,
    assertion,
    column: column ?? null,
    name: name ?? null,
    severity: severity ?? null,
  }
  const info: JsonObject = {
    type: 'DATASET',
    customProperties: {
      name: name ?? (column ? `${assertion}(${column})` : assertion),
      ...(severity && { severity }),
    },
    datasetAssertion: {
      dataset,
      scope: column ? 'DATASET_COLUMN' : 'DATASET_ROWS',
      ...(column && { fields: [schemaFieldUrn(dataset, column)] }),
      operator: '_NATIVE_',
      aggregation: '_NATIVE_',
      nativeType: assertion,
    },
    source: { type: 'EXTERNAL' },
  }
  return { urn: printUrn('assertion', [jsonDigest({ openlineage: claim }).slice(0, 32)]), info }
}

function assertionRun(
  urn: string,
  dataset: string,
  { success, expected, actual }: StatedAssertion,
  at: number,
  { run }: LineageEvent,
  by: MeasuredBy,
): Json {
  return {
    timestampMillis: at,
    runId: run?.id ?? '',
    assertionUrn: urn,
    asserteeUrn: dataset,
    status: 'COMPLETE',
    result: {
      type: success ? 'SUCCESS' : 'FAILURE',
      nativeResults: {
        ...(expected && { expected }),
        ...(actual && { actual }),
        ...(by.job !== undefined && { job: by.job }),
      },
    },
  }
}

const OPERATIONS: Readonly<Record<string, string>> = { CREATE: 'CREATE', DROP: 'DROP', ALTER: 'ALTER' }

/** What a run did to a dataset. The statistics of an output count what was written, not what is there. */
function operationOf(dataset: EventDataset, at: number, { run }: LineageEvent, by: MeasuredBy): Json {
  const { rowCount, size, fileCount } = dataset.outputFacets.outputStatistics ?? {}
  const change = dataset.facets.lifecycleStateChange?.lifecycleStateChange
  const type = change === undefined ? 'UNKNOWN' : (OPERATIONS[change] ?? 'CUSTOM')
  return {
    timestampMillis: at,
    partitionSpec: { partition: 'FULL_TABLE_SNAPSHOT', type: 'FULL_TABLE' },
    operationType: type,
    ...(type === 'CUSTOM' && { customOperationType: change as string }),
    ...(rowCount != null && { numAffectedRows: rowCount }),
    lastUpdatedTimestamp: at,
    sourceType: 'DATA_PROCESS',
    customProperties: {
      ...(by.job !== undefined && { job: by.job }),
      ...(by.run !== undefined && { run: by.run }),
      ...(size != null && { bytes: String(size) }),
      ...(fileCount != null && { files: String(fileCount) }),
    },
    messageId: run?.id ?? '',
  }
}
