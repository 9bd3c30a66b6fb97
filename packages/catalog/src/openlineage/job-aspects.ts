import { jsonDigest } from '@groundplane/core'
import type { Json } from '../aspect/proposal.js'
import { STAMP } from '../source/aspect-proposals.js'
import { parseUrn, printUrn } from '../urn/urn.js'
import { jobFacets, runFacets } from './event-shape.js'
import { msOf } from './instant.js'
import { flowNameOf, runUrnOf } from './job-name.js'
import { ownershipAspect } from './ownership.js'
import type { JobState, RunState } from './state.js'
import { facetOf } from './stated-facet.js'

/** The query a job runs; one for each job, whatever its text. */
export function queryUrnOf(job: string): string {
  return printUrn('query', [jsonDigest({ job }).slice(0, 32)])
}

export function flowAspects(job: JobState): Map<string, Json> {
  return new Map<string, Json>([['dataFlowInfo', { name: flowNameOf(job.name), customProperties: {} }]])
}

export function jobAspects(urn: string, state: JobState): Map<string, Json> {
  const flowUrn = parseUrn(urn).parts[0] as string
  const orchestrator = parseUrn(flowUrn).parts[0] as string
  const description = facetOf(state.facets, jobFacets, 'documentation')?.description
  const aspects = new Map<string, Json>([
    [
      'dataJobInfo',
      {
        customProperties: { openlineageNamespace: state.namespace, openlineageName: state.name },
        name: state.name,
        type: { string: orchestrator },
        flowUrn,
        ...(description && { description }),
      },
    ],
  ])
  const { inputs, outputs } = state
  if (inputs || outputs)
    aspects.set('dataJobInputOutput', {
      inputDatasets: inputs?.urns ?? [],
      outputDatasets: outputs?.urns ?? [],
    })
  if (state.facets['ownership'])
    aspects.set('ownership', ownershipAspect(facetOf(state.facets, jobFacets, 'ownership')?.owners ?? []))
  return aspects
}

/** None where the job has no SQL. */
export function queryAspects(state: JobState): Map<string, Json> {
  const query = facetOf(state.facets, jobFacets, 'sql')?.query
  const stated = state.facets['sql']
  if (!query || !stated) return new Map()
  const entities = [...new Set([...(state.inputs?.urns ?? []), ...(state.outputs?.urns ?? [])])].sort()
  return new Map<string, Json>([
    [
      'queryProperties',
      {
        statement: { value: query, language: 'SQL' },
        source: 'SYSTEM',
        name: state.name,
        created: STAMP,
        lastModified: { ...STAMP, time: msOf(stated.at) },
      },
    ],
    ['querySubjects', { subjects: entities.map((entity) => ({ entity })) }],
  ])
}

export function runAspects(id: string, state: RunState): Map<string, Json> {
  const parent = facetOf(state.facets, runFacets, 'parent')
  const io = Object.values(state.io)
  const all = (side: 'inputs' | 'outputs') => [...new Set(io.flatMap((of) => of[side]?.urns ?? []))].sort()
  const aspects = new Map<string, Json>([
    [
      'dataProcessInstanceProperties',
      {
        customProperties: runProperties(state),
        name: id,
        created: { ...STAMP, time: msOf(state.start ?? state.first) },
      },
    ],
    [
      'dataProcessInstanceRelationships',
      {
        parentTemplate: state.job.urn,
        ...(parent && { parentInstance: runUrnOf(parent.run.runId) }),
        upstreamInstances: [],
      },
    ],
  ])
  if (io.some(({ inputs }) => inputs)) aspects.set('dataProcessInstanceInput', { inputs: all('inputs') })
  if (io.some(({ outputs }) => outputs)) aspects.set('dataProcessInstanceOutput', { outputs: all('outputs') })
  return aspects
}

function runProperties({ facets }: RunState): Record<string, string> {
  const error = facetOf(facets, runFacets, 'errorMessage')
  const nominal = facetOf(facets, runFacets, 'nominalTime')
  const parent = facetOf(facets, runFacets, 'parent')
  const members = {
    nominalStartTime: nominal?.nominalStartTime,
    nominalEndTime: nominal?.nominalEndTime,
    errorMessage: error?.message,
    errorLanguage: error?.programmingLanguage,
    parentJob: parent && `${parent.job.namespace}/${parent.job.name}`,
  }
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  )
}
