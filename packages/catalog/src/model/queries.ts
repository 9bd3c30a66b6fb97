import { assert } from '@groundplane/core'
import type { Graph, PreparedQuery, ReadContext } from '@groundplane/graph'
import { type CheckedQuery, checkQueries, checkSchema, type SchemaModel } from '@groundplane/lang'
import { CatalogError } from './error.js'
import { CATALOG_QUERIES, CATALOG_SCHEMA, INDEX_QUERIES, RECORD_QUERIES, WALK_QUERIES } from './texts.js'

/** The packaged queries, checked against one schema and prepared on first use. */
export class QuerySet {
  readonly #graph: Graph
  readonly #checked = new Map<string, CheckedQuery>()
  readonly #prepared = new Map<string, PreparedQuery>()
  /** Node and edge types of a catalog that the schema does not have: an older version made it, and nobody applied it since. */
  readonly lacking: ReadonlySet<string>

  constructor(graph: Graph, model: SchemaModel) {
    this.#graph = graph
    const texts = { ...CATALOG_QUERIES, ...WALK_QUERIES, ...INDEX_QUERIES, ...RECORD_QUERIES }
    for (const [file, text] of Object.entries(texts))
      for (const query of checkQueries(text, model, `${file}.gq`).queries)
        this.#checked.set(query.name, query)
    const had = new Set(typesOf(model))
    this.lacking = new Set(packagedTypes().filter((type) => !had.has(type)))
  }

  /** Whether the schema has what the query asks for; older ones have less. */
  knows(name: string): boolean {
    return this.#checked.has(name)
  }

  checked(name: string): CheckedQuery {
    const query = this.#checked.get(name)
    if (query) return query
    throw new CatalogError(
      'invalid',
      'catalog_schema_missing',
      `The graph ${this.#graph.id} does not have the schema of a catalog (the query ${name} does not check against it).`,
      { remedy: 'Declare the graph with kind: catalog, and apply the cluster.' },
    )
  }

  prepared(name: string): PreparedQuery {
    let prepared = this.#prepared.get(name)
    if (!prepared) {
      prepared = this.#graph.prepare(this.checked(name))
      this.#prepared.set(name, prepared)
    }
    return prepared
  }
}

let packaged: readonly string[] | undefined

function packagedTypes(): readonly string[] {
  if (!packaged) {
    const { model } = checkSchema(CATALOG_SCHEMA)
    assert(model, 'the packaged schema checks')
    packaged = typesOf(model)
  }
  return packaged
}

function typesOf({ nodes, edges }: SchemaModel): string[] {
  return [...nodes, ...edges].map(({ name }) => name)
}

/** One query set per schema the graph has had, made when it is first read under. */
export class CatalogQueries {
  readonly #graph: Graph
  readonly #sets = new Map<string, QuerySet>()

  constructor(graph: Graph) {
    this.#graph = graph
  }

  /** The set for the schema in force where the context reads. Asks the graph whether the principal may read at all. */
  at(context: ReadContext): QuerySet {
    const { model, digest } = this.#graph.schema(context)
    let set = this.#sets.get(digest)
    if (!set) {
      set = new QuerySet(this.#graph, model)
      this.#sets.set(digest, set)
    }
    return set
  }
}
