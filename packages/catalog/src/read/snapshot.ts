import type { Principal, Receipt } from '@groundplane/core'
import type { CommitInfo, EntityVersion, Graph, ReadContext } from '@groundplane/graph'
import type { Row } from '../aspect/row.js'
import type { CatalogQueries, QuerySet } from '../model/queries.js'

/** The catalog as of one commit. */
export class Snapshot {
  readonly graph: Graph
  readonly commit: CommitInfo
  readonly principal: Principal | undefined
  readonly #queries: QuerySet
  readonly #context: ReadContext

  constructor(graph: Graph, queries: QuerySet, context: ReadContext, commit: CommitInfo) {
    this.graph = graph
    this.commit = commit
    this.#queries = queries
    this.#context = context
    this.principal = context.principal
  }

  /** Rows of a packaged query. */
  rows(query: string, params: Readonly<Record<string, string | number>> = {}): Row[] {
    return this.#queries.prepared(query).all(params, this.#context) as Row[]
  }

  /** Whether the schema at the commit has what a packaged query asks for. */
  knows(query: string): boolean {
    return this.#queries.knows(query)
  }

  row(query: string, params: Readonly<Record<string, string | number>> = {}): Row | undefined {
    return this.rows(query, params)[0]
  }

  /** Versions of a node up to the commit, or up to an earlier one, newest first. */
  versions(
    node: { readonly type: string; readonly id: string },
    limit: number,
    upTo?: string,
  ): EntityVersion[] {
    if (upTo === undefined) return this.graph.versions(node, { ...this.#context, limit })
    const who = this.principal === undefined ? {} : { principal: this.principal }
    return this.graph.versions(node, { ...who, commit: upTo, limit })
  }

  get receipt(): Receipt {
    return { graph: this.graph.id, commit: this.commit.id, at: this.commit.at }
  }
}

/** Head reads tried before the commit is pinned: pinning is slower than reading the head. */
const HEAD_ATTEMPTS = 3

/**
 * Reads everything of one answer at one commit. Head reads are the fast ones, so
 * they are done optimistically and done again when another process moved the head
 * meanwhile; after a few times the commit is pinned.
 */
export function readAt<T>(
  graph: Graph,
  queries: CatalogQueries,
  at: ReadContext,
  body: (snapshot: Snapshot) => T,
): T {
  if (at.commit !== undefined)
    return body(new Snapshot(graph, queries.at(at), at, graph.commit(at.commit, at)))
  for (let attempt = 0; attempt < HEAD_ATTEMPTS; attempt++) {
    const head = graph.head(at.branch, at)
    const answer = body(new Snapshot(graph, queries.at(at), at, head))
    if (graph.head(at.branch, at).id === head.id) return answer
  }
  const head = graph.head(at.branch, at)
  const pinned = { ...at, commit: head.id }
  return body(new Snapshot(graph, queries.at(pinned), pinned, head))
}
