import { entityOf } from '../aspect/row.js'
import type { LineageAnswer, LineageHit, LineagePage } from './answers.js'
import { clampInteger, optionalText } from './argument.js'
import { consumersDownstream } from './consumers.js'
import { refOf, requireColumn, requireDataset } from './entity-lookup.js'
import { nearestFirst, type Reached, type Walk, walkColumns, walkDatasets } from './lineage-walk.js'
import type { LineageQuestion } from './questions.js'
import { evaluateQuery, facetsOf, filterOf, hintsOn } from './search/search.js'
import type { TextIndex } from './search/text-index.js'
import type { Snapshot } from './snapshot.js'
import { ANSWER_TOKENS, firstWithin } from './token-budget.js'

/** Three hops and more mean the whole lineage, as in DataHub's tool. */
const UNLIMITED_FROM = 3

/**
 * Walks lineage breadth first, so that `degree` is the fewest hops and cycles end.
 * With a column the walk is over columns and is reported by dataset. Results are in
 * order of degree, then URN.
 */
export function getLineage(
  snapshot: Snapshot,
  index: () => TextIndex,
  question: LineageQuestion,
): LineageAnswer {
  const urn = question.urn.trim()
  requireDataset(snapshot, urn)
  const upstream = question.upstream ?? true
  const hops = clampInteger('max_hops', question.max_hops, { default: 1, min: 1, max: UNLIMITED_FROM })
  const maxHops = hops >= UNLIMITED_FROM ? Number.POSITIVE_INFINITY : hops
  const column = optionalText(question.column)
  const walk = column
    ? walkColumns(snapshot, requireColumn(snapshot, urn, column), urn, upstream, maxHops)
    : walkDatasets(snapshot, urn, upstream, maxHops)
  const found = nearestFirst(walk)
  const hints = question.filter === undefined ? [] : hintsOn(index(), question.filter)
  const page = pageOf(snapshot, index, question, found, walk, column !== undefined)
  const consumers =
    upstream || column ? undefined : consumersDownstream(snapshot, degreesIn(urn, walk), maxHops)
  return {
    urn,
    ...(upstream ? { upstreams: page } : { downstreams: page }),
    ...(consumers && { consumers }),
    ...(column && {
      metadata: {
        queryType: 'column-level-lineage' as const,
        groupedBy: 'dataset' as const,
        column,
        fields: {
          lineageColumns: `Columns of the entity that ${upstream ? 'feed' : 'are fed by'} ${column}`,
          degree: 'Fewest column hops from the start',
        },
      },
    }),
    ...(hints.length > 0 && { hints }),
    receipt: snapshot.receipt,
  }
}

/** How far each dataset of a walk is, the one it began at included. */
function degreesIn(start: string, { reached }: Walk): Map<string, number> {
  return new Map([[start, 0], ...[...reached].map(([urn, { degree }]) => [urn, degree] as const)])
}

function pageOf(
  snapshot: Snapshot,
  index: () => TextIndex,
  question: LineageQuestion,
  found: readonly (readonly [string, Reached])[],
  walk: Walk,
  columns: boolean,
): LineagePage {
  const offset = clampInteger('offset', question.offset, { default: 0, min: 0, max: Number.MAX_SAFE_INTEGER })
  const limit = clampInteger('max_results', question.max_results, { default: 30, min: 1, max: 10_000 })
  const kept = narrow(snapshot, index, question, found)
  const slice = kept.slice(offset, offset + limit)
  const text = index()
  const wanted = slice.map(([urn, r]): LineageHit => {
    const node = entityOf(snapshot.row('dataset', { urn }))
    const path = walk.pathTo(urn)
    return {
      entity: refOf(urn, node),
      degree: r.degree,
      ...(columns && { lineageColumns: [...r.columns].sort() }),
      path,
    }
  })
  const results = firstWithin(wanted, ANSWER_TOKENS)
  return {
    total: kept.length,
    facets: facetsOf(text, Uint32Array.from(kept.flatMap(([urn]) => text.number(urn) ?? []))),
    searchResults: results,
    offset,
    returned: results.length,
    hasMore: offset + results.length < kept.length,
    ...(results.length < wanted.length && { truncatedDueToTokenBudget: true as const }),
  }
}

/** Applies query and filter. An entity that search does not know, because nothing describes it, matches neither. */
function narrow(
  snapshot: Snapshot,
  index: () => TextIndex,
  question: LineageQuestion,
  found: readonly (readonly [string, Reached])[],
): readonly (readonly [string, Reached])[] {
  const query = optionalText(question.query)
  const filter = optionalText(question.filter)
  const asked = query !== undefined && query !== '*'
  if (!asked && filter === undefined) return found
  const scores = asked ? evaluateQuery(index(), query).scores : null
  const keep = filterOf(snapshot, index(), filter)
  return found.filter(([urn]) => {
    const number = index().number(urn)
    if (number === undefined) return false
    return (scores === null || scores[number] !== 0) && (keep === null || keep[number] === 1)
  })
}
