import { withoutCredentials } from '@groundplane/core'
import type { z } from 'zod'
import { identityOf } from '../model/entity-type.js'
import { schemaFieldUrn } from '../urn/entity-urns.js'
import { type DatasetName, datasetUrnOf, lastTable, linkedUrnOf } from './dataset-name.js'
import type { DeclaredNames } from './declared-names.js'
import { type EventProblem, pointerOf, problemOf } from './event-problem.js'
import { datasetEvent, jobEvent, runEvent, type WireDataset } from './event-shape.js'
import { instantOf } from './instant.js'
import type { JobName } from './job-name.js'
import { elementTexts, memberTexts } from './json-text.js'

export type Transition = 'START' | 'RUNNING' | 'COMPLETE' | 'ABORT' | 'FAIL' | 'OTHER'

/** Text of each facet, by its name; those of inputs and outputs alone are named `input:<name>` and `output:<name>`. */
export type FacetTexts = ReadonlyMap<string, string>

export interface EventDataset {
  readonly urn: string
  /** The URN it would have if no source were declared. */
  readonly undeclaredUrn: string
  readonly name: DatasetName
  readonly texts: FacetTexts
  readonly facets: NonNullable<WireDataset['facets']>
  readonly inputFacets: NonNullable<WireDataset['inputFacets']>
  readonly outputFacets: NonNullable<WireDataset['outputFacets']>
}

/** An event that is in order. The time is an instant of `instantOf`. */
export interface LineageEvent {
  readonly at: string
  readonly job?: JobName & { readonly texts: FacetTexts }
  readonly run?: {
    readonly id: string
    readonly transition: Transition
    readonly texts: FacetTexts
  }
  /** Undefined where the event says nothing of them. */
  readonly inputs?: readonly EventDataset[]
  readonly outputs?: readonly EventDataset[]
  /** Of an event of a dataset alone. */
  readonly dataset?: EventDataset
  /** The URN of a dataset the event names elsewhere than among its datasets. */
  readonly urnOf: (name: DatasetName) => string
}

/** Reads one event from its JSON text, or answers everything that is wrong with it. `declared`: sources whose datasets it may name. */
export function readEvent(text: string, declared?: DeclaredNames): LineageEvent | readonly EventProblem[] {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [{ pointer: '', message: 'It is no JSON object, and must be one.' }]
  if ('run' in value) return read(runEvent, value, (event) => ofRun(event, text, declared))
  if ('job' in value) return read(jobEvent, value, (event) => withJob(event, memberTexts(text), declared))
  if ('dataset' in value) return read(datasetEvent, value, (event) => ofDataset(event, text, declared))
  return [
    { pointer: '', message: 'It has neither "run", "job" nor "dataset", and must be about one of them.' },
  ]
}

export function isProblems(read: LineageEvent | readonly EventProblem[]): read is readonly EventProblem[] {
  return Array.isArray(read)
}

function read<T extends z.ZodType>(
  shape: T,
  value: unknown,
  whole: (event: z.output<T>) => LineageEvent,
): LineageEvent | readonly EventProblem[] {
  const checked = shape.safeParse(value)
  if (!checked.success) return checked.error.issues.map((issue) => problemOf(issue, value))
  const event = whole(checked.data)
  const problems = namingProblems(event)
  return problems.length > 0 ? problems : event
}

function ofRun(
  event: z.output<typeof runEvent>,
  text: string,
  declared: DeclaredNames | undefined,
): LineageEvent {
  const members = memberTexts(text)
  return {
    ...withJob(event, members, declared),
    run: {
      id: event.run.runId.toLowerCase(),
      transition: event.eventType ?? 'OTHER',
      texts: facetTexts(memberTexts(members.get('run') as string).get('facets')),
    },
  }
}

function withJob(
  event: z.output<typeof jobEvent>,
  members: ReadonlyMap<string, string>,
  declared: DeclaredNames | undefined,
): LineageEvent {
  const names = namesOf([...(event.inputs ?? []), ...(event.outputs ?? [])], declared)
  const { inputs, outputs, job } = event
  const datasets = (list: readonly WireDataset[], texts: readonly string[]) =>
    list.map((dataset, i) => datasetOf(dataset, texts[i] as string, names))
  return {
    at: instantOf(event.eventTime),
    job: {
      namespace: job.namespace,
      name: job.name,
      producer: event.producer,
      texts: facetTexts(memberTexts(members.get('job') as string).get('facets')),
    },
    ...(inputs && { inputs: datasets(inputs, elementTexts(members.get('inputs') as string)) }),
    ...(outputs && { outputs: datasets(outputs, elementTexts(members.get('outputs') as string)) }),
    urnOf: names.urnOf,
  }
}

function ofDataset(
  event: z.output<typeof datasetEvent>,
  text: string,
  declared: DeclaredNames | undefined,
): LineageEvent {
  const names = namesOf([event.dataset], declared)
  const dataset = datasetOf(event.dataset, memberTexts(text).get('dataset') as string, names)
  return { at: instantOf(event.eventTime), dataset, urnOf: names.urnOf }
}

function datasetOf(wire: WireDataset, text: string, names: Names): EventDataset {
  const name = { namespace: wire.namespace, name: wire.name }
  const members = memberTexts(text)
  const texts = new Map(facetTexts(members.get('facets')))
  const source = wire.facets?.dataSource
  if (source?.uri) {
    const uri = withoutSecrets(source.uri)
    // The only text of a producer that is not kept as it is: passwords are nobody's to read in a catalog.
    if (uri !== source.uri) texts.set('dataSource', JSON.stringify({ ...source, uri }))
  }
  for (const [kind, member] of [
    ['input', 'inputFacets'],
    ['output', 'outputFacets'],
  ] as const)
    for (const [facet, of] of facetTexts(members.get(member))) texts.set(`${kind}:${facet}`, of)
  return {
    urn: names.urnOf(name),
    undeclaredUrn: names.undeclaredUrnOf(name),
    name,
    texts,
    facets: wire.facets ?? {},
    inputFacets: wire.inputFacets ?? {},
    outputFacets: wire.outputFacets ?? {},
  }
}

/** Facets that are null are not there. */
function facetTexts(text: string | undefined): FacetTexts {
  if (text === undefined || text === 'null') return new Map()
  return new Map([...memberTexts(text)].filter(([, facet]) => facet !== 'null'))
}

interface Names {
  readonly urnOf: LineageEvent['urnOf']
  readonly undeclaredUrnOf: LineageEvent['urnOf']
}

/**
 * Symbolic links hold for every mention of the dataset in the event, also in column lineage. A source that
 * has the dataset goes before a link, and one that has what the link leads to before the platform of the link.
 */
function namesOf(datasets: readonly WireDataset[], declared: DeclaredNames | undefined): Names {
  const linked = new Map<string, { readonly undeclared: string; readonly urn: string }>()
  for (const dataset of datasets) {
    const links = dataset.facets?.symlinks?.identifiers
    if (!links?.length) continue
    const undeclared = linkedUrnOf(dataset, links)
    const table = lastTable(links)
    linked.set(keyOf(dataset), { undeclared, urn: (table && declared?.urnOf(table)) ?? undeclared })
  }
  const linkOf = (name: DatasetName) => (linked.size === 0 ? undefined : linked.get(keyOf(name)))
  return {
    urnOf: (name) => declared?.urnOf(name) ?? linkOf(name)?.urn ?? datasetUrnOf(name),
    undeclaredUrnOf: (name) => linkOf(name)?.undeclared ?? datasetUrnOf(name),
  }
}

function keyOf({ namespace, name }: DatasetName): string {
  return JSON.stringify([namespace, name])
}

/** An address of a database without its user, its password and what else opens it. */
function withoutSecrets(uri: string): string {
  const [, driver = '', address = ''] = /^(jdbc:)?(.*)$/is.exec(uri) ?? []
  return (
    driver +
    withoutCredentials(address).replace(
      /([?&;](?:user|username|password|passwd|pwd|token|secret|[a-z_]*key)=)[^&;]*/gi,
      '$1***',
    )
  )
}

/** Names no URN can be made of. */
function namingProblems(event: LineageEvent): EventProblem[] {
  const problems: EventProblem[] = []
  const check = (pointer: string, urn: string) => {
    const identity = identityOf(urn)
    if (typeof identity === 'string')
      problems.push({ pointer, message: `No URN can be made of this name: ${identity}.` })
  }
  const checkDataset = (pointer: string, { urn, facets }: EventDataset) => {
    check(pointer, urn)
    for (const [i, { name }] of (facets.schema?.fields ?? []).entries())
      check(`${pointer}/facets/schema/fields/${i}/name`, schemaFieldUrn(urn, name))
    for (const [column, { inputFields }] of Object.entries(facets.columnLineage?.fields ?? {})) {
      const at = `${pointer}/facets/columnLineage/fields${pointerOf([column])}`
      check(at, schemaFieldUrn(urn, column))
      for (const [i, input] of inputFields.entries())
        check(`${at}/inputFields/${i}`, schemaFieldUrn(event.urnOf(input), input.field))
    }
    const before = facets.lifecycleStateChange?.previousIdentifier
    if (before) check(`${pointer}/facets/lifecycleStateChange/previousIdentifier`, event.urnOf(before))
  }
  for (const [i, dataset] of (event.inputs ?? []).entries()) checkDataset(`/inputs/${i}`, dataset)
  for (const [i, dataset] of (event.outputs ?? []).entries()) checkDataset(`/outputs/${i}`, dataset)
  if (event.dataset) checkDataset('/dataset', event.dataset)
  return problems
}
