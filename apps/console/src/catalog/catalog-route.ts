/**
 * Addresses of the catalog's pages. Pure.
 *
 *     #/catalog?q=revenue&f=tags:urn:li:tag:pii&from=20    search
 *     #/catalog/<urn>?tab=lineage                          an entity
 *     #/lineage/<urn>?up=2&down=1&column=price             the lineage explorer
 */

export const TABS = ['schema', 'lineage', 'assertions', 'incidents', 'queries', 'changes'] as const
export type Tab = (typeof TABS)[number]

/** Hops that the explorer opens to a side at most: beyond this it is every hop there is. */
export const ALL_HOPS = 100

export interface Selected {
  /** A facet's field, as the server names it. */
  field: string
  value: string
}

export interface SearchPlace {
  page: 'search'
  query: string
  selected: readonly Selected[]
  from: number
  sort: 'relevance' | 'name'
}

export interface EntityPlace {
  page: 'entity'
  urn: string
  /** Null where the address leaves it to the entity. */
  tab: Tab | null
}

export interface LineagePlace {
  page: 'lineage'
  urn: string
  up: number
  down: number
  column: string | null
}

export type CatalogPlace = SearchPlace | EntityPlace | LineagePlace

/** The page of the catalog that a fragment names; null for the pages of the on-call crew. */
export function catalogPlaceOf(fragment: string): CatalogPlace | null {
  const [path = '', search = ''] = cutAt(fragment.replace(/^#/, ''), '?')
  const query = new URLSearchParams(search)
  if (/^\/catalog\/?$/.test(path)) return searchPlaceOf(query)
  const entity = /^\/catalog\/(.+)$/.exec(path)?.[1]
  if (entity) {
    const tab = query.get('tab')
    return { page: 'entity', urn: decoded(entity), tab: TABS.find((one) => one === tab) ?? null }
  }
  const lineage = /^\/lineage\/(.+)$/.exec(path)?.[1]
  if (!lineage) return null
  return {
    page: 'lineage',
    urn: decoded(lineage),
    up: hopsOf(query.get('up')),
    down: hopsOf(query.get('down')),
    column: query.get('column') || null,
  }
}

function searchPlaceOf(query: URLSearchParams): SearchPlace {
  const from = Number(query.get('from') ?? '0')
  return {
    page: 'search',
    query: query.get('q') ?? '',
    selected: query.getAll('f').flatMap((text) => {
      const [field, value] = cutAt(text, ':')
      return field && value ? [{ field, value }] : []
    }),
    from: Number.isSafeInteger(from) && from > 0 ? from : 0,
    sort: query.get('sort') === 'name' ? 'name' : 'relevance',
  }
}

function cutAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + mark.length)]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function hopsOf(text: string | null): number {
  if (text === 'all') return ALL_HOPS
  return text !== null && /^\d{1,2}$/.test(text) ? Number(text) : 1
}

/** The fragment that names a search; what is as it is at first is left out. */
export function fragmentOfSearch(place: Partial<Omit<SearchPlace, 'page'>> = {}): string {
  const query = new URLSearchParams()
  if (place.query) query.set('q', place.query)
  for (const { field, value } of place.selected ?? []) query.append('f', `${field}:${value}`)
  if (place.from) query.set('from', String(place.from))
  if (place.sort === 'name') query.set('sort', 'name')
  return withQuery('#/catalog', query)
}

export function fragmentOfEntity(urn: string, tab?: Tab): string {
  return withQuery(`#/catalog/${encodedUrn(urn)}`, new URLSearchParams(tab ? { tab } : {}))
}

export function fragmentOfLineage(
  urn: string,
  place: { up?: number; down?: number; column?: string | null } = {},
): string {
  const query = new URLSearchParams()
  for (const side of ['up', 'down'] as const) {
    const hops = place[side]
    if (hops !== undefined && hops !== 1) query.set(side, hops >= ALL_HOPS ? 'all' : String(hops))
  }
  if (place.column) query.set('column', place.column)
  return withQuery(`#/lineage/${encodedUrn(urn)}`, query)
}

/** Readable in the address bar: what a URN is made of needs no escape in a fragment, but for `?`, `#`, `&` and `%`. */
function encodedUrn(urn: string): string {
  return encodeURIComponent(urn).replace(/%(3A|2C|28|29)/gi, (code) => decodeURIComponent(code))
}

function withQuery(path: string, query: URLSearchParams): string {
  const text = query.toString()
  return text ? `${path}?${text}` : path
}
