/** OpenLineage events as tests write them. */

export const AIRFLOW = 'https://github.com/apache/airflow/tree/providers-openlineage/2.0.0'
const RUN_SCHEMA = 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent'

type Obj = Record<string, unknown>

export function facet(members: Obj): Obj {
  return { _producer: AIRFLOW, _schemaURL: 'https://openlineage.io/spec/facets/1-0-0/Facet.json', ...members }
}

export const WAREHOUSE = 'postgres://warehouse:5432'

export function dataset(name: string, facets: Obj = {}, more: Obj = {}): Obj {
  return { namespace: WAREHOUSE, name: `shop.public.${name}`, facets, ...more }
}

/** A run event; `time` is `HH:MM:SS`, with a fraction or without. */
export function runEvent(eventType: string, time: string, run: number, members: Obj = {}): Obj {
  return {
    eventType,
    eventTime: `2026-11-21T${time}Z`,
    run: { runId: runIdOf(run), facets: members['runFacets'] ?? {} },
    job: {
      namespace: 'prod',
      name: members['jobName'] ?? 'nightly.load',
      facets: members['jobFacets'] ?? {},
    },
    ...(members['inputs'] !== undefined && { inputs: members['inputs'] }),
    ...(members['outputs'] !== undefined && { outputs: members['outputs'] }),
    producer: AIRFLOW,
    schemaURL: RUN_SCHEMA,
  }
}

export const runIdOf = (run: number): string => `00000000-0000-7000-8000-${String(run).padStart(12, '0')}`
export const tableUrn = (name: string): string =>
  `urn:li:dataset:(urn:li:dataPlatform:postgres,shop.public.${name},PROD)`
export const FLOW_URN = 'urn:li:dataFlow:(airflow,nightly,prod)'
export const jobUrn = (name = 'nightly.load'): string => `urn:li:dataJob:(${FLOW_URN},${name})`
export const runUrn = (run: number): string => `urn:li:dataProcessInstance:${runIdOf(run)}`
