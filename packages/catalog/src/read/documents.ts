import { portablePattern } from '@groundplane/lang'
import { text } from '../aspect/row.js'
import { CatalogError } from '../model/error.js'
import { urnName } from '../urn/entity-urns.js'
import { parseUrn } from '../urn/urn.js'
import type { DocumentMatch, DocumentMatchesAnswer, SearchAnswer } from './answers.js'
import { clampInteger } from './argument.js'
import { entityNotFound, entityRemoved, readNode } from './entity-lookup.js'
import { findMatches } from './pattern-matches.js'
import type { DocumentGrepQuestion, DocumentSearchQuestion } from './questions.js'
import { parseFilter } from './search/filter.js'
import { search } from './search/search.js'
import type { TextIndex } from './search/text-index.js'
import type { Snapshot } from './snapshot.js'

/** Search among documents. `CatalogError` `semantic_search_unsupported`, and those of search. */
export function searchDocuments(
  snapshot: Snapshot,
  index: TextIndex,
  { semantic_query: meaning, filter, ...question }: DocumentSearchQuestion,
): SearchAnswer {
  if (meaning !== undefined && meaning.trim() !== '')
    throw new CatalogError(
      'unsupported',
      'semantic_search_unsupported',
      'There are no embeddings of documents to search by meaning.',
      { remedy: 'Leave semantic_query out, and put its words into query.' },
    )
  const documents = 'entity_type = document'
  if (filter === undefined || filter.trim() === '')
    return search(snapshot, index, { ...question, filter: documents })
  // Alone first: a mistake is told at its place in what was asked.
  parseFilter(filter)
  return search(snapshot, index, { ...question, filter: `${documents} AND (${filter})` })
}

/**
 * Where a pattern matches in documents. A match of nothing is none. `CatalogError` `urn_invalid`, `entity_not_found`,
 * `argument_invalid` for what is no document or no pattern, `pattern_too_slow`.
 */
export function grepDocuments(snapshot: Snapshot, question: DocumentGrepQuestion): DocumentMatchesAnswer {
  const around = clampInteger('context_chars', question.context_chars, { default: 200, min: 0, max: 2000 })
  const most = clampInteger('max_matches_per_doc', question.max_matches_per_doc, {
    default: 5,
    min: 1,
    max: 100,
  })
  const start = clampInteger('start_offset', question.start_offset, {
    default: 0,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
  })
  const regexp = regexpOf(question.pattern)
  const documents = [...new Set(question.urns.map((urn) => urn.trim()))].map((urn) => read(snapshot, urn))
  const found = findMatches(
    regexp,
    documents.map(({ content }) => content.slice(start)),
    most,
  )
  const results = documents.flatMap(({ urn, title, content }, i): DocumentMatch[] => {
    const { total, places } = found[i] as (typeof found)[number]
    if (total === 0) return []
    const matches = places.map(([at, length]) => ({
      excerpt: whole(content, start + at - around, start + at + length + around),
      position: start + at,
    }))
    return [{ urn, title, matches, total_matches: total, content_length: content.length }]
  })
  return {
    results,
    total_matches: results.reduce((sum, one) => sum + one.total_matches, 0),
    documents_with_matches: results.length,
    receipt: snapshot.receipt,
  }
}

function regexpOf(written: string): RegExp {
  const checked = portablePattern(written)
  if ('problem' in checked)
    throw new CatalogError(
      'invalid',
      'argument_invalid',
      `The pattern is no regular expression: ${checked.problem}.`,
      {
        remedy: 'Write it as ECMAScript does; put a backslash before a sign that is meant as itself.',
      },
    )
  return new RegExp(checked.pattern, `gu${checked.flags ?? ''}`)
}

function read(snapshot: Snapshot, urn: string): { urn: string; title: string; content: string } {
  const { entityType } = parseUrn(urn)
  if (entityType !== 'document')
    throw new CatalogError('invalid', 'argument_invalid', `${urn} is not a document.`, {
      remedy: 'Give URNs of documents, as search_documents gives them.',
    })
  const node = readNode(snapshot, urn)
  if (node?.['described'] === true && node['removed'] === true) throw entityRemoved(urn)
  if (node?.['described'] !== true) throw entityNotFound(urn, node !== undefined)
  return { urn, title: text(node['title']) ?? urnName(urn), content: text(node['content']) ?? '' }
}

/** Part of a text, without half of a character of two code units at its ends. */
function whole(content: string, from: number, to: number): string {
  const first = Math.max(0, from)
  const begin = isLow(content.charCodeAt(first)) ? first + 1 : first
  const end = to < content.length && isLow(content.charCodeAt(to)) ? to + 1 : to
  return content.slice(begin, end)
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
