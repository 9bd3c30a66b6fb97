import { entityOf, type Row } from '../aspect/row.js'
import { CatalogError } from '../model/error.js'
import { schemaFieldUrn } from '../urn/entity-urns.js'
import type { LineageAnswer, LineageHit, LineagePage } from './answers.js'
import { clampInteger, optionalText } from './argument.js'
import { refOf, requireDataset } from './entity-lookup.js'
import type { LineageQuestion } from './questions.js'
import { evaluateQuery, facetsOf, filterOf, hintsOn } from './search/search.js'
import type { TextIndex } from './search/text-index.js'
import type { Snapshot } from './snapshot.js'

/** Three hops and more mean the whole lineage, as in DataHub's tool. */
const UNLIMITED_FROM = 3

interface Reached {
  readonly degree: number
  /** Dataset before it on a shortest path; null at the start. */
  readonly before: string | null
  readonly columns: Set<string>
}

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
  const reached = column
    ? walkColumns(snapshot, requireColumn(snapshot, urn, column), urn, upstream, maxHops)
    : walkDatasets(snapshot, urn, upstream, maxHops)
  reached.delete(urn)
  const found = [...reached].sort(([a, x], [b, y]) => x.degree - y.degree || (a < b ? -1 : 1))
  const hints = question.filter === undefined ? [] : hintsOn(index(), question.filter)
  const page = pageOf(snapshot, index, question, found, reached, urn, column !== undefined)
  return {
    urn,
    ...(upstream ? { upstreams: page } : { downstreams: page }),
    ...(column && {
      metadata: {
        queryType: 'column-level-lineage' as const,
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

/** URN of a column. `CatalogError` `column_not_found`, with the name that was probably meant. */
export function requireColumn(snapshot: Snapshot, dataset: string, column: string): string {
  const urn = schemaFieldUrn(dataset, column)
  const field = entityOf(snapshot.row('field', { urn }))
  if (field?.['described'] === true) return urn
  const paths = snapshot.rows('fields_of', { urn: dataset }).map((r) => String((r['field'] as Row)['path']))
  const near = paths.find((p) => p.toLowerCase() === column.toLowerCase())
  throw new CatalogError('not-found', 'column_not_found', `Entity ${dataset} has no column "${column}".`, {
    remedy: near
      ? `Did you mean "${near}"? Names are case-sensitive.`
      : `Its columns are ${paths.slice(0, 30).join(', ') || 'not known'}.`,
    details: { urn: dataset, column },
  })
}

function walkDatasets(
  snapshot: Snapshot,
  start: string,
  upstream: boolean,
  maxHops: number,
): Map<string, Reached> {
  const step = upstream ? 'upstream_step' : 'downstream_step'
  const reached = new Map<string, Reached>([[start, { degree: 0, before: null, columns: new Set() }]])
  let frontier = [start]
  for (let degree = 1; degree <= maxHops && frontier.length > 0; degree++) {
    const next: string[] = []
    for (const from of frontier)
      for (const row of byUrn(snapshot.rows(step, { urn: from }))) {
        const urn = String(row['urn'])
        if (reached.has(urn)) continue
        reached.set(urn, { degree, before: from, columns: new Set() })
        next.push(urn)
      }
    frontier = next
  }
  return reached
}

function walkColumns(
  snapshot: Snapshot,
  startField: string,
  startDataset: string,
  upstream: boolean,
  maxHops: number,
): Map<string, Reached> {
  const step = upstream ? 'field_upstream_step' : 'field_downstream_step'
  const reached = new Map<string, Reached>([[startDataset, { degree: 0, before: null, columns: new Set() }]])
  const seen = new Set([startField])
  let frontier = [{ field: startField, dataset: startDataset }]
  for (let degree = 1; degree <= maxHops && frontier.length > 0; degree++) {
    const next: typeof frontier = []
    for (const from of frontier)
      for (const row of byUrn(snapshot.rows(step, { urn: from.field }))) {
        const field = String(row['urn'])
        const dataset = String(row['dataset'])
        const known = reached.get(dataset) ?? { degree, before: from.dataset, columns: new Set<string>() }
        known.columns.add(String(row['path']))
        reached.set(dataset, known)
        if (seen.has(field)) continue
        seen.add(field)
        next.push({ field, dataset })
      }
    frontier = next
  }
  return reached
}

/** In order of URN, so that which of several shortest paths is taken is always the same. */
function byUrn(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => (String(a['urn']) < String(b['urn']) ? -1 : 1))
}

function pageOf(
  snapshot: Snapshot,
  index: () => TextIndex,
  question: LineageQuestion,
  found: readonly (readonly [string, Reached])[],
  reached: ReadonlyMap<string, Reached>,
  start: string,
  columns: boolean,
): LineagePage {
  const offset = clampInteger('offset', question.offset, { default: 0, min: 0, max: Number.MAX_SAFE_INTEGER })
  const limit = clampInteger('max_results', question.max_results, { default: 30, min: 1, max: 10_000 })
  const kept = narrow(snapshot, index, question, found)
  const slice = kept.slice(offset, offset + limit)
  const text = index()
  const results = slice.map(([urn, r]): LineageHit => {
    const node = entityOf(snapshot.row('dataset', { urn }))
    const path = pathTo(urn, reached, start)
    return {
      entity: refOf(urn, node),
      degree: r.degree,
      ...(columns && { lineageColumns: [...r.columns].sort() }),
      path,
    }
  })
  return {
    total: kept.length,
    facets: facetsOf(kept.flatMap(([urn]) => text.get(urn) ?? [])),
    searchResults: results,
    offset,
    returned: results.length,
    hasMore: offset + results.length < kept.length,
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
  const keep = filterOf(snapshot, filter)
  return found.filter(([urn]) => {
    const document = index().get(urn)
    return document !== undefined && (scores === null || scores.has(document)) && keep(document)
  })
}

function pathTo(urn: string, reached: ReadonlyMap<string, Reached>, start: string): string[] {
  const path = [urn]
  for (let at = reached.get(urn)?.before ?? null; at !== null && path.length <= reached.size + 1; ) {
    path.push(at)
    if (at === start) break
    at = reached.get(at)?.before ?? null
  }
  return path.reverse()
}
