import type { Facet } from '@groundplane/catalog'
import { ServerError } from '../../server-error.js'
import { entityMatcher } from '../filter.js'
import { entityTypeOf } from './entity/types.js'
import {
  type Alternatives,
  alternativesOf,
  type FacetFilter,
  filterMember,
  wantedValues,
} from './filter-text.js'
import type { Reader } from './reader.js'
import { facetsOf, noViews, pageOf, resultsOf, type SearchFlags } from './search-page.js'

/** `SearchAcrossEntitiesInput` */
export interface EntitySearch {
  readonly types?: readonly string[] | null | undefined
  readonly query?: string | null | undefined
  readonly start?: number | null | undefined
  readonly count?: number | null | undefined
  readonly filters?: readonly FacetFilter[] | null | undefined
  readonly orFilters?: readonly { readonly and?: readonly FacetFilter[] | null }[] | null | undefined
  readonly searchFlags?: SearchFlags | null | undefined
  readonly viewUrn?: string | null | undefined
  readonly sortInput?: SortInput | null | undefined
}

interface Sort {
  readonly field: string
  readonly sortOrder: 'ASCENDING' | 'DESCENDING'
}

interface SortInput {
  readonly sortCriterion?: Sort | null
  readonly sortCriteria?: readonly Sort[] | null
}

const HITS_AT_ONCE = 50

/** Types that the catalog's search has words of; the others are found by type and filter only. */
const INDEXED: ReadonlySet<string> = new Set(
  'DATASET DASHBOARD CHART TAG GLOSSARY_TERM CORP_USER CORP_GROUP DOMAIN CONTAINER DOCUMENT'.split(' '),
)

/** A search of the catalog in the form of DataHub's; first what the index has, then the other types. */
export function searchEntities(reader: Reader, question: EntitySearch): object {
  const { viewUrn, sortInput, searchFlags } = question
  if (viewUrn != null) throw noViews()
  const query = question.query ?? '*'
  const { start, count } = pageOf(question)
  const alternatives = alternativesOf(question)
  const types = typesAsked(question.types, alternatives)
  const others = recordedOf(reader, types, query, alternatives)
  const indexed = types === undefined || types.some((type) => INDEXED.has(type))
  const found = indexed
    ? indexHits(reader, {
        query,
        ...filterMember(reader, question.types, alternatives),
        ...sorting(sortInput),
        start,
        count,
      })
    : { urns: [], total: 0, facets: [] }
  const from = Math.max(0, start - found.total)
  const urns = [...found.urns, ...others.slice(from, from + count - found.urns.length)]
  return {
    start,
    count: urns.length,
    total: found.total + others.length,
    searchResults: resultsOf(reader, urns),
    facets: facetsOf(reader, found.facets, searchFlags),
  }
}

/** A page of entities that are known already, in the form of a search. */
export function searchResultsOf(
  reader: Reader,
  urns: readonly string[],
  input: EntitySearch | null | undefined,
): object {
  const query = input?.query ?? '*'
  if (!isAll(query) || alternativesOf(input ?? {}).length > 0) throw wordsUnsupported()
  const { start, count } = pageOf(input ?? {})
  const page = urns.slice(start, start + count)
  return {
    start,
    count: page.length,
    total: urns.length,
    searchResults: resultsOf(reader, page),
    facets: [],
  }
}

function isAll(query: string): boolean {
  return /^\s*(?:\/q\s*)?\*?\s*$/.test(query)
}

/** The types of the question, and those that every alternative of its filter keeps to; undefined when it has none. */
function typesAsked(
  types: readonly string[] | null | undefined,
  alternatives: Alternatives,
): readonly string[] | undefined {
  if (types?.length) return types
  const named = alternatives.map((all) =>
    all.find(
      ({ field, negated, condition }) =>
        field === '_entityType' && !negated && (condition ?? 'EQUAL') === 'EQUAL',
    ),
  )
  if (named.length === 0 || named.some((filter) => filter === undefined)) return undefined
  return [...new Set(named.flatMap((filter) => (filter ? wantedValues(filter) : [])))]
}

/** Entities of the types that the index has nothing of, by URN. */
function recordedOf(
  reader: Reader,
  types: readonly string[] | undefined,
  query: string,
  alternatives: Alternatives,
): string[] {
  const others = types?.filter((type) => !INDEXED.has(type)) ?? []
  const urns = others.flatMap((label) => {
    const entityType = entityTypeOf(label)
    return entityType === undefined ? [] : reader.allOf(entityType)
  })
  if (urns.length === 0) return []
  if (!isAll(query)) throw wordsUnsupported()
  const or = alternatives.map((all) => ({
    and: all
      .filter(({ field }) => field !== '_entityType')
      .map((filter) => ({
        field: filter.field,
        values: [...wantedValues(filter)],
        ...(filter.condition != null && { condition: filter.condition }),
        ...(filter.negated != null && { negated: filter.negated }),
      })),
  }))
  return urns.filter(entityMatcher(reader.catalog, { or }, reader.at))
}

function wordsUnsupported(): ServerError {
  return new ServerError(
    'invalid',
    'search_unsupported',
    'Words are not looked for in entities of these types.',
    {
      remedy: `Search with query "*", or in ${[...INDEXED].join(', ')}.`,
    },
  )
}

function sorting(input: SortInput | null | undefined): { sort_by?: string; sort_order?: 'asc' | 'desc' } {
  const [sort] = input?.sortCriteria ?? (input?.sortCriterion ? [input.sortCriterion] : [])
  if (!sort) return {}
  return { sort_by: sort.field, sort_order: sort.sortOrder === 'ASCENDING' ? 'asc' : 'desc' }
}

interface IndexQuestion {
  readonly query: string
  readonly filter?: string
  readonly sort_by?: string
  readonly sort_order?: 'asc' | 'desc'
  readonly start: number
  readonly count: number
}

function indexHits(
  { catalog, at }: Reader,
  { start, count, ...question }: IndexQuestion,
): { urns: string[]; total: number; facets: readonly Facet[] } {
  const urns: string[] = []
  const page = (size: number) =>
    catalog.search({ ...question, num_results: size, offset: start + urns.length }, at)
  let answer = page(Math.min(count, HITS_AT_ONCE))
  for (;;) {
    const hits = answer.searchResults ?? []
    urns.push(...hits.map(({ entity }) => entity.urn))
    if (hits.length === 0 || urns.length >= count || start + urns.length >= answer.total) break
    answer = page(Math.min(count - urns.length, HITS_AT_ONCE))
  }
  return { urns, total: answer.total, facets: answer.facets }
}
