import type { Facet } from '@groundplane/catalog'
import { ServerError } from '../../server-error.js'
import type { Reader } from './reader.js'

/** What searches of every kind have in common: the page that is asked for, results, facets. */

export interface SearchFlags {
  readonly maxAggValues?: number | null
  readonly skipAggregates?: boolean | null
}

/** Results that may be asked for at once. */
const MOST_RESULTS = 1_000
/** Begin and size of the page that is asked for; the first ten where nothing is said. `ServerError` `page_invalid`. */
export function pageOf({
  start,
  count,
}: {
  start?: number | null | undefined
  count?: number | null | undefined
}): {
  start: number
  count: number
} {
  const page = { start: start ?? 0, count: count ?? 10 }
  if (page.start >= 0 && page.count >= 0 && page.count <= MOST_RESULTS) return page
  throw new ServerError(
    'invalid',
    'page_invalid',
    `start and count must be 0 or more, count at most ${MOST_RESULTS}.`,
    {
      remedy: 'Ask for one page after the other.',
    },
  )
}

/** One result in a turn: each may be asked for hundreds of fields. */
export function resultsOf(reader: Reader, urns: readonly string[]): object[] {
  return urns.map((urn) => ({ entity: () => reader.turns.take(() => reader.ref(urn)) }))
}

/** Facets, each value with the entity it names, if it names one. */
export function facetsOf(
  reader: Reader,
  facets: readonly Facet[],
  flags: SearchFlags | null | undefined,
): object[] {
  if (flags?.skipAggregates === true) return []
  const most = flags?.maxAggValues ?? undefined
  return facets.map(({ field, displayName, aggregations }) => ({
    field,
    displayName,
    aggregations: (most === undefined ? aggregations : aggregations.slice(0, Math.max(0, most))).map(
      ({ entity, ...aggregation }) => ({
        ...aggregation,
        entity: () => reader.ref(entity?.urn),
      }),
    ),
  }))
}

export function noViews(): ServerError {
  return new ServerError('unsupported', 'view_unsupported', 'There are no views here.', {
    remedy: 'Leave out viewUrn, and filter.',
  })
}
