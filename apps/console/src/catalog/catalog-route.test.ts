import { expect, test } from 'vitest'
import {
  ALL_HOPS,
  catalogPlaceOf,
  fragmentOfEntity,
  fragmentOfLineage,
  fragmentOfSearch,
} from './catalog-route'

const urn = 'urn:li:dataset:(urn:li:dataPlatform:sqlite,a&b?c#d%20.main.orders,PROD)'

test('a search, its filters and its page survive the address', () => {
  const place = {
    query: '/q "order items" OR reven* AND tag:financial & 100 %',
    selected: [
      { field: 'tags', value: 'urn:li:tag:pii' },
      { field: 'owners', value: 'urn:li:corpuser:a&f=b' },
    ],
    from: 40,
    sort: 'name',
  } as const
  expect(catalogPlaceOf(fragmentOfSearch(place))).toEqual({ page: 'search', ...place })
  expect(catalogPlaceOf(fragmentOfSearch())).toEqual({
    page: 'search',
    query: '',
    selected: [],
    from: 0,
    sort: 'relevance',
  })
})

test('a URN survives the address whatever it is made of', () => {
  expect(catalogPlaceOf(fragmentOfEntity(urn))).toEqual({ page: 'entity', urn, tab: null })
  expect(catalogPlaceOf(fragmentOfEntity(urn, 'changes'))).toEqual({ page: 'entity', urn, tab: 'changes' })
  expect(catalogPlaceOf(fragmentOfLineage(urn, { up: 3, down: ALL_HOPS, column: 'a b' }))).toEqual({
    page: 'lineage',
    urn,
    up: 3,
    down: ALL_HOPS,
    column: 'a b',
  })
})

test('what an address spoils falls back to what is shown at first', () => {
  expect(catalogPlaceOf('#/catalog?from=-3&f=nothing&sort=size')).toMatchObject({
    from: 0,
    selected: [],
    sort: 'relevance',
  })
  expect(catalogPlaceOf('#/catalog/urn:li:tag:pii?tab=nowhere')).toMatchObject({ tab: null })
  expect(catalogPlaceOf('#/lineage/urn:li:tag:pii?up=x')).toMatchObject({ up: 1, down: 1 })
})

test('the addresses of the crew are none of the catalog', () => {
  for (const fragment of ['', '#/', '#/runs/01ABC', '#/cataloguing']) {
    expect(catalogPlaceOf(fragment), fragment).toBeNull()
  }
})
