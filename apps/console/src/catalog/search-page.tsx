import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type RefObject, useEffect, useRef } from 'react'
import { goTo } from '../shell/address'
import { Problem } from '../shell/problem'
import { formatCount, plural } from '../text/format'
import type { GroundplaneClient } from '../wire/types'
import { ask, askEntities, type EntityDocument, type SearchAnswer } from './answers'
import { fragmentOfSearch, type SearchPlace } from './catalog-route'
import { FacetPanel } from './facet-panel'
import { SearchBox } from './search-box'
import { filterOf } from './search-filter'
import { SearchResult } from './search-result'

const PAGE = 20

/** Search: the address holds what is asked, so that back, reload and a link show the same. */
export function SearchPage({ client, place }: { client: GroundplaneClient; place: SearchPlace }) {
  const input = useRef<HTMLInputElement>(null)
  const list = useRef<HTMLOListElement>(null)
  const answer = useSearch(client, place)
  const details = useDetails(client, answer.data)
  useResultKeys(input, list)
  const show = (change: Partial<SearchPlace>, how: 'push' | 'replace' = 'push') =>
    goTo(fragmentOfSearch({ ...place, from: 0, ...change }), how)

  useEffect(() => {
    document.title = place.query ? `${place.query} · Catalog · Groundplane` : 'Catalog · Groundplane'
  }, [place.query])

  return (
    <div className="catalog-search">
      <h1 className="visually-hidden">Search the catalog</h1>
      <SearchBox input={input} query={place.query} onQuery={(query) => show({ query }, 'replace')} />
      <div className="catalog-columns">
        <FacetPanel
          facets={answer.data?.facets}
          selected={place.selected}
          onSelected={(selected) => show({ selected })}
        />
        <section aria-labelledby="results-title" className="results" aria-busy={answer.isFetching}>
          {answer.isError ? (
            <Problem
              error={answer.error}
              title="This cannot be searched for."
              onRetry={() => void answer.refetch()}
            />
          ) : null}
          <ResultsHead
            answer={answer.isError ? undefined : answer.data}
            place={place}
            onSort={(sort) => show({ sort })}
          />
          {answer.isPending ? <ResultsSkeleton /> : null}
          {answer.data && !answer.isError ? (
            <>
              {(answer.data.hints ?? []).map((hint) => (
                <p className="hint" key={hint}>
                  {hint}
                </p>
              ))}
              <ol className="result-list" ref={list}>
                {(answer.data.searchResults ?? []).map((hit) => (
                  <SearchResult key={hit.entity.urn} hit={hit} details={details.get(hit.entity.urn)} />
                ))}
              </ol>
              {answer.data.total === 0 ? <NothingFound place={place} onShow={show} /> : null}
              <Pages answer={answer.data} place={place} />
            </>
          ) : null}
        </section>
      </div>
    </div>
  )
}

function useSearch(client: GroundplaneClient, place: SearchPlace) {
  const filter = filterOf(place.selected)
  const args = {
    query: place.query.trim() || '*',
    num_results: PAGE,
    offset: place.from,
    ...(filter !== undefined && { filter }),
    ...(place.sort === 'name' && { sort_by: 'name', sort_order: 'asc' }),
  }
  return useQuery({
    queryKey: ['catalog', 'search', args],
    queryFn: ({ signal }) => ask(client, 'search', args, signal),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  })
}

/** What a result of a search leaves out: owners, health, tags. The results stand before it arrives, and without it. */
function useDetails(
  client: GroundplaneClient,
  answer: SearchAnswer | undefined,
): Map<string, EntityDocument> {
  const urns = (answer?.searchResults ?? []).map((hit) => hit.entity.urn)
  const details = useQuery({
    queryKey: ['catalog', 'details', urns],
    queryFn: ({ signal }) => askEntities(client, urns, signal),
    enabled: urns.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  })
  return new Map((details.data ?? []).flatMap((one) => ('error' in one ? [] : [[one.urn, one]])))
}

function ResultsHead({
  answer,
  place,
  onSort,
}: {
  answer: SearchAnswer | undefined
  place: SearchPlace
  onSort: (sort: SearchPlace['sort']) => void
}) {
  return (
    <div className="results-head">
      <h2 id="results-title" role="status">
        {answer ? plural(answer.total, 'result') : 'Results'}
      </h2>
      <fieldset className="chips">
        <legend className="visually-hidden">Sort by</legend>
        {(['relevance', 'name'] as const).map((sort) => (
          <button
            key={sort}
            type="button"
            className="chip"
            aria-pressed={place.sort === sort}
            onClick={() => onSort(sort)}
          >
            {sort === 'relevance' ? 'Most relevant' : 'By name'}
          </button>
        ))}
      </fieldset>
    </div>
  )
}

function ResultsSkeleton() {
  return (
    <div className="results-skeleton" aria-hidden="true">
      <span className="skeleton" />
      <span className="skeleton" />
      <span className="skeleton" />
      <span className="skeleton" />
    </div>
  )
}

function NothingFound({
  place,
  onShow,
}: {
  place: SearchPlace
  onShow: (change: Partial<SearchPlace>) => void
}) {
  const filtered = place.selected.length > 0
  return (
    <div className="nothing">
      <p>
        <strong>Nothing in the catalog matches{filtered ? ' with these filters' : ''}.</strong>{' '}
        {filtered
          ? 'Other words, or fewer filters, may find it.'
          : 'Search for part of a name, a column, an owner or a topic.'}
      </p>
      <p className="nothing-ways">
        {filtered ? (
          <button type="button" className="button" onClick={() => onShow({ selected: [] })}>
            Without filters
          </button>
        ) : null}
        <button type="button" className="button" onClick={() => onShow({ query: '', selected: [] })}>
          Show everything
        </button>
      </p>
    </div>
  )
}

function Pages({ answer, place }: { answer: SearchAnswer; place: SearchPlace }) {
  const shown = answer.searchResults?.length ?? 0
  const last = answer.start + shown
  if (answer.total === 0 || (place.from === 0 && last >= answer.total)) return null
  return (
    <nav className="pages" aria-label="Pages of results">
      {place.from > 0 ? (
        <a className="button" href={fragmentOfSearch({ ...place, from: Math.max(0, place.from - PAGE) })}>
          Previous
        </a>
      ) : null}
      <span className="faint">
        {shown > 0 ? `${formatCount(answer.start + 1)} to ${formatCount(last)}` : 'None here'} of{' '}
        {formatCount(answer.total)}
      </span>
      {last < answer.total && shown > 0 ? (
        <a className="button" href={fragmentOfSearch({ ...place, from: last })}>
          Next
        </a>
      ) : null}
    </nav>
  )
}

/** Arrows go from the box into the results, among them, and back. */
function useResultKeys(
  input: RefObject<HTMLInputElement | null>,
  list: RefObject<HTMLOListElement | null>,
): void {
  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
      const links = Array.from(list.current?.querySelectorAll<HTMLElement>('.result-name') ?? [])
      const at = links.indexOf(event.target as HTMLElement)
      if (at === -1 && event.target !== input.current) return
      const next = at + (event.key === 'ArrowDown' ? 1 : -1)
      const to = next < 0 ? input.current : links[next]
      if (!to) return
      event.preventDefault()
      to.focus()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [input, list])
}
