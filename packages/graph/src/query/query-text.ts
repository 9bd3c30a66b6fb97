import { hasErrors } from '@groundplane/core'
import { type CheckedQuery, checkQueries, type SchemaModel } from '@groundplane/lang'
import { GraphError } from '../error.js'

type Texts = Map<string, readonly CheckedQuery[]>

/** Schemas whose texts are kept at a time: those of the branches in use. */
const MAX_SCHEMAS = 16

/** Query texts checked once per schema, the most recently used ones kept. */
export class QueryTexts {
  /** By the schema's digest, then by text: a key made of both would be put together and hashed at every call. */
  readonly #schemas = new Map<string, Texts>()
  readonly #limit: number

  /** `limit`: texts per schema. */
  constructor(limit = 300) {
    this.#limit = limit
  }

  /** As `get`, when the text has been checked before. */
  known(text: string, schema: SchemaModel, name?: string): CheckedQuery | undefined {
    const queries = this.#schemas.get(schema.digest)?.get(text)
    return queries && pick(queries, name)
  }

  /** The query named, or the only one. Throws `query_invalid` with all diagnostics, `query_not_found`, `query_name_required`. */
  get(text: string, schema: SchemaModel, name?: string): CheckedQuery {
    const texts = this.#textsOf(schema.digest)
    let queries = texts.get(text)
    if (queries) texts.delete(text)
    else queries = check(text, schema)
    texts.set(text, queries)
    if (texts.size > this.#limit) texts.delete(texts.keys().next().value as string)
    return pick(queries, name)
  }

  #textsOf(digest: string): Texts {
    let texts = this.#schemas.get(digest)
    if (!texts) {
      texts = new Map()
      this.#schemas.set(digest, texts)
      if (this.#schemas.size > MAX_SCHEMAS) this.#schemas.delete(this.#schemas.keys().next().value as string)
    }
    return texts
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
