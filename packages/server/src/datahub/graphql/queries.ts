import { tryFieldParts } from '@groundplane/catalog'
import { ServerError } from '../../server-error.js'
import { textOf } from './aspect.js'
import { alternativesOf, type FacetFilter, wantedValues } from './filter-text.js'
import type { Reader } from './reader.js'
import { pageOf } from './search-page.js'

/** `ListQueriesInput` */
export interface QueryList {
  readonly start?: number | null
  readonly count?: number | null
  readonly source?: 'MANUAL' | 'SYSTEM' | null
  readonly datasetUrn?: string | null
  readonly orFilters?: readonly { readonly and?: readonly FacetFilter[] | null }[] | null
}

const MOST_QUERIES = 100

/**
 * The SQL over a dataset or a column. The definition of a view counts as a query of the system, under
 * the URN of the view; its text is that of its aspect, however long.
 */
export function listQueries(reader: Reader, question: QueryList): object {
  const subject = question.datasetUrn ?? subjectOf(question)
  const field = tryFieldParts(subject)
  const { start, count } = pageOf(question)
  const answer = reader.catalog.getDatasetQueries(
    {
      ...(typeof field === 'string' ? { urn: subject } : { urn: field.dataset, column: field.path }),
      source: question.source ?? null,
      start,
      count: Math.min(Math.max(1, count), MOST_QUERIES),
    },
    reader.at,
  )
  const shown = count === 0 ? [] : answer.queries
  return {
    start,
    count: shown.length,
    total: answer.total,
    queries: shown.map(({ urn, definitionOf, properties, subjects }) => {
      if (definitionOf === undefined) return reader.ref(urn)
      const { statement, lastModified: _, ...more } = properties
      const value = textOf(reader.aspect(urn, 'viewProperties')?.['viewLogic'])
      return {
        urn,
        type: 'QUERY',
        properties: { ...more, statement: { value, language: statement.language } },
        platform: () => reader.ref(platformOf(reader, urn)),
        subjects: subjects.map((dataset) => ({ dataset: reader.ref(dataset) })),
      }
    }),
  }
}

function platformOf(reader: Reader, view: string): string | undefined {
  const entity = reader.ref(view) as { readonly platform?: () => { readonly urn: string } | null } | null
  return entity?.platform?.()?.urn
}

/** The one entity that the filter names. */
function subjectOf(question: QueryList): string {
  const alternatives = alternativesOf(question)
  const conditions = alternatives.flat().filter(({ field }) => field !== 'removed')
  const [condition] = conditions
  const values = condition ? wantedValues(condition) : []
  const [urn] = values
  const plain =
    alternatives.length === 1 &&
    conditions.length === 1 &&
    condition?.field === 'entities' &&
    condition.negated !== true &&
    (condition.condition ?? 'EQUAL') === 'EQUAL' &&
    values.length === 1
  if (plain && urn !== undefined) return urn
  throw new ServerError(
    'invalid',
    'filter_unsupported',
    'Queries are listed for one dataset or one column.',
    {
      remedy: 'Filter by `entities` with the URN of a dataset or of a schema field, or give datasetUrn.',
    },
  )
}
