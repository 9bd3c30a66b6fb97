import { CatalogError } from '../../model/error.js'
import { tryParseUrn } from '../../urn/urn.js'
import type { Facet, SearchAnswer } from '../answers.js'
import { clampInteger } from '../argument.js'
import type { SearchQuestion } from '../questions.js'
import type { Snapshot } from '../snapshot.js'
import { entitiesWithProperty } from '../structured-properties.js'
import { parseBooleanQuery } from './boolean-query.js'
import { plainValue } from './document.js'
import { type Evaluation, evaluateBoolean, evaluateWords } from './evaluate.js'
import { FACET_FIELDS, propertyId } from './fields.js'
import { filterMask, parseFilter } from './filter.js'
import { filterHints } from './filter-hints.js'
import { searchHit } from './hit.js'
import type { Scores, TextIndex } from './text-index.js'
import { firstInOrder } from './top.js'

const MAX_RESULTS = 50
const MAX_FACET_VALUES = 20

export function search(snapshot: Snapshot, index: TextIndex, question: SearchQuestion): SearchAnswer {
  const start = clampInteger('offset', question.offset, { default: 0, min: 0, max: Number.MAX_SAFE_INTEGER })
  const limit = clampInteger('num_results', question.num_results, { default: 10, min: 0, max: MAX_RESULTS })
  const before = order(index, question)
  const { scores, matched } = evaluateQuery(index, question.query ?? '*')
  const found = matching(scores, filterOf(snapshot, index, question.filter))
  const page = firstInOrder(found, start + limit, before(scores)).slice(start)
  const hints = hintsOn(index, question.filter)
  const results = page.map((number) => searchHit(snapshot, index, number, scores[number] as number, matched))
  return {
    start,
    ...(limit > 0 && { count: results.length }),
    total: found.length,
    ...(limit > 0 && { searchResults: results }),
    facets: facetsOf(index, found),
    ...(hints.length > 0 && { hints }),
    receipt: snapshot.receipt,
  }
}

/** Numbers of the documents that match and that the filter keeps. */
export function matching(scores: Scores, keep: Uint8Array | null): Uint32Array {
  const found = new Uint32Array(scores.length)
  let count = 0
  for (let i = 0; i < scores.length; i++)
    if (scores[i] !== 0 && (keep === null || keep[i] === 1)) found[count++] = i
  return found.subarray(0, count)
}

/** Ranks the documents that match a query: words, `*`, `/q …` or a URN. */
export function evaluateQuery(index: TextIndex, query: string): Evaluation {
  const text = query.trim()
  if (text === '' || text === '*') return evaluateBoolean(index, { kind: 'all' })
  if (/^\/q(\s|$)/.test(text)) return evaluateBoolean(index, parseBooleanQuery(text.slice(2).trim()))
  if (typeof tryParseUrn(text) !== 'string') {
    const scores = index.none()
    const number = index.number(text)
    if (number !== undefined) scores[number] = 1
    return { scores, matched: new Map() }
  }
  return evaluateWords(index, text)
}

/** What a filter text asks for that nothing in the catalog has; see `filterHints`. */
export function hintsOn(index: TextIndex, text: string | undefined): string[] {
  if (text === undefined || text.trim() === '') return []
  return filterHints(parseFilter(text), index)
}

/** Which documents a filter text keeps, by number; null when it keeps all. */
export function filterOf(snapshot: Snapshot, index: TextIndex, text: string | undefined): Uint8Array | null {
  if (text === undefined || text.trim() === '') return null
  const filter = parseFilter(text)
  return filterMask(filter, index.end, (field, test) => {
    const property = propertyId(field)
    if (property !== undefined) {
      const having = entitiesWithProperty(snapshot, property)
        .filter(({ values }) => values.some((value) => test(plainValue(value))))
        .map(({ urn }) => urn)
      return markAll(index, having, new Uint8Array(index.end), 1)
    }
    if (field !== 'hasActiveIncidents' && field !== 'hasFailingAssertions') return index.passing(field, test)
    const urns =
      field === 'hasActiveIncidents'
        ? snapshot.rows('datasets_with_active_incidents').map((r) => String(r['urn']))
        : snapshot.rows('failing_assertions').map((r) => String(r['dataset']))
    const [yes, no] = ['true', 'false'].map((value) =>
      test({ value, label: value, entity: false }) ? 1 : 0,
    ) as [number, number]
    return markAll(index, urns, new Uint8Array(index.end).fill(no), yes)
  })
}

/** What search does not know is left out. */
function markAll(index: TextIndex, urns: readonly string[], mask: Uint8Array, bit: number): Uint8Array {
  for (const urn of urns) {
    const number = index.number(urn)
    if (number !== undefined) mask[number] = bit
  }
  return mask
}

type Before = (a: number, b: number) => boolean

/** What comes before what among the documents that match; no two are equal. */
function order(index: TextIndex, { sort_by, sort_order }: SearchQuestion): (scores: Scores) => Before {
  if (sort_by === undefined || sort_by === null || sort_by === 'relevance' || sort_by === '_score')
    return (scores) => byScore(index, scores)
  if (sort_by !== 'name' && sort_by !== 'urn')
    throw new CatalogError('unsupported', 'sort_unsupported', `Search cannot sort by "${sort_by}".`, {
      remedy: 'Sort by name or urn, or leave sort_by out to sort by relevance.',
    })
  const rising = sort_order === 'asc'
  if (sort_by === 'urn') return () => (a, b) => index.isBefore(a, b) === rising
  return () => (a, b) => {
    const names = index.compareNames(a, b)
    return names === 0 ? index.isBefore(a, b) : names < 0 === rising
  }
}

/** Best first; of equal ones in order of URN. */
export function byScore(index: TextIndex, scores: Scores): Before {
  return (a, b) => {
    const [x, y] = [scores[a] as number, scores[b] as number]
    return x === y ? index.isBefore(a, b) : x > y
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Counts of every facet value over documents by their numbers, most frequent first. */
export function facetsOf(index: TextIndex, numbers: Uint32Array): Facet[] {
  const facets: Facet[] = []
  for (const [field, displayName] of Object.entries(FACET_FIELDS)) {
    const counts = index.counts(field, numbers)
    if (counts.size === 0) continue
    const aggregations = [...counts]
      .sort(([a, m], [b, n]) => n - m || compare(a.value, b.value))
      .slice(0, MAX_FACET_VALUES)
      .map(([value, count]) => ({
        value: value.value,
        count,
        displayName: value.label,
        ...(value.entity && { entity: { urn: value.value } }),
      }))
    facets.push({ field, displayName, aggregations })
  }
  return facets
}
