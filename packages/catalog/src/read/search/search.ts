import { CatalogError } from '../../model/error.js'
import { tryParseUrn } from '../../urn/urn.js'
import type { EntityRef, Facet, MatchedField, SearchAnswer, SearchHit } from '../answers.js'
import { clampInteger } from '../argument.js'
import type { SearchQuestion } from '../questions.js'
import type { Snapshot } from '../snapshot.js'
import { ANSWER_TOKENS, firstWithin } from '../token-budget.js'
import { parseBooleanQuery } from './boolean-query.js'
import { type FacetValue, PART_WEIGHTS, type SearchDocument } from './document.js'
import { type Evaluation, evaluateBoolean, evaluateWords } from './evaluate.js'
import { FACET_FIELDS } from './fields.js'
import { type Filter, matchesFilter, parseFilter } from './filter.js'
import { filterHints } from './filter-hints.js'
import type { TextIndex } from './text-index.js'
import { words } from './words.js'

const MAX_RESULTS = 50
const MAX_FACET_VALUES = 20
const MAX_MATCHES = 10

export function search(snapshot: Snapshot, index: TextIndex, question: SearchQuestion): SearchAnswer {
  const start = clampInteger('offset', question.offset, { default: 0, min: 0, max: Number.MAX_SAFE_INTEGER })
  const limit = clampInteger('num_results', question.num_results, { default: 10, min: 0, max: MAX_RESULTS })
  const order = sorting(question)
  const evaluation = evaluateQuery(index, question.query ?? '*')
  const keep = filterOf(snapshot, question.filter)
  const found = [...evaluation.scores].filter(([d]) => keep(d)).sort(order)
  const page = found.slice(start, start + limit)
  const hints = hintsOn(index, question.filter)
  const hits = page.map(([d, score]) => hit(d, score, evaluation.matched))
  const results = firstWithin(hits, ANSWER_TOKENS)
  return {
    start,
    ...(limit > 0 && { count: results.length }),
    total: found.length,
    ...(limit > 0 && { searchResults: results }),
    facets: facetsOf(found.map(([d]) => d)),
    ...(results.length < hits.length && { truncatedDueToTokenBudget: true as const }),
    ...(hints.length > 0 && { hints }),
    receipt: snapshot.receipt,
  }
}

/** Ranks the documents that match a query: words, `*`, `/q …` or a URN. */
export function evaluateQuery(index: TextIndex, query: string): Evaluation {
  const text = query.trim()
  if (text === '' || text === '*') return evaluateBoolean(index, { kind: 'all' })
  if (/^\/q(\s|$)/.test(text)) return evaluateBoolean(index, parseBooleanQuery(text.slice(2).trim()))
  if (typeof tryParseUrn(text) !== 'string') {
    const document = index.get(text)
    return { scores: new Map(document ? [[document, 1]] : []), matched: new Map() }
  }
  return evaluateWords(index, text)
}

/** What a filter text asks for that nothing in the catalog has; see `filterHints`. */
export function hintsOn(index: TextIndex, text: string | undefined): string[] {
  if (text === undefined || text.trim() === '') return []
  return filterHints(parseFilter(text), evaluateBoolean(index, { kind: 'all' }).scores.keys())
}

/** A test of documents for a filter text; accepts everything when there is none. */
export function filterOf(
  snapshot: Snapshot,
  text: string | undefined,
): (document: SearchDocument) => boolean {
  if (text === undefined || text.trim() === '') return () => true
  const filter: Filter = parseFilter(text)
  const health = new Map<string, ReadonlySet<string>>()
  const unhealthy = (field: string): ReadonlySet<string> => {
    const known = health.get(field)
    if (known) return known
    const urns =
      field === 'hasActiveIncidents'
        ? snapshot.rows('datasets_with_active_incidents').map((r) => String(r['urn']))
        : snapshot.rows('failing_assertions').map((r) => String(r['dataset']))
    const set = new Set(urns)
    health.set(field, set)
    return set
  }
  const valuesOf = (document: SearchDocument, field: string): readonly FacetValue[] => {
    if (field !== 'hasActiveIncidents' && field !== 'hasFailingAssertions')
      return document.values[field] ?? []
    const value = String(unhealthy(field).has(document.urn))
    return [{ value, label: value, entity: false }]
  }
  return (document) => matchesFilter(filter, (field) => valuesOf(document, field))
}

type Scored = readonly [SearchDocument, number]

function sorting({ sort_by, sort_order }: SearchQuestion): (a: Scored, b: Scored) => number {
  const byUrn = (a: Scored, b: Scored) => compare(a[0].urn, b[0].urn)
  if (sort_by === undefined || sort_by === null || sort_by === 'relevance' || sort_by === '_score')
    return (a, b) => b[1] - a[1] || byUrn(a, b)
  if (sort_by !== 'name' && sort_by !== 'urn')
    throw new CatalogError('unsupported', 'sort_unsupported', `Search cannot sort by "${sort_by}".`, {
      remedy: 'Sort by name or urn, or leave sort_by out to sort by relevance.',
    })
  const sign = sort_order === 'asc' ? 1 : -1
  return (a, b) => sign * (sort_by === 'urn' ? byUrn(a, b) : compare(a[0].name, b[0].name)) || byUrn(a, b)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function hit(document: SearchDocument, score: number, matched: ReadonlyMap<string, string>): SearchHit {
  const all = matched.size > 0 ? matchesIn(document, matched) : []
  const dropped = all.length - MAX_MATCHES
  return {
    entity: documentRef(document),
    score: Math.round(score * 1e6) / 1e6,
    matchedFields: all.slice(0, MAX_MATCHES),
    ...(dropped > 0 && { matchedFieldsDropped: dropped }),
  }
}

/** Parts that hold a matched word, those that say most first. */
function matchesIn(document: SearchDocument, matched: ReadonlyMap<string, string>): MatchedField[] {
  const fields: MatchedField[] = []
  for (const part of document.parts) {
    const found = new Set<string>()
    for (const word of words(part.text)) {
      const asked = matched.get(word)
      if (asked !== undefined) found.add(asked)
    }
    if (found.size > 0) fields.push({ name: part.name, value: part.text, words: [...found] })
  }
  return fields.sort((a, b) => b.words.length - a.words.length || partWeight(b.name) - partWeight(a.name))
}

function partWeight(name: string): number {
  return PART_WEIGHTS[name] ?? 1
}

export function documentRef(document: SearchDocument): EntityRef {
  const [platform] = document.values['platform'] ?? []
  const [instance] = document.values['platformInstance'] ?? []
  const subTypes = document.values['typeNames'] ?? []
  return {
    urn: document.urn,
    type: document.type,
    properties: {
      name: document.name,
      ...(document.description !== null && { description: document.description }),
    },
    ...(platform && { platform: platform.label }),
    ...(instance && { platformInstance: instance.label }),
    ...(subTypes.length > 0 && { subTypes: subTypes.map((s) => s.label) }),
  }
}

/** How many documents have each list of values; equal lists are mostly one, see `withSharedLists`. */
function countLists(
  documents: readonly SearchDocument[],
  field: string,
): ReadonlyMap<readonly FacetValue[], number> {
  const times = new Map<readonly FacetValue[], number>()
  for (const { values } of documents) {
    const list = values[field]
    if (list !== undefined && list.length > 0) times.set(list, (times.get(list) ?? 0) + 1)
  }
  return times
}

/** Counts of every facet value over all matches, most frequent first. */
export function facetsOf(documents: readonly SearchDocument[]): Facet[] {
  const facets: Facet[] = []
  for (const [field, displayName] of Object.entries(FACET_FIELDS)) {
    const counts = new Map<string, { readonly value: FacetValue; count: number }>()
    for (const [list, times] of countLists(documents, field))
      for (const value of list) {
        const known = counts.get(value.value)
        if (known) known.count += times
        else counts.set(value.value, { value, count: times })
      }
    if (counts.size === 0) continue
    const aggregations = [...counts.values()]
      .sort((a, b) => b.count - a.count || compare(a.value.value, b.value.value))
      .slice(0, MAX_FACET_VALUES)
      .map(({ value, count }) => ({
        value: value.value,
        count,
        displayName: value.label,
        ...(value.entity && { entity: { urn: value.value } }),
      }))
    facets.push({ field, displayName, aggregations })
  }
  return facets
}
