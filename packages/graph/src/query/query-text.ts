import { hasErrors } from '@groundplane/core'
import { type CheckedQuery, checkQueries, type SchemaModel } from '@groundplane/lang'
import { GraphError } from '../error.js'

/** Query texts checked once per schema, the most recently used ones kept. */
export class QueryTexts {
  readonly #entries = new Map<string, readonly CheckedQuery[]>()
  readonly #limit: number

  constructor(limit = 300) {
    this.#limit = limit
  }

  /** The query named, or the only one. Throws `query_invalid` with all diagnostics, `query_not_found`, `query_name_required`. */
  get(text: string, schema: SchemaModel, name?: string): CheckedQuery {
    const key = `${schema.digest}\n${text}`
    let queries = this.#entries.get(key)
    if (queries) this.#entries.delete(key)
    else queries = check(text, schema)
    this.#entries.set(key, queries)
    if (this.#entries.size > this.#limit) this.#entries.delete(this.#entries.keys().next().value as string)
    return pick(queries, name)
  }
}

function check(text: string, schema: SchemaModel): readonly CheckedQuery[] {
  const { queries, diagnostics } = checkQueries(text, schema)
  if (!hasErrors(diagnostics)) return queries
  const errors = diagnostics.filter((d) => d.severity === 'error')
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  throw new GraphError('invalid', 'query_invalid', `${errors[0]?.message ?? 'The query is wrong.'}${more}`, {
    remedy: errors[0]?.remedy ?? 'Correct the query.',
    diagnostics,
  })
}

function pick(queries: readonly CheckedQuery[], name: string | undefined): CheckedQuery {
  const names = queries.map((q) => q.name).join(', ')
  if (name === undefined) {
    if (queries.length === 1) return queries[0] as CheckedQuery
    throw new GraphError('invalid', 'query_name_required', `The text holds ${queries.length} queries.`, {
      remedy: queries.length === 0 ? 'Write a query.' : `Name the one to run: ${names}.`,
    })
  }
  const found = queries.find((q) => q.name === name)
  if (found) return found
  throw new GraphError('not-found', 'query_not_found', `The text holds no query ${JSON.stringify(name)}.`, {
    remedy: `Use one of: ${names}.`,
  })
}
