import { canonicalJson } from '@groundplane/core'
import type { DatasetName } from './dataset-name.js'
import type { JobName } from './job-name.js'
import type { EventDataset, FacetTexts, LineageEvent } from './read-event.js'
import {
  type ColumnSource,
  type DatasetList,
  type DatasetState,
  earliest,
  type JobState,
  joinLists,
  laterEnd,
  mergeFacets,
  newerList,
  type RunState,
  type StatedFacets,
  union,
} from './state.js'

type Side = 'inputs' | 'outputs'
type JobIo = RunState['io'][string]

/** The run after the event. */
export function nextRun(
  known: RunState | undefined,
  event: LineageEvent,
  job: string,
  urn: string,
): RunState {
  const { id: _, transition, texts } = event.run as NonNullable<LineageEvent['run']>
  const { at } = event
  const io = { ...known?.io?.[job] } as { -readonly [S in Side]?: DatasetList }
  for (const side of ['inputs', 'outputs'] as const) {
    const said = listOf(event, side, urn)
    if (said) io[side] = joinLists(io[side], said)
  }
  const named = { at, urn: job }
  const before = known?.job
  const start = transition === 'START' ? earliest(known?.start, at) : known?.start
  const ended = transition === 'COMPLETE' || transition === 'ABORT' || transition === 'FAIL'
  const end = ended ? laterEnd(known?.end, { at, transition }) : known?.end
  return {
    facets: mergeFacets(known?.facets ?? {}, at, texts),
    job: !before || at > before.at || (at === before.at && job > before.urn) ? named : before,
    ...(start !== undefined && { start }),
    first: earliest(known?.first, at),
    ...(end && { end }),
    io: { ...known?.io, [job]: io },
    stated: known?.stated ?? {},
  }
}

/** The job after the event. `ofRun`: what the run of the event reads and writes; undefined where it has none. */
export function nextJob(
  known: JobState | undefined,
  { namespace, name, texts }: JobName & { readonly texts: FacetTexts },
  event: LineageEvent,
  ofRun: JobIo | undefined,
): JobState {
  const { at } = event
  const list = (side: Side) =>
    newerList(
      known?.[side],
      event.run ? ofRun?.[side] : listOf(event, side, `job ${datasetsOf(event, side).join(' ')}`),
    )
  const inputs = list('inputs')
  const outputs = list('outputs')
  return {
    namespace,
    name,
    facets: mergeFacets(known?.facets ?? {}, at, texts),
    ...(inputs && { inputs }),
    ...(outputs && { outputs }),
    stated: known?.stated ?? {},
  }
}

/** An empty list says nothing: clients send one where they do not know yet. */
function listOf(event: LineageEvent, side: Side, by: string): DatasetList | undefined {
  const urns = datasetsOf(event, side)
  return urns.length === 0 ? undefined : { at: event.at, by, urns }
}

function datasetsOf(event: LineageEvent, side: Side): readonly string[] {
  return union(
    [],
    (event[side] ?? []).map(({ urn }) => urn),
  )
}

/** The dataset after the event. `writer`: URN of the job that writes it, '' for nobody; undefined for an input. */
export function nextDataset(
  known: DatasetState | undefined,
  dataset: EventDataset,
  event: LineageEvent,
  writer: string | undefined,
): DatasetState {
  const { at } = event
  const { moved: _, ...base } = known ?? emptyDataset()
  const change = dataset.facets.lifecycleStateChange
  const life = change && {
    at,
    removed: change.lifecycleStateChange === 'DROP',
    why: change.previousIdentifier
      ? `${change.lifecycleStateChange} ${change.previousIdentifier.namespace} ${change.previousIdentifier.name}`
      : change.lifecycleStateChange,
  }
  const sources = writer === undefined ? undefined : columnSources(dataset, event)
  return {
    ...base,
    names: withName(base.names, dataset.name),
    facets: mergeFacets(base.facets, at, dataset.texts),
    ...withLife(base.life, life ?? undefined),
    writers: writer ? union(base.writers, [writer]) : base.writers,
    columns:
      sources === undefined
        ? base.columns
        : mergeFacets(base.columns, at, [[writer as string, canonicalJson(sources)]]),
  }
}

/** A dataset after it was given another name. */
export function renamedAway(
  known: DatasetState | undefined,
  name: DatasetName,
  at: string,
  to: string,
): DatasetState {
  const base = known ?? emptyDataset()
  return {
    ...base,
    names: withName(base.names, name),
    ...withLife(base.life, { at, removed: true, why: `RENAME to ${to}` }),
  }
}

/** A dataset with all that events said of it under another URN. */
export function joinedDataset(known: DatasetState | undefined, other: DatasetState): DatasetState {
  const base = known ?? emptyDataset()
  return {
    ...base,
    names: other.names.reduce((names, [namespace, name]) => withName(names, { namespace, name }), base.names),
    facets: joinFacets(base.facets, other.facets),
    ...withLife(base.life, other.life),
    writers: union(base.writers, other.writers),
    columns: joinFacets(base.columns, other.columns),
  }
}

function joinFacets(known: StatedFacets, other: StatedFacets): StatedFacets {
  return Object.entries(other).reduce(
    (facets, [name, { at, text }]) => mergeFacets(facets, at, [[name, text]]),
    known,
  )
}

function emptyDataset(): DatasetState {
  return { names: [], facets: {}, writers: [], columns: {}, stated: {} }
}

function withName(names: DatasetState['names'], { namespace, name }: DatasetName): DatasetState['names'] {
  const texts = names.map((pair) => JSON.stringify(pair))
  return union(texts, [JSON.stringify([namespace, name])]).map((text) => JSON.parse(text) as [string, string])
}

type Life = DatasetState['life']

function withLife(known: Life, said: Life): { readonly life?: NonNullable<Life> } {
  const key = (life: NonNullable<Life>) => `${life.at} ${life.removed ? 1 : 0} ${life.why}`
  const life = known && said ? (key(said) > key(known) ? said : known) : (said ?? known)
  return life ? { life } : {}
}

/** What the facet says of the columns, with URNs; nothing after the facet was deleted, undefined without it. */
function columnSources(dataset: EventDataset, event: LineageEvent): readonly ColumnSource[] | undefined {
  if (!dataset.texts.has('columnLineage')) return undefined
  const lineage = dataset.facets.columnLineage
  type Input = NonNullable<NonNullable<typeof lineage>['dataset']>[number]
  const source = (output: string | null, input: Input): ColumnSource => ({
    output,
    dataset: event.urnOf(input),
    field: input.field,
    transform: transformOf(input.transformations ?? []),
  })
  return [
    ...Object.entries(lineage?.fields ?? {}).flatMap(([output, { inputFields }]) =>
      inputFields.map((input) => source(output, input)),
    ),
    ...(lineage?.dataset ?? []).map((input) => source(null, input)),
  ]
}

function transformOf(
  transformations: readonly { readonly type: string; readonly subtype?: string | null | undefined }[],
): string {
  return union(
    [],
    transformations.map(({ type, subtype }) => (subtype ? `${type}:${subtype}` : type)),
  ).join(',')
}
