import { type LineageHit, tryFieldParts } from '@groundplane/catalog'
import { ServerError } from '../../server-error.js'
import {
  type Alternatives,
  alternativesOf,
  type FacetFilter,
  filterMember,
  wantedValues,
} from './filter-text.js'
import type { EntityObject, Reader } from './reader.js'
import type { EntitySearch } from './search.js'
import { facetsOf, noViews, pageOf } from './search-page.js'

/** `SearchAcrossLineageInput` */
export interface LineageSearch extends EntitySearch {
  readonly urn?: string | null
  readonly direction: 'UPSTREAM' | 'DOWNSTREAM'
}

/** Paths of all results of one answer together: a few results have all, many have their shortest. */
const MOST_PATHS = 1_000

/** The lineage of a dataset, or of a column by the URN of its schema field, by dataset. */
export async function searchLineage(reader: Reader, question: LineageSearch): Promise<object> {
  const { catalog, at } = reader
  if (question.viewUrn != null) throw noViews()
  const start = endOf(question.urn ?? '')
  const page = pageOf(question)
  const { hops, rest } = hopsOf(alternativesOf(question))
  const upstream = question.direction === 'UPSTREAM'
  const asked = {
    urn: start.dataset,
    column: start.column ?? null,
    upstream,
    max_hops: hops,
    max_results: Math.max(1, page.count),
    offset: page.start,
    query: question.query ?? '*',
    ...filterMember(reader, question.types, rest),
  }
  const answer = await reader.walk(catalog.inSteps.getLineage(asked, at))
  const found = answer.upstreams ?? answer.downstreams
  const hits = page.count === 0 ? [] : (found?.searchResults ?? [])
  const most = Math.max(1, Math.floor(MOST_PATHS / Math.max(1, hits.length)))
  return {
    start: page.start,
    count: hits.length,
    total: found?.total ?? 0,
    facets: facetsOf(reader, found?.facets ?? [], question.searchFlags),
    searchResults: hits.map((hit) => ({
      degree: hit.degree,
      entity: () => reader.turns.take(() => reader.ref(hit.entity.urn)),
      paths: () => reader.turns.take(() => pathsTo(reader, start, hit, upstream, most)),
    })),
  }
}

interface End {
  readonly dataset: string
  readonly column: string | undefined
}

function endOf(urn: string): End {
  const field = tryFieldParts(urn)
  return typeof field === 'string'
    ? { dataset: urn, column: undefined }
    : { dataset: field.dataset, column: field.path }
}

/** The hops that `degree` allows, and the conditions beside it. */
function hopsOf(alternatives: Alternatives): { hops: number; rest: Alternatives } {
  const asked = new Set<string>()
  const rest = alternatives.map((all) => {
    const degrees = all.filter(({ field }) => field === 'degree').map(degreesOf)
    asked.add(degrees.flat().sort().join())
    return all.filter(({ field }) => field !== 'degree')
  })
  const [degrees = ''] = asked
  const hops = HOPS.get(degrees)
  if (asked.size <= 1 && hops !== undefined) return { hops, rest }
  throw new ServerError(
    'invalid',
    'filter_unsupported',
    'This server cannot filter lineage by these degrees.',
    {
      remedy: 'Ask for degree 1, for 1 and 2, or for 1, 2 and 3+, in every alternative.',
    },
  )
}

const HOPS: ReadonlyMap<string, number> = new Map([
  ['', 3],
  ['1', 1],
  ['1,2', 2],
  ['1,2,3+', 3],
])

function degreesOf(filter: FacetFilter): readonly string[] {
  const plain = filter.negated !== true && (filter.condition ?? 'EQUAL') === 'EQUAL'
  return plain ? wantedValues(filter) : ['other']
}

/** The paths from where the lineage starts to one result, or to each of its columns, shortest first. */
async function pathsTo(
  reader: Reader,
  start: End,
  hit: LineageHit,
  upstream: boolean,
  most: number,
): Promise<object[]> {
  const direction = upstream ? 'upstream' : 'downstream'
  const source = { source_urn: start.dataset, source_column: start.column ?? null }
  const columns = start.column === undefined ? [null] : (hit.lineageColumns ?? [])
  const each = Math.max(1, Math.floor(most / Math.max(1, columns.length)))
  const shown: object[] = []
  for (const column of columns) {
    const question = { ...source, target_urn: hit.entity.urn, target_column: column, direction } as const
    // A table that feeds itself is its own lineage, and has no path to itself.
    if (hit.entity.urn === start.dataset && column === (start.column ?? null)) continue
    const { paths } = await reader.walk(reader.catalog.inSteps.getLineagePathsBetween(question, reader.at))
    // A step without a URN is an expression that no query is recorded for.
    for (const { path } of paths.slice(0, each))
      shown.push({
        path: path.map(({ urn }) => reader.ref(urn)).filter((step): step is EntityObject => step !== null),
      })
  }
  return shown
}
