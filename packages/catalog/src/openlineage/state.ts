/**
 * What is known of a dataset, a job and a run by the events about them. Each is a function of the
 * set of events: the order in which they come, and how often, does not matter. Where two say
 * different things the later one holds, and of two at one instant the one whose text is greater.
 *
 * The states are kept as an aspect of our own, so that one more event needs no other event again.
 */
export const STATE_ASPECT = 'groundplaneOpenlineage'

/** A facet as it was sent, and when. */
export interface StatedFacet {
  readonly at: string
  readonly text: string
}
export type StatedFacets = Readonly<Record<string, StatedFacet>>

/** Digests of the aspects last written from this state: what is another text now was written by others. */
export type Stated = Readonly<Record<string, string>>

export interface DatasetState {
  /** The names it has in events: namespace and name. */
  readonly names: readonly (readonly [string, string])[]
  readonly facets: StatedFacets
  /** The newest word about whether it is there. */
  readonly life?: { readonly at: string; readonly removed: boolean; readonly why: string }
  /** The dataset of a declared source that it has since been known as: all its names mean that one. */
  readonly moved?: string
  /** URNs of the jobs that named it as an output. */
  readonly writers: readonly string[]
  /** Column lineage by the job that stated it, '' for nobody: the text of `ColumnSource[]`. */
  readonly columns: StatedFacets
  readonly stated: Stated
}

/** A column, or where `output` is null the whole dataset, is made of another column. */
export interface ColumnSource {
  readonly output: string | null
  /** URN of the dataset. */
  readonly dataset: string
  readonly field: string
  /** `DIRECT:IDENTITY`; several separated by commas; '' where it is not said. */
  readonly transform: string
}

/** Datasets a job reads or writes, by the run that said so last, or by what was said of the job itself. */
export interface DatasetList {
  readonly at: string
  readonly by: string
  readonly urns: readonly string[]
}

export interface JobState {
  readonly namespace: string
  readonly name: string
  readonly facets: StatedFacets
  readonly inputs?: DatasetList
  readonly outputs?: DatasetList
  readonly stated: Stated
}

export interface RunState {
  readonly facets: StatedFacets
  /** URN of its job; of several the one named last. */
  readonly job: { readonly at: string; readonly urn: string }
  /** Of the first START, else of the first event. */
  readonly start?: string
  readonly first: string
  readonly end?: { readonly at: string; readonly transition: 'COMPLETE' | 'ABORT' | 'FAIL' }
  /** By job: all inputs and outputs of all events, each with the newest time. */
  readonly io: Readonly<Record<string, { readonly inputs?: DatasetList; readonly outputs?: DatasetList }>>
  readonly stated: Stated
}

export function mergeFacets(
  known: StatedFacets,
  at: string,
  texts: Iterable<readonly [string, string]>,
): StatedFacets {
  const merged: Record<string, StatedFacet> = { ...known }
  for (const [name, text] of texts) {
    const before = Object.hasOwn(merged, name) ? merged[name] : undefined
    if (!before || isLater({ at, text }, before)) merged[name] = { at, text }
  }
  return merged
}

function isLater(a: StatedFacet, b: StatedFacet): boolean {
  return a.at > b.at || (a.at === b.at && a.text > b.text)
}

export function union<T extends string>(a: readonly T[], b: Iterable<T>): readonly T[] {
  return [...new Set([...a, ...b])].sort()
}

/** Of one speaker what it said last, of two speakers the one that spoke later. */
export function newerList(
  known: DatasetList | undefined,
  said: DatasetList | undefined,
): DatasetList | undefined {
  if (!known || !said) return said ?? known
  if (known.by === said.by) return known.at > said.at ? { ...said, at: known.at } : said
  return said.at > known.at || (said.at === known.at && said.by > known.by) ? said : known
}

/** What one run said in several events: all of it. */
export function joinLists(known: DatasetList | undefined, said: DatasetList): DatasetList {
  if (!known) return { ...said, urns: union([], said.urns) }
  return { by: said.by, at: latest(known.at, said.at), urns: union(known.urns, said.urns) }
}

const latest = (a: string, b: string): string => [a, b].sort()[1] as string

export const earliest = (a: string | undefined, b: string): string => (a !== undefined && a < b ? a : b)

const RANK = { COMPLETE: 0, ABORT: 1, FAIL: 2 } as const

/** A run that has ended has ended, whatever is said to have started after it; of two ends the later holds. */
export function laterEnd(known: RunState['end'], said: NonNullable<RunState['end']>): RunState['end'] {
  if (!known || said.at > known.at) return said
  return said.at === known.at && RANK[said.transition] > RANK[known.transition] ? said : known
}
