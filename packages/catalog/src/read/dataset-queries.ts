import { compact, entityOf, type Row, text } from '../aspect/row.js'
import { urnName } from '../urn/entity-urns.js'
import type { DatasetQueriesAnswer, QueryDocument } from './answers.js'
import { clampInteger, optionalText } from './argument.js'
import { removedStatus, requireColumn, requireDataset } from './entity-lookup.js'
import { byUrn } from './lineage-walk.js'
import type { DatasetQueriesQuestion } from './questions.js'
import type { Snapshot } from './snapshot.js'

/** SQL longer than this is left out whole, and told: get_entities gives it. */
const MAX_STATEMENT = 5_000

/**
 * The SQL that mentions a dataset: recorded queries, newest first, then the definitions of the
 * dataset itself and of the views made from it, by URN. A view's definition counts as a SYSTEM query.
 */
export function getDatasetQueries(
  snapshot: Snapshot,
  question: DatasetQueriesQuestion,
): DatasetQueriesAnswer {
  const urn = question.urn.trim()
  const node = requireDataset(snapshot, urn)
  const column = optionalText(question.column)
  const field = column === undefined ? undefined : requireColumn(snapshot, urn, column)
  const start = clampInteger('start', question.start, { default: 0, min: 0, max: Number.MAX_SAFE_INTEGER })
  const count = clampInteger('count', question.count, { default: 10, min: 1, max: 100 })
  const recorded = recordedQueries(snapshot, urn, field)
  const views = viewsOver(snapshot, urn, node, field)
  const source = question.source ?? undefined
  const all = [...recorded, ...views].filter((q) => source === undefined || sourceOf(q) === source)
  const queries = all.slice(start, start + count).map((q) => documentOf(snapshot, q))
  return {
    start,
    total: all.length,
    count: queries.length,
    queries,
    ...removedStatus(node),
    receipt: snapshot.receipt,
  }
}

interface Mention {
  readonly kind: 'query' | 'view'
  readonly node: Row
}

function sourceOf({ kind, node }: Mention): string | undefined {
  return kind === 'view' ? 'SYSTEM' : text(node['source'])
}

function recordedQueries(snapshot: Snapshot, dataset: string, field: string | undefined): Mention[] {
  const rows =
    field === undefined
      ? snapshot.rows('queries_of', { urn: dataset })
      : snapshot.rows('queries_of_field', { urn: field })
  const byUrn = new Map(rows.map((row) => entityOf(row) as Row).map((q) => [String(q['urn']), q]))
  const time = (q: Row) => text(q['lastModified']) ?? ''
  return [...byUrn.values()]
    .filter((q) => q['removed'] !== true && text(q['statement']) !== undefined)
    .sort((a, b) =>
      time(a) === time(b) ? (String(a['urn']) < String(b['urn']) ? -1 : 1) : time(a) < time(b) ? 1 : -1,
    )
    .map((node) => ({ kind: 'query', node }))
}

function viewsOver(snapshot: Snapshot, dataset: string, own: Row, field: string | undefined): Mention[] {
  const made =
    field === undefined
      ? byUrn(snapshot.rows('downstream_step', { urn: dataset })).map((row) => String(row['urn']))
      : snapshot.rows('field_downstream_step', { urn: field }).map((row) => String(row['dataset']))
  const nodes = [...new Set(made)].sort().map((urn) => entityOf(snapshot.row('dataset', { urn })))
  return [own, ...nodes]
    .filter((node): node is Row => node !== undefined && node['removed'] !== true)
    .filter((node, i, all) => text(node['viewLogic']) !== undefined && all.indexOf(node) === i)
    .map((node) => ({ kind: 'view', node }))
}

function documentOf(snapshot: Snapshot, { kind, node }: Mention): QueryDocument {
  const urn = String(node['urn'])
  const isView = kind === 'view'
  const value = text(node[isView ? 'viewLogic' : 'statement']) as string
  const language = text(node[isView ? 'viewLanguage' : 'language']) ?? 'SQL'
  const subjects = isView
    ? [urn, ...snapshot.rows('upstream_step', { urn }).map((row) => String(row['urn']))]
    : snapshot.rows('subjects_of', { urn }).map((row) => String(row['urn']))
  const platform = text(node['platform'])
  return {
    urn,
    properties: {
      ...compact({
        name: text(node['name']),
        description: text(node['description']),
        source: isView ? 'SYSTEM' : text(node['source']),
      }),
      statement:
        value.length > MAX_STATEMENT
          ? { language, omitted: { characters: value.length, get: 'get_entities' } }
          : { value, language },
      ...compact({ lastModified: text(node['lastModified']) }),
    },
    ...(platform !== undefined && { platform: urnName(platform) }),
    ...(isView && { definitionOf: urn }),
    subjects: [...new Set(subjects)].sort(),
  }
}
