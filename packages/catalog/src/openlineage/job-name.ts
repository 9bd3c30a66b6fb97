import { encodeUrnPart, printUrn, type Urn } from '../urn/urn.js'

/** A job as OpenLineage names it, and the program that told of it. */
export interface JobName {
  readonly namespace: string
  readonly name: string
  /** URI of the producer. */
  readonly producer: string
}

/** The part of the URI that names the integration, as DataHub's converter finds it. */
const INTEGRATION = /^https:\/\/github\.com\/OpenLineage\/OpenLineage\/.*\/([^/]+)$/

/**
 * Who runs the job. Of the producer alone and not of the facet `processing_engine`: not every event
 * of a run carries that, and they must all name the same job.
 */
function orchestratorOf(producer: string): string {
  const integration = INTEGRATION.exec(producer)?.[1]
  if (integration !== undefined) return integration
  if (producer.startsWith('https://github.com/apache/airflow/')) return 'airflow'
  if (producer.startsWith('https://github.com/trinodb/trino/')) return 'trino'
  const path = URL.canParse(producer) ? new URL(producer).pathname : producer
  const segments = path.split('/').filter((segment) => segment.trim() !== '')
  return segments.at(-1)?.toLowerCase() ?? 'openlineage'
}

/** A job named `dag.task` is the task of a flow `dag`; one without a dot is a flow of its own. */
export function flowNameOf(jobName: string): string {
  return jobName.split('.', 1)[0] || jobName
}

/** `urn:li:dataFlow:(<orchestrator>,<flow>,<namespace>)` */
export function flowUrnOf({ namespace, name, producer }: JobName): Urn {
  const parts = [orchestratorOf(producer), flowNameOf(name), namespace]
  return printUrn('dataFlow', parts.map(encodeUrnPart))
}

/** `urn:li:dataJob:(<flow>,<job>)` */
export function jobUrnOf(job: JobName): Urn {
  return printUrn('dataJob', [flowUrnOf(job), encodeUrnPart(job.name)])
}

/** `urn:li:dataProcessInstance:<run id>` */
export function runUrnOf(runId: string): Urn {
  return printUrn('dataProcessInstance', [runId.toLowerCase()])
}
