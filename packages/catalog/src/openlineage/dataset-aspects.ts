import type { Json, JsonObject } from '../aspect/proposal.js'
import { STAMP, schemaMetadata } from '../source/aspect-proposals.js'
import { schemaFieldType } from '../source/printed-type.js'
import { datasetParts, schemaFieldUrn } from '../urn/entity-urns.js'
import { datasetFacets } from './event-shape.js'
import { queryUrnOf } from './job-aspects.js'
import { ownershipAspect } from './ownership.js'
import type { ColumnSource, DatasetState, JobState } from './state.js'
import { facetOf } from './stated-facet.js'

/** What else is known, with every dataset under the URN that it has now. */
export interface KnownStates {
  shownJob(urn: string): JobState | undefined
  currentUrn(dataset: string): string
}

/** The aspects of a dataset by what the events say of it. */
export function datasetAspects(urn: string, state: DatasetState, known: KnownStates): Map<string, Json> {
  const aspects = new Map<string, Json>([['datasetProperties', properties(state)]])
  const schema = facetOf(state.facets, datasetFacets, 'schema')
  // A schema that was deleted is stated to have no fields.
  if (state.facets['schema']) aspects.set('schemaMetadata', schemaOf(urn, schema?.fields ?? []))
  if (state.facets['ownership']) {
    const stated = facetOf(state.facets, datasetFacets, 'ownership')
    aspects.set('ownership', ownershipAspect(stated?.owners ?? []))
  }
  if (state.life || state.moved !== undefined || state.stated['status'] !== undefined)
    aspects.set('status', { removed: state.moved !== undefined || state.life?.removed === true })
  if (state.writers.length > 0 || Object.keys(state.columns).length > 0)
    aspects.set(
      'upstreamLineage',
      state.moved === undefined ? upstreamLineage(urn, state, known) : { upstreams: [] },
    )
  return aspects
}

function properties(state: DatasetState): Json {
  const description = facetOf(state.facets, datasetFacets, 'documentation')?.description
  const source = facetOf(state.facets, datasetFacets, 'dataSource')
  const [namespace, name] = state.names[0] ?? ['', '']
  return {
    customProperties: {
      openlineageNamespace: namespace,
      openlineageName: name,
      ...(source?.name && { dataSource: source.name }),
      ...(source?.uri && { dataSourceUri: source.uri }),
      ...(state.life && { lifecycle: state.life.why }),
      ...(state.moved !== undefined && { movedTo: state.moved }),
    },
    ...(description && { description }),
    tags: [],
  }
}

interface StatedField {
  readonly name: string
  readonly type?: string | null | undefined
  readonly description?: string | null | undefined
  readonly fields?: readonly StatedField[] | null | undefined
}

function schemaOf(urn: string, stated: readonly StatedField[]): Json {
  const fields = [...fieldsOf(stated, '')].map(([fieldPath, { type, description }]) => ({
    fieldPath,
    ...(description && { description }),
    type: { type: { [`com.linkedin.schema.${schemaFieldType(type ?? '')}`]: {} } },
    nativeDataType: type ?? '',
    nullable: true,
    recursive: false,
  }))
  const { platform, name } = datasetParts(urn)
  return schemaMetadata({ schemaName: name, platform, fields })
}

/** Fields by path, those inside of others after them; of two with one name the first. */
function fieldsOf(fields: readonly StatedField[], prefix: string): Map<string, StatedField> {
  const all = new Map<string, StatedField>()
  for (const field of fields) {
    const path = `${prefix}${field.name}`
    if (all.has(path)) continue
    all.set(path, field)
    for (const [inner, of] of fieldsOf(field.fields ?? [], `${path}.`))
      if (!all.has(inner)) all.set(inner, of)
  }
  return all
}

/**
 * What the jobs that write it now read, and their column lineage. The jobs are named with each
 * dataset; where they run SQL, their query stands on the edges.
 */
function upstreamLineage(urn: string, state: DatasetState, known: KnownStates): Json {
  const upstreams = new Map<string, Set<string>>()
  const note = (dataset: string, job: string) => {
    if (dataset === urn) return
    const jobs = upstreams.get(dataset) ?? new Set()
    upstreams.set(dataset, jobs.add(job))
  }
  const fine: JsonObject[] = []
  const queries = new Map<string, string>()
  for (const job of ['', ...state.writers]) {
    const writer = job === '' ? undefined : known.shownJob(job)
    if (job !== '' && !writer?.outputs?.urns.includes(urn)) continue
    if (writer?.facets['sql']) queries.set(job, queryUrnOf(job))
    for (const input of writer?.inputs?.urns ?? []) note(input, job)
    const stated = Object.hasOwn(state.columns, job) ? state.columns[job] : undefined
    const sources = stated
      ? (JSON.parse(stated.text) as ColumnSource[]).map((source) => ({
          ...source,
          dataset: known.currentUrn(source.dataset),
        }))
      : []
    for (const { dataset } of sources) note(dataset, job)
    fine.push(...fineGrained(urn, sources, queries.get(job)))
  }
  return {
    upstreams: [...upstreams.keys()]
      .sort()
      .map((dataset) => upstreamOf(dataset, upstreams.get(dataset), queries)),
    ...(fine.length > 0 && { fineGrainedLineages: fine }),
  }
}

function upstreamOf(
  dataset: string,
  writers: ReadonlySet<string> | undefined,
  queries: ReadonlyMap<string, string>,
): JsonObject {
  const jobs = [...(writers ?? [])].filter((job) => job !== '').sort()
  const query = jobs.map((job) => queries.get(job)).find((urn) => urn !== undefined)
  return {
    auditStamp: STAMP,
    dataset,
    type: 'TRANSFORMED',
    ...(jobs.length > 0 && { properties: { openlineageJobs: jobs.join(' ') } }),
    ...(query !== undefined && { query }),
  }
}

/** One entry for each column and way of making it. */
function fineGrained(urn: string, sources: readonly ColumnSource[], query: string | undefined): JsonObject[] {
  const entries = new Map<string, { output: string; transform: string; upstreams: Set<string> }>()
  for (const { output, dataset, field, transform } of sources) {
    if (output === null || dataset === urn) continue
    const key = JSON.stringify([output, transform])
    const entry = entries.get(key) ?? { output, transform, upstreams: new Set() }
    entry.upstreams.add(schemaFieldUrn(dataset, field))
    entries.set(key, entry)
  }
  return [...entries.keys()].sort().map((key) => {
    const { output, transform, upstreams } = entries.get(key) as {
      output: string
      transform: string
      upstreams: Set<string>
    }
    return {
      upstreamType: 'FIELD_SET',
      upstreams: [...upstreams].sort(),
      downstreamType: 'FIELD',
      downstreams: [schemaFieldUrn(urn, output)],
      ...(transform !== '' && { transformOperation: transform }),
      confidenceScore: 1,
      ...(query !== undefined && { query }),
    }
  })
}
