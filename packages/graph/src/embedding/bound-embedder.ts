import type { CheckedQuery, SchemaModel } from '@groundplane/lang'
import type { Json, LoadOptions, ReadContext, Row } from '../api.js'
import { GraphError } from '../error.js'
import type { EmbeddedTexts } from '../search/search-run.js'
import type { BoundSchema } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import { type EmbeddedProperty, hasEmbeddedProperties } from './embedded-properties.js'
import { fillLines } from './fill-lines.js'
import { modelMismatch, recordedModel } from './model-record.js'
import type { EmbeddingProvider } from './provider.js'
import { embedNeeded, neededVectors } from './query-texts.js'

type Params = Readonly<Record<string, unknown>>
type Source = AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>

/** What embedding reads of a graph. */
export interface EmbedderGraph {
  readonly db: Db
  boundSchema(ctx: ReadContext): BoundSchema
  rows(text: string, params: Params, ctx: ReadContext): readonly Row[]
}

/** A provider bound to one graph: it makes vectors only where they can be compared with those stored. */
export class BoundEmbedder {
  readonly #provider: EmbeddingProvider
  readonly #graph: EmbedderGraph

  constructor(provider: EmbeddingProvider, graph: EmbedderGraph) {
    this.#provider = provider
    this.#graph = graph
  }

  /** Undefined when the query needs none. */
  async embed(
    query: CheckedQuery,
    params: Params,
    ctx: ReadContext,
    signal?: AbortSignal,
  ): Promise<EmbeddedTexts | undefined> {
    const schema = this.#graph.boundSchema(ctx)
    const needed = neededVectors(query, schema.model, params)
    if (needed.length === 0) return undefined
    for (const { type, property } of needed) this.#check(schema, type, property)
    return embedNeeded(this.#provider, needed, query.kind === 'read' ? 'query' : 'document', signal)
  }

  /** The source with its vectors filled, and how a load learns which; null when the schema asks for none. */
  fill(
    source: Source,
    ctx: ReadContext,
  ): { source: AsyncIterable<string>; filled: LoadOptions['filled'] } | null {
    const schema = this.#graph.boundSchema(ctx)
    if (!hasEmbeddedProperties(schema.model)) return null
    const { lines, filled } = fillLines(source, {
      provider: this.#provider,
      schema: schema.model,
      check: ({ type, property }) => this.#check(schema, type, property),
      stored: (embedded, data) => this.#stored(schema.model, embedded, data, ctx),
    })
    return { source: lines, filled }
  }

  /** `embedding_model_mismatch` when the schema pins, or the stored vectors come from, another model. */
  #check(schema: BoundSchema, type: string, property: string): void {
    const bound = schema.nodes.get(type)
    const column = bound?.byName.get(property)
    if (!bound || !column) return
    const annotation = column.model.annotations.find((a) => a.name === 'embed')
    const pinned = annotation?.arguments.model
    const stored =
      typeof pinned === 'string' ? pinned : recordedModel(this.#graph.db, bound.table, column.column)
    if (stored !== undefined && stored !== this.#provider.model)
      throw modelMismatch(`${type}.${property}`, stored, this.#provider.model)
  }

  /** Loading a text again costs nothing while it stays the same. Looked up for types with one key property. */
  #stored(
    schema: SchemaModel,
    embedded: EmbeddedProperty,
    data: Readonly<Record<string, Json | undefined>>,
    ctx: ReadContext,
  ): readonly number[] | undefined {
    const type = schema.nodes.find((n) => n.name === embedded.type)
    const key = type?.key.length === 1 ? type.properties.find((p) => p.name === type.key[0]) : undefined
    const { source, property } = embedded
    if (key?.type.kind !== 'scalar' || key.type.name !== 'String' || typeof data[key.name] !== 'string')
      return undefined
    const text = `query stored($key: String) { match { $x: ${embedded.type} { ${key.name}: $key } } return { $x.${source} as text, $x.${property} as vec } }`
    const [row] = this.#rowsIfWritable(text, { key: data[key.name] }, ctx)
    return row?.text === data[source] && Array.isArray(row?.vec) ? (row.vec as number[]) : undefined
  }

  /** A name that is a word of the query language makes no query; then the text is embedded anew. */
  #rowsIfWritable(text: string, params: Params, ctx: ReadContext): readonly Row[] {
    try {
      return this.#graph.rows(text, params, ctx)
    } catch (error) {
      if (error instanceof GraphError && error.code === 'query_invalid') return []
      throw error
    }
  }
}
