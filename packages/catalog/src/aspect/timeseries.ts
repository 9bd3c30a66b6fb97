/** Aspects whose values are events in time: each is kept, none replaces another. */
const TIMESERIES: ReadonlySet<string> = new Set([
  'assertionRunEvent',
  'dashboardUsageStatistics',
  'chartUsageStatistics',
  'dataHubIngestionRunSummary',
  'dataHubIngestionCheckpoint',
  'datahubIngestionCheckpoint',
  'datahubIngestionRunSummary',
  'dataProcessInstanceRunEvent',
  'datasetProfile',
  'datasetUsageStatistics',
  'documentUsageStatistics',
  'operation',
  'queryUsageStatistics',
])

export function isTimeseries(aspectName: string): boolean {
  return TIMESERIES.has(aspectName)
}

/**
 * What tells two events of one entity and instant apart: the partition, the run
 * or the message they belong to. Empty for the plain full-table event.
 */
export function eventPart(event: Readonly<Record<string, unknown>>): string {
  const spec = event['partitionSpec'] as { type?: unknown; partition?: unknown } | null | undefined
  const partition =
    spec && spec.type !== 'FULL_TABLE' && typeof spec.partition === 'string' ? spec.partition : ''
  const run = typeof event['runId'] === 'string' ? event['runId'] : ''
  const message = typeof event['messageId'] === 'string' ? event['messageId'] : ''
  return [partition, run, message].filter((p) => p !== '').join('|')
}

/** The event without its time and run: what makes two profiles say the same. */
export function withoutTime(event: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { timestampMillis: _t, runId: _r, messageId: _m, ...rest } = event
  return rest
}
