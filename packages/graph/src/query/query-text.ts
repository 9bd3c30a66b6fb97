import { hasErrors } from '@groundplane/core'
import { type CheckedQuery, checkQueries, type SchemaModel } from '@groundplane/lang'
import { GraphError } from '../error.js'

type Texts = Map<string, readonly CheckedQuery[]>

/** Schemas whose texts are kept at a time: those of the branches in use. */
const MAX_SCHEMAS = 16

/**
 * Characters of all texts that are kept, and of one: callers write them, and a checked
 * query takes some thirty times the room of its text.
 */
const MAX_KEPT = 2_000_000
const MAX_KEPT_TEXT = 200_000

/** Query texts checked once per schema, the most recently used ones kept. */
export class QueryTexts {
  /** By the schema's digest, then by text: a key made of both would be put together and hashed at every call. */
  readonly #schemas = new Map<string, Texts>()
  readonly #limit: number
  #kept = 0

  /** `limit`: texts per schema. */
  constructor(limit = 300) {
    this.#limit = limit
  }

  /** As `get`, when the text has been checked before. Does not count as use: a text asked for in this way alone is forgotten in turn. */
  known(text: string, schema: SchemaModel, name?: string): CheckedQuery | undefined {
    const queries = this.#schemas.get(schema.digest)?.get(text)
    return queries && pick(queries, name)
  }

  /** The query named, or the only one. Throws `query_invalid` with all diagnostics, `query_not_found`, `query_name_required`. */
  get(text: string, schema: SchemaModel, name?: string): CheckedQuery {
    const known = this.#schemas.get(schema.digest)
    const queries = known?.get(text) ?? check(text, schema)
    if (known) this.#forget(known, text)
    this.#keep(text, schema, queries)
    return pick(queries, name)
  }

  #keep(text: string, schema: SchemaModel, queries: readonly CheckedQuery[]): void {
    if (text.length > MAX_KEPT_TEXT) return
    if (this.#kept + text.length > MAX_KEPT) {
      this.#schemas.clear()
      this.#kept = 0
    }
    const texts = this.#textsOf(schema.digest)
    texts.set(text, queries)
    this.#kept += text.length
    if (texts.size > this.#limit) this.#forget(texts, texts.keys().next().value as string)
  }

  #forget(texts: Texts, text: string): void {
    if (texts.delete(text)) this.#kept -= text.length
  }

  #textsOf(digest: string): Texts {
    let texts = this.#schemas.get(digest)
    if (!texts) {
      texts = new Map()
      this.#schemas.set(digest, texts)
      if (this.#schemas.size > MAX_SCHEMAS) this.#dropSchema(this.#schemas.keys().next().value as string)
    }
    return texts
  }

  #dropSchema(digest: string): void {
    for (const text of this.#schemas.get(digest)?.keys() ?? []) this.#kept -= text.length
    this.#schemas.delete(digest)
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
