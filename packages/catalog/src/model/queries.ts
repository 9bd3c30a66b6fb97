import type { Graph, PreparedQuery } from '@groundplane/graph'
import { type CheckedQuery, checkQueries } from '@groundplane/lang'
import { CatalogError } from './error.js'
import { CATALOG_QUERIES } from './texts.js'

/**
 * The packaged queries, checked against the schema of one graph and prepared on
 * first use. Checked again when the schema of the graph has changed.
 */
export class CatalogQueries {
  readonly #graph: Graph
  #digest = ''
  readonly #checked = new Map<string, CheckedQuery>()
  readonly #prepared = new Map<string, PreparedQuery>()

  constructor(graph: Graph) {
    this.#graph = graph
  }

  checked(name: string): CheckedQuery {
    this.#refresh()
    const query = this.#checked.get(name)
    if (query) return query
    throw new CatalogError(
      'invalid',
      'catalog_schema_missing',
      `The graph ${this.#graph.id} has no catalog schema (query ${name} does not check against it).`,
      {
        remedy: 'Declare the graph with kind: catalog and apply the cluster.',
      },
    )
  }

  prepared(name: string): PreparedQuery {
    this.#refresh()
    let prepared = this.#prepared.get(name)
    if (!prepared) {
      prepared = this.#graph.prepare(this.checked(name))
      this.#prepared.set(name, prepared)
    }
    return prepared
  }

  #refresh(): void {
    const { model, digest } = this.#graph.schema()
    if (digest === this.#digest) return
    this.#checked.clear()
    this.#prepared.clear()
    for (const [file, text] of Object.entries(CATALOG_QUERIES))
      for (const query of checkQueries(text, model, `${file}.gq`).queries)
        this.#checked.set(query.name, query)
    this.#digest = digest
  }
}
